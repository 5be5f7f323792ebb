//! ListOpenIDConnectProviders: the account's OpenID Connect providers.
//!
//! AWS: it has no pages, and no resource.

use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError,
    iam::{
        ListOpenIDConnectProvidersError, ListOpenIDConnectProvidersRequest,
        ListOpenIDConnectProvidersResponse, OpenIDConnectProviderListEntry, calls,
    },
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct ListOpenIDConnectProviders;

impl Operation for ListOpenIDConnectProviders {
    type Call = calls::ListOpenIDConnectProviders;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        _: &ListOpenIDConnectProvidersRequest,
    ) -> Result<Answered<ListOpenIDConnectProvidersResponse>, ListOpenIDConnectProvidersError> {
        let allowed = passage
            .authorize_other("iam:ListOpenIDConnectProviders", On::default(), Context::new())
            .map_err(CommonError::from)?;
        let providers = passage.snapshot().directory.oidc_providers.of(passage.account());
        let shown = providers
            .map(|provider| OpenIDConnectProviderListEntry { arn: Some(provider.arn().to_string()) });
        let answer =
            ListOpenIDConnectProvidersResponse { open_id_connect_provider_list: Some(shown.collect()) };
        Ok(passage.answer(&allowed, answer))
    }
}
