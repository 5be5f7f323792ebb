//! Which servers are an issuer's: those whose certificate the system trusts, or whose chain has a certificate with one of
//! the thumbprints that were registered.

use aws_lc_rs::digest;
use gatekey_gate::IssuerFault;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, aws_lc_rs::default_provider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use std::sync::Arc;

/// The certificate authorities that the system trusts; none where it has none.
pub(crate) fn system() -> RootCertStore {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "some of the system's certificates cannot be read");
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    roots
}

/// How an issuer with these thumbprints is spoken to.
pub(crate) fn client(
    roots: &Arc<RootCertStore>,
    thumbprints: &[String],
) -> Result<Arc<ClientConfig>, IssuerFault> {
    let provider = Arc::new(default_provider());
    let verifier = Verifier {
        system: verifier(roots, &provider),
        thumbprints: thumbprints.iter().map(|print| print.to_ascii_lowercase()).collect(),
        provider: Arc::clone(&provider),
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| IssuerFault::Unreachable(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(Arc::new(config))
}

fn verifier(roots: &Arc<RootCertStore>, provider: &Arc<CryptoProvider>) -> Option<Arc<WebPkiServerVerifier>> {
    WebPkiServerVerifier::builder_with_provider(Arc::clone(roots), Arc::clone(provider)).build().ok()
}

#[derive(Debug)]
struct Verifier {
    system: Option<Arc<WebPkiServerVerifier>>,
    thumbprints: Vec<String>,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    /// The chain's certificate authorities that were registered: the whole chain must still lead to them.
    fn registered(&self, chain: &[CertificateDer<'_>]) -> Option<Arc<WebPkiServerVerifier>> {
        let mut roots = RootCertStore::empty();
        for certificate in chain.iter().filter(|certificate| self.is_registered(certificate)) {
            roots.add((*certificate).clone().into_owned()).ok()?;
        }
        verifier(&Arc::new(roots), &self.provider)
    }

    fn is_registered(&self, certificate: &CertificateDer<'_>) -> bool {
        let print = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, certificate);
        self.thumbprints.contains(&hex::encode(print))
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let unknown = Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let mut outcome = Err(unknown);
        for verifier in [self.system.clone(), self.registered(intermediates)].into_iter().flatten() {
            outcome = verifier.verify_server_cert(end_entity, intermediates, name, ocsp, now);
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
