//! ReEncrypt: decrypts under one key and encrypts under another, and nobody sees the plaintext in between.
//!
//! AWS: two permissions, `kms:ReEncryptFrom` on the source key and `kms:ReEncryptTo` on the destination key.

use super::decrypt::{ignores, modifiers};
use crate::{
    ciphertext::{self, Pairs},
    fault::{denied, missing, no_grant_tokens},
};
use gatekey_gate::{Answered, Found, Operation, Passage};
use gatekey_model::{
    Blob,
    kms::{EncryptionAlgorithmSpec, ReEncryptError, ReEncryptRequest, ReEncryptResponse, calls},
};
use gatekey_policy::{KeyName, KmsAction};
use serde::Serialize;

/// CloudTrail's parameters: never the ciphertext.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    source_key_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_encryption_context: &'a Pairs,
    source_encryption_algorithm: EncryptionAlgorithmSpec,
    destination_key_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_encryption_context: &'a Pairs,
    destination_encryption_algorithm: EncryptionAlgorithmSpec,
}

/// The handler.
pub(crate) struct ReEncrypt;

impl Operation for ReEncrypt {
    type Call = calls::ReEncrypt;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &ReEncryptRequest,
    ) -> Result<Answered<ReEncryptResponse>, ReEncryptError> {
        let default = EncryptionAlgorithmSpec::SymmetricDefault;
        let from_algorithm = input.source_encryption_algorithm.unwrap_or(default);
        let to_algorithm = input.destination_encryption_algorithm.unwrap_or(default);
        passage.draft().set_parameters(&Parameters {
            source_key_id: input.source_key_id.as_deref(),
            source_encryption_context: &input.source_encryption_context,
            source_encryption_algorithm: from_algorithm,
            destination_key_id: &input.destination_key_id,
            destination_encryption_context: &input.destination_encryption_context,
            destination_encryption_algorithm: to_algorithm,
        });
        check(input)?;
        let from_context = ciphertext::context::<ReEncryptError>(&input.source_encryption_context)?;
        let to_context = ciphertext::context::<ReEncryptError>(&input.destination_encryption_context)?;
        no_grant_tokens::<ReEncryptError>(input.grant_tokens.as_ref())?;

        let from = source(passage, input)?;
        let to = passage
            .find(&input.destination_key_id, KmsAction::ReEncryptTo)
            .map_err(missing::<ReEncryptError>)?;
        let same = from.key.name == to.key.name;
        let mut conditions = ciphertext::conditions(Some(from_algorithm), &input.source_encryption_context);
        conditions.set(KeyName::KmsReEncryptOnSameKey, same);
        let from_allowed = passage
            .authorize(KmsAction::ReEncryptFrom, &from, conditions)
            .map_err(denied::<ReEncryptError>)?;
        let mut conditions =
            ciphertext::conditions(Some(to_algorithm), &input.destination_encryption_context);
        conditions.set(KeyName::KmsReEncryptOnSameKey, same);
        let to_allowed =
            passage.authorize(KmsAction::ReEncryptTo, &to, conditions).map_err(denied::<ReEncryptError>)?;

        let opening = ciphertext::usable::<ReEncryptError>(
            &from,
            &from_allowed,
            Some(from_algorithm),
            KmsAction::ReEncryptFrom,
            passage.now(),
        )?;
        let sealing = ciphertext::usable::<ReEncryptError>(
            &to,
            &to_allowed,
            Some(to_algorithm),
            KmsAction::ReEncryptTo,
            passage.now(),
        )?;
        let Some(bytes) = input.ciphertext_blob.as_ref().filter(|_| !ignores(&input.dry_run_modifiers))
        else {
            return Err(ciphertext::would_have_succeeded());
        };
        let blob = ciphertext::peek::<ReEncryptError>(bytes.as_slice())?;
        let (plaintext, from_material) =
            ciphertext::open::<ReEncryptError>(passage, opening, &blob, &from_context)?;
        ciphertext::dry_run::<ReEncryptError>(input.dry_run)?;
        let (sealed, to_material) =
            ciphertext::seal::<ReEncryptError>(passage, sealing, &to_context, plaintext.expose())?;
        Ok(passage.answer(
            &to_allowed,
            ReEncryptResponse {
                ciphertext_blob: Some(Blob::new(sealed)),
                source_key_id: ciphertext::arn(&from.key),
                key_id: ciphertext::arn(&to.key),
                source_encryption_algorithm: Some(from_algorithm),
                destination_encryption_algorithm: Some(to_algorithm),
                source_key_material_id: Some(from_material.to_string()),
                destination_key_material_id: Some(to_material.to_string()),
            },
        ))
    }
}

fn check(input: &ReEncryptRequest) -> Result<(), ReEncryptError> {
    modifiers(
        input.dry_run,
        ignores(&input.dry_run_modifiers),
        input.ciphertext_blob.is_some(),
        input.source_key_id.is_some(),
        ["ciphertextBlob", "sourceKeyId"],
    )
}

/// The source key that the request names, or else the one that the ciphertext names.
fn source(passage: &Passage<'_>, input: &ReEncryptRequest) -> Result<Found, ReEncryptError> {
    if let Some(key_id) = &input.source_key_id {
        return passage.find(key_id, KmsAction::ReEncryptFrom).map_err(missing::<ReEncryptError>);
    }
    let bytes = input.ciphertext_blob.as_ref().map(Blob::as_slice).unwrap_or_default();
    ciphertext::key_of_blob::<ReEncryptError>(passage, &ciphertext::peek::<ReEncryptError>(bytes)?)
}
