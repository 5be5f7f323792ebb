//! TagOpenIDConnectProvider: adds tags.

use crate::{names, provider, tagging};
use gatekey_directory::OidcProviderRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    iam::{TagOpenIDConnectProviderError, TagOpenIDConnectProviderRequest, calls},
};

/// The handler.
pub(crate) struct TagOpenIDConnectProvider;

impl Operation for TagOpenIDConnectProvider {
    type Call = calls::TagOpenIDConnectProvider;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &TagOpenIDConnectProviderRequest,
    ) -> Result<Answered<NoOutput>, TagOpenIDConnectProviderError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = provider::of_arn::<OidcProviderRecord, TagOpenIDConnectProviderError>(
            passage,
            &input.open_id_connect_provider_arn,
        )?;
        tagging::add(passage, "iam:TagOpenIDConnectProvider", &target, &input.tags).await
    }
}
