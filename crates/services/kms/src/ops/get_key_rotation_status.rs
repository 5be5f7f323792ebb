//! GetKeyRotationStatus: whether, how often and when next a key is rotated automatically.
//!
//! AWS: works across accounts. A key that waits for its deletion says that rotation is off, and tells again what it was once
//! the deletion is cancelled; a disabled key keeps its status, though it is not rotated. A replica shows what its primary key
//! has. A rotation on demand is done when it is answered, so none is ever shown as begun.

use crate::{
    fault::{denied, missing},
    metadata::epoch,
    rotation,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::kms::{
    GetKeyRotationStatusError, GetKeyRotationStatusRequest, GetKeyRotationStatusResponse, calls,
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
pub(crate) struct GetKeyRotationStatus;

impl Operation for GetKeyRotationStatus {
    type Call = calls::GetKeyRotationStatus;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetKeyRotationStatusRequest,
    ) -> Result<Answered<GetKeyRotationStatusResponse>, GetKeyRotationStatusError> {
        passage.draft().set_parameters(&Parameters { key_id: &input.key_id });
        let found = passage
            .find_by_id(&input.key_id, KmsAction::GetKeyRotationStatus)
            .map_err(missing::<GetKeyRotationStatusError>)?;
        let allowed = passage
            .authorize(KmsAction::GetKeyRotationStatus, &found, Context::new())
            .map_err(denied::<GetKeyRotationStatusError>)?;
        // Asymmetric and HMAC keys never rotate, and say so: the answer is no error, or Terraform could not read them.
        rotation::made_here::<GetKeyRotationStatusError>(&found.key)?;
        let waits = found.key.not_pending_deletion().is_err();
        let automatic = found.key.automatic_rotation().filter(|_| !waits);
        Ok(passage.answer(
            &allowed,
            GetKeyRotationStatusResponse {
                key_rotation_enabled: Some(automatic.is_some()),
                key_id: Some(found.key.arn.key.to_string()),
                rotation_period_in_days: automatic.map(|rotation| i32::from(rotation.period_days)),
                next_rotation_date: automatic.map(|rotation| epoch(rotation.next)),
                on_demand_rotation_start_date: None,
            },
        ))
    }
}
