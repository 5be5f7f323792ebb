//! RemoveRoleFromInstanceProfile: a role, taken out of an instance profile.
//!
//! AWS: it must be in there.

use crate::{names, target::Target};
use gatekey_directory::{InstanceProfileRecord, RoleRecord};
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::{
    NoOutput,
    iam::{
        NoSuchEntityException, RemoveRoleFromInstanceProfileError, RemoveRoleFromInstanceProfileRequest,
        calls,
    },
};

/// The handler.
pub(crate) struct RemoveRoleFromInstanceProfile;

impl Operation for RemoveRoleFromInstanceProfile {
    type Call = calls::RemoveRoleFromInstanceProfile;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &RemoveRoleFromInstanceProfileRequest,
    ) -> Result<Answered<NoOutput>, RemoveRoleFromInstanceProfileError> {
        passage.draft().set_parameters(&names::camel(input));
        let profile = Target::<InstanceProfileRecord>::named(passage, &input.instance_profile_name);
        let role = Target::<RoleRecord>::named(passage, &input.role_name);
        let allowed = profile.authorize(passage, "iam:RemoveRoleFromInstanceProfile", profile.context())?;
        let profile = profile.found::<RemoveRoleFromInstanceProfileError>()?;
        let role = role.found::<RemoveRoleFromInstanceProfileError>()?;
        if profile.record.role.as_ref() != Some(role.id()) {
            let (role, profile) = (role.name(), profile.name());
            let text = format!("Role {role} in Instance Profile {profile} cannot be found.");
            return Err(NoSuchEntityException::new(text).into());
        }
        let mut record = profile.record.clone();
        record.role = None;
        passage.commit(&allowed, vec![profile.update(&record)], NoOutput {}).await.map_err(refused)
    }
}
