//! AddUserToGroup: the user gets the policies of the group.
//!
//! AWS: one who is in it already stays; ten groups at most.

use crate::{names, quota, target::Target};
use gatekey_directory::{GroupRecord, UserRecord};
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::{
    NoOutput,
    iam::{AddUserToGroupError, AddUserToGroupRequest, calls},
};

/// The handler.
pub(crate) struct AddUserToGroup;

impl Operation for AddUserToGroup {
    type Call = calls::AddUserToGroup;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &AddUserToGroupRequest,
    ) -> Result<Answered<NoOutput>, AddUserToGroupError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = Target::<GroupRecord>::named(passage, &input.group_name);
        let member = Target::<UserRecord>::named(passage, &input.user_name);
        let allowed = target.authorize(passage, "iam:AddUserToGroup", target.context())?;
        let group = target.found::<AddUserToGroupError>()?;
        let user = member.found::<AddUserToGroupError>()?;
        let mut record = user.record.clone();
        record.groups.insert(group.id().clone());
        let most = passage.identity_quotas().groups_per_user;
        quota::hold::<AddUserToGroupError>("GroupsPerUser", record.groups.len(), most)?;
        // The group is written too: whoever deletes it meanwhile conflicts.
        let edits = vec![user.update(&record), group.touch()];
        passage.commit(&allowed, edits, NoOutput {}).await.map_err(refused)
    }
}
