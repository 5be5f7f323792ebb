//! What every key that is about to be made needs, whether CreateKey makes it or ReplicateKey: the rights, the policy, room.

use crate::policy;
use gatekey_gate::Passage;
use gatekey_keyring::{Key, KeyRecord, default_policy};
use gatekey_model::{
    common::ValidationException,
    kms::{LimitExceededException, MalformedPolicyDocumentException},
};
use gatekey_policy::{Context, KeyName, Kind, Pins, Policy};
use gatekey_types::Region;
use std::sync::Arc;

/// The condition keys of `kms:CreateKey` for a key of this record, but for those of the request's tags; `kind` is its place among its kin, if it has one.
/// `bypass` is the parameter as it was sent: absent, it must not be in the context.
pub(crate) fn conditions<'a>(
    record: &'a KeyRecord,
    kind: Option<&'static str>,
    bypass: Option<bool>,
) -> Context<'a> {
    let mut context = Context::new();
    context
        .set(KeyName::KmsKeySpec, record.spec.as_str())
        .set(KeyName::KmsCustomerMasterKeySpec, record.spec.as_str())
        .set(KeyName::KmsKeyUsage, record.usage.as_str())
        .set(KeyName::KmsCustomerMasterKeyUsage, record.usage.as_str())
        .set(KeyName::KmsKeyOrigin, record.origin.as_str())
        .set(KeyName::KmsMultiRegion, record.multi_region.is_some());
    if let Some(kind) = kind {
        context.set(KeyName::KmsMultiRegionKeyType, kind);
    }
    if let Some(bypass) = bypass {
        context.set(KeyName::KmsBypassPolicyLockoutSafetyCheck, bypass);
    }
    context
}

/// The policy that the request brings, checked; or the default one, which needs no check.
///
/// # Errors
/// As [`policy::parse`] and [`policy::check_lockout`].
pub(crate) fn policy<E>(
    passage: &mut Passage<'_>,
    text: Option<&str>,
    key: &Key,
    bypass: bool,
) -> Result<Arc<Policy>, E>
where
    E: From<MalformedPolicyDocumentException> + From<LimitExceededException> + From<ValidationException>,
{
    let Some(text) = text else {
        return Ok(Arc::new(inferred_unchecked_default(key)));
    };
    let policy = policy::parse::<E>(passage, text)?;
    policy::check_lockout::<E>(passage, key, &policy, bypass)?;
    Ok(policy)
}

/// The policy of a key that is made without one. AWS states the lockout check for a policy that is given and is at odds with
/// itself about this one, so it is not checked: `kms:CreateKey` suffices.
fn inferred_unchecked_default(key: &Key) -> Policy {
    let text = default_policy(key.arn.account, &key.arn.region);
    Policy::read_stored(&text, Kind::Key, Pins::new())
}

/// The quota of keys in a Region.
///
/// # Errors
/// LimitExceededException.
pub(crate) fn room<E: From<LimitExceededException>>(passage: &Passage<'_>, region: &Region) -> Result<(), E> {
    let most = passage.quotas().keys;
    if passage.snapshot().keyring.count_of(passage.account(), region) >= most {
        let text = format!("The account has the maximum of {most} KMS keys in this Region.");
        return Err(LimitExceededException::new(text).into());
    }
    Ok(())
}
