//! RollbackKeyPolicy: puts an earlier version of a key's policy on the key again, as a new version.
//!
//! It opens nothing that PutKeyPolicy would not: whoever rolls back needs `kms:PutKeyPolicy` under the present policy too, and must be
//! able to put the policy again under the one that comes back; there is no way around that. The policy means whom it meant when it
//! was put: somebody made since under the name of one who is gone gets nothing, so a version that names such is refused.

use crate::{key, versions};
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_keyring::{Key, PolicyVersion};
use gatekey_model::{
    CommonError,
    gatekey::{
        InvalidQuestionException, RollbackKeyPolicyError, RollbackKeyPolicyRequest,
        RollbackKeyPolicyResponse, calls,
    },
};
use gatekey_policy::Policy;
use serde::Serialize;

type Fault = RollbackKeyPolicyError;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
    number: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// The handler.
pub(crate) struct RollbackKeyPolicy;

impl Operation for RollbackKeyPolicy {
    type Call = calls::RollbackKeyPolicy;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &RollbackKeyPolicyRequest,
    ) -> Result<Answered<RollbackKeyPolicyResponse>, Fault> {
        let (number, reason) = (input.number, input.reason.as_deref());
        passage.draft().set_parameters(&Parameters { key_id: &input.key_id, number, reason });
        let (allowed, key) =
            key::to_put_policy::<Fault>(passage, "gatekey:RollbackKeyPolicy", &input.key_id)?;
        let number = versions::numbered(&key, number)?;
        let version = versions::find(passage, &key, number).await?;
        let version =
            version.ok_or_else(|| versions::internal(&format_args!("version {number} is missing")))?;
        let policy = versions::policy(&version);
        if let Some(why) = obstacle(passage, &key, &version, &policy) {
            return Err(wrong(format!("{why} {}", nearest(passage, &key, number).await?)));
        }
        if passage.foresee(&key, &policy).is_err() {
            return Err(wrong(format!("Under version {number} nobody could change the policy any more.")));
        }
        let why = match reason {
            Some(reason) => format!("RollbackKeyPolicy to version {number}: {reason}"),
            None => format!("RollbackKeyPolicy to version {number}"),
        };
        let told = passage.policy_told(&key, &policy, why);
        let record = passage.policy_record_again(version.policy);
        let edits = passage.with_policy(&key, record, told).await;
        let mut edits = edits.map_err(|unread| versions::internal(&unread))?;
        edits.push(key.kept());
        edits.extend(passage.way_back_of_caller(&key));
        let answer = RollbackKeyPolicyResponse {
            key_arn: Some(key.name.to_string()),
            number: i32::try_from(key.next_policy_version()).ok(),
        };
        passage.commit(&allowed, edits, answer).await.map_err(refused)
    }
}

/// Why a version cannot come back.
fn obstacle(passage: &Passage<'_>, key: &Key, version: &PolicyVersion, policy: &Policy) -> Option<String> {
    let number = version.policy.version;
    let gone = versions::gone(passage, version);
    if !gone.is_empty() {
        return Some(format!("Version {number} names who no longer exists: {}.", gone.join(", ")));
    }
    (!passage.keeps_control(key, policy))
        .then(|| format!("Under version {number} you could not put the policy again."))
}

/// In words, the version nearest to this one that could come back; of two that are as near, the newer.
async fn nearest(passage: &Passage<'_>, key: &Key, number: u32) -> Result<String, CommonError> {
    let mut others: Vec<u32> = key.policy_versions().rev().filter(|other| *other != number).collect();
    others.sort_by_key(|other| other.abs_diff(number));
    for other in others {
        let Some(version) = versions::find(passage, key, other).await? else { continue };
        let is_present = key.policy_version() == Some(other);
        if !is_present && obstacle(passage, key, &version, &versions::policy(&version)).is_none() {
            return Ok(format!("The nearest that could come back is version {other}."));
        }
    }
    Ok("No other version could come back.".to_owned())
}

fn wrong(text: String) -> Fault {
    InvalidQuestionException::new(text).into()
}
