//! TagSAMLProvider: adds tags.

use crate::{names, provider, tagging};
use gatekey_directory::SamlProviderRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    NoOutput,
    iam::{TagSAMLProviderError, TagSAMLProviderRequest, calls},
};

/// The handler.
pub(crate) struct TagSAMLProvider;

impl Operation for TagSAMLProvider {
    type Call = calls::TagSAMLProvider;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &TagSAMLProviderRequest,
    ) -> Result<Answered<NoOutput>, TagSAMLProviderError> {
        passage.draft().set_parameters(&names::camel(input));
        let target =
            provider::of_arn::<SamlProviderRecord, TagSAMLProviderError>(passage, &input.saml_provider_arn)?;
        tagging::add(passage, "iam:TagSAMLProvider", &target, &input.tags).await
    }
}
