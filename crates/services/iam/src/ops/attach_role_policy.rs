//! AttachRolePolicy: a managed policy, attached to a role.
//!
//! AWS: a role has at most ten; what is attached already stays so.
//! A role linked to a service cannot be changed.

use crate::{attachment, holder::unless_protected, names, target::Target};
use gatekey_directory::RoleRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    iam::{AttachRolePolicyError, AttachRolePolicyRequest, calls},
};

/// The handler.
pub(crate) struct AttachRolePolicy;

impl Operation for AttachRolePolicy {
    type Call = calls::AttachRolePolicy;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &AttachRolePolicyRequest,
    ) -> Result<Answered<NoOutput>, AttachRolePolicyError> {
        passage.draft().set_parameters(&names::camel(input));
        let role = Target::<RoleRecord>::named(passage, &input.role_name);
        attachment::attach(passage, "iam:AttachRolePolicy", &role, &input.policy_arn, unless_protected).await
    }
}
