//! PutRolePermissionsBoundary: a managed policy that limits a role.
//!
//! AWS: it takes the place of the one before, and must exist.
//! A role linked to a service cannot be changed.

use crate::{boundary, holder::unless_protected, names, target::Target};
use gatekey_directory::RoleRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    iam::{PutRolePermissionsBoundaryError, PutRolePermissionsBoundaryRequest, calls},
};

/// The handler.
pub(crate) struct PutRolePermissionsBoundary;

impl Operation for PutRolePermissionsBoundary {
    type Call = calls::PutRolePermissionsBoundary;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &PutRolePermissionsBoundaryRequest,
    ) -> Result<Answered<NoOutput>, PutRolePermissionsBoundaryError> {
        passage.draft().set_parameters(&names::camel(input));
        let role = Target::<RoleRecord>::named(passage, &input.role_name);
        let policy = &input.permissions_boundary;
        boundary::put(passage, "iam:PutRolePermissionsBoundary", &role, policy, unless_protected).await
    }
}
