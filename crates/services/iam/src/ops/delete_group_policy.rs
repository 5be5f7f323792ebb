//! DeleteGroupPolicy: an inline policy of a group, deleted.
//!
//! AWS: what is attached is not deleted so, but detached.

use crate::{holder::always, inline, names, target::Target};
use gatekey_directory::GroupRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    iam::{DeleteGroupPolicyError, DeleteGroupPolicyRequest, calls},
};

/// The handler.
pub(crate) struct DeleteGroupPolicy;

impl Operation for DeleteGroupPolicy {
    type Call = calls::DeleteGroupPolicy;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DeleteGroupPolicyRequest,
    ) -> Result<Answered<NoOutput>, DeleteGroupPolicyError> {
        passage.draft().set_parameters(&names::camel(input));
        let group = Target::<GroupRecord>::named(passage, &input.group_name);
        inline::delete(passage, "iam:DeleteGroupPolicy", &group, &input.policy_name, always).await
    }
}
