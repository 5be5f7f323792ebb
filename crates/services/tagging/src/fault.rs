//! What is told of a request that is wrong, and of a resource that cannot be changed.

use gatekey_gate::{Denied, Missing};
use gatekey_keyring::{KeyFault, TagFault};
use gatekey_model::{
    ApiError,
    common::AccessDeniedException,
    iam::{InvalidInputException, LimitExceededException, NoSuchEntityException},
    kms::{KMSInvalidStateException, NotFoundException, TagException},
    secretsmanager,
    ssm::{InvalidResourceId, TooManyTagsError},
    tagging::{FailureInfo, InvalidParameterException},
};

/// InvalidParameterException with this text.
pub(crate) fn invalid<E: From<InvalidParameterException>>(text: impl Into<String>) -> E {
    InvalidParameterException::new(text).into()
}

/// Why one resource could not be changed: the error of its service.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    status: u16,
    code: &'static str,
    message: Option<String>,
}

impl Failure {
    /// The error as a service with a JSON protocol gives it.
    fn json(error: &dyn ApiError) -> Self {
        Self { status: error.status(), code: error.code(), message: error.message().map(str::to_owned) }
    }

    /// The error as a query service gives it.
    fn query(error: &dyn ApiError) -> Self {
        let face = error.info().query;
        Self { status: face.status, code: face.code, message: error.message().map(str::to_owned) }
    }

    /// The resource is none that this API can change here.
    pub(crate) fn invalid(text: impl Into<String>) -> Self {
        Self::json(&InvalidParameterException::new(text))
    }

    /// Systems Manager has no such parameter.
    pub(crate) fn no_parameter() -> Self {
        let text = "The resource ID is not valid. Verify that you entered the correct ID and try again.";
        Self::json(&InvalidResourceId::new(text))
    }

    /// A parameter has all the tags that it may have.
    pub(crate) fn too_many_tags() -> Self {
        Self::json(&TooManyTagsError::bare())
    }

    /// IAM has no such resource.
    pub(crate) fn no_entity(text: impl Into<String>) -> Self {
        Self::query(&NoSuchEntityException::new(text))
    }

    /// IAM does not take the tags.
    pub(crate) fn bad_input(text: impl Into<String>) -> Self {
        Self::query(&InvalidInputException::new(text))
    }

    /// Secrets Manager has no such secret.
    pub(crate) fn no_secret() -> Self {
        let text = "Secrets Manager can't find the specified secret.";
        Self::json(&secretsmanager::ResourceNotFoundException::new(text))
    }

    /// Secrets Manager does not take the tags.
    pub(crate) fn bad_tags(text: &str) -> Self {
        Self::json(&secretsmanager::InvalidParameterException::new(text))
    }

    /// The state of the secret forbids it.
    pub(crate) fn secret_state(text: impl core::fmt::Display) -> Self {
        Self::json(&secretsmanager::InvalidRequestException::new(text.to_string()))
    }

    /// IAM's quota is used up.
    pub(crate) fn quota(text: impl Into<String>) -> Self {
        Self::query(&LimitExceededException::new(text))
    }

    /// As the answer's map has it.
    pub(crate) fn shown(self) -> FailureInfo {
        FailureInfo {
            status_code: Some(self.status.into()),
            error_code: Some(self.code.to_owned()),
            error_message: self.message,
        }
    }
}

impl From<Denied> for Failure {
    fn from(denied: Denied) -> Self {
        Self::json(&AccessDeniedException::new(denied.message))
    }
}

impl From<Missing> for Failure {
    fn from(missing: Missing) -> Self {
        match missing {
            Missing::Fault(fault) => Self::json(&NotFoundException::new(fault.to_string())),
            Missing::Hidden(text) => Self::json(&AccessDeniedException::new(text)),
        }
    }
}

impl From<KeyFault> for Failure {
    fn from(fault: KeyFault) -> Self {
        Self::json(&KMSInvalidStateException::new(fault.to_string()))
    }
}

impl From<TagFault> for Failure {
    fn from(fault: TagFault) -> Self {
        match fault {
            TagFault::Key(fault) => fault.into(),
            fault => Self::json(&TagException::new(fault.to_string())),
        }
    }
}
