//! What any operation of any service may fail with on its way through the gate.

use crate::{CommitFault, Denied};
use gatekey_model::{CommonError, common};

impl From<Denied> for CommonError {
    fn from(denied: Denied) -> Self {
        common::AccessDeniedException::new(denied.message).into()
    }
}

/// A conflict is no fault: the request is decided again, and this is what is told if it never wins.
impl From<CommitFault> for CommonError {
    fn from(fault: CommitFault) -> Self {
        match fault {
            CommitFault::Conflict => {
                let text = "The request conflicted with other requests. Try again.";
                common::InternalFailure::new(text).into()
            }
            CommitFault::Foreclosed(_) => common::AccessDeniedException::new(fault.to_string()).into(),
            _ => {
                tracing::error!(%fault, "an operation failed");
                common::InternalFailure::bare().into()
            }
        }
    }
}

/// The operation's error for a denial or for a change that was not made: the last `.map_err(refused)` of a handler. Before `?`
/// it is `.map_err(CommonError::from)`.
pub fn refused<E: From<CommonError>>(fault: impl Into<CommonError>) -> E {
    fault.into().into()
}
