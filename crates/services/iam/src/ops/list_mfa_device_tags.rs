//! ListMFADeviceTags: the tags of a virtual MFA device, in the order of their keys.

use crate::{mfa, names, tagging};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{
    ListMFADeviceTagsError, ListMFADeviceTagsRequest, ListMFADeviceTagsResponse, calls,
};

/// The handler.
pub(crate) struct ListMFADeviceTags;

impl Operation for ListMFADeviceTags {
    type Call = calls::ListMFADeviceTags;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListMFADeviceTagsRequest,
    ) -> Result<Answered<ListMFADeviceTagsResponse>, ListMFADeviceTagsError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = mfa::target(passage, &input.serial_number);
        let paging = (input.marker.as_ref(), input.max_items);
        tagging::list(passage, "iam:ListMFADeviceTags", &target, paging, |page| ListMFADeviceTagsResponse {
            tags: page.items,
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        })
    }
}
