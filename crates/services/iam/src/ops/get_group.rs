//! GetGroup: a group and its members, a page at a time.

use crate::{group, names, page::Page, target::Target, user};
use gatekey_directory::GroupRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{self, GetGroupError, GetGroupRequest, GetGroupResponse, calls};

/// The handler.
pub(crate) struct GetGroup;

impl Operation for GetGroup {
    type Call = calls::GetGroup;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetGroupRequest,
    ) -> Result<Answered<GetGroupResponse>, GetGroupError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = Target::<GroupRecord>::named(passage, &input.group_name);
        let allowed = target.authorize(passage, "iam:GetGroup", target.context())?;
        let found = target.found::<GetGroupError>()?;
        let members = group::members(&passage.snapshot().directory, found);
        let id = |user: &&std::sync::Arc<gatekey_directory::User>| user.id().to_string();
        let page = Page::take::<GetGroupError>(members, id, input.marker.as_ref(), input.max_items)?;
        let plain = |user: &std::sync::Arc<gatekey_directory::User>| iam::User {
            permissions_boundary: None,
            tags: None,
            ..user::shown(user)
        };
        let answer = GetGroupResponse {
            group: group::shown(found.account, &found.record),
            users: page.items.into_iter().map(plain).collect(),
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        };
        Ok(passage.answer(&allowed, answer))
    }
}
