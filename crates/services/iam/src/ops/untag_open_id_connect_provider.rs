//! UntagOpenIDConnectProvider: removes tags.

use crate::{names, provider, tagging};
use gatekey_directory::OidcProviderRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    iam::{UntagOpenIDConnectProviderError, UntagOpenIDConnectProviderRequest, calls},
};

/// The handler.
pub(crate) struct UntagOpenIDConnectProvider;

impl Operation for UntagOpenIDConnectProvider {
    type Call = calls::UntagOpenIDConnectProvider;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &UntagOpenIDConnectProviderRequest,
    ) -> Result<Answered<NoOutput>, UntagOpenIDConnectProviderError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = provider::of_arn::<OidcProviderRecord, UntagOpenIDConnectProviderError>(
            passage,
            &input.open_id_connect_provider_arn,
        )?;
        tagging::remove(passage, "iam:UntagOpenIDConnectProvider", &target, &input.tag_keys).await
    }
}
