use crate::{
    age::check_age,
    canonical::{canonical_request, path_is_lawful, string_to_sign},
    claim::Claim,
    date::SignedDate,
    error::{Calculated, Fault, SignatureError, echo},
    headers::{Headers, SignedHeaders},
    key::{KeyScope, SecretAccessKey, SigningKeyCache},
    query::{self, Parameter},
    request::RawRequest,
    scope::Scope,
};
use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac};
use gatekey_types::{Region, Timestamp, take_hex};
use std::sync::Arc;

/// Longest access key id (IAM's limit).
const LONGEST_ACCESS_KEY_ID: usize = 128;

/// Where access keys are looked up.
pub trait Credentials {
    /// Whom an access key stands for.
    type Principal;

    /// Finds the active credential of this id. `session_token` is what the request carried, perhaps empty: a
    /// long-term key must come without one, a temporary key with its own.
    ///
    /// # Errors
    /// See [`LookupError`]; which one it is decides what the client reads.
    fn lookup(
        &self,
        access_key_id: &str,
        session_token: Option<&str>,
    ) -> Result<Credential<Self::Principal>, LookupError>;
}

/// An access key that may be used now.
#[derive(Debug)]
pub struct Credential<P> {
    /// Whom it stands for.
    pub principal: P,
    /// Its secret half.
    pub secret: Arc<SecretAccessKey>,
}

/// Why an access key may not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookupError {
    /// No such key, or it is inactive.
    UnknownKey,
    /// The session token is absent, not this key's, not lawful, or given with a long-term key.
    InvalidToken,
    /// The session has ended.
    ExpiredToken,
}

impl From<LookupError> for SignatureError {
    fn from(error: LookupError) -> Self {
        match error {
            LookupError::UnknownKey => {
                Self::new(Fault::UnknownKey, "The security token included in the request is invalid.")
            }
            LookupError::InvalidToken => {
                Self::new(Fault::UnknownKey, "The security token included in the request is invalid")
            }
            LookupError::ExpiredToken => {
                Self::new(Fault::Expired, "The security token included in the request is expired")
            }
        }
    }
}

/// Where in the request the signature was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedVia {
    /// In the `Authorization` header.
    Header,
    /// In the query string (a presigned request).
    Query,
}

/// The proof that a request was signed by the holder of a known secret. [`verify`] alone makes one.
#[derive(Debug)]
pub struct Authenticated<P> {
    principal: P,
    access_key_id: Box<str>,
    region: Region,
    service: &'static str,
    signed_at: Timestamp,
    via: SignedVia,
}

impl<P> Authenticated<P> {
    /// Whom the access key stands for.
    pub fn principal(&self) -> &P {
        &self.principal
    }
    /// The access key that signed.
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }
    /// The Region in the credential's scope: where the request is meant to be served.
    pub fn region(&self) -> &Region {
        &self.region
    }
    /// The service in the credential's scope: one of those given to [`verify`].
    pub fn service(&self) -> &'static str {
        self.service
    }
    /// The date that was signed, to the second.
    pub fn signed_at(&self) -> Timestamp {
        self.signed_at
    }
    /// Where the signature was.
    pub fn via(&self) -> SignedVia {
        self.via
    }
    /// The same proof about another view of the principal.
    pub fn map<Q>(self, view: impl FnOnce(P) -> Q) -> Authenticated<Q> {
        let Self { principal, access_key_id, region, service, signed_at, via } = self;
        Authenticated { principal: view(principal), access_key_id, region, service, signed_at, via }
    }
}

/// Verifies the signature of a request, at the moment `now`, for any of `services` (signing names such as `kms`).
///
/// # Errors
/// The first check that fails, in AWS's order. The error carries AWS's text.
pub fn verify<C: Credentials>(
    request: &RawRequest<'_>,
    credentials: &C,
    services: &[&'static str],
    now: Timestamp,
    cache: &SigningKeyCache,
) -> Result<Authenticated<C::Principal>, SignatureError> {
    Parts::of(request)?.claimed(services, now)?.verify(credentials, cache)
}

/// A request taken apart. [`verify`] in its steps begins here.
pub struct Parts<'r> {
    request: &'r RawRequest<'r>,
    headers: Headers<'r>,
    parameters: Vec<Parameter>,
}

impl<'r> Parts<'r> {
    /// Takes a request apart.
    ///
    /// # Errors
    /// It can be no signed request, whoever may have signed it.
    pub fn of(request: &'r RawRequest<'r>) -> Result<Self, SignatureError> {
        if !path_is_lawful(request.path) {
            return Err(SignatureError::incomplete("The path is too long, or does not begin with a slash."));
        }
        let headers = Headers::new(request.headers)?;
        let parameters = query::parse(request.query)?;
        Ok(Self { request, headers, parameters })
    }

    /// What the request says of its signature, as far as that can be checked without the secret.
    ///
    /// # Errors
    /// The first check that fails, in AWS's order.
    pub fn claimed(&self, services: &[&'static str], now: Timestamp) -> Result<Claimed<'_>, SignatureError> {
        let claim = Claim::find(self.headers, &self.parameters)?;
        let date = SignedDate::parse(claim.date)?;
        check_age(&claim, date.moment(), now)?;
        let signed = SignedHeaders::check(claim.signed_headers, self.headers)?;
        check_algorithm(claim.algorithm)?;
        let scope = Scope::check(claim.credential, &date, services)?;
        if scope.access_key_id.len() > LONGEST_ACCESS_KEY_ID {
            return Err(LookupError::UnknownKey.into());
        }
        Ok(Claimed { parts: self, claim, date, signed, scope })
    }
}

/// What a request says of its signature. All of it is well formed and in time; none of it is believed yet.
pub struct Claimed<'p> {
    parts: &'p Parts<'p>,
    claim: Claim<'p>,
    date: SignedDate<'p>,
    signed: SignedHeaders<'p>,
    scope: Scope<'p>,
}

impl Claimed<'_> {
    /// Holds the signature against the secret of whoever is said to have signed.
    ///
    /// # Errors
    /// The access key may not be used, or the signature is not one by its secret.
    pub fn verify<C: Credentials>(
        &self,
        credentials: &C,
        cache: &SigningKeyCache,
    ) -> Result<Authenticated<C::Principal>, SignatureError> {
        let Self { parts: Parts { request, parameters, .. }, claim, date, signed, scope } = self;
        let credential = credentials.lookup(scope.access_key_id, claim.token)?;
        let canonical = canonical_request(request, parameters, signed, claim.via);
        let to_sign = string_to_sign(claim, date, scope, &canonical);
        if !signature_is_right(claim.signature, &to_sign, credential.secret, date, scope, cache) {
            return Err(SignatureError::wrong_signature(Calculated {
                canonical_request: String::from_utf8_lossy(&canonical).into_owned(),
                string_to_sign: String::from_utf8_lossy(&to_sign).into_owned(),
            }));
        }
        Ok(Authenticated {
            principal: credential.principal,
            access_key_id: scope.access_key_id.into(),
            region: scope.region.clone(),
            service: scope.service,
            signed_at: date.moment(),
            via: claim.via,
        })
    }
}

fn check_algorithm(algorithm: &str) -> Result<(), SignatureError> {
    if algorithm == "AWS4-HMAC-SHA256" {
        return Ok(());
    }
    Err(SignatureError::incomplete(format!("Unsupported AWS 'algorithm': '{}'", echo(algorithm))))
}

/// Compares in constant time; a signature that verified leaves its key in the cache.
fn signature_is_right(
    signature: &str,
    to_sign: &[u8],
    secret: Arc<SecretAccessKey>,
    date: &SignedDate<'_>,
    scope: &Scope<'_>,
    cache: &SigningKeyCache,
) -> bool {
    let mut given = [0; 32];
    if take_hex(signature.as_bytes(), &mut given).is_none() {
        return false;
    }
    let key_scope = KeyScope {
        access_key_id: scope.access_key_id,
        day: date.day(),
        region: &scope.region,
        service: scope.service,
    };
    let (key, derived) = cache.find_or_derive(&secret, key_scope);
    // `hmac::verify` does the same, and copies the key's state once more.
    let right = hmac::sign_to_buffer(&key, to_sign, &mut [0; 32])
        .is_ok_and(|expected| verify_slices_are_equal(expected, &given).is_ok());
    if right && derived {
        cache.keep(secret, key_scope, key);
    }
    right
}
