//! CreateSAMLProvider: trusts the assertions of an identity provider.
//!
//! AWS: the metadata must be the provider's, and parse. `Tags` need `iam:TagSAMLProvider` too. Encrypted assertions are not
//! served here: a private key is refused rather than kept for nothing.

use crate::{names, quota, saml, tag, target::Nameable};
use gatekey_directory::{Header, SamlProviderRecord, arn_of, insert};
use gatekey_gate::{Answered, On, Operation, Passage, refused};
use gatekey_model::{
    CommonError,
    iam::{
        CreateSAMLProviderError, CreateSAMLProviderRequest, CreateSAMLProviderResponse,
        EntityAlreadyExistsException, calls,
    },
};
use gatekey_policy::Context;

/// The handler.
pub(crate) struct CreateSAMLProvider;

impl Operation for CreateSAMLProvider {
    type Call = calls::CreateSAMLProvider;
    const READ_ONLY: bool = false;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &CreateSAMLProviderRequest,
    ) -> Result<Answered<CreateSAMLProviderResponse>, CreateSAMLProviderError> {
        passage.draft().set_parameters(&names::camel(input));
        let (account, name) = (passage.account(), input.name.as_str());
        let tags = tag::parse::<CreateSAMLProviderError>(input.tags.as_ref())?;
        let arn = arn_of::<SamlProviderRecord>(account, "/", name);
        passage.draft().touch_resource(SamlProviderRecord::KIND, account, &arn);
        let mut context = Context::new();
        tag::set_request_tags(&mut context, &tags);
        let on = On::resource(&arn);
        let allowed = passage
            .authorize_other("iam:CreateSAMLProvider", on, context.clone())
            .map_err(CommonError::from)?;
        if !tags.is_empty() {
            passage.authorize_other("iam:TagSAMLProvider", on, context).map_err(CommonError::from)?;
        }
        saml::no_encryption::<CreateSAMLProviderError>(
            input.add_private_key.is_some() || input.assertion_encryption_mode.is_some(),
        )?;
        let valid_until =
            saml::valid_until::<CreateSAMLProviderError>(&input.saml_metadata_document, passage.now())?;
        if passage.snapshot().directory.saml_providers.get(account, name).is_some() {
            let text = format!("SAMLProvider with name {name} already exists.");
            return Err(EntityAlreadyExistsException::new(text).into());
        }
        quota::has_room::<SamlProviderRecord, CreateSAMLProviderError>(passage)?;
        let mut header = Header::new::<SamlProviderRecord>(name, "/", passage.now(), passage.entropy());
        header.tags = tags;
        let shown = tag::shown(&header.tags);
        let metadata = input.saml_metadata_document.clone();
        let record = SamlProviderRecord { header, metadata, valid_until: Some(valid_until) };
        let answer = CreateSAMLProviderResponse { saml_provider_arn: Some(arn.to_string()), tags: shown };
        passage.draft().set_response(&names::camel(&answer));
        passage.commit(&allowed, vec![insert(account, &record)], answer).await.map_err(refused)
    }
}
