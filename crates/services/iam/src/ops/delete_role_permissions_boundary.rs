//! DeleteRolePermissionsBoundary: a role without a limit again.
//!
//! AWS: nothing but identity policies limits it then.
//! A role linked to a service cannot be changed.

use crate::{boundary, holder::unless_protected, names, target::Target};
use gatekey_directory::RoleRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    iam::{DeleteRolePermissionsBoundaryError, DeleteRolePermissionsBoundaryRequest, calls},
};

/// The handler.
pub(crate) struct DeleteRolePermissionsBoundary;

impl Operation for DeleteRolePermissionsBoundary {
    type Call = calls::DeleteRolePermissionsBoundary;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DeleteRolePermissionsBoundaryRequest,
    ) -> Result<Answered<NoOutput>, DeleteRolePermissionsBoundaryError> {
        passage.draft().set_parameters(&names::camel(input));
        let role = Target::<RoleRecord>::named(passage, &input.role_name);
        boundary::delete(passage, "iam:DeleteRolePermissionsBoundary", &role, unless_protected).await
    }
}
