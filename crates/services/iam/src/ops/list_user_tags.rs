//! ListUserTags: the tags of a user, in the order of their keys.

use crate::{names, tagging, target::Target};
use gatekey_directory::UserRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{ListUserTagsError, ListUserTagsRequest, ListUserTagsResponse, calls};

/// The handler.
pub(crate) struct ListUserTags;

impl Operation for ListUserTags {
    type Call = calls::ListUserTags;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListUserTagsRequest,
    ) -> Result<Answered<ListUserTagsResponse>, ListUserTagsError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = Target::<UserRecord>::named(passage, &input.user_name);
        let paging = (input.marker.as_ref(), input.max_items);
        tagging::list(passage, "iam:ListUserTags", &target, paging, |page| ListUserTagsResponse {
            tags: page.items,
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        })
    }
}
