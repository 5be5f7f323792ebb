//! TLS: what the server proves itself with, and how that stays fresh.

mod authority;

pub use authority::LocalAuthority;

use crate::private_file::{self, PrivateFileError};
use arc_swap::ArcSwap;
use gatekey_types::{Clock, Timestamp};
use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use std::{path::PathBuf, sync::Arc, time::Duration};
use tokio::{sync::Notify, time::sleep};
use tokio_rustls::TlsAcceptor;

/// How often the certificate is issued or read anew while the server runs.
const FRESHEN_EVERY: Duration = Duration::from_secs(12 * 60 * 60);

/// TLS could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A key file could not be read, or is too open.
    #[error(transparent)]
    File(#[from] PrivateFileError),
    /// A certificate file could not be read as PEM.
    #[error("{}: {message}", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// Certificate and key do not fit each other or the library.
    #[error("the certificate or its key cannot be used: {0}")]
    Unusable(#[from] rustls::Error),
    /// The local authority could not issue a certificate.
    #[error("the local certificate authority failed: {0}")]
    Authority(#[from] rcgen::Error),
}

/// What the server proves itself with.
pub enum Identity {
    /// A certificate chain and its key, kept by the operator in PEM files, read again twice a day.
    Files {
        /// The chain, the server's own certificate first.
        certificate: PathBuf,
        /// The key, readable by its owner only.
        key: PathBuf,
    },
    /// Certificates of the local authority for these names and addresses, issued anew twice a day and kept in memory.
    Local {
        /// Who issues.
        authority: LocalAuthority,
        /// DNS names and IP addresses to put into the certificate.
        names: Vec<String>,
    },
}

impl Identity {
    fn certify(&self, now: Timestamp) -> Result<CertifiedKey, TlsError> {
        match self {
            Self::Files { certificate, key } => from_files(certificate, key),
            Self::Local { authority, names } => authority.issue(names, now),
        }
    }
}

fn from_files(certificate: &PathBuf, key: &PathBuf) -> Result<CertifiedKey, TlsError> {
    let bad = |path: &PathBuf, message: String| TlsError::Pem { path: path.clone(), message };
    let chain: Vec<_> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(|error| bad(certificate, error.to_string()))?;
    if chain.is_empty() {
        return Err(bad(certificate, "holds no certificate".to_owned()));
    }
    let secret = PrivateKeyDer::from_pem_slice(&private_file::read(key)?)
        .map_err(|error| bad(key, error.to_string()))?;
    Ok(CertifiedKey::from_der(chain, secret, &provider())?)
}

fn provider() -> CryptoProvider {
    aws_lc_rs::default_provider()
}

/// A server's TLS: its identity, and the certificate that is shown at present.
pub struct Tls {
    identity: Identity,
    current: Arc<Current>,
}

/// The certificate that is shown at present.
#[derive(Debug)]
struct Current(ArcSwap<CertifiedKey>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

impl Tls {
    /// Proves `identity`, as of `now`.
    pub fn new(identity: Identity, now: Timestamp) -> Result<Self, TlsError> {
        let current = Arc::new(Current(ArcSwap::from_pointee(identity.certify(now)?)));
        Ok(Self { identity, current })
    }

    /// What listeners need: TLS 1.2 and 1.3, HTTP/2 preferred over HTTP/1.1.
    pub fn acceptor(&self) -> Result<TlsAcceptor, TlsError> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(self.current.clone());
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// Issues or reads the certificate anew; what is shown stays if that fails.
    pub fn freshen(&self, now: Timestamp) -> Result<(), TlsError> {
        self.current.0.store(Arc::new(self.identity.certify(now)?));
        Ok(())
    }

    /// Freshens the certificate twice a day, and whenever it is nudged, for ever.
    pub async fn stay_fresh(&self, clock: &dyn Clock, nudge: &Notify) {
        loop {
            tokio::select! {
                () = sleep(FRESHEN_EVERY) => {}
                () = nudge.notified() => {}
            }
            match self.freshen(clock.now()) {
                Ok(()) => tracing::info!("the TLS certificate is fresh"),
                Err(error) => {
                    tracing::error!(%error, "cannot renew the TLS certificate; the old one is still shown")
                }
            }
        }
    }
}
