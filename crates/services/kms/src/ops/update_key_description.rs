//! UpdateKeyDescription: replaces the owner's words about a key.

use crate::fault::{denied, missing, uncommitted, wrong_state};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    kms::{UpdateKeyDescriptionError, UpdateKeyDescriptionRequest, calls},
};
use gatekey_policy::{Context, KmsAction};
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
    description: &'a str,
}

/// The handler.
pub(crate) struct UpdateKeyDescription;

impl Operation for UpdateKeyDescription {
    type Call = calls::UpdateKeyDescription;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &UpdateKeyDescriptionRequest,
    ) -> Result<Answered<NoOutput>, UpdateKeyDescriptionError> {
        passage
            .draft()
            .set_parameters(&Parameters { key_id: &input.key_id, description: &input.description });
        let found = passage
            .find_by_id(&input.key_id, KmsAction::UpdateKeyDescription)
            .map_err(missing::<UpdateKeyDescriptionError>)?;
        let allowed = passage
            .authorize(KmsAction::UpdateKeyDescription, &found, Context::new())
            .map_err(denied::<UpdateKeyDescriptionError>)?;
        found.key.customer_managed().map_err(wrong_state::<UpdateKeyDescriptionError>)?;
        found.key.not_pending_deletion().map_err(wrong_state::<UpdateKeyDescriptionError>)?;
        let edit = found.key.changed(|record| record.description.clone_from(&input.description));
        passage
            .commit(&allowed, vec![edit], NoOutput {})
            .await
            .map_err(uncommitted::<UpdateKeyDescriptionError>)
    }
}
