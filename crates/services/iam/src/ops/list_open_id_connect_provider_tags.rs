//! ListOpenIDConnectProviderTags: the tags in the order of their keys.

use crate::{names, provider, tagging};
use gatekey_directory::OidcProviderRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{
    ListOpenIDConnectProviderTagsError, ListOpenIDConnectProviderTagsRequest,
    ListOpenIDConnectProviderTagsResponse, calls,
};

/// The handler.
pub(crate) struct ListOpenIDConnectProviderTags;

impl Operation for ListOpenIDConnectProviderTags {
    type Call = calls::ListOpenIDConnectProviderTags;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ListOpenIDConnectProviderTagsRequest,
    ) -> Result<Answered<ListOpenIDConnectProviderTagsResponse>, ListOpenIDConnectProviderTagsError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = provider::of_arn::<OidcProviderRecord, ListOpenIDConnectProviderTagsError>(
            passage,
            &input.open_id_connect_provider_arn,
        )?;
        let page = (input.marker.as_ref(), input.max_items);
        tagging::list(passage, "iam:ListOpenIDConnectProviderTags", &target, page, |page| {
            ListOpenIDConnectProviderTagsResponse {
                tags: page.items,
                is_truncated: Some(page.marker.is_some()),
                marker: page.marker,
            }
        })
    }
}
