//! ListSecretVersionIds: the versions that have a value; those without a label only where the request asks for them.

use crate::{
    entry::{Entry, enter},
    event,
    page::{self, Page},
    shown,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::secretsmanager::{
    ListSecretVersionIdsError, ListSecretVersionIdsRequest, ListSecretVersionIdsResponse,
    SecretVersionsListEntry, calls,
};
use gatekey_policy::Context;
use gatekey_secrets::VersionRecord;

/// The handler.
pub(crate) struct ListSecretVersionIds;

impl Operation for ListSecretVersionIds {
    type Call = calls::ListSecretVersionIds;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListSecretVersionIdsRequest,
    ) -> Result<Answered<ListSecretVersionIdsResponse>, ListSecretVersionIdsError> {
        event::note(passage, input);
        let action = "secretsmanager:ListSecretVersionIds";
        let Entry { allowed, secret } =
            enter::<ListSecretVersionIdsError>(passage, action, &input.secret_id, Context::new())?;
        let outdated = input.include_deprecated.unwrap_or(false);
        let versions = secret.record.versions.iter();
        let shown = versions
            .filter(|(_, version)| version.value.is_some() && (outdated || !version.stages.is_empty()));
        let page = Page::take::<ListSecretVersionIdsError>(
            shown,
            |(id, _)| (*id).clone(),
            |(id, _), after| id.as_str() > after,
            input.next_token.as_ref(),
            page::most(input.max_results, 100),
        )?;
        let answer = ListSecretVersionIdsResponse {
            versions: Some(page.items.into_iter().map(entry).collect()),
            next_token: page.next,
            arn: Some(secret.arn.to_string()),
            name: Some(secret.key.name.clone()),
        };
        Ok(passage.answer(&allowed, answer))
    }
}

fn entry((id, version): (&String, &VersionRecord)) -> SecretVersionsListEntry {
    let key = version.value.as_ref().and_then(|place| place.kms_key.clone());
    SecretVersionsListEntry {
        version_id: Some(id.clone()),
        version_stages: Some(version.stages.clone()).filter(|stages| !stages.is_empty()),
        last_accessed_date: version.accessed.map(shown::moment),
        created_date: Some(shown::moment(version.created)),
        kms_key_ids: Some(vec![key.unwrap_or_else(|| "DefaultEncryptionKey".to_owned())]),
    }
}
