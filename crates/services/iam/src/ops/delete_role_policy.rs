//! DeleteRolePolicy: an inline policy of a role, deleted.
//!
//! AWS: what is attached is not deleted so, but detached.
//! A role linked to a service cannot be changed.

use crate::{holder::unless_protected, inline, names, target::Target};
use gatekey_directory::RoleRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    iam::{DeleteRolePolicyError, DeleteRolePolicyRequest, calls},
};

/// The handler.
pub(crate) struct DeleteRolePolicy;

impl Operation for DeleteRolePolicy {
    type Call = calls::DeleteRolePolicy;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DeleteRolePolicyRequest,
    ) -> Result<Answered<NoOutput>, DeleteRolePolicyError> {
        passage.draft().set_parameters(&names::camel(input));
        let role = Target::<RoleRecord>::named(passage, &input.role_name);
        inline::delete(passage, "iam:DeleteRolePolicy", &role, &input.policy_name, unless_protected).await
    }
}
