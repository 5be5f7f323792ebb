//! An identity provider's metadata: its name and the certificates that it signs with.

use super::{SamlFault, xml};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bergshamra_keys::{KeysManager, loader::load_x509_cert_der};
use uppsala::{Document, NodeId};

const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";
/// Most certificates that are tried.
const MOST: usize = 10;

/// What is needed of the metadata.
pub(super) struct Metadata {
    pub(super) entity: String,
    certificates: Vec<Vec<u8>>,
}

impl Metadata {
    /// Reads the metadata of a provider.
    ///
    /// # Errors
    /// It names no certificate.
    pub(super) fn parse(text: &str) -> Result<Self, SamlFault> {
        let unusable = || SamlFault::invalid("The metadata of the specified provider is of no use");
        let document = xml::parse(text).ok_or_else(unusable)?;
        let entities = xml::anywhere(&document, METADATA, "EntityDescriptor");
        let entity = entities.first().copied().ok_or_else(unusable)?;
        let name = document.get_attribute(entity, "entityID").ok_or_else(unusable)?.to_owned();
        let providers = xml::children(&document, entity, METADATA, "IDPSSODescriptor");
        let certificates: Vec<_> =
            providers.into_iter().flat_map(|provider| certificates(&document, provider)).take(MOST).collect();
        match certificates.is_empty() {
            true => Err(unusable()),
            false => Ok(Self { entity: name, certificates }),
        }
    }

    /// The keys that may have signed.
    pub(super) fn keys(&self) -> KeysManager {
        let mut keys = KeysManager::new();
        for certificate in &self.certificates {
            if let Ok(key) = load_x509_cert_der(certificate) {
                keys.add_key(key);
            }
        }
        keys
    }
}

/// The certificates of the keys that are for signing.
fn certificates(document: &Document<'_>, provider: NodeId) -> Vec<Vec<u8>> {
    let keys = xml::children(document, provider, METADATA, "KeyDescriptor");
    let signing = keys.into_iter().filter(|key| document.get_attribute(*key, "use") != Some("encryption"));
    let infos = signing.flat_map(|key| xml::children(document, key, SIGNATURE, "KeyInfo"));
    let data = infos.flat_map(|info| xml::children(document, info, SIGNATURE, "X509Data"));
    let certificates = data.flat_map(|data| xml::children(document, data, SIGNATURE, "X509Certificate"));
    let decoded = |node| {
        let text: String = xml::text(document, node).chars().filter(|c| !c.is_whitespace()).collect();
        STANDARD.decode(text).ok()
    };
    certificates.filter_map(decoded).collect()
}
