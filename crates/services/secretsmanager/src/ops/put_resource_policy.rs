//! PutResourcePolicy: who else may do what with the secret.
//!
//! AWS: `BlockPublicPolicy` refuses one that allows everybody something. Only the policy `default` can be put.

use crate::{
    change::{self, Change},
    entry::{Entry, enter},
    event, policy,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::secretsmanager::{
    PublicPolicyException, PutResourcePolicyError, PutResourcePolicyRequest, PutResourcePolicyResponse, calls,
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct PutResourcePolicy;

impl Operation for PutResourcePolicy {
    type Call = calls::PutResourcePolicy;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &PutResourcePolicyRequest,
    ) -> Result<Answered<PutResourcePolicyResponse>, PutResourcePolicyError> {
        event::note(passage, input);
        let mut context = Context::new();
        if let Some(block) = input.block_public_policy {
            context.set("secretsmanager:BlockPublicPolicy", block);
        }
        let action = "secretsmanager:PutResourcePolicy";
        let Entry { allowed, secret } =
            enter::<PutResourcePolicyError>(passage, action, &input.secret_id, context)?;
        policy::is_default::<PutResourcePolicyError>(input.policy_name.as_deref())?;
        change::changeable::<PutResourcePolicyError>(&secret)?;
        let document = policy::read::<PutResourcePolicyError>(passage, &input.resource_policy)?;
        if input.block_public_policy.unwrap_or(false) && policy::is_public(&input.resource_policy) {
            return Err(PublicPolicyException::new(policy::PUBLIC).into());
        }
        let mut record = secret.record.clone();
        record.policy = Some(document);
        record.changed = passage.now();
        let answer = PutResourcePolicyResponse {
            arn: Some(secret.arn.to_string()),
            name: Some(secret.key.name.clone()),
            policy_name: input.policy_name.clone(),
        };
        change::commit(passage, &allowed, Change::new(&secret, record), Vec::new(), answer).await
    }
}
