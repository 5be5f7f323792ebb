//! ListGroups: the account's groups whose paths begin with a prefix.

use crate::{group, listing, names};
use gatekey_directory::GroupRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{ListGroupsError, ListGroupsRequest, ListGroupsResponse, calls};

/// The handler.
pub(crate) struct ListGroups;

impl Operation for ListGroups {
    type Call = calls::ListGroups;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListGroupsRequest,
    ) -> Result<Answered<ListGroupsResponse>, ListGroupsError> {
        passage.draft().set_parameters(&names::camel(input));
        let paging = (input.marker.as_ref(), input.max_items);
        let (allowed, page) = listing::page::<GroupRecord, ListGroupsError>(
            passage,
            "iam:ListGroups",
            input.path_prefix.as_ref(),
            paging,
        )?;
        let answer = ListGroupsResponse {
            groups: page.items.iter().map(|found| group::shown(found.account, &found.record)).collect(),
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        };
        Ok(passage.answer(&allowed, answer))
    }
}
