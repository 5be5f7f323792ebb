//! What the server itself answers, before or instead of the application.

use crate::dispatch::{Answer, Outcome};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

/// Why the server did not pass a request on, or could not pass an answer back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The body is, or says it will be, longer than the cap.
    BodyTooLarge,
    /// The body did not arrive in time.
    BodyTooSlow,
    /// The body broke off, or its framing is broken.
    BodyBroken,
    /// More header fields than the cap.
    TooManyHeaders,
    /// Too much is being read at once; a retry will succeed.
    Busy,
    /// Neither a POST nor anything that names an operation.
    NoOperation,
    /// The application broke; the log says how.
    Internal,
}

/// The dialect that the client's error parser understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `{"__type": ..., "message": ...}`.
    Json,
    /// `<ErrorResponse>`, as the query services answer.
    Query,
}

impl Dialect {
    /// What a request with these headers expects.
    pub fn of(headers: &HeaderMap) -> Self {
        match headers.get(header::CONTENT_TYPE) {
            Some(kind) if kind.as_bytes().starts_with(b"application/x-www-form-urlencoded") => Self::Query,
            _ => Self::Json,
        }
    }
}

impl Refusal {
    /// The status, the error code, and the sentence that the client reads.
    const fn texts(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::BodyTooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestEntityTooLargeException",
                "The request body is larger than this server accepts.",
            ),
            Self::BodyTooSlow => (
                StatusCode::REQUEST_TIMEOUT,
                "RequestTimeoutException",
                "The request body did not arrive in time.",
            ),
            Self::BodyBroken => {
                (StatusCode::BAD_REQUEST, "SerializationException", "The request body is incomplete.")
            }
            Self::TooManyHeaders => (
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "RequestHeaderFieldsTooLargeException",
                "The request has too many headers.",
            ),
            Self::Busy => (
                StatusCode::SERVICE_UNAVAILABLE,
                "ServiceUnavailableException",
                "Service is busy; please retry.",
            ),
            Self::NoOperation => (
                StatusCode::FORBIDDEN,
                "AccessDeniedException",
                "Unable to determine service/operation name to be authorized",
            ),
            Self::Internal => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "InternalFailure",
                "The request processing has failed because of an unknown error, exception or failure.",
            ),
        }
    }

    /// The answer in the client's dialect. A request that names no operation is answered in XML, as AWS's front does.
    pub fn answer(self, dialect: Dialect) -> Box<Answer> {
        let (status, code, message) = self.texts();
        let (kind, body) = match (self, dialect) {
            (Self::NoOperation, _) => ("text/xml", bare_xml(code, message)),
            (_, Dialect::Query) => ("text/xml", query_xml(status, code, message)),
            (_, Dialect::Json) => ("application/x-amz-json-1.1", json(code, message)),
        };
        let mut headers = HeaderMap::with_capacity(4);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        headers.insert(ERROR_TYPE, HeaderValue::from_static(code));
        if self.poisons_connection() {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        Box::new(Answer { status, headers, body: Bytes::from(body), outcome: Outcome::unrouted(code) })
    }

    /// Whether an unread or broken body leaves the connection at an unknown place, so that it must not be used again.
    const fn poisons_connection(self) -> bool {
        matches!(self, Self::BodyTooLarge | Self::BodyTooSlow | Self::BodyBroken)
    }
}

/// Where AWS's JSON services repeat the error code.
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

fn json(code: &str, message: &str) -> String {
    format!(r#"{{"__type":"{code}","message":"{message}"}}"#)
}

fn bare_xml(code: &str, message: &str) -> String {
    format!("<{code}>\n  <Message>{message}</Message>\n</{code}>\n")
}

fn query_xml(status: StatusCode, code: &str, message: &str) -> String {
    let fault = if status.is_server_error() { "Receiver" } else { "Sender" };
    format!(
        "<ErrorResponse><Error><Type>{fault}</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(refusal: Refusal, dialect: Dialect) -> String {
        String::from_utf8(refusal.answer(dialect).body.to_vec()).unwrap()
    }

    #[test]
    fn json_clients_read_a_type_and_a_message() {
        let error: serde_json::Value = serde_json::from_str(&body(Refusal::Busy, Dialect::Json)).unwrap();
        assert_eq!(error["__type"], "ServiceUnavailableException");
        assert_eq!(error["message"], "Service is busy; please retry.");
    }

    #[test]
    fn query_clients_read_xml_that_says_whose_fault_it_is() {
        assert!(body(Refusal::BodyTooLarge, Dialect::Query).contains("<Type>Sender</Type>"));
        assert!(body(Refusal::Internal, Dialect::Query).contains("<Type>Receiver</Type>"));
    }

    #[test]
    fn a_request_without_an_operation_reads_as_at_aws_in_any_dialect() {
        for dialect in [Dialect::Json, Dialect::Query] {
            assert_eq!(
                body(Refusal::NoOperation, dialect),
                "<AccessDeniedException>\n  <Message>Unable to determine service/operation name to be authorized</Message>\n</AccessDeniedException>\n"
            );
        }
        assert_eq!(Refusal::NoOperation.answer(Dialect::Json).status, StatusCode::FORBIDDEN);
    }

    #[test]
    fn a_connection_whose_body_was_not_read_is_closed() {
        let closes =
            |refusal: Refusal| refusal.answer(Dialect::Json).headers.contains_key(header::CONNECTION);
        assert!(closes(Refusal::BodyTooLarge) && closes(Refusal::BodyTooSlow) && closes(Refusal::BodyBroken));
        assert!(!closes(Refusal::NoOperation) && !closes(Refusal::Internal));
    }

    #[test]
    fn the_dialect_follows_the_content_type() {
        let mut headers = HeaderMap::new();
        assert_eq!(Dialect::of(&headers), Dialect::Json);
        let form = HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8");
        headers.insert(header::CONTENT_TYPE, form);
        assert_eq!(Dialect::of(&headers), Dialect::Query);
    }
}
