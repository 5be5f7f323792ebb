//! DetachUserPolicy: a managed policy, taken off a user.
//!
//! AWS: one that is not attached is not found.

use crate::{attachment, holder::always, names, target::Target};
use gatekey_directory::UserRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    iam::{DetachUserPolicyError, DetachUserPolicyRequest, calls},
};

/// The handler.
pub(crate) struct DetachUserPolicy;

impl Operation for DetachUserPolicy {
    type Call = calls::DetachUserPolicy;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DetachUserPolicyRequest,
    ) -> Result<Answered<NoOutput>, DetachUserPolicyError> {
        passage.draft().set_parameters(&names::camel(input));
        let user = Target::<UserRecord>::named(passage, &input.user_name);
        attachment::detach(passage, "iam:DetachUserPolicy", &user, &input.policy_arn, always).await
    }
}
