//! DisableKey: stops every cryptographic use of a key until it is enabled; a disabled one stays as it is.

use crate::{
    fault::{denied, missing, uncommitted, wrong_state},
    last_use::with_days_unused,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_keyring::KeyState;
use gatekey_model::{
    NoOutput,
    kms::{DisableKeyError, DisableKeyRequest, calls},
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
pub(crate) struct DisableKey;

impl Operation for DisableKey {
    type Call = calls::DisableKey;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DisableKeyRequest,
    ) -> Result<Answered<NoOutput>, DisableKeyError> {
        passage.draft().set_parameters(&Parameters { key_id: &input.key_id });
        let found =
            passage.find_by_id(&input.key_id, KmsAction::DisableKey).map_err(missing::<DisableKeyError>)?;
        let context = with_days_unused(passage, &found.key, Context::new());
        let allowed =
            passage.authorize(KmsAction::DisableKey, &found, context).map_err(denied::<DisableKeyError>)?;
        found.key.customer_managed().map_err(wrong_state::<DisableKeyError>)?;
        let change =
            found.key.switched(KeyState::Disabled, passage.now()).map_err(wrong_state::<DisableKeyError>)?;
        let edits = change.into_iter().collect();
        passage.commit(&allowed, edits, NoOutput {}).await.map_err(uncommitted::<DisableKeyError>)
    }
}
