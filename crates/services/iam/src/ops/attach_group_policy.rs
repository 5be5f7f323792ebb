//! AttachGroupPolicy: a managed policy, attached to a group.
//!
//! AWS: a group has at most ten; what is attached already stays so.

use crate::{attachment, holder::always, names, target::Target};
use gatekey_directory::GroupRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    iam::{AttachGroupPolicyError, AttachGroupPolicyRequest, calls},
};

/// The handler.
pub(crate) struct AttachGroupPolicy;

impl Operation for AttachGroupPolicy {
    type Call = calls::AttachGroupPolicy;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &AttachGroupPolicyRequest,
    ) -> Result<Answered<NoOutput>, AttachGroupPolicyError> {
        passage.draft().set_parameters(&names::camel(input));
        let group = Target::<GroupRecord>::named(passage, &input.group_name);
        attachment::attach(passage, "iam:AttachGroupPolicy", &group, &input.policy_arn, always).await
    }
}
