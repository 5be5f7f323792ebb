//! RotateKeyOnDemand: other material encrypts from now on; what there was still decrypts.
//!
//! AWS: the automatic schedule stays as it is; a key can be rotated so 25 times in all; imported material must have been
//! imported before, and wait. A multi-Region key is rotated by its primary key. CloudTrail has a RotateKey beside the call.

use crate::{
    fault::{denied, internal, missing, not_in_use, uncommitted, wrong_state},
    rotation,
};
use gatekey_crypto::KeySpec as MaterialSpec;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_keyring::{Key, Origin, Rotated, RotationType};
use gatekey_model::kms::{
    ConflictException, LimitExceededException, RotateKeyOnDemandError, RotateKeyOnDemandRequest,
    RotateKeyOnDemandResponse, calls,
};
use gatekey_policy::{Context, KmsAction};
use gatekey_store::table::Edit;
use serde::Serialize;
use std::sync::Arc;

/// An automatic rotation that is due within this many milliseconds goes first.
const SOON: i64 = 20 * 60 * 1000;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
}

/// The handler.
pub(crate) struct RotateKeyOnDemand;

impl Operation for RotateKeyOnDemand {
    type Call = calls::RotateKeyOnDemand;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &RotateKeyOnDemandRequest,
    ) -> Result<Answered<RotateKeyOnDemandResponse>, RotateKeyOnDemandError> {
        passage.draft().set_parameters(&Parameters { key_id: &input.key_id });
        let found = passage
            .find_by_id(&input.key_id, KmsAction::RotateKeyOnDemand)
            .map_err(missing::<RotateKeyOnDemandError>)?;
        let allowed = passage
            .authorize(KmsAction::RotateKeyOnDemand, &found, Context::new())
            .map_err(denied::<RotateKeyOnDemandError>)?;
        let key = &found.key;
        key.customer_managed().map_err(wrong_state::<RotateKeyOnDemandError>)?;
        key.in_use_state(passage.now()).map_err(not_in_use::<RotateKeyOnDemandError>)?;
        rotation::rotatable::<RotateKeyOnDemandError>(key)?;
        rotation::leading::<RotateKeyOnDemandError>(key)?;
        room(passage, key)?;
        let edits = rotated(passage, key).await?;
        passage.draft().set_response(&rotation::Told { key_id: key.name.as_str() });
        let answer = RotateKeyOnDemandResponse { key_id: Some(key.name.to_string()) };
        passage.commit(&allowed, edits, answer).await.map_err(uncommitted::<RotateKeyOnDemandError>)
    }
}

/// Neither the quota nor the schedule is in the way.
fn room(passage: &Passage<'_>, key: &Key) -> Result<(), RotateKeyOnDemandError> {
    if key.record.on_demand_rotations >= passage.quotas().on_demand_rotations {
        let text = format!(
            "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be \
             performed for this key: {}",
            key.arn
        );
        return Err(LimitExceededException::new(text).into());
    }
    let soon = passage.now().plus_millis(SOON);
    if key.record.rotation.is_some_and(|rotation| rotation.next <= soon) {
        let text = "An automatic rotation of this key is currently in progress or scheduled to begin within the next \
                    20 minutes.";
        return Err(ConflictException::new(text).into());
    }
    Ok(())
}

async fn rotated(passage: &mut Passage<'_>, key: &Arc<Key>) -> Result<Vec<Edit>, RotateKeyOnDemandError> {
    let by = Rotated { on: passage.now(), kind: RotationType::OnDemand };
    let (id, edits) = if key.record.origin == Origin::External {
        let keyring = &passage.snapshot().keyring;
        keyring.rotated_to_pending(key, by).map_err(wrong_state::<RotateKeyOnDemandError>)?
    } else {
        let fresh = passage.new_material(MaterialSpec::SymmetricDefault, key.arn.key);
        let (id, record) = fresh.await.map_err(internal::<RotateKeyOnDemandError>)?;
        (id, passage.snapshot().keyring.rotated_to_new(key, id, &record, by))
    };
    passage.draft().used_material(id);
    passage.rotates(key, &id);
    Ok(edits)
}
