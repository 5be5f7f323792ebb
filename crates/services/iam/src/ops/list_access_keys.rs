//! ListAccessKeys: the access keys of a user, without their secrets; without a name, the caller's.

use crate::{access_key, moment, names, page::Page, person::Asked};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{
    AccessKeyMetadata, ListAccessKeysError, ListAccessKeysRequest, ListAccessKeysResponse, calls,
};

/// The handler.
pub(crate) struct ListAccessKeys;

impl Operation for ListAccessKeys {
    type Call = calls::ListAccessKeys;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListAccessKeysRequest,
    ) -> Result<Answered<ListAccessKeysResponse>, ListAccessKeysError> {
        passage.draft().set_parameters(&names::camel(input));
        let asked = Asked::of::<ListAccessKeysError>(passage, input.user_name.as_ref())?;
        let allowed = asked.authorize(passage, "iam:ListAccessKeys")?;
        let person = asked.found::<ListAccessKeysError>(passage)?;
        let (name, owner) = (person.name(), person.key());
        let keys = passage.snapshot().directory.access_keys_of(&owner);
        let page = Page::take::<ListAccessKeysError>(
            keys,
            |(id, _)| (*id).to_owned(),
            input.marker.as_ref(),
            input.max_items,
        )?;
        let shown = page.items.into_iter().map(|(id, key)| AccessKeyMetadata {
            user_name: name.clone(),
            access_key_id: Some(id.to_owned()),
            status: Some(access_key::status(key.record.status)),
            create_date: Some(moment(key.record.created)),
        });
        let answer = ListAccessKeysResponse {
            access_key_metadata: shown.collect(),
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        };
        Ok(passage.answer(&allowed, answer))
    }
}
