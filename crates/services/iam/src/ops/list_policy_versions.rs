//! ListPolicyVersions: the versions of a managed policy, the newest first.
//!
//! AWS: documents are not listed.

use crate::{names, page::Page, policy, target::Target};
use gatekey_directory::ManagedPolicyRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{
    ListPolicyVersionsError, ListPolicyVersionsRequest, ListPolicyVersionsResponse, PolicyVersion, calls,
};

/// The handler.
pub(crate) struct ListPolicyVersions;

impl Operation for ListPolicyVersions {
    type Call = calls::ListPolicyVersions;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListPolicyVersionsRequest,
    ) -> Result<Answered<ListPolicyVersionsResponse>, ListPolicyVersionsError> {
        passage.draft().set_parameters(&names::camel(input));
        let target =
            Target::<ManagedPolicyRecord>::of_arn::<ListPolicyVersionsError>(passage, &input.policy_arn)?;
        let allowed = target.authorize(passage, "iam:ListPolicyVersions", target.context())?;
        let view = target.view::<ListPolicyVersionsError>(passage)?;
        let (marker, most) = (input.marker.as_ref(), input.max_items);
        let page = Page::take::<ListPolicyVersionsError>(view.versions(), newest_first, marker, most)?;
        let answer = ListPolicyVersionsResponse {
            versions: Some(page.items),
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        };
        Ok(passage.answer(&allowed, answer))
    }
}

fn newest_first(version: &PolicyVersion) -> String {
    let number = version.version_id.as_deref().and_then(policy::version_number).unwrap_or_default();
    format!("{:010}", u32::MAX - number)
}
