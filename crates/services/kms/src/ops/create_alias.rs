//! CreateAlias: gives a key a name.
//!
//! AWS: `kms:CreateAlias` on the alias, by identity policies alone, and on the key.

use crate::{
    alias,
    fault::{denied, missing, uncommitted, wrong_state},
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_keyring::new_alias;
use gatekey_model::{
    NoOutput,
    kms::{AlreadyExistsException, CreateAliasError, CreateAliasRequest, InvalidAliasNameException, calls},
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
pub(crate) struct CreateAlias;

impl Operation for CreateAlias {
    type Call = calls::CreateAlias;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &CreateAliasRequest,
    ) -> Result<Answered<NoOutput>, CreateAliasError> {
        passage.draft().set_parameters(&Parameters {
            alias_name: &input.alias_name,
            target_key_id: &input.target_key_id,
        });
        let alias = alias::parse::<CreateAliasError>(passage, &input.alias_name)?;
        alias::lawful_new_name(&alias).map_err(InvalidAliasNameException::new)?;
        alias::target_is_no_alias::<CreateAliasError>(&input.target_key_id)?;
        let found = passage
            .find_by_id(&input.target_key_id, KmsAction::CreateAlias)
            .map_err(missing::<CreateAliasError>)?;
        passage.authorize_alias(KmsAction::CreateAlias, &alias).map_err(denied::<CreateAliasError>)?;
        let allowed = passage
            .authorize(KmsAction::CreateAlias, &found, Context::new())
            .map_err(denied::<CreateAliasError>)?;
        found.key.customer_managed().map_err(wrong_state::<CreateAliasError>)?;
        found.key.not_pending_deletion().map_err(wrong_state::<CreateAliasError>)?;
        if passage.snapshot().keyring.alias(&alias).is_some() {
            return Err(AlreadyExistsException::new(format!(
                "An alias with the name {alias} already exists"
            ))
            .into());
        }
        alias::room::<CreateAliasError>(passage, &found)?;
        let edits = new_alias(&alias, &found.key, passage.now());
        passage.commit(&allowed, edits, NoOutput {}).await.map_err(uncommitted::<CreateAliasError>)
    }
}
