//! UpdateUser: another name or path.
//!
//! AWS: the id stays, and with it groups, policies, access keys and whatever policies pinned; the caller needs the right on
//! both names.

use crate::{names, rename::rename, target::Target};
use gatekey_directory::UserRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    iam::{UpdateUserError, UpdateUserRequest, calls},
};

/// The handler.
pub(crate) struct UpdateUser;

impl Operation for UpdateUser {
    type Call = calls::UpdateUser;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &UpdateUserRequest,
    ) -> Result<Answered<NoOutput>, UpdateUserError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = Target::<UserRecord>::named(passage, &input.user_name);
        let becomes = (input.new_user_name.as_ref(), input.new_path.as_ref());
        rename(passage, ("iam:UpdateUser", "User"), &target, becomes).await
    }
}
