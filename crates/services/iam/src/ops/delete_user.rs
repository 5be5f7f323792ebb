//! DeleteUser: a user who has nothing any more.
//!
//! AWS: access keys, password, groups, policies and MFA devices must be taken away first: DeleteConflict.

use crate::{mfa, names, target::Target};
use gatekey_directory::{Directory, MfaOwner, User, UserRecord};
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::{
    NoOutput,
    iam::{DeleteConflictException, DeleteUserError, DeleteUserRequest, calls},
};

/// The handler.
pub(crate) struct DeleteUser;

impl Operation for DeleteUser {
    type Call = calls::DeleteUser;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DeleteUserRequest,
    ) -> Result<Answered<NoOutput>, DeleteUserError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = Target::<UserRecord>::named(passage, &input.user_name);
        let allowed = target.authorize(passage, "iam:DeleteUser", target.context())?;
        let user = target.found::<DeleteUserError>()?;
        if let Some(text) = left(&passage.snapshot().directory, user) {
            return Err(DeleteConflictException::new(text).into());
        }
        passage.commit(&allowed, vec![user.delete()], NoOutput {}).await.map_err(refused)
    }
}

/// What the user still has, in AWS's words.
fn left(directory: &Directory, user: &User) -> Option<&'static str> {
    let UserRecord { permissions, groups, login, .. } = &user.record;
    let owner = MfaOwner::User(user.id().clone());
    let all = [
        (
            directory.access_keys_of(user.id().as_str()).next().is_some(),
            "Cannot delete entity, must delete access keys first.",
        ),
        (login.is_some(), "Cannot delete entity, must delete login profile first."),
        (!groups.is_empty(), "Cannot delete entity, must remove users from group first."),
        (!permissions.attached.is_empty(), "Cannot delete entity, must detach all policies first."),
        (!permissions.inline.is_empty(), "Cannot delete entity, must delete policies first."),
        (
            !mfa::of(directory, user.account, &owner).is_empty(),
            "Cannot delete entity, must delete MFA device first.",
        ),
    ];
    all.into_iter().find(|(has, _)| *has).map(|(_, text)| text)
}
