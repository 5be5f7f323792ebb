//! GetRole: one role.
//!
//! AWS: the trust policy is given back URL-encoded; whoever it names and is gone shows as a unique id.

use crate::{names, role, target::Target};
use gatekey_directory::RoleRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{GetRoleError, GetRoleRequest, GetRoleResponse, calls};

/// The handler.
pub(crate) struct GetRole;

impl Operation for GetRole {
    type Call = calls::GetRole;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetRoleRequest,
    ) -> Result<Answered<GetRoleResponse>, GetRoleError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = Target::<RoleRecord>::named(passage, &input.role_name);
        let allowed = target.authorize(passage, "iam:GetRole", target.context())?;
        let found = target.found::<GetRoleError>()?;
        let role = role::shown(passage, found);
        Ok(passage.answer(&allowed, GetRoleResponse { role }))
    }
}
