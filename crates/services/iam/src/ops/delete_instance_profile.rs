//! DeleteInstanceProfile: an instance profile, deleted.
//!
//! AWS: only one without a role.

use crate::{names, target::Target};
use gatekey_directory::InstanceProfileRecord;
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::{
    NoOutput,
    iam::{DeleteConflictException, DeleteInstanceProfileError, DeleteInstanceProfileRequest, calls},
};

/// The handler.
pub(crate) struct DeleteInstanceProfile;

impl Operation for DeleteInstanceProfile {
    type Call = calls::DeleteInstanceProfile;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DeleteInstanceProfileRequest,
    ) -> Result<Answered<NoOutput>, DeleteInstanceProfileError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = Target::<InstanceProfileRecord>::named(passage, &input.instance_profile_name);
        let allowed = target.authorize(passage, "iam:DeleteInstanceProfile", target.context())?;
        let profile = target.found::<DeleteInstanceProfileError>()?;
        if profile.record.role.is_some() {
            let text = "Cannot delete entity, must remove roles from instance profile first.";
            return Err(DeleteConflictException::new(text).into());
        }
        passage.commit(&allowed, vec![profile.delete()], NoOutput {}).await.map_err(refused)
    }
}
