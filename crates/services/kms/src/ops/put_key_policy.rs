//! PutKeyPolicy: replaces a key's policy.
//!
//! AWS: the new policy must let the caller put it again, unless the check is bypassed. It works in every key state.
//! Gatekey: put by a root session for unlocking key policies, it must leave somebody else of the account able to.

use crate::{
    fault::{denied, internal, invalid, missing, uncommitted, wrong_state},
    policy,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    kms::{PutKeyPolicyError, PutKeyPolicyRequest, calls},
};
use gatekey_policy::{Context, KeyName, KmsAction};
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
    policy_name: &'a str,
    policy: &'a str,
    bypass_policy_lockout_safety_check: bool,
}

/// The handler.
pub(crate) struct PutKeyPolicy;

impl Operation for PutKeyPolicy {
    type Call = calls::PutKeyPolicy;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &PutKeyPolicyRequest,
    ) -> Result<Answered<NoOutput>, PutKeyPolicyError> {
        let name = input.policy_name.as_deref().unwrap_or(policy::DEFAULT);
        passage.draft().set_parameters(&Parameters {
            key_id: &input.key_id,
            policy_name: name,
            policy: &input.policy,
            bypass_policy_lockout_safety_check: input.bypass_policy_lockout_safety_check == Some(true),
        });
        let mut context = Context::new();
        context.set(KeyName::KmsPolicyName, name);
        if let Some(bypass) = input.bypass_policy_lockout_safety_check {
            context.set(KeyName::KmsBypassPolicyLockoutSafetyCheck, bypass);
        }
        let found = passage
            .find_by_id(&input.key_id, KmsAction::PutKeyPolicy)
            .map_err(missing::<PutKeyPolicyError>)?;
        let allowed = passage
            .authorize(KmsAction::PutKeyPolicy, &found, context)
            .map_err(denied::<PutKeyPolicyError>)?;
        policy::only_default(name).map_err(invalid::<PutKeyPolicyError>)?;
        found.key.customer_managed().map_err(wrong_state::<PutKeyPolicyError>)?;
        let policy = policy::parse::<PutKeyPolicyError>(passage, &input.policy)?;
        let bypass = input.bypass_policy_lockout_safety_check == Some(true);
        policy::inferred_no_bypass_while_unlocking(passage, bypass).map_err(invalid::<PutKeyPolicyError>)?;
        policy::check_lockout::<PutKeyPolicyError>(passage, &found.key, &policy, bypass)?;
        let told = passage.policy_told(&found.key, &policy, policy::put_by(passage));
        let edits = passage.with_policy(&found.key, passage.policy_record(&policy), told).await;
        let mut edits = edits.map_err(internal::<PutKeyPolicyError>)?;
        edits.push(found.key.kept());
        edits.extend(passage.way_back_of_caller(&found.key));
        passage.commit(&allowed, edits, NoOutput {}).await.map_err(uncommitted::<PutKeyPolicyError>)
    }
}
