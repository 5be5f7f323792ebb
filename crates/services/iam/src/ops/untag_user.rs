//! UntagUser: takes tags of a user away.
//!
//! AWS: keys that are not there are no fault.

use crate::{names, tagging, target::Target};
use gatekey_directory::UserRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    iam::{UntagUserError, UntagUserRequest, calls},
};

/// The handler.
pub(crate) struct UntagUser;

impl Operation for UntagUser {
    type Call = calls::UntagUser;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &UntagUserRequest,
    ) -> Result<Answered<NoOutput>, UntagUserError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = Target::<UserRecord>::named(passage, &input.user_name);
        tagging::remove(passage, "iam:UntagUser", &target, &input.tag_keys).await
    }
}
