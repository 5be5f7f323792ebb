//! UpdateRoleDescription: a role's description.
//!
//! AWS: UpdateRole does the same; this one answers with the role. It works on roles that are linked to services.

use crate::{names, role, target::Target};
use gatekey_directory::RoleRecord;
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::iam::{
    self, UpdateRoleDescriptionError, UpdateRoleDescriptionRequest, UpdateRoleDescriptionResponse, calls,
};

/// The handler.
pub(crate) struct UpdateRoleDescription;

impl Operation for UpdateRoleDescription {
    type Call = calls::UpdateRoleDescription;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &UpdateRoleDescriptionRequest,
    ) -> Result<Answered<UpdateRoleDescriptionResponse>, UpdateRoleDescriptionError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = Target::<RoleRecord>::named(passage, &input.role_name);
        let allowed = target.authorize(passage, "iam:UpdateRoleDescription", target.context())?;
        let role = target.found::<UpdateRoleDescriptionError>()?;
        let mut record = role.record.clone();
        record.description = Some(input.description.clone());
        let shown = iam::Role { description: record.description.clone(), ..role::listed(passage, role) };
        let answer = UpdateRoleDescriptionResponse { role: Some(shown) };
        passage.commit(&allowed, vec![role.update(&record)], answer).await.map_err(refused)
    }
}
