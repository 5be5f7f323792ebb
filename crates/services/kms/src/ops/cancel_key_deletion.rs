//! CancelKeyDeletion: ends the waiting period. The key is then disabled, not enabled.

use crate::fault::{denied, missing, uncommitted, wrong_state};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::kms::{
    CancelKeyDeletionError, CancelKeyDeletionRequest, CancelKeyDeletionResponse, calls,
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
pub(crate) struct CancelKeyDeletion;

impl Operation for CancelKeyDeletion {
    type Call = calls::CancelKeyDeletion;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &CancelKeyDeletionRequest,
    ) -> Result<Answered<CancelKeyDeletionResponse>, CancelKeyDeletionError> {
        passage.draft().set_parameters(&Parameters { key_id: &input.key_id });
        let found = passage
            .find_by_id(&input.key_id, KmsAction::CancelKeyDeletion)
            .map_err(missing::<CancelKeyDeletionError>)?;
        let allowed = passage
            .authorize(KmsAction::CancelKeyDeletion, &found, Context::new())
            .map_err(denied::<CancelKeyDeletionError>)?;
        let edit = found.key.deletion_cancelled().map_err(wrong_state::<CancelKeyDeletionError>)?;
        let answer = CancelKeyDeletionResponse { key_id: Some(found.key.name.to_string()) };
        passage.commit(&allowed, vec![edit], answer).await.map_err(uncommitted::<CancelKeyDeletionError>)
    }
}
