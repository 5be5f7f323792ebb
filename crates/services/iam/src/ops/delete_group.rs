//! DeleteGroup: a group without members and without policies.
//!
//! AWS: DeleteConflict while it has any.

use crate::{names, target::Target};
use gatekey_directory::{Directory, Group, GroupRecord};
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::{
    NoOutput,
    iam::{DeleteConflictException, DeleteGroupError, DeleteGroupRequest, calls},
};

/// The handler.
pub(crate) struct DeleteGroup;

impl Operation for DeleteGroup {
    type Call = calls::DeleteGroup;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DeleteGroupRequest,
    ) -> Result<Answered<NoOutput>, DeleteGroupError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = Target::<GroupRecord>::named(passage, &input.group_name);
        let allowed = target.authorize(passage, "iam:DeleteGroup", target.context())?;
        let group = target.found::<DeleteGroupError>()?;
        if let Some(text) = left(&passage.snapshot().directory, group) {
            return Err(DeleteConflictException::new(text).into());
        }
        passage.commit(&allowed, vec![group.delete()], NoOutput {}).await.map_err(refused)
    }
}

/// What the group still has, in AWS's words.
fn left(directory: &Directory, group: &Group) -> Option<&'static str> {
    let permissions = &group.record.permissions;
    let all = [
        (
            directory.referrers(group.id().as_str()).next().is_some(),
            "Cannot delete entity, must remove users from group first.",
        ),
        (!permissions.attached.is_empty(), "Cannot delete entity, must detach all policies first."),
        (!permissions.inline.is_empty(), "Cannot delete entity, must delete policies first."),
    ];
    all.into_iter().find(|(has, _)| *has).map(|(_, text)| text)
}
