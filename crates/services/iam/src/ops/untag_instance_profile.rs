//! UntagInstanceProfile: tags of an instance profile, removed.
//!
//! AWS: keys that are not there are no error.

use crate::{names, tagging, target::Target};
use gatekey_directory::InstanceProfileRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    iam::{UntagInstanceProfileError, UntagInstanceProfileRequest, calls},
};

/// The handler.
pub(crate) struct UntagInstanceProfile;

impl Operation for UntagInstanceProfile {
    type Call = calls::UntagInstanceProfile;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &UntagInstanceProfileRequest,
    ) -> Result<Answered<NoOutput>, UntagInstanceProfileError> {
        passage.draft().set_parameters(&names::camel(input));
        let profile = Target::<InstanceProfileRecord>::named(passage, &input.instance_profile_name);
        tagging::remove(passage, "iam:UntagInstanceProfile", &profile, &input.tag_keys).await
    }
}
