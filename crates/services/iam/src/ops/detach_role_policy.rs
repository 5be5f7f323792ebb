//! DetachRolePolicy: a managed policy, taken off a role.
//!
//! AWS: one that is not attached is not found.
//! A role linked to a service cannot be changed.

use crate::{attachment, holder::unless_protected, names, target::Target};
use gatekey_directory::RoleRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    iam::{DetachRolePolicyError, DetachRolePolicyRequest, calls},
};

/// The handler.
pub(crate) struct DetachRolePolicy;

impl Operation for DetachRolePolicy {
    type Call = calls::DetachRolePolicy;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DetachRolePolicyRequest,
    ) -> Result<Answered<NoOutput>, DetachRolePolicyError> {
        passage.draft().set_parameters(&names::camel(input));
        let role = Target::<RoleRecord>::named(passage, &input.role_name);
        attachment::detach(passage, "iam:DetachRolePolicy", &role, &input.policy_arn, unless_protected).await
    }
}
