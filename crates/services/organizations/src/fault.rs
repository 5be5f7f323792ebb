//! From what went wrong to the exception that the operation's model lists for it.

use gatekey_model::organizations::{
    AccessDeniedException, AccountNotFoundException, ConstraintViolationException,
    ConstraintViolationExceptionReason, InvalidInputException, InvalidInputExceptionReason,
};

/// ConstraintViolationException of this reason.
pub(crate) fn constraint<E: From<ConstraintViolationException>>(
    reason: ConstraintViolationExceptionReason,
    text: &str,
) -> E {
    let reason = Some(reason.to_string());
    ConstraintViolationException { message: Some(text.to_owned()), reason }.into()
}

/// InvalidInputException of this reason.
pub(crate) fn invalid_input<E: From<InvalidInputException>>(
    reason: InvalidInputExceptionReason,
    text: &str,
) -> E {
    InvalidInputException { message: Some(text.to_owned()), reason: Some(reason.to_string()) }.into()
}

/// The caller's account may not do this, whatever the caller's own policies say.
pub(crate) fn not_permitted<E: From<AccessDeniedException>>() -> E {
    AccessDeniedException::new("You don't have permissions to access this resource.").into()
}

/// There is no such account in the organization.
pub(crate) fn no_account<E: From<AccountNotFoundException>>() -> E {
    AccountNotFoundException::new("You specified an account that doesn't exist.").into()
}
