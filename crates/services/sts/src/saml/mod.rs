//! SAML 2.0 responses: whose they are, whether they are genuine, and what they say.
//!
//! Nothing is read but from the element that a signature covers, in the very document that the signature was checked in; so a
//! signed element that was moved aside for a forged one is of no use.

mod assertion;
mod signature;
#[cfg(test)]
mod tests;
mod xml;

pub(crate) use assertion::Subject;

use assertion::Assertion;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use gatekey_directory::SamlMetadata;
use gatekey_types::{Arn, Timestamp};

/// Why a response is refused; each with AWS's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SamlFault {
    /// `InvalidIdentityToken`
    Invalid(String),
    /// `ExpiredTokenException`
    Expired(String),
    /// `IDPRejectedClaim`
    Rejected(String),
    /// `AccessDenied`: the assertion does not give this role.
    NotGiven,
}

impl SamlFault {
    fn invalid(text: impl Into<String>) -> Self {
        Self::Invalid(text.into())
    }
}

/// What a genuine response says of its subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SamlIdentity {
    pub(crate) issuer: String,
    pub(crate) subject: Subject,
    /// `saml:aud`: where the response was to be presented.
    pub(crate) recipient: String,
    pub(crate) session_name: String,
    /// When the identity provider's own session ends, where it says so.
    pub(crate) session_ends: Option<Timestamp>,
    pub(crate) tags: Vec<(String, String)>,
    pub(crate) transitive: Vec<String>,
    pub(crate) source_identity: Option<String>,
}

/// What a response is checked against.
pub(crate) struct Expected<'a> {
    /// The provider's metadata.
    pub(crate) metadata: &'a str,
    pub(crate) provider: &'a Arn,
    pub(crate) role: &'a Arn,
    pub(crate) now: Timestamp,
}

/// Checks a response as it is presented: in base64.
///
/// # Errors
/// [`SamlFault`]
pub(crate) fn verify(encoded: &str, expected: &Expected<'_>) -> Result<SamlIdentity, SamlFault> {
    let bytes = STANDARD.decode(encoded).map_err(|_| SamlFault::invalid("Invalid base64 SAMLResponse"))?;
    let text = String::from_utf8(bytes).map_err(|_| malformed())?;
    let metadata = SamlMetadata::parse(expected.metadata)
        .map_err(|_| SamlFault::invalid("The metadata of the specified provider is of no use"))?;
    let document = xml::parse(&text).ok_or_else(malformed)?;
    let signed = signature::signed_assertion(&document, &metadata)?;
    let assertion = Assertion { document: &document, node: signed };
    if assertion.issuer()? != metadata.entity {
        return Err(SamlFault::invalid("Issuer not present in specified provider"));
    }
    assertion.check_conditions(expected.now)?;
    let recipient = assertion.check_confirmation(expected.now)?;
    assertion.check_role(expected.role, expected.provider)?;
    Ok(SamlIdentity {
        issuer: metadata.entity,
        subject: assertion.subject()?,
        recipient,
        session_name: assertion.session_name()?,
        session_ends: assertion.session_ends()?,
        tags: assertion.tags(),
        transitive: assertion.transitive(),
        source_identity: assertion.source_identity(),
    })
}

fn malformed() -> SamlFault {
    SamlFault::invalid("Failed to parse SAMLResponse")
}
