//! DeleteResourcePolicy: the secret has none any more. One that has none already is no error.

use crate::{
    change::{self, Change},
    entry::{Entry, enter},
    event, policy,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::secretsmanager::{
    DeleteResourcePolicyError, DeleteResourcePolicyRequest, DeleteResourcePolicyResponse, calls,
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct DeleteResourcePolicy;

impl Operation for DeleteResourcePolicy {
    type Call = calls::DeleteResourcePolicy;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DeleteResourcePolicyRequest,
    ) -> Result<Answered<DeleteResourcePolicyResponse>, DeleteResourcePolicyError> {
        event::note(passage, input);
        let action = "secretsmanager:DeleteResourcePolicy";
        let Entry { allowed, secret } =
            enter::<DeleteResourcePolicyError>(passage, action, &input.secret_id, Context::new())?;
        policy::is_default::<DeleteResourcePolicyError>(input.policy_name.as_deref())?;
        change::changeable::<DeleteResourcePolicyError>(&secret)?;
        let mut record = secret.record.clone();
        record.policy = None;
        record.changed = passage.now();
        let answer = DeleteResourcePolicyResponse {
            arn: Some(secret.arn.to_string()),
            name: Some(secret.key.name.clone()),
            policy_name: input.policy_name.clone(),
        };
        change::commit(passage, &allowed, Change::new(&secret, record), Vec::new(), answer).await
    }
}
