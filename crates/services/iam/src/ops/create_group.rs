//! CreateGroup: a new group, without members and without policies.

use crate::{fault::exists, group, names, quota};
use gatekey_directory::{GroupRecord, Header, Permissions, arn_of, insert};
use gatekey_gate::{Answered, On, Operation, Passage, refused};
use gatekey_model::{
    CommonError,
    iam::{CreateGroupError, CreateGroupRequest, CreateGroupResponse, calls},
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct CreateGroup;

impl Operation for CreateGroup {
    type Call = calls::CreateGroup;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &CreateGroupRequest,
    ) -> Result<Answered<CreateGroupResponse>, CreateGroupError> {
        passage.draft().set_parameters(&names::camel(input));
        let (account, path) = (passage.account(), input.path.as_deref().unwrap_or("/"));
        let arn = arn_of::<GroupRecord>(account, path, &input.group_name);
        passage.draft().touch_resource("AWS::IAM::Group", account, &arn);
        let allowed = passage
            .authorize_other("iam:CreateGroup", On::resource(&arn), Context::new())
            .map_err(CommonError::from)?;
        if passage.snapshot().directory.groups.get(account, &input.group_name).is_some() {
            return Err(exists("Group", &input.group_name));
        }
        quota::has_room::<GroupRecord, CreateGroupError>(passage)?;
        let header = Header::new::<GroupRecord>(&input.group_name, path, passage.now(), passage.entropy());
        let record = GroupRecord { header, permissions: Permissions::default() };
        let answer = CreateGroupResponse { group: group::shown(account, &record) };
        passage.draft().set_response(&names::camel(&answer));
        passage.commit(&allowed, vec![insert(account, &record)], answer).await.map_err(refused)
    }
}
