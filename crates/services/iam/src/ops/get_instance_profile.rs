//! GetInstanceProfile: one instance profile, with its role.
//!
//! AWS: the role's trust policy is URL-encoded.

use crate::{names, profile, target::Target};
use gatekey_directory::InstanceProfileRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{
    GetInstanceProfileError, GetInstanceProfileRequest, GetInstanceProfileResponse, calls,
};

/// The handler.
pub(crate) struct GetInstanceProfile;

impl Operation for GetInstanceProfile {
    type Call = calls::GetInstanceProfile;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetInstanceProfileRequest,
    ) -> Result<Answered<GetInstanceProfileResponse>, GetInstanceProfileError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = Target::<InstanceProfileRecord>::named(passage, &input.instance_profile_name);
        let allowed = target.authorize(passage, "iam:GetInstanceProfile", target.context())?;
        let found = target.found::<GetInstanceProfileError>()?;
        let instance_profile = profile::shown(passage, found);
        Ok(passage.answer(&allowed, GetInstanceProfileResponse { instance_profile }))
    }
}
