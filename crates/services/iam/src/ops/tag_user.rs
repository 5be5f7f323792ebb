//! TagUser: tags for a user.
//!
//! AWS: a tag whose key differs in case only takes the place of the one that is there; 50 at most.

use crate::{names, tagging, target::Target};
use gatekey_directory::UserRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    iam::{TagUserError, TagUserRequest, calls},
};

/// The handler.
pub(crate) struct TagUser;

impl Operation for TagUser {
    type Call = calls::TagUser;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &TagUserRequest,
    ) -> Result<Answered<NoOutput>, TagUserError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = Target::<UserRecord>::named(passage, &input.user_name);
        tagging::add(passage, "iam:TagUser", &target, &input.tags).await
    }
}
