//! GetGroupPolicy: an inline policy of a group.
//!
//! AWS: the document is given back URL-encoded.

use crate::{inline, names, target::Target};
use gatekey_directory::GroupRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{GetGroupPolicyError, GetGroupPolicyRequest, GetGroupPolicyResponse, calls};

/// The handler.
pub(crate) struct GetGroupPolicy;

impl Operation for GetGroupPolicy {
    type Call = calls::GetGroupPolicy;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetGroupPolicyRequest,
    ) -> Result<Answered<GetGroupPolicyResponse>, GetGroupPolicyError> {
        passage.draft().set_parameters(&names::camel(input));
        let group = Target::<GroupRecord>::named(passage, &input.group_name);
        let policy_name = input.policy_name.clone();
        inline::get(
            passage,
            "iam:GetGroupPolicy",
            &group,
            &input.policy_name,
            |group_name, policy_document| GetGroupPolicyResponse { group_name, policy_name, policy_document },
        )
    }
}
