//! Tokens of OpenID Connect issuers: whose they are, whether they are genuine, and what they say.

use crate::fault::invalid;
use gatekey_directory::{Entity, OidcProviderRecord};
use gatekey_gate::{Issuer, IssuerFault, Passage};
use gatekey_model::{
    CommonError,
    sts::{
        ExpiredTokenException, IDPCommunicationErrorException, IDPRejectedClaimException,
        InvalidIdentityTokenException,
    },
};
use gatekey_types::{AccountId, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, dangerous, decode, decode_header, jwk::Jwk};
use serde::Deserialize;
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};

/// How far an issuer's clock may be ahead of ours, in seconds.
const SKEW: f64 = 300.0;
/// Most keys of an issuer that are looked at.
const MOST_KEYS: usize = 100;
/// The algorithms that AWS takes. A secret shared with the issuer is none of them.
const ALGORITHMS: [Algorithm; 5] =
    [Algorithm::RS256, Algorithm::RS384, Algorithm::RS512, Algorithm::ES256, Algorithm::ES384];

/// Why a token is refused. Each has AWS's text.
pub(crate) enum TokenFault {
    Invalid(InvalidIdentityTokenException),
    Expired(ExpiredTokenException),
    Rejected(IDPRejectedClaimException),
    Unreachable(IDPCommunicationErrorException),
    Common(CommonError),
}

impl TokenFault {
    fn invalid(text: impl Into<String>) -> Self {
        Self::Invalid(InvalidIdentityTokenException::new(text))
    }
}

/// One text or several.
#[derive(Deserialize, Clone, Debug)]
#[serde(untagged)]
enum Texts {
    One(String),
    Many(Vec<String>),
}

impl Texts {
    fn all(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Many(texts) => texts,
        }
    }
}

/// The claims that matter here.
#[derive(Deserialize, Clone, Debug)]
struct Claims {
    iss: Option<String>,
    sub: Option<String>,
    aud: Option<Texts>,
    azp: Option<String>,
    amr: Option<Texts>,
    exp: Option<f64>,
    nbf: Option<f64>,
    iat: Option<f64>,
    #[serde(rename = "https://aws.amazon.com/tags")]
    tags: Option<Tags>,
    #[serde(rename = "https://aws.amazon.com/source_identity")]
    source_identity: Option<String>,
}

/// The session tags that a token carries.
#[derive(Deserialize, Clone, Debug)]
struct Tags {
    #[serde(default)]
    principal_tags: BTreeMap<String, Texts>,
    #[serde(default)]
    transitive_tag_keys: Vec<String>,
}

/// What a genuine token says.
#[derive(Debug)]
pub(crate) struct WebIdentity {
    /// The provider's ARN.
    pub(crate) provider: String,
    /// The issuer without `https://`: what its condition keys begin with.
    pub(crate) prefix: String,
    pub(crate) subject: String,
    /// What `ISSUER:aud` is: the authorized party where there is one.
    pub(crate) audience: String,
    /// `ISSUER:oaud`: the audience itself, where there is an authorized party.
    pub(crate) original_audiences: Vec<String>,
    pub(crate) methods: Vec<String>,
    pub(crate) tags: Vec<(String, String)>,
    pub(crate) transitive: Vec<String>,
    pub(crate) source_identity: Option<String>,
}

/// Checks a token that is presented to a role of this account.
///
/// # Errors
/// [`TokenFault`]
pub(crate) async fn verify(
    passage: &Passage<'_>,
    account: AccountId,
    token: &str,
) -> Result<WebIdentity, TokenFault> {
    let not_a_token = || {
        TokenFault::invalid(
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
        )
    };
    let header = decode_header(token).map_err(|_| not_a_token())?;
    if !ALGORITHMS.contains(&header.alg) {
        return Err(not_a_token());
    }
    // Not yet believed: it tells whose keys to ask for, and no more.
    let claimed: Claims = dangerous::insecure_decode_claims(token).map_err(|_| not_a_token())?;
    let url = claimed.iss.ok_or_else(|| TokenFault::invalid("Missing a required claim: iss"))?;
    let provider = provider(passage, account, &url)?;
    let issuer = Issuer { url: url.clone(), thumbprints: provider.record.thumbprints.clone() };
    let claims = genuine(passage, &issuer, &header, token).await?;
    if claims.iss.as_deref() != Some(url.as_str()) {
        return Err(not_a_token());
    }
    check_times(&claims, passage.now())?;
    identity(claims, &provider)
}

/// The account's provider of this URL.
fn provider(
    passage: &Passage<'_>,
    account: AccountId,
    url: &str,
) -> Result<Arc<Entity<OidcProviderRecord>>, TokenFault> {
    let providers = &passage.snapshot().directory.oidc_providers;
    let found = url
        .strip_prefix("https://")
        .and_then(|name| providers.get(account, name).filter(|provider| provider.name() == name));
    found.cloned().ok_or_else(|| {
        TokenFault::invalid(format!("No OpenIDConnect provider found in your account for {url}"))
    })
}

/// The token's claims, once one of the issuer's keys proves them. If none is the right one, the issuer is asked anew.
async fn genuine(
    passage: &Passage<'_>,
    issuer: &Issuer,
    header: &Header,
    token: &str,
) -> Result<Claims, TokenFault> {
    for lacking in [false, true] {
        let keys =
            passage.gate().issuers().keys(issuer, lacking).await.map_err(|fault| unavailable(&fault))?;
        let (named, proved) = proved_by(&keys, header, token);
        match proved {
            Some(claims) => return Ok(claims),
            None if named => return Err(TokenFault::invalid("The ID Token's signature is not valid.")),
            None => {}
        }
    }
    Err(TokenFault::invalid(NO_KEY))
}

/// AWS's text where no key can be had.
const NO_KEY: &str = "Couldn't retrieve verification key from your identity provider, please reference \
                      AssumeRoleWithWebIdentity documentation for requirements";

fn unavailable(fault: &IssuerFault) -> TokenFault {
    tracing::warn!(%fault, "an identity provider's keys cannot be had");
    match fault {
        IssuerFault::Unreachable(_) => TokenFault::Unreachable(IDPCommunicationErrorException::new(
            "The request could not be fulfilled because the identity provider (IDP) that was asked to verify the \
             incoming identity token could not be reached.",
        )),
        IssuerFault::Untrusted(_) => TokenFault::invalid(
            "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
        ),
        IssuerFault::Useless(_) => TokenFault::invalid(NO_KEY),
    }
}

/// Whether the set has the key that the token names, and the claims if a key proves them.
fn proved_by(keys: &str, header: &Header, token: &str) -> (bool, Option<Claims>) {
    let set: Value = serde_json::from_str(keys).unwrap_or(Value::Null);
    let all = set.get("keys").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    // A set may hold keys of kinds that are not known here: those are passed over.
    let known = all.iter().take(MOST_KEYS).filter_map(|key| serde_json::from_value::<Jwk>(key.clone()).ok());
    let mut named = false;
    for key in known {
        if header.kid.is_some() && key.common.key_id != header.kid {
            continue;
        }
        named |= header.kid.is_some();
        if let Some(claims) = proved_with(&key, header.alg, token) {
            return (true, Some(claims));
        }
    }
    (named, None)
}

fn proved_with(key: &Jwk, algorithm: Algorithm, token: &str) -> Option<Claims> {
    let key = DecodingKey::from_jwk(key).ok()?;
    let mut validation = Validation::new(algorithm);
    // Times and audience are checked here, by the request's own moment and the provider's record.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    decode::<Claims>(token, &key, &validation).ok().map(|proved| proved.claims)
}

fn check_times(claims: &Claims, now: Timestamp) -> Result<(), TokenFault> {
    let now = now.epoch_seconds();
    let missing = |name: &str| TokenFault::invalid(format!("Missing a required claim: {name}"));
    let expires = claims.exp.ok_or_else(|| missing("exp"))?;
    let issued = claims.iat.ok_or_else(|| missing("iat"))?;
    if now >= expires {
        return Err(TokenFault::Expired(ExpiredTokenException::new(format!(
            "Token expired: current date/time {now:.0} must be before the expiration date/time {expires:.0}"
        ))));
    }
    if issued > now + SKEW || claims.nbf.is_some_and(|from| from > now + SKEW) {
        return Err(TokenFault::invalid("The ID Token is not valid yet."));
    }
    Ok(())
}

fn identity(claims: Claims, provider: &Entity<OidcProviderRecord>) -> Result<WebIdentity, TokenFault> {
    let subject = claims.sub.filter(|subject| !subject.is_empty());
    let subject = subject.ok_or_else(|| TokenFault::invalid("Missing a required claim: sub"))?;
    if subject.len() > 255 {
        return Err(TokenFault::Rejected(IDPRejectedClaimException::new("The claim sub is too long.")));
    }
    let audiences = claims.aud.map(|aud| aud.all().to_vec()).unwrap_or_default();
    let candidates = claims.azp.as_ref().map_or(audiences.as_slice(), std::slice::from_ref);
    let clients = &provider.record.clients;
    let audience = candidates.iter().find(|audience| clients.contains(audience)).cloned();
    let audience = audience.ok_or_else(|| TokenFault::invalid("Incorrect token audience"))?;
    let (tags, transitive) = tags(claims.tags).map_err(TokenFault::Common)?;
    Ok(WebIdentity {
        provider: provider.arn().to_string(),
        prefix: provider.name().to_owned(),
        subject,
        audience,
        original_audiences: if claims.azp.is_some() { audiences } else { Vec::new() },
        methods: claims.amr.map(|amr| amr.all().to_vec()).unwrap_or_default(),
        tags,
        transitive,
        source_identity: claims.source_identity,
    })
}

/// Names and values of tags, and the names of those that go on.
type SessionTags = (Vec<(String, String)>, Vec<String>);

/// A tag's value is a text, or a list of exactly one.
fn tags(tags: Option<Tags>) -> Result<SessionTags, CommonError> {
    let Some(tags) = tags else { return Ok(Default::default()) };
    let single = |(key, values): (String, Texts)| match values.all() {
        [value] => Ok((key, value.clone())),
        _ => Err(invalid(format!("The session tag {key} must have exactly one value."))),
    };
    let pairs: Result<Vec<_>, _> = tags.principal_tags.into_iter().map(single).collect();
    Ok((pairs?, tags.transitive_tag_keys))
}

#[cfg(test)]
mod tests;
