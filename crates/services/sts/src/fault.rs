//! Errors that several operations give.

use gatekey_model::{
    CommonError,
    common::{AccessDeniedException, InternalFailure, ValidationException},
};

/// ValidationError with this text.
pub(crate) fn invalid(text: impl Into<String>) -> CommonError {
    ValidationException::new(text).into()
}

/// AccessDenied with this text.
pub(crate) fn denied(text: impl Into<String>) -> CommonError {
    AccessDeniedException::new(text).into()
}

/// The machine is broken: nothing could be sealed.
pub(crate) fn broken(what: &impl core::fmt::Display) -> CommonError {
    tracing::error!(%what, "a session could not be sealed");
    InternalFailure::bare().into()
}
