//! From what went wrong to the exception that the operation's model lists for it.

use gatekey_model::secretsmanager::{
    InternalServiceError, InvalidParameterException, InvalidRequestException, ResourceNotFoundException,
};
use gatekey_secrets::StageFault;

/// InvalidParameterException with this text.
pub(crate) fn invalid<E: From<InvalidParameterException>>(text: impl Into<String>) -> E {
    InvalidParameterException::new(text).into()
}

/// InvalidRequestException with this text: the secret's state forbids it.
pub(crate) fn wrong_state<E: From<InvalidRequestException>>(text: impl core::fmt::Display) -> E {
    InvalidRequestException::new(text.to_string()).into()
}

/// There is no such secret.
pub(crate) fn no_secret<E: From<ResourceNotFoundException>>() -> E {
    ResourceNotFoundException::new("Secrets Manager can't find the specified secret.").into()
}

/// The version that a request names by its id is not there, or has no value.
pub(crate) fn no_version<E: From<ResourceNotFoundException>>(id: &str) -> E {
    ResourceNotFoundException::new(StageFault::NoVersion(id.to_owned()).to_string()).into()
}

/// No version has this label.
pub(crate) fn no_stage<E: From<ResourceNotFoundException>>(stage: &str) -> E {
    let text = format!("Secrets Manager can't find the specified secret value for staging label: {stage}");
    ResourceNotFoundException::new(text).into()
}

/// The service failed; the operator reads why, the client does not.
pub(crate) fn internal<E: From<InternalServiceError>>(why: impl core::fmt::Display) -> E {
    tracing::error!(%why, "an operation failed");
    InternalServiceError::new("An error occurred on the server side.").into()
}
