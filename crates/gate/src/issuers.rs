//! Where the public keys of OpenID Connect issuers come from. The composition root gives the real way; a test its own.

use core::pin::Pin;
use std::sync::Arc;

/// An issuer that is registered in IAM.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Issuer {
    /// Its URL: `https://HOST/PATH`.
    pub url: String,
    /// SHA-1 thumbprints of certificates, one of which its server's chain may end in.
    pub thumbprints: Vec<String>,
}

/// Why an issuer's keys cannot be had. The text is for the operator.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum IssuerFault {
    /// It could not be reached in time.
    #[error("the issuer cannot be reached: {0}")]
    Unreachable(String),
    /// Its certificate is trusted by nobody here, and matches no thumbprint.
    #[error("the issuer's certificate is not trusted: {0}")]
    Untrusted(String),
    /// It answered something that holds no keys.
    #[error("the issuer's answer is of no use: {0}")]
    Useless(String),
}

/// What comes of asking.
pub type Keys<'a> = Pin<Box<dyn Future<Output = Result<Arc<str>, IssuerFault>> + Send + 'a>>;

/// The way to issuers' keys.
pub trait Issuers: Send + Sync {
    /// The issuer's keys as a JSON Web Key Set. With `lacking` the last answer had not the key that a token names: it is
    /// asked for anew, but not more often than the implementation thinks fit.
    fn keys<'a>(&'a self, issuer: &'a Issuer, lacking: bool) -> Keys<'a>;
}

/// No way to any issuer.
#[derive(Clone, Copy, Debug)]
pub struct NoIssuers;

impl Issuers for NoIssuers {
    fn keys<'a>(&'a self, _: &'a Issuer, _: bool) -> Keys<'a> {
        Box::pin(async { Err(IssuerFault::Unreachable("no way to issuers was configured".into())) })
    }
}
