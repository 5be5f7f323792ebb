//! OpenID Connect Discovery: from an issuer's URL to its keys.

use crate::{address::Reach, fetch::fetch, trust};
use gatekey_gate::{Issuer, IssuerFault};
use http::Uri;
use rustls::RootCertStore;
use serde::Deserialize;
use serde_json::Value;
use std::{sync::Arc, time::Duration};

/// For both documents together.
const DEADLINE: Duration = Duration::from_secs(10);

/// What a discovery document must say.
#[derive(Deserialize)]
struct Document {
    issuer: String,
    jwks_uri: String,
}

/// The way to issuers over the network.
pub(crate) struct Discovery {
    roots: Arc<RootCertStore>,
    reach: Reach,
}

impl Discovery {
    /// Trusts the system's certificate authorities.
    pub(crate) fn new(reach: Reach) -> Self {
        Self { roots: Arc::new(trust::system()), reach }
    }

    /// Asks the issuer for its keys.
    pub(crate) async fn keys(&self, issuer: &Issuer) -> Result<Arc<str>, IssuerFault> {
        let asked = tokio::time::timeout(DEADLINE, self.ask(issuer));
        asked.await.unwrap_or_else(|_| Err(IssuerFault::Unreachable("it took longer than 10 seconds".into())))
    }

    async fn ask(&self, issuer: &Issuer) -> Result<Arc<str>, IssuerFault> {
        let tls = trust::client(&self.roots, &issuer.thumbprints)?;
        let url = format!("{}/.well-known/openid-configuration", issuer.url.trim_end_matches('/'));
        let text = fetch(&secure(&url)?, self.reach, &tls).await?;
        let document: Document = serde_json::from_slice(&text).map_err(|error| useless(&error))?;
        if document.issuer != issuer.url {
            return Err(IssuerFault::Useless(format!("it calls itself {:?}", document.issuer)));
        }
        let text = fetch(&secure(&document.jwks_uri)?, self.reach, &tls).await?;
        let set: Value = serde_json::from_slice(&text).map_err(|error| useless(&error))?;
        match set.get("keys").and_then(Value::as_array) {
            Some(_) => Ok(set.to_string().into()),
            None => Err(IssuerFault::Useless("its key set has no keys".into())),
        }
    }
}

fn useless(error: &dyn core::fmt::Display) -> IssuerFault {
    IssuerFault::Useless(error.to_string())
}

/// A URL that may be asked: HTTPS, with a host, without a user.
pub(crate) fn secure(url: &str) -> Result<Uri, IssuerFault> {
    let uri: Uri = url.parse().map_err(|_| useless(&"a URL cannot be read"))?;
    let plain = uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
    match uri.scheme_str() == Some("https") && plain {
        true => Ok(uri),
        false => Err(useless(&format!("{url} is not an HTTPS URL"))),
    }
}
