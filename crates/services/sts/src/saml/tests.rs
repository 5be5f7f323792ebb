use super::*;
use base64::engine::general_purpose::STANDARD;
use bergshamra_dsig::DsigContext;
use bergshamra_dsig::sign::{EnvelopedSignatureOptions, sign_enveloped_document};
use bergshamra_keys::{KeysManager, loader::load_pem_auto};
use rcgen::{CertificateParams, KeyPair};

const NOW: i64 = 1_800_000_000; // 2027-01-15T08:00:00Z
const ROLE: &str = "arn:aws:iam::111122223333:role/shib-admin";
const PROVIDER: &str = "arn:aws:iam::111122223333:saml-provider/shib";

struct Provider {
    pem: String,
    metadata: String,
}

fn provider() -> Provider {
    let pair = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["idp".to_owned()]).unwrap().self_signed(&pair).unwrap();
    let metadata = format!(
        r#"<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp/shib"><IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor></IDPSSODescriptor></EntityDescriptor>"#,
        STANDARD.encode(certificate.der())
    );
    Provider { pem: pair.serialize_pem(), metadata }
}

fn assertion(name: &str) -> String {
    let attribute = |name: &str, value: &str| {
        format!(
            r#"<saml:Attribute Name="{ATTRIBUTES}{name}"><saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute>"#
        )
    };
    let attributes = [
        attribute("Role", &format!("{PROVIDER},{ROLE}")),
        attribute("RoleSessionName", name),
        attribute("PrincipalTag:team", "red"),
    ]
    .concat();
    format!(
        r#"<saml:Assertion ID="_a" Version="2.0" IssueInstant="2027-01-15T07:59:30Z"><saml:Issuer>https://idp/shib</saml:Issuer><saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">alice</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="2027-01-15T08:04:30Z" Recipient="https://signin.aws.amazon.com/saml"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="2027-01-15T07:59:30Z" NotOnOrAfter="2027-01-15T08:04:30Z"><saml:AudienceRestriction><saml:Audience>https://signin.aws.amazon.com/saml</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AttributeStatement>{attributes}</saml:AttributeStatement></saml:Assertion>"#
    )
}

const ATTRIBUTES: &str = "https://aws.amazon.com/SAML/Attributes/";

fn response(inner: &str) -> String {
    format!(
        r#"<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_r" Version="2.0" IssueInstant="2027-01-15T07:59:30Z"><saml:Issuer>https://idp/shib</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>{inner}</samlp:Response>"#
    )
}

/// The response, signed as a whole.
fn signed(provider: &Provider, text: &str) -> String {
    let mut document = uppsala::parse(text).unwrap();
    let mut keys = KeysManager::new();
    keys.add_key(load_pem_auto(provider.pem.as_bytes(), None).unwrap());
    let context = DsigContext::new_permissive(keys);
    let mut options = EnvelopedSignatureOptions::default();
    options.reference_id = Some("_r");
    options.signature_method = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
    sign_enveloped_document(&context, &mut document, options).unwrap();
    document.to_xml()
}

fn check_at(provider: &Provider, text: &str, now: i64) -> Result<SamlIdentity, SamlFault> {
    let (arn, role) = (PROVIDER.parse().unwrap(), ROLE.parse().unwrap());
    let now = Timestamp::from_seconds(now);
    let expected = Expected { metadata: &provider.metadata, provider: &arn, role: &role, now };
    verify(&STANDARD.encode(text), &expected)
}

fn check(provider: &Provider, text: &str) -> Result<SamlIdentity, SamlFault> {
    check_at(provider, text, NOW)
}

#[test]
fn a_signed_response_tells_who_it_is_for() {
    let provider = provider();
    let text = signed(&provider, &response(&assertion("alice@example")));
    let identity = check(&provider, &text).unwrap();
    assert_eq!(identity.session_name, "alice@example");
    assert_eq!(identity.subject, Subject { name: "alice".into(), format: "persistent".into() });
    assert_eq!(identity.tags, [("team".to_owned(), "red".to_owned())]);
    assert!(matches!(check_at(&provider, &text, NOW + 600), Err(SamlFault::Expired(_))));
    assert!(matches!(check_at(&provider, &text, NOW - 600), Err(SamlFault::Invalid(_))));
}

#[test]
fn what_is_not_signed_by_the_provider_is_refused() {
    let (provider, other) = (provider(), provider());
    let plain = response(&assertion("alice"));
    let invalid = SamlFault::invalid("Response signature invalid");
    assert_eq!(check(&provider, &plain), Err(invalid.clone()));
    assert_eq!(check(&provider, &signed(&other, &plain)), Err(invalid.clone()));
    let forged = signed(&provider, &plain).replace(">alice<", ">root<");
    assert_eq!(check(&provider, &forged), Err(invalid));
}

#[test]
fn a_signed_element_that_was_wrapped_into_another_response_is_refused() {
    let provider = provider();
    let genuine = signed(&provider, &response(&assertion("alice")));
    let evil = assertion("root").replace("_a", "_evil");
    // The signed response put aside within a forged one; a second assertion beside the signed one; both with one ID.
    let wrapped = response(&format!("<samlp:Extensions>{genuine}</samlp:Extensions>{evil}"));
    let beside = genuine.replace("</samlp:Response>", &format!("{evil}</samlp:Response>"));
    let before = genuine.replacen("<saml:Assertion", &format!("{evil}<saml:Assertion"), 1);
    let twice = wrapped.replace("_evil", "_a");
    for text in [wrapped, beside, before, twice] {
        assert!(matches!(check(&provider, &text), Err(SamlFault::Invalid(_))), "{text}");
    }
}

#[test]
fn hostile_xml_is_refused() {
    let provider = provider();
    let deep = format!("{}{}", "<a>".repeat(50_000), "</a>".repeat(50_000));
    let entities = r#"<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>"#;
    for text in [deep.as_str(), entities, "", "<", "<a/>"] {
        assert!(matches!(check(&provider, text), Err(SamlFault::Invalid(_))));
    }
    let comment = response(&assertion("ali<!-- -->ce"));
    assert_eq!(check(&provider, &signed(&provider, &comment)).unwrap().session_name, "alice");
}
