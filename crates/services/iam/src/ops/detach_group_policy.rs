//! DetachGroupPolicy: a managed policy, taken off a group.
//!
//! AWS: one that is not attached is not found.

use crate::{attachment, holder::always, names, target::Target};
use gatekey_directory::GroupRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    iam::{DetachGroupPolicyError, DetachGroupPolicyRequest, calls},
};

/// The handler.
pub(crate) struct DetachGroupPolicy;

impl Operation for DetachGroupPolicy {
    type Call = calls::DetachGroupPolicy;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DetachGroupPolicyRequest,
    ) -> Result<Answered<NoOutput>, DetachGroupPolicyError> {
        passage.draft().set_parameters(&names::camel(input));
        let group = Target::<GroupRecord>::named(passage, &input.group_name);
        attachment::detach(passage, "iam:DetachGroupPolicy", &group, &input.policy_arn, always).await
    }
}
