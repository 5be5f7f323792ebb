use crate::{
    canonical::{canonical_request, path_is_lawful, string_to_sign},
    claim::Claim,
    date::{SignedDate, basic},
    error::{Calculated, Fault, SignatureError, echo},
    headers::{Headers, SignedHeaders},
    key::{KeyScope, SecretAccessKey, SigningKeyCache},
    query,
    request::RawRequest,
    scope::Scope,
};
use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac};
use gatekey_types::{Region, Timestamp, take_hex};
use std::sync::Arc;

/// How far a client's clock may be off, in either direction.
const SKEW_MINUTES: i64 = 15;
const MINUTE: i64 = 60_000;

/// Longest that a presigned request may ask to stay valid, in seconds: a week.
const LONGEST_EXPIRY: i64 = 604_800;

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
    if !path_is_lawful(request.path) {
        return Err(SignatureError::incomplete("The path is too long, or does not begin with a slash."));
    }
    let headers = Headers::new(request.headers)?;
    let parameters = query::parse(request.query)?;
    let claim = Claim::find(headers, &parameters)?;
    let date = SignedDate::parse(&claim.date)?;
    check_age(&claim, date.moment(), now)?;
    let signed = SignedHeaders::check(&claim.signed_headers, headers)?;
    check_algorithm(&claim.algorithm)?;
    let scope = Scope::check(&claim.credential, &date, services)?;
    if scope.access_key_id.len() > LONGEST_ACCESS_KEY_ID {
        return Err(LookupError::UnknownKey.into());
    }
    let credential = credentials.lookup(scope.access_key_id, claim.token.as_deref())?;
    let canonical = canonical_request(request, &parameters, &signed, claim.via);
    let to_sign = string_to_sign(&claim, &date, &scope, &canonical);
    if !signature_is_right(&claim.signature, &to_sign, credential.secret, &date, &scope, cache) {
        return Err(SignatureError::wrong_signature(Calculated {
            canonical_request: String::from_utf8_lossy(&canonical).into_owned(),
            string_to_sign: String::from_utf8_lossy(&to_sign).into_owned(),
        }));
    }
    Ok(Authenticated {
        principal: credential.principal,
        access_key_id: scope.access_key_id.into(),
        region: scope.region,
        service: scope.service,
        signed_at: date.moment(),
        via: claim.via,
    })
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

/// A signature is valid for 15 minutes around its date; a presigned request for as long after it as it asks.
fn check_age(claim: &Claim<'_>, signed_at: Timestamp, now: Timestamp) -> Result<(), SignatureError> {
    let skew = SKEW_MINUTES * MINUTE;
    let lifetime = match &claim.expires {
        Some(text) => expiry_seconds(text)? * 1000,
        None => skew,
    };
    let is_later = |left: Timestamp, right: Timestamp| left.millis_since(right) > 0;
    if is_later(now, signed_at.plus_millis(lifetime)) {
        let edge = now.plus_millis(-lifetime);
        let window = if lifetime % MINUTE == 0 {
            format!("{} min.", lifetime / MINUTE)
        } else {
            format!("{} sec.", lifetime / 1000)
        };
        return Err(SignatureError::mismatch(format!(
            "Signature expired: {} is now earlier than {} ({} - {window})",
            claim.date,
            basic(edge),
            basic(now)
        )));
    }
    if is_later(signed_at, now.plus_millis(skew)) {
        return Err(SignatureError::mismatch(format!(
            "Signature not yet current: {} is still later than {} ({} + {SKEW_MINUTES} min.)",
            claim.date,
            basic(now.plus_millis(skew)),
            basic(now)
        )));
    }
    Ok(())
}

fn expiry_seconds(text: &str) -> Result<i64, SignatureError> {
    let digits_only = text.bytes().all(|b| b.is_ascii_digit());
    match text.parse::<i64>() {
        Ok(seconds) if digits_only && (1..=LONGEST_EXPIRY).contains(&seconds) => Ok(seconds),
        _ => Err(SignatureError::incomplete(format!(
            "X-Amz-Expires must be a number of seconds from 1 to {LONGEST_EXPIRY}."
        ))),
    }
}
