//! Identity providers, OpenID Connect's and SAML's: requests name them by their ARNs.

use crate::target::{Nameable, Target};
use gatekey_directory::{Directory, Entities, OidcProviderRecord, SamlProviderRecord};
use gatekey_gate::Passage;
use gatekey_model::iam::InvalidInputException;
use gatekey_types::Arn;

impl Nameable for OidcProviderRecord {
    const KIND: &'static str = "AWS::IAM::OIDCProvider";
    fn among(directory: &Directory) -> &Entities<Self> {
        &directory.oidc_providers
    }
    fn missing(arn: &str) -> String {
        format!("OpenIDConnect Provider not found for arn {arn}")
    }
}

impl Nameable for SamlProviderRecord {
    const KIND: &'static str = "AWS::IAM::SAMLProvider";
    fn among(directory: &Directory) -> &Entities<Self> {
        &directory.saml_providers
    }
    fn missing(arn: &str) -> String {
        format!("Manifest not found for arn {arn}")
    }
}

/// The provider of this ARN. Only the caller's own account is looked into.
///
/// # Errors
/// InvalidInput for what is no ARN of a provider of this kind.
pub(crate) fn of_arn<R: Nameable, E: From<InvalidInputException>>(
    passage: &mut Passage<'_>,
    text: &str,
) -> Result<Target<R>, E> {
    let invalid = || InvalidInputException::new(format!("Invalid ARN: {text}"));
    let arn: Arn = text.parse().map_err(|_| invalid())?;
    let account = arn.account().filter(|_| arn.service() == "iam").ok_or_else(invalid)?;
    let name = arn.resource().strip_prefix(R::ARN_TYPE).and_then(|rest| rest.strip_prefix('/'));
    let name = name.filter(|name| !name.is_empty()).ok_or_else(invalid)?;
    let known = R::among(&passage.snapshot().directory)
        .get(account, name)
        .filter(|entity| account == passage.account() && entity.arn() == arn)
        .cloned();
    passage.draft().touch_resource(R::KIND, account, &arn);
    Ok(Target { name: text.to_owned(), arn, known })
}
