//! ListGroupsForUser: the groups that a user is in.

use crate::{group, names, page::Page, target::Target};
use gatekey_directory::UserRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{
    ListGroupsForUserError, ListGroupsForUserRequest, ListGroupsForUserResponse, calls,
};

/// The handler.
pub(crate) struct ListGroupsForUser;

impl Operation for ListGroupsForUser {
    type Call = calls::ListGroupsForUser;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListGroupsForUserRequest,
    ) -> Result<Answered<ListGroupsForUserResponse>, ListGroupsForUserError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = Target::<UserRecord>::named(passage, &input.user_name);
        let allowed = target.authorize(passage, "iam:ListGroupsForUser", target.context())?;
        let user = target.found::<ListGroupsForUserError>()?;
        let groups = &passage.snapshot().directory.groups;
        let found = user.record.groups.iter().filter_map(|id| groups.by_id(id));
        let page = Page::take::<ListGroupsForUserError>(
            found.map(|found| group::shown(found.account, &found.record)),
            |shown| shown.group_id.clone(),
            input.marker.as_ref(),
            input.max_items,
        )?;
        let answer = ListGroupsForUserResponse {
            groups: page.items,
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        };
        Ok(passage.answer(&allowed, answer))
    }
}
