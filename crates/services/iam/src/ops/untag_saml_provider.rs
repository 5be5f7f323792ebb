//! UntagSAMLProvider: removes tags.

use crate::{names, provider, tagging};
use gatekey_directory::SamlProviderRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    iam::{UntagSAMLProviderError, UntagSAMLProviderRequest, calls},
};

/// The handler.
pub(crate) struct UntagSAMLProvider;

impl Operation for UntagSAMLProvider {
    type Call = calls::UntagSAMLProvider;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &UntagSAMLProviderRequest,
    ) -> Result<Answered<NoOutput>, UntagSAMLProviderError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = provider::of_arn::<SamlProviderRecord, UntagSAMLProviderError>(
            passage,
            &input.saml_provider_arn,
        )?;
        tagging::remove(passage, "iam:UntagSAMLProvider", &target, &input.tag_keys).await
    }
}
