//! UpdateAlias: points an alias at another key of the same kind.
//!
//! AWS: three permissions, on the alias (identity policies alone), on the present key and on the new one.

use crate::{
    alias,
    fault::{denied, invalid, missing, uncommitted, wrong_state},
};
use gatekey_gate::{Answered, Found, Operation, Passage};
use gatekey_keyring::{KeySelector, retargeted};
use gatekey_model::{
    NoOutput,
    kms::{UpdateAliasError, UpdateAliasRequest, calls},
};
use gatekey_policy::{Context, KmsAction};
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    alias_name: &'a str,
    target_key_id: &'a str,
}

/// The handler.
pub(crate) struct UpdateAlias;

impl Operation for UpdateAlias {
    type Call = calls::UpdateAlias;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &UpdateAliasRequest,
    ) -> Result<Answered<NoOutput>, UpdateAliasError> {
        passage.draft().set_parameters(&Parameters {
            alias_name: &input.alias_name,
            target_key_id: &input.target_key_id,
        });
        let alias = alias::parse::<UpdateAliasError>(passage, &input.alias_name)?;
        alias::target_is_no_alias::<UpdateAliasError>(&input.target_key_id)?;
        let present = alias::present::<UpdateAliasError>(passage, &alias)?;
        let found = passage
            .find_by_id(&input.target_key_id, KmsAction::UpdateAlias)
            .map_err(missing::<UpdateAliasError>)?;
        passage.authorize_alias(KmsAction::UpdateAlias, &alias).map_err(denied::<UpdateAliasError>)?;
        let before = passage.select(&KeySelector::Alias(alias.clone()), KmsAction::UpdateAlias).ok();
        if let Some(before) = &before {
            let before = Found { alias: None, ..before.clone() };
            passage
                .authorize(KmsAction::UpdateAlias, &before, Context::new())
                .map_err(denied::<UpdateAliasError>)?;
        }
        let allowed = passage
            .authorize(KmsAction::UpdateAlias, &found, Context::new())
            .map_err(denied::<UpdateAliasError>)?;
        found.key.customer_managed().map_err(wrong_state::<UpdateAliasError>)?;
        found.key.not_pending_deletion().map_err(wrong_state::<UpdateAliasError>)?;
        let alike = before.is_none_or(|before| {
            let (old, new) = (&before.key.record, &found.key.record);
            old.usage == new.usage && old.spec.is_symmetric() == new.spec.is_symmetric()
        });
        if !alike {
            let text = "Aliases must refer to keys of the same type and key usage.";
            return Err(invalid(text));
        }
        if present.0.target != found.key.arn.key {
            alias::room::<UpdateAliasError>(passage, &found)?;
        }
        let edits = retargeted(&alias, (&present.0, present.1), &found.key, passage.now());
        passage.commit(&allowed, edits, NoOutput {}).await.map_err(uncommitted::<UpdateAliasError>)
    }
}
