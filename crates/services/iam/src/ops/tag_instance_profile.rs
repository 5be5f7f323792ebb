//! TagInstanceProfile: tags of an instance profile, added.
//!
//! AWS: at most 50; a key that differs in case only from one that is there takes its place.

use crate::{names, tagging, target::Target};
use gatekey_directory::InstanceProfileRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    iam::{TagInstanceProfileError, TagInstanceProfileRequest, calls},
};

/// The handler.
pub(crate) struct TagInstanceProfile;

impl Operation for TagInstanceProfile {
    type Call = calls::TagInstanceProfile;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &TagInstanceProfileRequest,
    ) -> Result<Answered<NoOutput>, TagInstanceProfileError> {
        passage.draft().set_parameters(&names::camel(input));
        let profile = Target::<InstanceProfileRecord>::named(passage, &input.instance_profile_name);
        tagging::add(passage, "iam:TagInstanceProfile", &profile, &input.tags).await
    }
}
