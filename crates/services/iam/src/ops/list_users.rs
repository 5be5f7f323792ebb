//! ListUsers: the account's users whose paths begin with a prefix.
//!
//! AWS: the listing is decided on the ARN up to the prefix; tags and boundaries are not shown.

use crate::{listing, names, user};
use gatekey_directory::UserRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{self, ListUsersError, ListUsersRequest, ListUsersResponse, calls};

/// The handler.
pub(crate) struct ListUsers;

impl Operation for ListUsers {
    type Call = calls::ListUsers;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListUsersRequest,
    ) -> Result<Answered<ListUsersResponse>, ListUsersError> {
        passage.draft().set_parameters(&names::camel(input));
        let paging = (input.marker.as_ref(), input.max_items);
        let (allowed, page) = listing::page::<UserRecord, ListUsersError>(
            passage,
            "iam:ListUsers",
            input.path_prefix.as_ref(),
            paging,
        )?;
        let plain = |user: &std::sync::Arc<gatekey_directory::User>| iam::User {
            permissions_boundary: None,
            tags: None,
            ..user::shown(user)
        };
        let answer = ListUsersResponse {
            users: page.items.iter().map(plain).collect(),
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        };
        Ok(passage.answer(&allowed, answer))
    }
}
