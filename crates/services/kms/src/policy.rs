//! Key policies on their way in: parsed strictly, their principals resolved and pinned, the lockout check made.

use gatekey_gate::Passage;
use gatekey_keyring::{Key, PolicyRecord};
use gatekey_model::{
    common::ValidationException,
    kms::{LimitExceededException, MalformedPolicyDocumentException},
};
use gatekey_policy::{ErrorClass, Existence, Kind, Named, Policy, PolicyError, PrincipalElement};

/// The name of the one policy that every key has.
pub(crate) const DEFAULT: &str = "default";

/// Only the default policy can be put.
///
/// # Errors
/// The text of ValidationException.
pub(crate) fn only_default(name: &str) -> Result<(), String> {
    match name {
        DEFAULT => Ok(()),
        "AWS_RAM" => Err("The AWS_RAM policy can only be managed by the RAM service".into()),
        _ => Err(format!("{name} is not a valid policy name. The only valid name is {DEFAULT}.")),
    }
}

/// Reads a key policy that a request brings.
///
/// # Errors
/// LimitExceededException for one over the quota, MalformedPolicyDocumentException with AWS's text otherwise. The place
/// of the fault and a hint go to the log, for the operator.
pub(crate) fn parse<E>(passage: &Passage<'_>, text: &str) -> Result<Policy, E>
where
    E: From<MalformedPolicyDocumentException> + From<LimitExceededException> + From<ValidationException>,
{
    let limit = passage.quotas().policy_bytes;
    if text.len() > limit {
        let message = format!("The key policy is {} bytes long; the limit is {limit} bytes.", text.len());
        return Err(LimitExceededException::new(message).into());
    }
    let parsed = Policy::parse(text, Kind::Key);
    parsed.and_then(|policy| policy.pin(&mut |element| exists(passage, element))).map_err(refused)
}

/// Whether a principal that the policy names exists on this server (authorization.md 3.4 and 3.5).
fn exists(passage: &Passage<'_>, element: &PrincipalElement) -> Existence {
    match &element.named {
        Named::Everyone | Named::Service(_) => Existence::Exists,
        Named::Account(account) if passage.snapshot().directory.has_account(*account) => Existence::Exists,
        Named::Principal { arn, .. } => match passage.snapshot().directory.resolve(arn) {
            Ok(None) => Existence::Exists,
            Ok(Some(id)) => Existence::Pinned(id),
            Err(_) => Existence::Missing,
        },
        Named::Account(_) | Named::Id(_) | Named::Federated(_) | Named::Nobody => Existence::Missing,
    }
}

fn refused<E>(error: PolicyError) -> E
where
    E: From<MalformedPolicyDocumentException> + From<LimitExceededException> + From<ValidationException>,
{
    let PolicyError { class, message, detail, hint, at } = error;
    tracing::info!(
        line = at.line,
        column = at.column,
        pointer = at.pointer,
        detail,
        hint = hint.as_deref(),
        "a key policy was refused"
    );
    match class {
        ErrorClass::Malformed => MalformedPolicyDocumentException::new(message).into(),
        ErrorClass::TooLarge => LimitExceededException::new(message).into(),
        ErrorClass::Validation => ValidationException::new(message).into(),
    }
}

/// The lockout safety check: the caller must be able to put the policy again. `bypass` skips it.
///
/// # Errors
/// MalformedPolicyDocumentException with AWS's text.
pub(crate) fn check_lockout<E: From<MalformedPolicyDocumentException>>(
    passage: &Passage<'_>,
    key: &Key,
    policy: &Policy,
    bypass: bool,
) -> Result<(), E> {
    if bypass || passage.keeps_control(key, policy) {
        return Ok(());
    }
    let text = "The new key policy will not allow you to update the key policy in the future.";
    Err(MalformedPolicyDocumentException::new(text).into())
}

/// The record of a policy that was accepted.
pub(crate) fn record(passage: &Passage<'_>, policy: &Policy) -> PolicyRecord {
    PolicyRecord {
        document: policy.text().to_string(),
        pins: policy.pins().clone(),
        author: passage.caller().principal.display_name().to_owned(),
        put: passage.now(),
    }
}
