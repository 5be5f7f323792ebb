//! The keys of OpenID Connect issuers: from a file that the operator gives, or by discovery over HTTPS.
//!
//! Only issuers that are registered in IAM are ever asked. What they answer is bounded in size and time, kept for an hour,
//! and asked for anew when a token names a key that is not there, at most every half minute. They are asked at public addresses
//! alone, unless the operator lets them be elsewhere ([`Reach`]).
//!
//! Functions that rotate secrets are called by the same client ([`HttpsFunctions`]).

mod address;
mod cache;
mod discovery;
mod fetch;
mod file;
mod function;
mod trust;

pub use address::Reach;
pub use file::{KeysFile, KeysFileFault};
pub use function::HttpsFunctions;

use cache::Cache;
use discovery::Discovery;
use gatekey_gate::{Issuer, Issuers, Keys};
use gatekey_types::Clock;
use std::{path::PathBuf, sync::Arc};

/// The way to issuers' keys.
pub struct IssuerKeys {
    file: Option<KeysFile>,
    cache: Cache,
    discovery: Discovery,
    clock: Arc<dyn Clock>,
}

impl IssuerKeys {
    /// With static keys from this file, if one is given. The system's certificates are read once, now.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn new(
        keys_file: Option<PathBuf>,
        reach: Reach,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, KeysFileFault> {
        let file = keys_file.map(KeysFile::open).transpose()?;
        Ok(Self { file, cache: Cache::default(), discovery: Discovery::new(reach), clock })
    }
}

impl Issuers for IssuerKeys {
    fn keys<'a>(&'a self, issuer: &'a Issuer, lacking: bool) -> Keys<'a> {
        Box::pin(async move {
            if let Some(keys) =
                self.file.as_ref().and_then(|file| file.keys(&issuer.url, lacking, self.clock.now()))
            {
                return Ok(keys);
            }
            // Who trusts other certificates has other answers.
            let place = self.cache.place(&format!("{} {}", issuer.url, issuer.thumbprints.join(",")));
            let mut place = place.lock().await;
            if let Some(kept) = place.usable(self.clock.now(), lacking) {
                return kept;
            }
            let outcome = self.discovery.keys(issuer).await;
            place.keep(self.clock.now(), outcome)
        })
    }
}
