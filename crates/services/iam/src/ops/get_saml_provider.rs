//! GetSAMLProvider: a SAML provider with its metadata.

use crate::{moment, names, provider, tag};
use gatekey_directory::SamlProviderRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{GetSAMLProviderError, GetSAMLProviderRequest, GetSAMLProviderResponse, calls};

/// The handler.
pub(crate) struct GetSAMLProvider;

impl Operation for GetSAMLProvider {
    type Call = calls::GetSAMLProvider;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetSAMLProviderRequest,
    ) -> Result<Answered<GetSAMLProviderResponse>, GetSAMLProviderError> {
        passage.draft().set_parameters(&names::camel(input));
        let target =
            provider::of_arn::<SamlProviderRecord, GetSAMLProviderError>(passage, &input.saml_provider_arn)?;
        let allowed = target.authorize(passage, "iam:GetSAMLProvider", target.context())?;
        let provider = target.found::<GetSAMLProviderError>()?;
        let (record, header) = (&provider.record, provider.header());
        let answer = GetSAMLProviderResponse {
            // Ids here are a digit shorter than what the model calls one; with the account's number they are long enough.
            saml_provider_uuid: Some(format!("{}{}", header.id, provider.account)),
            saml_metadata_document: Some(record.metadata.clone()),
            create_date: Some(moment(header.created)),
            valid_until: record.valid_until.map(moment),
            tags: tag::shown(&header.tags),
            assertion_encryption_mode: None,
            private_key_list: None,
        };
        Ok(passage.answer(&allowed, answer))
    }
}
