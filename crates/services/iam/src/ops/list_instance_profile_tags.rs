//! ListInstanceProfileTags: the tags of an instance profile.
//!
//! AWS: in pages of at most 100 unless asked otherwise.

use crate::{names, tagging, target::Target};
use gatekey_directory::InstanceProfileRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{
    ListInstanceProfileTagsError, ListInstanceProfileTagsRequest, ListInstanceProfileTagsResponse, calls,
};

/// The handler.
pub(crate) struct ListInstanceProfileTags;

impl Operation for ListInstanceProfileTags {
    type Call = calls::ListInstanceProfileTags;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListInstanceProfileTagsRequest,
    ) -> Result<Answered<ListInstanceProfileTagsResponse>, ListInstanceProfileTagsError> {
        passage.draft().set_parameters(&names::camel(input));
        let profile = Target::<InstanceProfileRecord>::named(passage, &input.instance_profile_name);
        let asked = (input.marker.as_ref(), input.max_items);
        tagging::list(passage, "iam:ListInstanceProfileTags", &profile, asked, |page| {
            ListInstanceProfileTagsResponse {
                tags: page.items,
                is_truncated: Some(page.marker.is_some()),
                marker: page.marker,
            }
        })
    }
}
