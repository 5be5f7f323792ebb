//! ListPolicyTags: the tags of a managed policy of the account.
//!
//! AWS: in pages of at most 100 unless asked otherwise.

use crate::{names, tagging, target::Target};
use gatekey_directory::ManagedPolicyRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{ListPolicyTagsError, ListPolicyTagsRequest, ListPolicyTagsResponse, calls};

/// The handler.
pub(crate) struct ListPolicyTags;

impl Operation for ListPolicyTags {
    type Call = calls::ListPolicyTags;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListPolicyTagsRequest,
    ) -> Result<Answered<ListPolicyTagsResponse>, ListPolicyTagsError> {
        passage.draft().set_parameters(&names::camel(input));
        let policy =
            Target::<ManagedPolicyRecord>::of_arn::<ListPolicyTagsError>(passage, &input.policy_arn)?;
        let asked = (input.marker.as_ref(), input.max_items);
        tagging::list(passage, "iam:ListPolicyTags", &policy, asked, |page| ListPolicyTagsResponse {
            tags: page.items,
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        })
    }
}
