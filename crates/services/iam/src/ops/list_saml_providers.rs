//! ListSAMLProviders: the account's SAML providers.
//!
//! AWS: it has no pages, and no resource.

use crate::moment;
use gatekey_gate::{Answered, On, Operation, Passage};
use gatekey_model::{
    CommonError,
    iam::{
        ListSAMLProvidersError, ListSAMLProvidersRequest, ListSAMLProvidersResponse, SAMLProviderListEntry,
        calls,
    },
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct ListSAMLProviders;

impl Operation for ListSAMLProviders {
    type Call = calls::ListSAMLProviders;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        _: &ListSAMLProvidersRequest,
    ) -> Result<Answered<ListSAMLProvidersResponse>, ListSAMLProvidersError> {
        let allowed = passage
            .authorize_other("iam:ListSAMLProviders", On::default(), Context::new())
            .map_err(CommonError::from)?;
        let providers = passage.snapshot().directory.saml_providers.of(passage.account());
        let shown = providers.map(|provider| SAMLProviderListEntry {
            arn: Some(provider.arn().to_string()),
            valid_until: provider.record.valid_until.map(moment),
            create_date: Some(moment(provider.header().created)),
        });
        let answer = ListSAMLProvidersResponse { saml_provider_list: Some(shown.collect()) };
        Ok(passage.answer(&allowed, answer))
    }
}
