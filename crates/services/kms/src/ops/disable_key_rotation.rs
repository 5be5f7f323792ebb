//! DisableKeyRotation: no more automatic rotation of a key; all its materials stay.

use crate::{
    fault::{denied, missing, uncommitted, wrong_state},
    rotation,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    kms::{DisableKeyRotationError, DisableKeyRotationRequest, calls},
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
pub(crate) struct DisableKeyRotation;

impl Operation for DisableKeyRotation {
    type Call = calls::DisableKeyRotation;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DisableKeyRotationRequest,
    ) -> Result<Answered<NoOutput>, DisableKeyRotationError> {
        passage.draft().set_parameters(&Parameters { key_id: &input.key_id });
        let found = passage
            .find_by_id(&input.key_id, KmsAction::DisableKeyRotation)
            .map_err(missing::<DisableKeyRotationError>)?;
        let allowed = passage
            .authorize(KmsAction::DisableKeyRotation, &found, Context::new())
            .map_err(denied::<DisableKeyRotationError>)?;
        found.key.customer_managed().map_err(wrong_state::<DisableKeyRotationError>)?;
        rotation::changeable::<DisableKeyRotationError>(&found.key, passage.now())?;
        let edits = passage.snapshot().keyring.scheduled(&found.key, None);
        passage.synchronizes(&found.key);
        passage.draft().set_response(&rotation::Told { key_id: found.key.name.as_str() });
        passage.commit(&allowed, edits, NoOutput {}).await.map_err(uncommitted::<DisableKeyRotationError>)
    }
}
