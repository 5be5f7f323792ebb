//! GetOpenIDConnectProvider: an OpenID Connect provider.
//!
//! AWS: the URL is shown without its scheme.

use crate::{moment, names, provider, tag};
use gatekey_directory::OidcProviderRecord;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::iam::{
    GetOpenIDConnectProviderError, GetOpenIDConnectProviderRequest, GetOpenIDConnectProviderResponse, calls,
};

/// The handler.
pub(crate) struct GetOpenIDConnectProvider;

impl Operation for GetOpenIDConnectProvider {
    type Call = calls::GetOpenIDConnectProvider;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GetOpenIDConnectProviderRequest,
    ) -> Result<Answered<GetOpenIDConnectProviderResponse>, GetOpenIDConnectProviderError> {
        passage.draft().set_parameters(&names::camel(input));
        let target = provider::of_arn::<OidcProviderRecord, GetOpenIDConnectProviderError>(
            passage,
            &input.open_id_connect_provider_arn,
        )?;
        let allowed = target.authorize(passage, "iam:GetOpenIDConnectProvider", target.context())?;
        let provider = target.found::<GetOpenIDConnectProviderError>()?;
        let (record, header) = (&provider.record, provider.header());
        let answer = GetOpenIDConnectProviderResponse {
            url: Some(header.name.clone()),
            client_id_list: Some(record.clients.clone()),
            thumbprint_list: Some(record.thumbprints.clone()),
            create_date: Some(moment(header.created)),
            tags: tag::shown(&header.tags),
        };
        Ok(passage.answer(&allowed, answer))
    }
}
