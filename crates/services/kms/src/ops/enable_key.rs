//! EnableKey: lets a disabled key be used again; an enabled one stays as it is.

use crate::fault::{denied, missing, uncommitted, wrong_state};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_keyring::KeyState;
use gatekey_model::{
    NoOutput,
    kms::{EnableKeyError, EnableKeyRequest, calls},
};
use gatekey_policy::{Context, KmsAction};
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
}

/// The handler.
pub(crate) struct EnableKey;

impl Operation for EnableKey {
    type Call = calls::EnableKey;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &EnableKeyRequest,
    ) -> Result<Answered<NoOutput>, EnableKeyError> {
        passage.draft().set_parameters(&Parameters { key_id: &input.key_id });
        let found =
            passage.find_by_id(&input.key_id, KmsAction::EnableKey).map_err(missing::<EnableKeyError>)?;
        let allowed = passage
            .authorize(KmsAction::EnableKey, &found, Context::new())
            .map_err(denied::<EnableKeyError>)?;
        found.key.customer_managed().map_err(wrong_state::<EnableKeyError>)?;
        let change =
            found.key.switched(KeyState::Enabled, passage.now()).map_err(wrong_state::<EnableKeyError>)?;
        let edits = change.into_iter().collect();
        passage.commit(&allowed, edits, NoOutput {}).await.map_err(uncommitted::<EnableKeyError>)
    }
}
