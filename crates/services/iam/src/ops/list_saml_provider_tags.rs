//! ListSAMLProviderTags: the tags in the order of their keys.

use crate::{names, provider, tagging};
use gatekey_directory::SamlProviderRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{
    ListSAMLProviderTagsError, ListSAMLProviderTagsRequest, ListSAMLProviderTagsResponse, calls,
};

/// The handler.
pub(crate) struct ListSAMLProviderTags;

impl Operation for ListSAMLProviderTags {
    type Call = calls::ListSAMLProviderTags;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListSAMLProviderTagsRequest,
    ) -> Result<Answered<ListSAMLProviderTagsResponse>, ListSAMLProviderTagsError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = provider::of_arn::<SamlProviderRecord, ListSAMLProviderTagsError>(
            passage,
            &input.saml_provider_arn,
        )?;
        let page = (input.marker.as_ref(), input.max_items);
        tagging::list(passage, "iam:ListSAMLProviderTags", &target, page, |page| {
            ListSAMLProviderTagsResponse {
                tags: page.items,
                is_truncated: Some(page.marker.is_some()),
                marker: page.marker,
            }
        })
    }
}
