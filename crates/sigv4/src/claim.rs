use crate::{
    cut::{cut, pieces},
    error::{Fault, SignatureError, echo},
    headers::Headers,
    limits,
    query::Parameter,
    verify::SignedVia,
};

/// What a request says of its own signature: texts only, none of them believed yet.
pub(crate) struct Claim<'a> {
    pub(crate) via: SignedVia,
    pub(crate) algorithm: &'a str,
    pub(crate) credential: &'a str,
    pub(crate) signed_headers: &'a str,
    pub(crate) signature: &'a str,
    pub(crate) date: &'a str,
    pub(crate) token: Option<&'a str>,
    pub(crate) expires: Option<&'a str>,
}

impl<'a> Claim<'a> {
    /// Finds the claim in the `Authorization` header or in the query string; never in both.
    pub(crate) fn find(headers: Headers<'a>, query: &'a [Parameter]) -> Result<Self, SignatureError> {
        let presigned = query.iter().any(|p| p.name == b"X-Amz-Algorithm");
        match (headers.has("authorization"), presigned) {
            (true, true) => Err(SignatureError::mismatch(
                "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
            )),
            (false, false) => Err(SignatureError::new(Fault::Unsigned, "Missing Authentication Token")),
            (true, false) => Self::from_header(headers),
            (false, true) => Self::from_query(headers, query),
        }
    }

    fn from_header(headers: Headers<'a>) -> Result<Self, SignatureError> {
        let text = headers.text("authorization").unwrap_or_default();
        if text.len() > limits::AUTHORIZATION {
            return Err(SignatureError::incomplete("The Authorization header is too long."));
        }
        let (algorithm, rest) = cut(text, b' ').unwrap_or((text, ""));
        let parts = HeaderParts::parse(rest, text)?;
        let date = headers.text("x-amz-date").or_else(|| headers.text("date"));
        match (parts.credential, parts.signed_headers, parts.signature, date) {
            (Some(credential), Some(signed_headers), Some(signature), Some(date)) => Ok(Self {
                via: SignedVia::Header,
                algorithm,
                credential,
                signed_headers,
                signature,
                date,
                token: token_header(headers),
                expires: None,
            }),
            _ => Err(parts.what_is_missing(date.is_some(), text)),
        }
    }

    fn from_query(headers: Headers<'a>, query: &'a [Parameter]) -> Result<Self, SignatureError> {
        let mut missing = String::new();
        let mut required = |name: &str| {
            let value = single(query, name)?;
            if value.is_none() {
                missing.push_str(&format!("AWS query-string parameters must include '{name}'. "));
            }
            Ok::<_, SignatureError>(value.unwrap_or_default())
        };
        let algorithm = required("X-Amz-Algorithm")?;
        let credential = required("X-Amz-Credential")?;
        let signature = required("X-Amz-Signature")?;
        let signed_headers = required("X-Amz-SignedHeaders")?;
        let date = required("X-Amz-Date")?;
        if !missing.is_empty() {
            return Err(SignatureError::incomplete(missing + "Re-examine the query-string parameters."));
        }
        let token = match (single(query, "X-Amz-Security-Token")?, token_header(headers)) {
            (Some(_), Some(_)) => {
                return Err(SignatureError::incomplete(
                    "The session token is given both in the query string and as a header.",
                ));
            }
            (in_query, in_header) => in_query.or(in_header),
        };
        let expires = single(query, "X-Amz-Expires")?;
        let via = SignedVia::Query;
        Ok(Self { via, algorithm, credential, signed_headers, signature, date, token, expires })
    }
}

/// The session token in the headers.
fn token_header(headers: Headers<'_>) -> Option<&str> {
    headers.values("x-amz-security-token").next().map(|value| text(value.trim_ascii()))
}

/// What is not text is kept in a form that nothing lawful has, so that it is refused rather than overlooked.
fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap_or("\u{fffd}")
}

/// The value of a parameter that may appear once.
fn single<'q>(query: &'q [Parameter], name: &str) -> Result<Option<&'q str>, SignatureError> {
    let mut found = query.iter().filter(|p| p.name == name.as_bytes());
    let first = found.next().map(|p| text(&p.value));
    if found.next().is_some() {
        return Err(SignatureError::incomplete(format!("The parameter '{name}' appears more than once.")));
    }
    Ok(first)
}

/// `Credential=..., SignedHeaders=..., Signature=...`, in any order.
#[derive(Default)]
struct HeaderParts<'a> {
    credential: Option<&'a str>,
    signed_headers: Option<&'a str>,
    signature: Option<&'a str>,
}

impl<'a> HeaderParts<'a> {
    fn parse(text: &'a str, whole: &str) -> Result<Self, SignatureError> {
        let mut parts = Self::default();
        for part in pieces(text, b',').map(|part| part.trim_matches(' ')).filter(|part| !part.is_empty()) {
            let (name, value) = cut(part, b'=').ok_or_else(|| no_equal_sign(part, whole))?;
            let slot = match name {
                "Credential" => &mut parts.credential,
                "SignedHeaders" => &mut parts.signed_headers,
                "Signature" => &mut parts.signature,
                _ => continue,
            };
            if slot.replace(value).is_some() {
                return Err(SignatureError::incomplete(format!(
                    "Authorization header has more than one '{name}' parameter."
                )));
            }
        }
        Ok(parts)
    }

    fn what_is_missing(&self, has_date: bool, whole: &str) -> SignatureError {
        let mut text = String::new();
        let given = [
            ("Credential", self.credential),
            ("Signature", self.signature),
            ("SignedHeaders", self.signed_headers),
        ];
        for (name, _) in given.into_iter().filter(|(_, value)| value.is_none()) {
            text.push_str(&format!("Authorization header requires '{name}' parameter. "));
        }
        if !has_date {
            text.push_str(
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ",
            );
        }
        SignatureError::incomplete(format!("{text}Authorization={}", echo(whole)))
    }
}

fn no_equal_sign(part: &str, whole: &str) -> SignatureError {
    SignatureError::incomplete(format!(
        "'{}' not a valid key=value pair (missing equal-sign) in Authorization header: '{}'.",
        echo(part),
        echo(whole)
    ))
}
