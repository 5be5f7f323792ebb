use crate::Endpoint;
use gatekey_directory::Bearer;
use gatekey_gate::Arrival;
use gatekey_model::{CommonError, common};
use gatekey_server::RawRequest;
use gatekey_sigv4::{Authenticated, Body, Fault, Parts, RawRequest as SignedRequest, SignatureError};
use gatekey_types::{Region, Timestamp, pause};
use http::{HeaderMap, header};
use smol_str::SmolStr;

/// Longest `User-Agent` that decisions and events see, in bytes.
const LONGEST_USER_AGENT: usize = 1024;

/// Verifies the signature of a request to the service of this signing name.
pub(crate) async fn authenticate(
    endpoint: &Endpoint,
    request: &RawRequest,
    service: &'static str,
    now: Timestamp,
) -> Result<Arrival, SignatureError> {
    let headers: Vec<(&str, &[u8])> =
        request.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let signed = SignedRequest {
        method: request.method.as_str(),
        path: request.uri.path(),
        query: request.uri.query().unwrap_or_default(),
        headers: &headers,
        body: Body::Bytes(&request.body),
    };
    let credentials = endpoint.gate.credentials(now);
    let parts = Parts::of(&signed)?;
    let claimed = parts.claimed(&[service], now)?;
    pause().await;
    let signature = claimed.verify(&credentials, &endpoint.signing_keys)?;
    let region = signature.region().clone();
    Ok(arrival(request, Some(signature), region, now))
}

/// Whether the request claims to be signed: if not, it may be one of the few that need no signature.
pub(crate) fn is_signed(request: &RawRequest) -> bool {
    let in_query = request.uri.query().is_some_and(|query| query.contains("X-Amz-"));
    in_query || request.headers.contains_key(header::AUTHORIZATION)
}

/// A request that nobody signed, for the Region that the host's name tells.
pub(crate) fn unsigned(endpoint: &Endpoint, request: &RawRequest, now: Timestamp) -> Arrival {
    let host = text(&request.headers, &header::HOST).unwrap_or_default();
    let region = host.split('.').find_map(|word| word.parse().ok());
    arrival(request, None, region.unwrap_or_else(|| endpoint.region.clone()), now)
}

fn arrival(
    request: &RawRequest,
    signature: Option<Authenticated<Bearer>>,
    region: Region,
    now: Timestamp,
) -> Arrival {
    let tls = request.connection.tls.as_ref();
    Arrival {
        signature,
        region,
        id: request.id,
        now,
        source: request.connection.source().clone(),
        user_agent: text(&request.headers, &header::USER_AGENT).map(SmolStr::from),
        tls: tls.map(|tls| (tls.version, tls.cipher_suite)),
        host: tls.and_then(|_| text(&request.headers, &header::HOST)).map(str::to_owned),
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &header::HeaderName) -> Option<&'h str> {
    let value = headers.get(name)?.to_str().ok()?;
    let end = value.len().min(LONGEST_USER_AGENT);
    // A header that reads as text is ASCII, so any end is a character's end.
    value.get(..end)
}

/// The error of a JSON service for a signature that does not verify.
pub(crate) fn as_common(error: &SignatureError) -> CommonError {
    let text = error.message().to_owned();
    match error.fault() {
        Fault::Unsigned => common::MissingAuthenticationTokenException::new(text).into(),
        Fault::Incomplete => common::IncompleteSignatureException::new(text).into(),
        Fault::Mismatch => common::InvalidSignatureException::new(text).into(),
        Fault::UnknownKey => common::UnrecognizedClientException::new(text).into(),
        Fault::Expired => common::ExpiredTokenException::new(text).into(),
    }
}
