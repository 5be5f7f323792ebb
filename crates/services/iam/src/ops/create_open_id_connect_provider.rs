//! CreateOpenIDConnectProvider: trusts the tokens of an issuer.
//!
//! AWS: the URL is the issuer's, with `https://` and without a query; thumbprints need not be given. `Tags` need
//! `iam:TagOpenIDConnectProvider` too.

use crate::{names, oidc, quota, tag, target::Nameable};
use gatekey_directory::{Header, OidcProviderRecord, arn_of, insert};
use gatekey_gate::{Answered, On, Operation, Passage, refused};
use gatekey_model::{
    CommonError,
    iam::{
        CreateOpenIDConnectProviderError, CreateOpenIDConnectProviderRequest,
        CreateOpenIDConnectProviderResponse, EntityAlreadyExistsException, calls,
    },
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct CreateOpenIDConnectProvider;

impl Operation for CreateOpenIDConnectProvider {
    type Call = calls::CreateOpenIDConnectProvider;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &CreateOpenIDConnectProviderRequest,
    ) -> Result<Answered<CreateOpenIDConnectProviderResponse>, CreateOpenIDConnectProviderError> {
        passage.draft().set_parameters(&names::camel(input));
        let account = passage.account();
        let name = oidc::name::<CreateOpenIDConnectProviderError>(&input.url)?;
        let tags = tag::parse::<CreateOpenIDConnectProviderError>(input.tags.as_ref())?;
        let arn = arn_of::<OidcProviderRecord>(account, "/", name);
        passage.draft().touch_resource(OidcProviderRecord::KIND, account, &arn);
        let mut context = Context::new();
        tag::set_request_tags(&mut context, &tags);
        let on = On::resource(&arn);
        let allowed = passage
            .authorize_other("iam:CreateOpenIDConnectProvider", on, context.clone())
            .map_err(CommonError::from)?;
        if !tags.is_empty() {
            passage
                .authorize_other("iam:TagOpenIDConnectProvider", on, context)
                .map_err(CommonError::from)?;
        }
        let clients = input.client_id_list.clone().unwrap_or_default();
        let clients = oidc::clients::<CreateOpenIDConnectProviderError>(passage, clients)?;
        let thumbprints = input.thumbprint_list.as_deref().unwrap_or_default();
        let thumbprints = oidc::thumbprints::<CreateOpenIDConnectProviderError>(thumbprints)?;
        if passage.snapshot().directory.oidc_providers.get(account, name).is_some() {
            let text = format!("Provider with url {} already exists.", input.url);
            return Err(EntityAlreadyExistsException::new(text).into());
        }
        quota::has_room::<OidcProviderRecord, CreateOpenIDConnectProviderError>(passage)?;
        let mut header = Header::new::<OidcProviderRecord>(name, "/", passage.now(), passage.entropy());
        header.tags = tags;
        let shown = tag::shown(&header.tags);
        let record = OidcProviderRecord { header, clients, thumbprints };
        let answer = CreateOpenIDConnectProviderResponse {
            open_id_connect_provider_arn: Some(arn.to_string()),
            tags: shown,
        };
        passage.draft().set_response(&names::camel(&answer));
        passage.commit(&allowed, vec![insert(account, &record)], answer).await.map_err(refused)
    }
}
