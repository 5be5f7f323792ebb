use crate::Endpoint;
use gatekey_gate::Arrival;
use gatekey_model::{CommonError, common};
use gatekey_server::RawRequest;
use gatekey_sigv4::{Body, Fault, RawRequest as SignedRequest, SignatureError, verify};
use gatekey_types::Timestamp;
use http::{HeaderMap, header};

/// Longest `User-Agent` that decisions and events see, in bytes.
const LONGEST_USER_AGENT: usize = 1024;

/// Verifies the signature of a request to one of `services`.
pub(crate) fn authenticate(
    endpoint: &Endpoint,
    request: &RawRequest,
    services: &[&'static str],
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
    let snapshot = endpoint.gate.snapshot();
    let caller = verify(&signed, &snapshot.directory, services, now, &endpoint.signing_keys)?;
    Ok(Arrival {
        caller,
        id: request.id,
        now,
        source: request.connection.source().to_owned(),
        user_agent: text(&request.headers, &header::USER_AGENT),
        tls: request.connection.tls.as_ref().map(|tls| (tls.version, tls.cipher_suite)),
        host: text(&request.headers, &header::HOST),
    })
}

fn text(headers: &HeaderMap, name: &header::HeaderName) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    let end = value.len().min(LONGEST_USER_AGENT);
    // A header that reads as text is ASCII, so any end is a character's end.
    value.get(..end).map(str::to_owned)
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
