//! Versions on their way in: for every operation that brings a value.

use crate::{
    fault::invalid,
    keys::{Scope, not_decrypted, not_encrypted},
    value::{self, Given},
};
use gatekey_gate::{Allowed, Passage};
use gatekey_model::{
    CommonError,
    secretsmanager::{
        DecryptionFailure, EncryptionFailure, InternalServiceError, InvalidParameterException,
        LimitExceededException, ResourceExistsException,
    },
};
use gatekey_secrets::{CURRENT, Secret, SecretKey, SecretRecord, StageFault, VersionRecord};
use gatekey_store::table::Edit;
use gatekey_types::Arn;
use std::sync::Arc;

/// A version that a request brings.
#[derive(Clone, Copy)]
pub(crate) struct Incoming<'a> {
    /// Its id: the request's token.
    pub(crate) id: &'a str,
    /// Its value.
    pub(crate) value: Given<'a>,
    /// The labels that it is to have.
    pub(crate) stages: &'a [String],
}

impl<'a> Incoming<'a> {
    /// The version of a request that may bring one: its id is the request's token.
    ///
    /// # Errors
    /// InvalidParameterException: a value and no token. SDKs and the command line make one.
    pub(crate) fn read<E: From<InvalidParameterException>>(
        value: Option<Given<'a>>,
        token: Option<&'a String>,
        stages: &'a [String],
    ) -> Result<Option<Self>, E> {
        let Some(value) = value else { return Ok(None) };
        let text = "You must provide a ClientRequestToken value. We recommend a UUID-type value.";
        let id = token.ok_or_else(|| invalid::<E>(text))?;
        Ok(Some(Self { id, value, stages }))
    }
}

/// Seals the value and adds the version to the record, of which the caller makes an edit of its own.
///
/// # Errors
/// What KMS refuses; LimitExceededException.
pub(crate) async fn add<E>(
    passage: &mut Passage<'_>,
    allowed: &Allowed,
    (key, arn): (&SecretKey, &Arn),
    record: &mut SecretRecord,
    incoming: Incoming<'_>,
) -> Result<Vec<Edit>, E>
where
    E: From<CommonError>
        + From<EncryptionFailure>
        + From<InternalServiceError>
        + From<LimitExceededException>,
{
    let now = passage.now();
    let scope = Scope { key, arn, version: incoming.id };
    let named = record.kms_key.clone();
    let sealed = value::seal(passage, allowed, &scope, named.as_deref(), incoming.value).await;
    let sealed = sealed.map_err(not_encrypted::<E>)?;
    // A rotation may have begun it, with labels and without a value.
    let begun = record.versions.remove(incoming.id);
    let stages = begun.map(|version| version.stages).unwrap_or_default();
    let version = VersionRecord { created: now, stages, value: Some(sealed.place), accessed: None };
    let gone = record.add_version(incoming.id, version, incoming.stages, now).map_err(beyond::<E>)?;
    record.changed = now;
    let mut edits = value::delete::<E>(passage, key, &gone).await?;
    edits.push(sealed.edit);
    Ok(edits)
}

fn beyond<E: From<LimitExceededException>>(fault: StageFault) -> E {
    LimitExceededException::new(fault.to_string()).into()
}

/// What a new current version means for the rotation of its secret: another's than the one that is under way gives that up.
pub(crate) fn rotated(passage: &mut Passage<'_>, secret: &Arc<Secret>, record: &mut SecretRecord, id: &str) {
    if !record.versions.get(id).is_some_and(|version| version.has(CURRENT)) {
        return;
    }
    if record.abandon_rotation(id) {
        passage.abandons_rotation(secret);
    }
    record.count_as_rotation(passage.now());
}

/// Whether a secret has this version with this very value already: a request that came twice changes nothing.
///
/// # Errors
/// ResourceExistsException: it has another value. DecryptionFailure and AccessDeniedException: it cannot be compared.
pub(crate) async fn is_there<E>(
    passage: &mut Passage<'_>,
    allowed: &Allowed,
    secret: &Secret,
    incoming: Incoming<'_>,
) -> Result<bool, E>
where
    E: From<CommonError>
        + From<DecryptionFailure>
        + From<InternalServiceError>
        + From<ResourceExistsException>,
{
    let version = secret.record.versions.get(incoming.id).filter(|version| version.value.is_some());
    let Some(version) = version else { return Ok(false) };
    let opened = value::open(passage, allowed, secret, (incoming.id, version)).await;
    let (opened, _) = opened.map_err(not_decrypted::<E>)?;
    if opened.is(incoming.value) { Ok(true) } else { Err(in_use(incoming.id, &secret.arn)) }
}

/// The version exists, and versions do not change.
pub(crate) fn in_use<E: From<ResourceExistsException>>(id: &str, arn: &Arn) -> E {
    let text = format!(
        "You can't use ClientRequestToken {id} because that value is already in use for a version of secret {arn}."
    );
    ResourceExistsException::new(text).into()
}
