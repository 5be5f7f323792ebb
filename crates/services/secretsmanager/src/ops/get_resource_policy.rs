//! GetResourcePolicy: a secret's policy as it was put; nothing where it has none.

use crate::{
    entry::{Entry, enter},
    event,
    fault::wrong_state,
    policy,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::secretsmanager::{
    GetResourcePolicyError, GetResourcePolicyRequest, GetResourcePolicyResponse, calls,
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct GetResourcePolicy;

impl Operation for GetResourcePolicy {
    type Call = calls::GetResourcePolicy;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetResourcePolicyRequest,
    ) -> Result<Answered<GetResourcePolicyResponse>, GetResourcePolicyError> {
        event::note(passage, input);
        let action = "secretsmanager:GetResourcePolicy";
        let Entry { allowed, secret } =
            enter::<GetResourcePolicyError>(passage, action, &input.secret_id, Context::new())?;
        policy::is_default::<GetResourcePolicyError>(input.policy_name.as_deref())?;
        secret.live().map_err(wrong_state::<GetResourcePolicyError>)?;
        let answer = GetResourcePolicyResponse {
            arn: Some(secret.arn.to_string()),
            name: Some(secret.key.name.clone()),
            resource_policy: policy::shown(passage, &secret),
            policy_name: input.policy_name.clone(),
        };
        Ok(passage.answer(&allowed, answer))
    }
}
