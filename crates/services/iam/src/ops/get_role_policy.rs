//! GetRolePolicy: an inline policy of a role.
//!
//! AWS: the document is given back URL-encoded.

use crate::{inline, names, target::Target};
use gatekey_directory::RoleRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{GetRolePolicyError, GetRolePolicyRequest, GetRolePolicyResponse, calls};

/// The handler.
pub(crate) struct GetRolePolicy;

impl Operation for GetRolePolicy {
    type Call = calls::GetRolePolicy;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetRolePolicyRequest,
    ) -> Result<Answered<GetRolePolicyResponse>, GetRolePolicyError> {
        passage.draft().set_parameters(&names::camel(input));
        let role = Target::<RoleRecord>::named(passage, &input.role_name);
        let policy_name = input.policy_name.clone();
        inline::get(passage, "iam:GetRolePolicy", &role, &input.policy_name, |role_name, policy_document| {
            GetRolePolicyResponse { role_name, policy_name, policy_document }
        })
    }
}
