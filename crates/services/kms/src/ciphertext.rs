//! What the symmetric operations share: encryption contexts, opening and making ciphertext.

use crate::fault::{internal, invalid, unusable};
use gatekey_crypto::{Blob, EncryptionContext, Plaintext};
use gatekey_gate::{Allowed, Found, Passage};
use gatekey_keyring::{Key, KeyUsage, Usable};
use gatekey_model::{
    common::ValidationException,
    kms::{
        DisabledException, DryRunOperationException, EncryptionAlgorithmSpec, IncorrectKeyException,
        InvalidCiphertextException, InvalidKeyUsageException, KMSInternalException, KMSInvalidStateException,
    },
};
use gatekey_policy::{Context, KeyName, KmsAction};
use gatekey_types::{KeyMaterialId, Timestamp};
use std::{collections::BTreeMap, sync::Arc};

/// The pairs of a request's encryption context, as the wire has them.
pub(crate) type Pairs = Option<BTreeMap<String, String>>;

/// Reads an encryption context.
pub(crate) fn context<E: From<ValidationException>>(pairs: &Pairs) -> Result<EncryptionContext, E> {
    let pairs = pairs.iter().flatten().map(|(key, value)| (key.as_str(), value.as_str()));
    EncryptionContext::new(pairs).map_err(|error| invalid(error.to_string()))
}

/// The condition keys of a symmetric operation: its algorithm (the default counts as present) and encryption context.
pub(crate) fn conditions<'a>(algorithm: Option<EncryptionAlgorithmSpec>, pairs: &'a Pairs) -> Context<'a> {
    let mut context = Context::new();
    let algorithm = algorithm.unwrap_or(EncryptionAlgorithmSpec::SymmetricDefault);
    context.set(KeyName::KmsEncryptionAlgorithm, algorithm.as_str());
    if let Some(pairs) = pairs {
        context.set_encryption_context(pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())));
    }
    context
}

/// Lets an allowed operation encrypt or decrypt with the key; by which algorithm is for the caller to ask.
pub(crate) fn usable<'k, E>(
    found: &'k Found,
    allowed: &Allowed,
    action: KmsAction,
    now: Timestamp,
) -> Result<Usable<'k>, E>
where
    E: From<DisabledException> + From<KMSInvalidStateException> + From<InvalidKeyUsageException>,
{
    found.key.usable(allowed.permit(), KeyUsage::EncryptDecrypt, action, now).map_err(unusable::<E>)
}

/// Ends a request that only wanted to know whether it would succeed.
pub(crate) fn dry_run<E: From<DryRunOperationException>>(wanted: Option<bool>) -> Result<(), E> {
    if wanted == Some(true) { Err(would_have_succeeded()) } else { Ok(()) }
}

/// What a dry run that found nothing wrong is answered with.
pub(crate) fn would_have_succeeded<E: From<DryRunOperationException>>() -> E {
    DryRunOperationException::new("The request would have succeeded, but the DryRun option is set.").into()
}

/// Encrypts under the key's current material.
pub(crate) fn seal<E>(
    passage: &mut Passage<'_>,
    usable: Usable<'_>,
    context: &EncryptionContext,
    plaintext: &[u8],
) -> Result<(Vec<u8>, KeyMaterialId), E>
where
    E: From<KMSInternalException>
        + From<DisabledException>
        + From<KMSInvalidStateException>
        + From<InvalidKeyUsageException>,
{
    let (id, _) = usable.current_material().map_err(unusable::<E>)?;
    let material = passage.open_material(usable.key(), &id).map_err(internal::<E>)?;
    let blob = material.encrypt(context, plaintext, passage.entropy()).map_err(internal::<E>)?;
    passage.draft().used_material(id);
    Ok((blob, id))
}

/// A ciphertext taken apart; anything that is not laid out as one is as invalid as one that does not open.
pub(crate) fn peek<E: From<InvalidCiphertextException>>(bytes: &[u8]) -> Result<Blob<'_>, E> {
    Blob::peek(bytes).map_err(|_| InvalidCiphertextException::bare().into())
}

/// Finds the key that a ciphertext names: nobody else has told which it is.
pub(crate) fn key_of_blob<E: From<InvalidCiphertextException>>(
    passage: &Passage<'_>,
    blob: &Blob<'_>,
) -> Result<Found, E> {
    let key = passage.snapshot().keyring.key_by_id(passage.region(), blob.header().key, passage.now());
    match key {
        Some(key) => Ok(Found { key: Arc::clone(key), alias: None, by_ciphertext: true }),
        None => Err(InvalidCiphertextException::bare().into()),
    }
}

/// Opens a ciphertext under the key that the request names, if that is the one that it names itself.
pub(crate) fn open<E>(
    passage: &mut Passage<'_>,
    usable: Usable<'_>,
    blob: &Blob<'_>,
    context: &EncryptionContext,
) -> Result<(Plaintext, KeyMaterialId), E>
where
    E: From<InvalidCiphertextException> + From<IncorrectKeyException>,
{
    let invalid = || E::from(InvalidCiphertextException::bare());
    let header = *blob.header();
    let key = usable.key();
    if header.key != key.arn.key {
        let other = passage.snapshot().keyring.key_by_id(passage.region(), header.key, passage.now());
        let text = "The key ID in the request does not identify a CMK that can perform this operation.";
        return Err(other.map_or_else(invalid, |_| IncorrectKeyException::new(text).into()));
    }
    let material = passage.open_material(key, &header.material).map_err(|why| {
        tracing::debug!(key = %key.arn, why, "a ciphertext names a material that does not open");
        invalid()
    })?;
    let plaintext = blob.open(&material, context).map_err(|_| invalid())?;
    passage.draft().used_material(header.material);
    Ok((plaintext, header.material))
}

/// The key's ARN as answers have it.
pub(crate) fn arn(key: &Key) -> Option<String> {
    Some(key.name.as_str().to_owned())
}
