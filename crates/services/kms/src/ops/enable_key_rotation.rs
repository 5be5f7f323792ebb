//! EnableKeyRotation: automatic rotation of a symmetric encryption key's material.
//!
//! AWS: every 365 days unless another period is given, counted from now; for a multi-Region key it is set on the primary key.

use crate::{
    fault::{denied, missing, uncommitted, wrong_state},
    rotation,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_keyring::{AutomaticRotation, DEFAULT_ROTATION_DAYS, Key};
use gatekey_model::{
    NoOutput,
    kms::{EnableKeyRotationError, EnableKeyRotationRequest, calls},
};
use gatekey_policy::{Context, KeyName, KmsAction};
use gatekey_types::Timestamp;
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rotation_period_in_days: Option<i32>,
}

/// The handler.
pub(crate) struct EnableKeyRotation;

impl Operation for EnableKeyRotation {
    type Call = calls::EnableKeyRotation;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &EnableKeyRotationRequest,
    ) -> Result<Answered<NoOutput>, EnableKeyRotationError> {
        passage.draft().set_parameters(&Parameters {
            key_id: &input.key_id,
            rotation_period_in_days: input.rotation_period_in_days,
        });
        let days = input.rotation_period_in_days.and_then(|days| u16::try_from(days).ok());
        let days = days.unwrap_or(DEFAULT_ROTATION_DAYS);
        let found = passage
            .find_by_id(&input.key_id, KmsAction::EnableKeyRotation)
            .map_err(missing::<EnableKeyRotationError>)?;
        let allowed = passage
            .authorize(KmsAction::EnableKeyRotation, &found, inferred_period(days))
            .map_err(denied::<EnableKeyRotationError>)?;
        found.key.customer_managed().map_err(wrong_state::<EnableKeyRotationError>)?;
        rotation::changeable::<EnableKeyRotationError>(&found.key, passage.now())?;
        let rotation = inferred_schedule(&found.key, days, passage.now());
        let edits = passage.snapshot().keyring.scheduled(&found.key, Some(rotation));
        passage.synchronizes(&found.key);
        passage.draft().set_response(&rotation::Told { key_id: found.key.name.as_str() });
        passage.commit(&allowed, edits, NoOutput {}).await.map_err(uncommitted::<EnableKeyRotationError>)
    }
}

/// A period that is not sent counts as the default in `kms:RotationPeriodInDays`: a policy that bounds the period must bound
/// that one too.
fn inferred_period(days: u16) -> Context<'static> {
    let mut context = Context::new();
    context.set(KeyName::KmsRotationPeriodInDays, i64::from(days));
    context
}

/// Enabling once more what is enabled with the same period changes nothing; another period counts from now. AWS documents
/// neither.
fn inferred_schedule(key: &Key, days: u16, now: Timestamp) -> AutomaticRotation {
    let same = key.record.rotation.filter(|present| present.period_days == days);
    same.unwrap_or_else(|| AutomaticRotation::starting(now, days))
}
