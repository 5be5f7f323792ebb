//! Key policies on their way in: parsed strictly, their principals resolved and pinned, the lockout check made.

use gatekey_gate::Passage;
use gatekey_keyring::Key;
use gatekey_model::{
    common::ValidationException,
    kms::{LimitExceededException, MalformedPolicyDocumentException},
};
use gatekey_policy::{ErrorClass, Kind, Policy, PolicyError};
use gatekey_recovery::Rung;
use std::sync::Arc;

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
/// LimitExceededException for one over the quota, MalformedPolicyDocumentException with AWS's text otherwise.
pub(crate) fn parse<E>(passage: &mut Passage<'_>, text: &str) -> Result<Arc<Policy>, E>
where
    E: From<MalformedPolicyDocumentException> + From<LimitExceededException> + From<ValidationException>,
{
    let limit = passage.quotas().policy_bytes;
    if text.len() > limit {
        let message = format!("The key policy is {} bytes long; the limit is {limit} bytes.", text.len());
        return Err(LimitExceededException::new(message).into());
    }
    passage.read_policy(text, Kind::Key).map(Arc::new).map_err(|PolicyError { class, message, .. }| {
        match class {
            ErrorClass::Malformed => MalformedPolicyDocumentException::new(message).into(),
            ErrorClass::TooLarge => LimitExceededException::new(message).into(),
            ErrorClass::Validation => ValidationException::new(message).into(),
        }
    })
}

/// A root session for unlocking key policies cannot skip the check. AWS has no such session; of the parameter it says only
/// that it is for those who mean to keep their caller from putting the policy again.
///
/// # Errors
/// The text of ValidationException.
pub(crate) fn inferred_no_bypass_while_unlocking(passage: &Passage<'_>, bypass: bool) -> Result<(), String> {
    match bypass && passage.is_unlocking() {
        true => {
            Err("BypassPolicyLockoutSafetyCheck cannot be used by a root session for KMSUnlockKeyPolicy."
                .into())
        }
        false => Ok(()),
    }
}

/// The lockout safety check: the caller must be able to put the policy again. `bypass` skips it. Where changes are foreseen,
/// what this one brings is told, and a lockout may be refused in the same words.
///
/// A root session for unlocking key policies can put any policy again while it lasts, so of it another question is asked,
/// which nothing skips: whether anybody else of the account will be able to.
///
/// # Errors
/// MalformedPolicyDocumentException with AWS's text.
pub(crate) fn check_lockout<E: From<MalformedPolicyDocumentException>>(
    passage: &mut Passage<'_>,
    key: &Key,
    policy: &Arc<Policy>,
    bypass: bool,
) -> Result<(), E> {
    let is_safe = match passage.is_unlocking() {
        true => passage.keeper_of(key, policy).is_some(),
        false => bypass || passage.keeps_control(key, policy),
    };
    if is_safe && passage.foresee(key, policy).is_ok() {
        return Ok(());
    }
    let text = "The new key policy will not allow you to update the key policy in the future.";
    Err(MalformedPolicyDocumentException::new(text).into())
}

/// What the history says a policy was put by.
pub(crate) fn put_by(passage: &Passage<'_>) -> &'static str {
    match passage.rung() {
        Some(Rung::UnlockSession) => "PutKeyPolicy by root-task/KMSUnlockKeyPolicy",
        Some(_) => "PutKeyPolicy by root-rescue, which is not AWS behaviour",
        None => "PutKeyPolicy",
    }
}
