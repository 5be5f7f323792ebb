//! The metadata of a SAML identity provider: its name, the certificates that it signs with, and how long it is good.
//!
//! IAM takes metadata in and STS checks assertions against it; both read it here.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use core::fmt;
use gatekey_types::Timestamp;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uppsala::{Document, NodeId};
use x509_parser::{certificate::X509Certificate, prelude::FromDer};

/// Most bytes of metadata: a record must fit into the store's transaction.
const LARGEST: usize = 512 * 1024;
/// Deepest nesting.
const DEEPEST: usize = 64;
/// Most elements.
const MOST_NODES: usize = 20_000;
/// Most certificates that are looked at.
const MOST_CERTIFICATES: usize = 10;

const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";

/// What is needed of a provider's metadata.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SamlMetadata {
    /// `entityID`: the issuer of its assertions.
    pub entity: String,
    /// The certificates of the keys that it signs with, in DER.
    pub certificates: Vec<Vec<u8>>,
    /// `validUntil`, or else the end of the certificate that is good the longest.
    pub valid_until: Option<Timestamp>,
}

/// What is wrong with metadata; the text is for the operator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoMetadata(&'static str);

impl fmt::Display for NoMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl SamlMetadata {
    /// Reads metadata of an identity provider.
    ///
    /// # Errors
    /// It is not well-formed, too large or too deep, has a document type, is not one identity provider's, or names no
    /// certificate to check signatures with.
    pub fn parse(text: &str) -> Result<Self, NoMetadata> {
        if text.len() > LARGEST {
            return Err(NoMetadata("it is too large"));
        }
        if text.contains("<!DOCTYPE") || text.contains("<!ENTITY") || depth(text) > DEEPEST {
            return Err(NoMetadata("it has a document type, or is too deep"));
        }
        let document = uppsala::parse(text).map_err(|_| NoMetadata("it is not well-formed"))?;
        let nodes = document.descendants(document.root());
        if nodes.len() > MOST_NODES {
            return Err(NoMetadata("it has too many elements"));
        }
        let is_entity = |node: &NodeId| is(&document, *node, METADATA, "EntityDescriptor");
        let mut entities = nodes.into_iter().filter(is_entity);
        let entity = entities.next().ok_or(NoMetadata("there is no EntityDescriptor"))?;
        if entities.next().is_some() {
            return Err(NoMetadata("it describes several entities"));
        }
        let name = document.get_attribute(entity, "entityID").unwrap_or_default().to_owned();
        let providers = children(&document, entity, METADATA, "IDPSSODescriptor");
        let all = providers.into_iter().flat_map(|provider| certificates(&document, provider));
        let certificates: Vec<_> = all.take(MOST_CERTIFICATES).collect();
        if name.is_empty() || certificates.is_empty() {
            return Err(NoMetadata("it names no identity provider with a signing certificate"));
        }
        let valid_until = match document.get_attribute(entity, "validUntil") {
            Some(text) => Some(moment(text).ok_or(NoMetadata("validUntil is not a moment"))?),
            None => certificates.iter().filter_map(|der| ends(der)).max(),
        };
        Ok(Self { entity: name, certificates, valid_until })
    }
}

/// An upper bound of the nesting, without a parse: a parser that recurses must not be given more.
fn depth(text: &str) -> usize {
    let (mut deepest, mut now) = (0_usize, 0_usize);
    for tag in text.split('<').skip(1) {
        if tag.starts_with('/') {
            now = now.saturating_sub(1);
        } else if !tag.starts_with(['!', '?']) && !tag.split('>').next().unwrap_or_default().ends_with('/') {
            now += 1;
            deepest = deepest.max(now);
        }
    }
    deepest
}

fn is(document: &Document<'_>, node: NodeId, namespace: &str, name: &str) -> bool {
    document.element(node).is_some_and(|element| element.matches_name_ns(namespace, name))
}

fn children(document: &Document<'_>, node: NodeId, namespace: &str, name: &str) -> Vec<NodeId> {
    document.children(node).into_iter().filter(|child| is(document, *child, namespace, name)).collect()
}

/// The certificates of the keys that are for signing, those that can be read.
fn certificates(document: &Document<'_>, provider: NodeId) -> Vec<Vec<u8>> {
    let keys = children(document, provider, METADATA, "KeyDescriptor");
    let signing = keys.into_iter().filter(|key| document.get_attribute(*key, "use") != Some("encryption"));
    let infos = signing.flat_map(|key| children(document, key, SIGNATURE, "KeyInfo"));
    let data = infos.flat_map(|info| children(document, info, SIGNATURE, "X509Data"));
    let certificates = data.flat_map(|data| children(document, data, SIGNATURE, "X509Certificate"));
    let decoded = |node| {
        let text: String = document.text_content_deep(node).chars().filter(|c| !c.is_whitespace()).collect();
        STANDARD.decode(text).ok().filter(|der| X509Certificate::from_der(der).is_ok())
    };
    certificates.filter_map(decoded).collect()
}

fn ends(der: &[u8]) -> Option<Timestamp> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    Some(Timestamp::from_seconds(certificate.validity().not_after.timestamp()))
}

fn moment(text: &str) -> Option<Timestamp> {
    let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    Some(Timestamp::from_seconds(moment.unix_timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A self-signed certificate that ends on 2036-11-23T02:25:31Z.
    const CERTIFICATE: &str = "MIIBcDCCARegAwIBAgIUcyUSzvQr6XDkeRlXyRhGrBVdtikwCgYIKoZIzj0EAwIwDjEMMAoGA1UEAwwDaWRwMB4XDTI2MTEyNjAy\
        MjUzMVoXDTM2MTEyMzAyMjUzMVowDjEMMAoGA1UEAwwDaWRwMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE+7XLuYIzzsDsTQaI\
        5wJvUkbW7UkFBKNdeJJ5rQ1oLmbcUkbBJEOWA6XeGFhxLhdCbYd0feUv8dImyC7CRqvZVqNTMFEwHQYDVR0OBBYEFN0B0vfqVS2i\
        D0GEQK7npqf01zzlMB8GA1UdIwQYMBaAFN0B0vfqVS2iD0GEQK7npqf01zzlMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwID\
        RwAwRAIgRLm3YBjQZgkQJOPP/jJ1ApQIth3LX7ulyiP/T4VJ90ACIBd618mWkpZqQn147DTHRSFtSQjxbshWc9ZLfkkUWfsb";

    fn metadata(attributes: &str, key: &str) -> String {
        format!(
            r#"<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com" {attributes}>
            <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">{key}</md:IDPSSODescriptor>
            </md:EntityDescriptor>"#
        )
    }

    fn key(kind: &str) -> String {
        format!(
            r#"<md:KeyDescriptor {kind}><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>
            <ds:X509Certificate>{CERTIFICATE}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"#
        )
    }

    #[test]
    fn name_certificates_and_end_are_read() {
        let parsed = SamlMetadata::parse(&metadata("", &key(r#"use="signing""#))).unwrap();
        assert_eq!((parsed.entity.as_str(), parsed.certificates.len()), ("https://idp.example.com", 1));
        assert_eq!(parsed.valid_until.unwrap().to_string(), "2036-11-23T02:25:31Z");
        let stated = metadata(r#"validUntil="2027-01-02T03:04:05Z""#, &key(""));
        let parsed = SamlMetadata::parse(&stated).unwrap();
        assert_eq!(parsed.valid_until.unwrap().to_string(), "2027-01-02T03:04:05Z");
    }

    #[test]
    fn what_is_no_identity_providers_metadata_is_refused() {
        let good = metadata("", &key(""));
        let deep = "<a>".repeat(DEEPEST + 1);
        for bad in [
            String::new(),
            "not XML".to_owned(),
            metadata("", ""),
            metadata("", &key(r#"use="encryption""#)),
            metadata(r#"validUntil="tomorrow""#, &key("")),
            format!("<!DOCTYPE a [<!ENTITY b 'c'>]>{good}"),
            format!("<all>{good}{good}</all>"),
            good.replace("</md:EntityDescriptor>", ""),
            metadata("", &deep),
            metadata("", &" ".repeat(LARGEST)),
        ] {
            assert!(SamlMetadata::parse(&bad).is_err(), "{}", bad.get(..80).unwrap_or(&bad));
        }
    }
}
