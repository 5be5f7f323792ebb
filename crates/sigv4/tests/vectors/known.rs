//! A directory of one access key, and the reading of vectors.

use gatekey_sigv4::{
    Authenticated, Credential, Credentials, LookupError, RawRequest, SecretAccessKey, SignatureError,
    SigningKeyCache, verify,
};
use gatekey_types::Timestamp;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// The services that these tests are served by.
pub(crate) const SERVICES: &[&str] =
    &["kms", "iam", "sts", "ssm", "secretsmanager", "cloudtrail", "organizations", "tagging", "service"];

/// A directory that knows one access key.
pub(crate) struct OneKey {
    pub(crate) id: String,
    pub(crate) secret: Arc<SecretAccessKey>,
    pub(crate) token: Option<String>,
}

impl OneKey {
    pub(crate) fn new(id: &str, secret: &str, token: Option<&str>) -> Self {
        let secret = Arc::new(SecretAccessKey::new(secret));
        Self { id: id.into(), secret, token: token.map(Into::into) }
    }
}

impl Credentials for OneKey {
    type Principal = String;
    fn lookup(&self, id: &str, token: Option<&str>) -> Result<Credential<String>, LookupError> {
        if id != self.id {
            return Err(LookupError::UnknownKey);
        }
        if token == Some("expired") {
            return Err(LookupError::ExpiredToken);
        }
        if token != self.token.as_deref() {
            return Err(LookupError::InvalidToken);
        }
        Ok(Credential { principal: format!("owner of {id}"), secret: Arc::clone(&self.secret) })
    }
}

/// Verifies with a fresh cache.
pub(crate) fn check(
    request: &RawRequest<'_>,
    key: &OneKey,
    now: Timestamp,
) -> Result<Authenticated<String>, SignatureError> {
    verify(request, key, SERVICES, now, &SigningKeyCache::new(4))
}

/// Reads a vector file.
pub(crate) fn vectors<T: DeserializeOwned>(name: &str) -> Vec<T> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../conformance/sigv4/");
    let text = std::fs::read(format!("{folder}{name}")).unwrap();
    serde_json::from_slice(&text).unwrap()
}
