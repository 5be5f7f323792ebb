//! DeleteAlias: takes a name from a key; the key stays.
//!
//! AWS: `kms:DeleteAlias` on the alias, by identity policies alone, and on the key. It works in every key state.

use crate::{
    alias,
    fault::{denied, uncommitted, wrong_state},
};
use gatekey_gate::{Answered, Found, Operation, Passage};
use gatekey_keyring::{AliasTable, KeySelector};
use gatekey_model::{
    NoOutput,
    kms::{DeleteAliasError, DeleteAliasRequest, calls},
};
use gatekey_policy::{Context, KmsAction};
use gatekey_store::table::Edit;
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    alias_name: &'a str,
}

/// The handler.
pub(crate) struct DeleteAlias;

impl Operation for DeleteAlias {
    type Call = calls::DeleteAlias;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DeleteAliasRequest,
    ) -> Result<Answered<NoOutput>, DeleteAliasError> {
        passage.draft().set_parameters(&Parameters { alias_name: &input.alias_name });
        let alias = alias::parse::<DeleteAliasError>(passage, &input.alias_name)?;
        let (_, revision) = alias::present::<DeleteAliasError>(passage, &alias)?;
        let mut allowed =
            passage.authorize_alias(KmsAction::DeleteAlias, &alias).map_err(denied::<DeleteAliasError>)?;
        if let Ok(found) = passage.select(&KeySelector::Alias(alias.clone()), KmsAction::DeleteAlias) {
            let found = Found { alias: None, ..found };
            allowed = passage
                .authorize(KmsAction::DeleteAlias, &found, Context::new())
                .map_err(denied::<DeleteAliasError>)?;
            found.key.customer_managed().map_err(wrong_state::<DeleteAliasError>)?;
        }
        let edits = vec![Edit::delete::<AliasTable>(&alias, revision)];
        passage.commit(&allowed, edits, NoOutput {}).await.map_err(uncommitted::<DeleteAliasError>)
    }
}
