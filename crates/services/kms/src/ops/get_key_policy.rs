//! GetKeyPolicy: a key's policy in AWS's layout.
//!
//! AWS: users and roles are shown by their ARN while they exist, and by their unique id when they are gone.

use crate::{
    fault::{denied, missing},
    policy,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::kms::{
    GetKeyPolicyError, GetKeyPolicyRequest, GetKeyPolicyResponse, NotFoundException, calls,
};
use gatekey_policy::{Context, KeyName, KmsAction};
use serde::Serialize;

/// CloudTrail's parameters.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
    policy_name: &'a str,
}

/// The handler.
pub(crate) struct GetKeyPolicy;

impl Operation for GetKeyPolicy {
    type Call = calls::GetKeyPolicy;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetKeyPolicyRequest,
    ) -> Result<Answered<GetKeyPolicyResponse>, GetKeyPolicyError> {
        let name = input.policy_name.as_deref().unwrap_or(policy::DEFAULT);
        passage.draft().set_parameters(&Parameters { key_id: &input.key_id, policy_name: name });
        let found = passage
            .find_by_id(&input.key_id, KmsAction::GetKeyPolicy)
            .map_err(missing::<GetKeyPolicyError>)?;
        let mut context = Context::new();
        context.set(KeyName::KmsPolicyName, name);
        let allowed = passage
            .authorize(KmsAction::GetKeyPolicy, &found, context)
            .map_err(denied::<GetKeyPolicyError>)?;
        passage.tell_of_recovery(&found.key);
        let policy = found.key.policy.as_ref().filter(|_| name == policy::DEFAULT);
        let policy = policy.ok_or_else(|| NotFoundException::new("No such policy exists"))?;
        let text = passage.show_policy(&policy.compiled);
        let answer = GetKeyPolicyResponse { policy: Some(text), policy_name: Some(name.to_owned()) };
        Ok(passage.answer(&allowed, answer))
    }
}
