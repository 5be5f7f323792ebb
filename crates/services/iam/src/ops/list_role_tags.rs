//! ListRoleTags: the tags of a role, one linked to a service included.
//!
//! AWS: in pages of at most 100 unless asked otherwise.

use crate::{names, tagging, target::Target};
use gatekey_directory::RoleRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{ListRoleTagsError, ListRoleTagsRequest, ListRoleTagsResponse, calls};

/// The handler.
pub(crate) struct ListRoleTags;

impl Operation for ListRoleTags {
    type Call = calls::ListRoleTags;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListRoleTagsRequest,
    ) -> Result<Answered<ListRoleTagsResponse>, ListRoleTagsError> {
        passage.draft().set_parameters(&names::camel(input));
        let role = Target::<RoleRecord>::named(passage, &input.role_name);
        let asked = (input.marker.as_ref(), input.max_items);
        tagging::list(passage, "iam:ListRoleTags", &role, asked, |page| ListRoleTagsResponse {
            tags: page.items,
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        })
    }
}
