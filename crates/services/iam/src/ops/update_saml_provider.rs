//! UpdateSAMLProvider: replaces a SAML provider's metadata.

use crate::{names, provider, saml};
use gatekey_directory::SamlProviderRecord;
use gatekey_gate::{Answered, Operation, Passage, refused};
use gatekey_model::iam::{
    UpdateSAMLProviderError, UpdateSAMLProviderRequest, UpdateSAMLProviderResponse, calls,
};

/// The handler.
pub(crate) struct UpdateSAMLProvider;

impl Operation for UpdateSAMLProvider {
    type Call = calls::UpdateSAMLProvider;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &UpdateSAMLProviderRequest,
    ) -> Result<Answered<UpdateSAMLProviderResponse>, UpdateSAMLProviderError> {
        passage.draft().set_parameters(&names::camel(input));
        let arn = &input.saml_provider_arn;
        let target = provider::of_arn::<SamlProviderRecord, UpdateSAMLProviderError>(passage, arn)?;
        let allowed = target.authorize(passage, "iam:UpdateSAMLProvider", target.context())?;
        let provider = target.found::<UpdateSAMLProviderError>()?;
        let has_key = input.add_private_key.is_some() || input.remove_private_key.is_some();
        saml::no_encryption::<UpdateSAMLProviderError>(has_key || input.assertion_encryption_mode.is_some())?;
        let mut record = provider.record.clone();
        if let Some(metadata) = &input.saml_metadata_document {
            let valid_until = saml::valid_until::<UpdateSAMLProviderError>(metadata, passage.now())?;
            record.valid_until = Some(valid_until);
            record.metadata.clone_from(metadata);
        }
        let answer = UpdateSAMLProviderResponse { saml_provider_arn: Some(target.arn.to_string()) };
        passage.draft().set_response(&names::camel(&answer));
        passage.commit(&allowed, vec![provider.update(&record)], answer).await.map_err(refused)
    }
}
