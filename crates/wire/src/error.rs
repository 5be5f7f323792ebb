//! What is wrong with a request before any handler has seen it, and what an answer is made of.

use core::fmt;
use gatekey_model::{ApiError, CommonError, ErrorInfo, common};

/// Why a request could not become a shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WireError {
    /// It is not in the protocol, or a value has the wrong type. AWS gives no text for what is not JSON at all.
    Serialization(Option<String>),
    /// Values break the model's constraints.
    Validation {
        /// What is answered: it names all of them, and repeats their values as AWS does.
        text: String,
        /// What is kept: the same, without the values of one-time codes.
        kept: String,
    },
    /// There is no such operation.
    UnknownOperation(Option<String>),
}

impl WireError {
    /// A value of the wrong type.
    pub(crate) fn serialization(text: impl Into<String>) -> Self {
        Self::Serialization(Some(text.into()))
    }

    /// The text for logs and events: it holds nothing secret, not even where the answer repeats that to whoever sent it.
    pub fn kept(&self) -> Option<&str> {
        match self {
            Self::Validation { kept, .. } => Some(kept),
            Self::Serialization(text) | Self::UnknownOperation(text) => text.as_deref(),
        }
    }
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serialization(text) => {
                write!(f, "not readable: {}", text.as_deref().unwrap_or("not the protocol"))
            }
            Self::Validation { kept, .. } => f.write_str(kept),
            Self::UnknownOperation(text) => {
                write!(f, "unknown operation: {}", text.as_deref().unwrap_or("none named"))
            }
        }
    }
}

impl std::error::Error for WireError {}

impl From<WireError> for CommonError {
    fn from(error: WireError) -> Self {
        match error {
            WireError::Serialization(message) => common::SerializationException { message }.into(),
            WireError::Validation { text, .. } => common::ValidationException::new(text).into(),
            WireError::UnknownOperation(message) => common::UnknownOperationException { message }.into(),
        }
    }
}

/// An answer: all that the server must send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The content type.
    pub content_type: &'static str,
    /// Further headers, the names in the case that AWS uses.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// The header in which the JSON protocols name an error's code.
pub(crate) const ERROR_TYPE: &str = "x-amzn-ErrorType";

/// An error as a JSON object: its code under `__type` and, unless it is empty, its text.
pub(crate) fn error_object(error: &dyn ApiError) -> serde_json::Map<String, serde_json::Value> {
    let info: &ErrorInfo = error.info();
    let mut object = serde_json::Map::new();
    object.insert("__type".to_owned(), info.json.code.into());
    if let Some(text) = error.message().filter(|text| !text.is_empty()) {
        object.insert(info.message_key.to_owned(), text.into());
    }
    for (name, value) in error.details() {
        object.insert(name.to_owned(), value.into());
    }
    object
}
