//! Signatures, in the one form that SAML has them: enveloped, over the response or over its assertion, by a key of the
//! metadata. Every other form is refused before anything is computed.

use super::{SamlFault, xml};
use bergshamra_dsig::{DsigContext, VerifyResult, verify::verify_all_document};
use bergshamra_keys::{KeysManager, loader::load_x509_cert_der};
use gatekey_directory::SamlMetadata;
use uppsala::{Document, NodeId};

pub(super) const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
pub(super) const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";
const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";

const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
/// None of these is a hash that collides, and none a secret shared with the provider.
const METHODS: [&str; 6] = [
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
];
const DIGESTS: [&str; 3] = [
    "http://www.w3.org/2001/04/xmlenc#sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512",
];

/// The response's one assertion, once a signature covers it.
///
/// # Errors
/// There is none, or not exactly one, or none that a key of the metadata signed.
pub(super) fn signed_assertion(
    document: &Document<'_>,
    metadata: &SamlMetadata,
) -> Result<NodeId, SamlFault> {
    let malformed = || SamlFault::invalid("Failed to parse SAMLResponse");
    let response = document.document_element().ok_or_else(malformed)?;
    let is_response = document.element(response).is_some_and(|e| e.matches_name_ns(PROTOCOL, "Response"));
    let assertion = xml::child(document, response, ASSERTION, "Assertion").ok_or_else(malformed)?;
    // One anywhere, and it is the response's own: there is no second one to be mistaken for it.
    if !is_response || xml::anywhere(document, ASSERTION, "Assertion").len() != 1 {
        return Err(malformed());
    }
    let status = xml::child(document, response, PROTOCOL, "Status")
        .and_then(|status| xml::child(document, status, PROTOCOL, "StatusCode"))
        .and_then(|code| document.get_attribute(code, "Value"));
    if status != Some(SUCCESS) {
        return Err(SamlFault::Rejected("The identity provider reported that it did not succeed.".into()));
    }
    let invalid = || SamlFault::invalid("Response signature invalid");
    let signatures = xml::anywhere(document, SIGNATURE, "Signature");
    let lawful = |node: &NodeId| has_lawful_form(document, *node, &[response, assertion]);
    if signatures.is_empty() || signatures.len() > 2 || !signatures.iter().all(lawful) {
        return Err(invalid());
    }
    let context = DsigContext::new(keys(metadata));
    let results = verify_all_document(&context, document).map_err(|_| invalid())?;
    // Every signature must hold, and each must cover the element that it is in.
    let holds = |result: &VerifyResult| covers(document, result, &[response, assertion]);
    match results.len() == signatures.len() && results.iter().all(holds) {
        true => Ok(assertion),
        false => Err(invalid()),
    }
}

/// The keys that may have signed.
fn keys(metadata: &SamlMetadata) -> KeysManager {
    let mut keys = KeysManager::new();
    for certificate in &metadata.certificates {
        if let Ok(key) = load_x509_cert_der(certificate) {
            keys.add_key(key);
        }
    }
    keys
}

fn covers(document: &Document<'_>, result: &VerifyResult, signable: &[NodeId]) -> bool {
    let VerifyResult::Valid { signature_node, references, .. } = result else { return false };
    let parent = document.parent(*signature_node);
    match references.as_slice() {
        [reference] => {
            reference.digest_verified
                && reference.resolved_node == parent
                && parent.is_some_and(|parent| signable.contains(&parent))
        }
        _ => false,
    }
}

/// Whether a signature is a child of the response or of its assertion, refers to that element by its ID and to nothing
/// else, and uses only what SAML allows.
fn has_lawful_form(document: &Document<'_>, signature: NodeId, signable: &[NodeId]) -> bool {
    let lawful = || {
        let parent = document.parent(signature).filter(|parent| signable.contains(parent))?;
        let id = document.get_attribute(parent, "ID").filter(|id| !id.is_empty())?;
        let info = xml::child(document, signature, SIGNATURE, "SignedInfo")?;
        let reference = xml::child(document, info, SIGNATURE, "Reference")?;
        let refers = document.get_attribute(reference, "URI")? == format!("#{id}");
        let transforms = xml::child(document, reference, SIGNATURE, "Transforms")?;
        let transformed = xml::children(document, transforms, SIGNATURE, "Transform");
        let algorithm = |node: NodeId| document.get_attribute(node, "Algorithm").unwrap_or_default();
        let plain = (1..=2).contains(&transformed.len())
            && transformed.iter().all(|node| [ENVELOPED, EXCLUSIVE].contains(&algorithm(*node)))
            && transformed.iter().any(|node| algorithm(*node) == ENVELOPED);
        let of = |node, name| xml::child(document, node, SIGNATURE, name).map(algorithm);
        let canonical = of(info, "CanonicalizationMethod")? == EXCLUSIVE;
        let method = METHODS.contains(&of(info, "SignatureMethod")?);
        let digest = DIGESTS.contains(&of(reference, "DigestMethod")?);
        Some(refers && plain && canonical && method && digest)
    };
    lawful().unwrap_or(false) && xml::anywhere(document, SIGNATURE, "RetrievalMethod").is_empty()
}
