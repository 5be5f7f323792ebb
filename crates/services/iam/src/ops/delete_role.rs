//! DeleteRole: a role, deleted.
//!
//! AWS: only one without policies and outside of every instance profile; a role linked to a service is deleted by
//! DeleteServiceLinkedRole. Whoever is named so later is another.

use crate::{holder::unless_protected, names, target::Target};
use gatekey_directory::RoleRecord;
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::{
    NoOutput,
    iam::{DeleteConflictException, DeleteRoleError, DeleteRoleRequest, calls},
};

/// The handler.
pub(crate) struct DeleteRole;

impl Operation for DeleteRole {
    type Call = calls::DeleteRole;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DeleteRoleRequest,
    ) -> Result<Answered<NoOutput>, DeleteRoleError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = Target::<RoleRecord>::named(passage, &input.role_name);
        let allowed = target.authorize(passage, "iam:DeleteRole", target.context())?;
        let role = target.found::<DeleteRoleError>()?;
        unless_protected::<DeleteRoleError>(role)?;
        let conflict = |text: &str| Err(DeleteConflictException::new(text).into());
        if passage.snapshot().directory.referrers(role.id().as_str()).next().is_some() {
            return conflict("Cannot delete entity, must remove roles from instance profile first.");
        }
        if !role.record.permissions.attached.is_empty() {
            return conflict("Cannot delete entity, must detach all policies first.");
        }
        if !role.record.permissions.inline.is_empty() {
            return conflict("Cannot delete entity, must delete policies first.");
        }
        passage.commit(&allowed, passage.delete_role(role), NoOutput {}).await.map_err(refused)
    }
}
