//! The second factor that comes with a request: a device and its present code.

use crate::fault::denied;
use gatekey_gate::Passage;
use gatekey_model::CommonError;
use gatekey_store::table::Edit;
use gatekey_types::Timestamp;

/// A second factor that was given.
#[derive(Default)]
pub(crate) struct Given {
    /// When; nothing where the request brings none.
    pub(crate) at: Option<Timestamp>,
    /// What keeps its code from being taken twice.
    pub(crate) edits: Vec<Edit>,
}

/// Checks the device and code of a request, if it brings them.
///
/// # Errors
/// AccessDenied with AWS's texts.
pub(crate) fn given(
    _passage: &Passage<'_>,
    serial: Option<&String>,
    code: Option<&String>,
) -> Result<Given, CommonError> {
    match (serial, code) {
        (None, None) => Ok(Given::default()),
        (Some(_), Some(_)) => Err(denied(
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is \
             valid and associated with this user.",
        )),
        _ => Err(denied(
            "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
        )),
    }
}
