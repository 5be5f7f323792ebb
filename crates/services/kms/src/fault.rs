//! From what went wrong to the exception that the operation's model lists for it.
//!
//! The bounds say which exceptions a caller of each function must list; an operation whose model lacks one does not
//! compile.

use gatekey_gate::{CommitFault, Denied, Missing};
use gatekey_keyring::KeyFault;
use gatekey_model::{
    common::{AccessDeniedException, ValidationException},
    kms::{
        DisabledException, InvalidKeyUsageException, KMSInternalException, KMSInvalidStateException,
        NotFoundException, UnsupportedOperationException,
    },
};

/// AccessDeniedException with AWS's text.
pub(crate) fn denied<E: From<AccessDeniedException>>(denied: Denied) -> E {
    AccessDeniedException::new(denied.message).into()
}

/// ValidationException with this text.
pub(crate) fn invalid<E: From<ValidationException>>(text: impl Into<String>) -> E {
    ValidationException::new(text).into()
}

/// The key that the request names cannot be had.
pub(crate) fn missing<E: From<NotFoundException> + From<AccessDeniedException>>(missing: Missing) -> E {
    match missing {
        Missing::Fault(fault) => NotFoundException::new(fault.to_string()).into(),
        Missing::Hidden(text) => AccessDeniedException::new(text).into(),
    }
}

/// The key's state or usage forbids a cryptographic operation. A pending deletion is told as real AWS tells it,
/// KMSInvalidStateException, which clients match on.
pub(crate) fn unusable<E>(fault: KeyFault) -> E
where
    E: From<DisabledException> + From<KMSInvalidStateException> + From<InvalidKeyUsageException>,
{
    let text = fault.to_string();
    match fault {
        KeyFault::Disabled(_) => DisabledException::new(text).into(),
        KeyFault::WrongUsage { .. } => InvalidKeyUsageException::new(text).into(),
        _ => KMSInvalidStateException::new(text).into(),
    }
}

/// The key's state forbids an operation that no usage forbids.
pub(crate) fn not_in_use<E: From<DisabledException> + From<KMSInvalidStateException>>(fault: KeyFault) -> E {
    let text = fault.to_string();
    match fault {
        KeyFault::Disabled(_) => DisabledException::new(text).into(),
        _ => KMSInvalidStateException::new(text).into(),
    }
}

/// The key's state forbids a change.
pub(crate) fn wrong_state<E: From<KMSInvalidStateException>>(fault: KeyFault) -> E {
    KMSInvalidStateException::new(fault.to_string()).into()
}

/// The operation is not for keys of this kind.
pub(crate) fn unsupported<E: From<UnsupportedOperationException>>(fault: KeyFault) -> E {
    UnsupportedOperationException::new(fault.to_string()).into()
}

/// The service failed; the operator reads why, the client does not.
pub(crate) fn internal<E: From<KMSInternalException>>(why: impl core::fmt::Display) -> E {
    tracing::error!(%why, "an operation failed");
    KMSInternalException::bare().into()
}

/// A change was not made. A conflict is no fault: the request is decided again, and this is what is told if it never wins.
pub(crate) fn uncommitted<E: From<KMSInternalException>>(fault: CommitFault) -> E {
    if fault != CommitFault::Conflict {
        return internal(fault);
    }
    KMSInternalException::new("The request conflicted with other requests. Try again.").into()
}
