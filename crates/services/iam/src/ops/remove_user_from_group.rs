//! RemoveUserFromGroup: the user loses the policies of the group.
//!
//! AWS: one who is not in it is no fault.

use crate::{names, target::Target};
use gatekey_directory::{GroupRecord, UserRecord};
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::{
    NoOutput,
    iam::{RemoveUserFromGroupError, RemoveUserFromGroupRequest, calls},
};

/// The handler.
pub(crate) struct RemoveUserFromGroup;

impl Operation for RemoveUserFromGroup {
    type Call = calls::RemoveUserFromGroup;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &RemoveUserFromGroupRequest,
    ) -> Result<Answered<NoOutput>, RemoveUserFromGroupError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = Target::<GroupRecord>::named(passage, &input.group_name);
        let member = Target::<UserRecord>::named(passage, &input.user_name);
        let allowed = target.authorize(passage, "iam:RemoveUserFromGroup", target.context())?;
        let group = target.found::<RemoveUserFromGroupError>()?;
        let user = member.found::<RemoveUserFromGroupError>()?;
        let mut record = user.record.clone();
        record.groups.remove(group.id());
        // The group is written too: whoever deletes it meanwhile conflicts.
        let edits = vec![user.update(&record), group.touch()];
        passage.commit(&allowed, edits, NoOutput {}).await.map_err(refused)
    }
}
