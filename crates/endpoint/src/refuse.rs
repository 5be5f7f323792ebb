//! Answers to what is no request of any service, in the forms that AWS's front end gives them.

use gatekey_model::{ApiError, CommonError, common, iam, kms};
use gatekey_server::{Answer, Outcome, spare_headers};
use gatekey_types::RequestId;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header::CONTENT_TYPE};

/// An answer of the wire as the server sends it.
pub(crate) fn to_server(answer: gatekey_wire::Answer, outcome: Outcome) -> Box<Answer> {
    let mut headers = spare_headers::take();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    for (name, value) in &answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name.as_str()), HeaderValue::from_str(value)) {
            headers.insert(name, value);
        }
    }
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Box::new(Answer { status, headers, body: answer.body.into(), outcome })
}

/// An error that any operation may give, before one was recognised.
pub(crate) fn common(error: impl Into<CommonError>) -> Box<Answer> {
    let error = error.into();
    to_server(gatekey_wire::json::error_answer(&kms::SERVICE, &error), Outcome::unrouted(error.code()))
}

/// An error of a query service, before an operation was recognised.
pub(crate) fn query(error: &CommonError, id: RequestId) -> Box<Answer> {
    let answer = gatekey_wire::query::error_answer(&iam::SERVICE, error, &id.to_string());
    to_server(answer, Outcome::unrouted(error.info().query.code))
}

/// There is no such operation, or none is named.
pub(crate) fn no_operation() -> Box<Answer> {
    common(common::UnknownOperationException::bare())
}

fn xml(status: StatusCode, body: &'static str, code: &'static str) -> Box<Answer> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    Box::new(Answer { status, headers, body: body.into(), outcome: Outcome::unrouted(code) })
}

/// Only POST asks for an operation.
pub(crate) fn not_post() -> Box<Answer> {
    let body = "<AccessDeniedException>\n  <Message>Unable to determine service/operation name to be authorized</Message>\n</AccessDeniedException>\n";
    xml(StatusCode::FORBIDDEN, body, "AccessDeniedException")
}

/// What a client that speaks Smithy's RPC v2 in CBOR is told, in CBOR: a map of two texts.
const IN_JSON_ONLY: &[u8] = b"\xa2\
    \x66__type\x78\x1dUnsupportedOperationException\
    \x67message\x78\x59Gatekey serves this API in JSON: POST / with X-Amz-Target and application/x-amz-json-1.1.";

/// The request is in Smithy's RPC v2 with CBOR, which no service speaks here; each of them speaks JSON too.
pub(crate) fn no_cbor() -> Box<Answer> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/cbor"));
    headers.insert("smithy-protocol", HeaderValue::from_static("rpc-v2-cbor"));
    let outcome = Outcome::unrouted("UnsupportedOperationException");
    Box::new(Answer { status: StatusCode::BAD_REQUEST, headers, body: IN_JSON_ONLY.into(), outcome })
}

/// The body is in no protocol that is served here.
pub(crate) fn wrong_content_type() -> Box<Answer> {
    xml(StatusCode::NOT_FOUND, "<UnknownOperationException/>\n", "UnknownOperationException")
}

#[cfg(test)]
mod tests {
    use super::IN_JSON_ONLY;

    #[test]
    fn the_answer_in_cbor_has_texts_of_the_lengths_that_it_says() {
        let mut rest = IN_JSON_ONLY.strip_prefix(b"\xa2").unwrap();
        let mut texts = Vec::new();
        while let [head, after @ ..] = rest {
            let (length, after) = match head {
                0x78 => (usize::from(after[0]), &after[1..]),
                short => (usize::from(short - 0x60), after),
            };
            texts.push(core::str::from_utf8(&after[..length]).unwrap());
            rest = &after[length..];
        }
        assert_eq!(texts.len(), 4);
        assert_eq!(texts[..3], ["__type", "UnsupportedOperationException", "message"]);
        assert!(texts[3].ends_with("1.1."));
    }
}
