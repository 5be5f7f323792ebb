//! GetKeyLastUsage: the last successful cryptographic operation with a key.
//!
//! AWS: each member of a multi-Region key has its own. A key that was never used has an empty `KeyLastUsage`. Every use since the
//! key was made is tracked here, so that tracking starts with the key.

use crate::{
    fault::{denied, missing},
    metadata::epoch,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_keyring::KeyUse;
use gatekey_model::kms::{
    GetKeyLastUsageError, GetKeyLastUsageRequest, GetKeyLastUsageResponse, KeyLastUsageData,
    KeyLastUsageTrackingOperation, calls,
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
pub(crate) struct GetKeyLastUsage;

impl Operation for GetKeyLastUsage {
    type Call = calls::GetKeyLastUsage;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetKeyLastUsageRequest,
    ) -> Result<Answered<GetKeyLastUsageResponse>, GetKeyLastUsageError> {
        passage.draft().set_parameters(&Parameters { key_id: &input.key_id });
        let found = passage
            .find_by_id(&input.key_id, KmsAction::GetKeyLastUsage)
            .map_err(missing::<GetKeyLastUsageError>)?;
        let allowed = passage
            .authorize(KmsAction::GetKeyLastUsage, &found, Context::new())
            .map_err(denied::<GetKeyLastUsageError>)?;
        let created = epoch(found.key.record.created);
        let used = passage.key_last_use(&found.key);
        Ok(passage.answer(
            &allowed,
            GetKeyLastUsageResponse {
                key_id: Some(found.key.arn.key.to_string()),
                key_last_usage: Some(used.map(usage).unwrap_or_default()),
                tracking_start_date: Some(created),
                key_creation_date: Some(created),
            },
        ))
    }
}

fn usage(used: KeyUse) -> KeyLastUsageData {
    KeyLastUsageData {
        operation: KeyLastUsageTrackingOperation::from_name(&used.operation),
        timestamp: Some(epoch(used.at)),
        cloud_trail_event_id: Some(used.event),
        kms_request_id: Some(used.request),
    }
}
