//! What an API error is, and the errors that every operation may give although no model lists them.

use crate::macros::{exceptions, operation_errors};

/// What a client is told of an error, apart from its text.
#[derive(Debug, PartialEq, Eq)]
pub struct ErrorInfo {
    /// The exception's name in the model.
    pub name: &'static str,
    /// Its code and status in the JSON protocols.
    pub json: Face,
    /// Its code and status in the query protocol.
    pub query: Face,
    /// The key of the text in a JSON body, as the model names the member.
    pub message_key: &'static str,
    /// Whether the service is at fault, and not the sender.
    pub fault: bool,
}

/// An error as one family of protocols shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Face {
    /// The code, as in `NotFoundException`.
    pub code: &'static str,
    /// The HTTP status.
    pub status: u16,
}

/// An error that can be answered.
pub trait ApiError: std::error::Error + Send + 'static {
    /// Its code, status and fault.
    fn info(&self) -> &'static ErrorInfo;
    /// The text for the client; AWS leaves it out of some.
    fn message(&self) -> Option<&str>;
    /// Further members of the exception, by the model's names.
    fn details(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
    /// The code in the JSON protocols.
    fn code(&self) -> &'static str {
        self.info().json.code
    }
    /// The status in the JSON protocols.
    fn status(&self) -> u16 {
        self.info().json.status
    }
}

/// The exceptions that any operation of any service may answer with.
///
/// Codes and statuses are those of JSON services, then those of query services, which leave out the suffix and have
/// names of their own for some.
pub mod common {
    use super::exceptions;

    exceptions! {
        AccessDeniedException { "AccessDeniedException" 400, "AccessDenied" 403 },
        ValidationException { "ValidationException" 400, "ValidationError" 400 },
        SerializationException { "SerializationException" 400, "MalformedInput" 400 },
        UnknownOperationException { "UnknownOperationException" 400, "InvalidAction" 400 },
        UnsupportedOperationException { "UnsupportedOperationException" 400, "UnsupportedOperation" 400 },
        ThrottlingException { "ThrottlingException" 400, "Throttling" 400 },
        MissingAuthenticationTokenException {
            "MissingAuthenticationTokenException" 400, "MissingAuthenticationToken" 403
        },
        IncompleteSignatureException { "IncompleteSignatureException" 400, "IncompleteSignature" 400 },
        InvalidSignatureException { "InvalidSignatureException" 400, "SignatureDoesNotMatch" 403 },
        UnrecognizedClientException { "UnrecognizedClientException" 400, "InvalidClientTokenId" 403 },
        ExpiredTokenException { "ExpiredTokenException" 400, "ExpiredToken" 403 },
        InternalFailure { "InternalFailure" 500, "InternalFailure" 500 fault },
        ServiceUnavailableException { "ServiceUnavailableException" 503, "ServiceUnavailable" 503 fault },
    }
}

operation_errors! {
    /// An error that any operation may give.
    CommonError {
        AccessDenied: common::AccessDeniedException,
        Validation: common::ValidationException,
        Serialization: common::SerializationException,
        UnknownOperation: common::UnknownOperationException,
        UnsupportedOperation: common::UnsupportedOperationException,
        Throttling: common::ThrottlingException,
        MissingAuthenticationToken: common::MissingAuthenticationTokenException,
        IncompleteSignature: common::IncompleteSignatureException,
        InvalidSignature: common::InvalidSignatureException,
        UnrecognizedClient: common::UnrecognizedClientException,
        ExpiredToken: common::ExpiredTokenException,
        InternalFailure: common::InternalFailure,
        ServiceUnavailable: common::ServiceUnavailableException,
    }
}
