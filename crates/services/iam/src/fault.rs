//! From what went wrong to the exception that the operation's model lists for it.
//!
//! The bounds say which exceptions a caller of each function must list; an operation whose model lacks one does not
//! compile.

use gatekey_model::{
    CommonError,
    common::ValidationException,
    iam::{EntityAlreadyExistsException, MalformedPolicyDocumentException, NoSuchEntityException},
};
use gatekey_policy::PolicyError;

/// ValidationError with this text.
pub(crate) fn invalid<E: From<CommonError>>(text: impl Into<String>) -> E {
    CommonError::from(ValidationException::new(text)).into()
}

/// There is no entity of this kind (`user`, `role` ...) and name.
pub(crate) fn no_such<E: From<NoSuchEntityException>>(kind: &str, name: &str) -> E {
    NoSuchEntityException::new(format!("The {kind} with name {name} cannot be found.")).into()
}

/// There is an entity of this kind (`User`, `Role` ...) and name.
pub(crate) fn exists<E: From<EntityAlreadyExistsException>>(kind: &str, name: &str) -> E {
    EntityAlreadyExistsException::new(format!("{kind} with name {name} already exists.")).into()
}

/// A document is not what IAM takes.
pub(crate) fn malformed<E: From<MalformedPolicyDocumentException>>(error: PolicyError) -> E {
    MalformedPolicyDocumentException::new(error.message).into()
}
