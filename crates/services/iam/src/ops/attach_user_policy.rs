//! AttachUserPolicy: a managed policy, attached to a user.
//!
//! AWS: a user has at most ten; what is attached already stays so.

use crate::{attachment, holder::always, names, target::Target};
use gatekey_directory::UserRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    iam::{AttachUserPolicyError, AttachUserPolicyRequest, calls},
};

/// The handler.
pub(crate) struct AttachUserPolicy;

impl Operation for AttachUserPolicy {
    type Call = calls::AttachUserPolicy;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &AttachUserPolicyRequest,
    ) -> Result<Answered<NoOutput>, AttachUserPolicyError> {
        passage.draft().set_parameters(&names::camel(input));
        let user = Target::<UserRecord>::named(passage, &input.user_name);
        attachment::attach(passage, "iam:AttachUserPolicy", &user, &input.policy_arn, always).await
    }
}
