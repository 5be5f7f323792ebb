//! AddRoleToInstanceProfile: a role, put into an instance profile.
//!
//! AWS: a profile has one role at most; the caller needs `iam:PassRole` on the role, since instances will be the role. A role
//! linked to a service cannot be put into one.

use crate::{holder::unless_protected, names, target::Target};
use gatekey_directory::{InstanceProfileRecord, RoleRecord};
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::{
    NoOutput,
    iam::{AddRoleToInstanceProfileError, AddRoleToInstanceProfileRequest, LimitExceededException, calls},
};

/// The handler.
pub(crate) struct AddRoleToInstanceProfile;

impl Operation for AddRoleToInstanceProfile {
    type Call = calls::AddRoleToInstanceProfile;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &AddRoleToInstanceProfileRequest,
    ) -> Result<Answered<NoOutput>, AddRoleToInstanceProfileError> {
        passage.draft().set_parameters(&names::camel(input));
        let profile = Target::<InstanceProfileRecord>::named(passage, &input.instance_profile_name);
        let role = Target::<RoleRecord>::named(passage, &input.role_name);
        let allowed = profile.authorize(passage, "iam:AddRoleToInstanceProfile", profile.context())?;
        let mut passing = role.context();
        passing.set("iam:PassedToService", "ec2.amazonaws.com");
        role.authorize_passing(passage, passing)?;
        let profile = profile.found::<AddRoleToInstanceProfileError>()?;
        let role = role.found::<AddRoleToInstanceProfileError>()?;
        unless_protected::<AddRoleToInstanceProfileError>(role)?;
        if profile.record.role.is_some() {
            let text = "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1";
            return Err(LimitExceededException::new(text).into());
        }
        let mut record = profile.record.clone();
        record.role = Some(role.id().clone());
        let edits = vec![profile.update(&record), role.touch()];
        passage.commit(&allowed, edits, NoOutput {}).await.map_err(refused)
    }
}
