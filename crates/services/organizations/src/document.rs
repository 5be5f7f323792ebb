//! Policy documents on their way in.

use crate::fault::{constraint, invalid_input};
use gatekey_directory::{ControlKind, Document};
use gatekey_gate::Passage;
use gatekey_model::organizations::{
    ConstraintViolationException, ConstraintViolationExceptionReason, InvalidInputException,
    InvalidInputExceptionReason, MalformedPolicyDocumentException,
};
use gatekey_policy::{Effect, ErrorClass, Kind};

/// Checks the document of a control policy. Those that limit resources may only deny.
///
/// # Errors
/// MalformedPolicyDocumentException, or ConstraintViolationException for one that is too long.
pub(crate) fn control<E>(passage: &mut Passage<'_>, kind: ControlKind, text: &str) -> Result<(), E>
where
    E: From<MalformedPolicyDocumentException> + From<ConstraintViolationException>,
{
    let language = match kind {
        ControlKind::ServiceControl => Kind::ServiceControl,
        ControlKind::ResourceControl => Kind::ResourceControl,
    };
    let malformed = || {
        let text =
            "The provided policy document does not meet the requirements of the specified policy type.";
        MalformedPolicyDocumentException::new(text)
    };
    match passage.read_policy(text, language) {
        Err(error) if error.class == ErrorClass::TooLarge => {
            let text = "You have exceeded the maximum size of a policy document of this type.";
            Err(constraint(ConstraintViolationExceptionReason::PolicyContentLimitExceeded, text))
        }
        Err(_) => Err(malformed().into()),
        Ok(policy) => {
            let allows = policy.statements().iter().any(|statement| statement.effect == Effect::Allow);
            if kind == ControlKind::ResourceControl && allows { Err(malformed().into()) } else { Ok(()) }
        }
    }
}

/// Reads the organization's resource policy; the users and roles that it names are pinned.
///
/// # Errors
/// InvalidInputException, or ConstraintViolationException for one that is too long.
pub(crate) fn delegation<E>(passage: &mut Passage<'_>, text: &str) -> Result<Document, E>
where
    E: From<InvalidInputException> + From<ConstraintViolationException>,
{
    match passage.read_policy(text, Kind::Resource) {
        Ok(policy) => Ok(Document { text: text.to_owned(), pins: policy.pins().clone() }),
        Err(error) if error.class == ErrorClass::TooLarge => {
            let text = "You have exceeded the maximum size of a resource policy.";
            Err(constraint(ConstraintViolationExceptionReason::PolicyContentLimitExceeded, text))
        }
        Err(error) if error.at.pointer.contains("Principal") => {
            let text = "You specified an invalid principal element in the policy.";
            Err(invalid_input(InvalidInputExceptionReason::InvalidPrincipal, text))
        }
        Err(_) => {
            let text = "You provided a resource policy document that is not valid.";
            Err(invalid_input(InvalidInputExceptionReason::InvalidResourcePolicyJson, text))
        }
    }
}
