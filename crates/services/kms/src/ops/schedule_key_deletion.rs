//! ScheduleKeyDeletion: starts the waiting period after which a key and its material are gone for good.
//!
//! AWS: 7 to 30 days, 30 if not said, though the model admits more. A multi-Region primary key with replicas waits for the
//! deletion of the last of them first, and its deletion date is not known until then.

use crate::{
    fault::{denied, invalid, missing, uncommitted, wrong_state},
    last_use::with_days_unused,
    metadata::epoch,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::kms::{
    KeyState, ScheduleKeyDeletionError, ScheduleKeyDeletionRequest, ScheduleKeyDeletionResponse, calls,
};
use gatekey_policy::{Context, KeyName, KmsAction};
use serde::Serialize;

/// The waiting period if none is asked for, in days.
const DEFAULT_DAYS: i32 = 30;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
    pending_window_in_days: i32,
}

/// The handler.
pub(crate) struct ScheduleKeyDeletion;

impl Operation for ScheduleKeyDeletion {
    type Call = calls::ScheduleKeyDeletion;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ScheduleKeyDeletionRequest,
    ) -> Result<Answered<ScheduleKeyDeletionResponse>, ScheduleKeyDeletionError> {
        let days = inferred_window(input.pending_window_in_days);
        passage.draft().set_parameters(&Parameters { key_id: &input.key_id, pending_window_in_days: days });
        let window = u16::try_from(days).ok().filter(|days| (7..=30).contains(days));
        let window = window.ok_or_else(|| {
            invalid::<ScheduleKeyDeletionError>(format!(
                "PendingWindowInDays must be between 7 and 30, but it is {days}"
            ))
        })?;
        let found = passage
            .find_by_id(&input.key_id, KmsAction::ScheduleKeyDeletion)
            .map_err(missing::<ScheduleKeyDeletionError>)?;
        let mut context = Context::new();
        context.set(KeyName::KmsScheduleKeyDeletionPendingWindowInDays, i64::from(window));
        let context = with_days_unused(passage, &found.key, context);
        let allowed = passage
            .authorize(KmsAction::ScheduleKeyDeletion, &found, context)
            .map_err(denied::<ScheduleKeyDeletionError>)?;
        found.key.customer_managed().map_err(wrong_state::<ScheduleKeyDeletionError>)?;
        let (state, edit) = found
            .key
            .scheduled_for_deletion(passage.now(), window)
            .map_err(wrong_state::<ScheduleKeyDeletionError>)?;
        let answer = ScheduleKeyDeletionResponse {
            key_id: Some(found.key.name.to_string()),
            deletion_date: state.deletion_date().map(epoch),
            key_state: KeyState::from_name(state.as_str()),
            pending_window_in_days: Some(i32::from(window)),
        };
        passage.commit(&allowed, vec![edit], answer).await.map_err(uncommitted::<ScheduleKeyDeletionError>)
    }
}

/// The window that is waited. That the default counts as present for `kms:ScheduleKeyDeletionPendingWindowInDays` is not
/// documented.
fn inferred_window(sent: Option<i32>) -> i32 {
    sent.unwrap_or(DEFAULT_DAYS)
}
