//! UpdateRole: a role's description and its longest session.
//!
//! AWS: what is not given stays; of a role linked to a service the description alone can be changed.

use crate::{holder::unless_protected, names, target::Target};
use gatekey_directory::RoleRecord;
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::iam::{UpdateRoleError, UpdateRoleRequest, UpdateRoleResponse, calls};

/// The handler.
pub(crate) struct UpdateRole;

impl Operation for UpdateRole {
    type Call = calls::UpdateRole;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &UpdateRoleRequest,
    ) -> Result<Answered<UpdateRoleResponse>, UpdateRoleError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = Target::<RoleRecord>::named(passage, &input.role_name);
        let allowed = target.authorize(passage, "iam:UpdateRole", target.context())?;
        let role = target.found::<UpdateRoleError>()?;
        let mut record = role.record.clone();
        if let Some(seconds) = input.max_session_duration.and_then(|seconds| u32::try_from(seconds).ok()) {
            unless_protected::<UpdateRoleError>(role)?;
            record.longest_session = seconds;
        }
        if let Some(description) = &input.description {
            record.description = Some(description.clone());
        }
        passage.commit(&allowed, vec![role.update(&record)], UpdateRoleResponse {}).await.map_err(refused)
    }
}
