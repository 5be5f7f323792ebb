//! The second factor that comes with a request: a device of the caller's own and its present code.

use crate::fault::denied;
use gatekey_directory::{Bearer, MfaOwner};
use gatekey_gate::Passage;
use gatekey_model::CommonError;
use gatekey_store::table::Edit;
use gatekey_types::Timestamp;

/// A second factor that was given.
#[derive(Default)]
pub(crate) struct Given {
    /// When; nothing where the request brings none.
    pub(crate) at: Option<Timestamp>,
    /// What keeps its code from being taken twice: to be committed with the answer.
    pub(crate) edits: Vec<Edit>,
}

/// Checks the device and code of a request, if it brings them. A session has no device.
///
/// # Errors
/// AccessDenied with AWS's texts.
pub(crate) fn given(
    passage: &Passage<'_>,
    serial: Option<&String>,
    code: Option<&String>,
) -> Result<Given, CommonError> {
    let (serial, code) = match (serial, code) {
        (None, None) => return Ok(Given::default()),
        (Some(serial), Some(code)) => (serial, code),
        (Some(_), None) | (None, Some(_)) => {
            let text = "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.";
            return Err(denied(text));
        }
    };
    let (account, owner) = match &passage.caller().bearer {
        Some(Bearer::Root(account)) => (*account, MfaOwner::Root),
        Some(Bearer::User(account, id)) => (*account, MfaOwner::User(id.clone())),
        Some(Bearer::Session(_)) | None => return Err(refused()),
    };
    let verified = passage.second_factor(account, &owner, serial, code).map_err(|_| refused())?;
    Ok(Given { at: Some(verified.at), edits: vec![verified.edit] })
}

/// Whether the device is unknown, the code wrong, used up or not looked at: the client is told the same.
fn refused() -> CommonError {
    denied("MultiFactorAuthentication failed with invalid MFA one time pass code.")
}
