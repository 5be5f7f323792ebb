//! ReEncrypt: decrypts under one key and encrypts under another, and nobody sees the plaintext in between.
//!
//! AWS: two permissions, `kms:ReEncryptFrom` on the source key and `kms:ReEncryptTo` on the destination key.

use super::decrypt::{ignores, modifiers};
use crate::{
    ciphertext::{self, Pairs},
    encryption::{self, Means},
    fault::{denied, missing},
    grant, trail,
};
use gatekey_gate::{Answered, Operation, Passage};
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
        let from_algorithm = encryption::algorithm(input.source_encryption_algorithm);
        let to_algorithm = encryption::algorithm(input.destination_encryption_algorithm);
        trail::set_parameters(
            passage.draft(),
            &Parameters {
                source_key_id: input.source_key_id.as_deref(),
                source_encryption_context: &input.source_encryption_context,
                source_encryption_algorithm: from_algorithm,
                destination_key_id: &input.destination_key_id,
                destination_encryption_context: &input.destination_encryption_context,
                destination_encryption_algorithm: to_algorithm,
            },
        );
        check(input)?;
        let opening = Means::read::<ReEncryptError>(from_algorithm, &input.source_encryption_context)?;
        let sealing = Means::read::<ReEncryptError>(to_algorithm, &input.destination_encryption_context)?;
        grant::present::<ReEncryptError>(passage, &input.grant_tokens)?;

        let (named, blob) = (input.source_key_id.as_deref(), input.ciphertext_blob.as_ref());
        let from =
            opening.find::<ReEncryptError>(passage, named, "SourceKeyId", blob, KmsAction::ReEncryptFrom)?;
        let to = passage
            .find(&input.destination_key_id, KmsAction::ReEncryptTo)
            .map_err(missing::<ReEncryptError>)?;
        let same = from.key.name == to.key.name;
        let mut conditions = opening.conditions();
        conditions.set(KeyName::KmsReEncryptOnSameKey, same);
        let from_allowed = passage
            .authorize(KmsAction::ReEncryptFrom, &from, conditions)
            .map_err(denied::<ReEncryptError>)?;
        let mut conditions = sealing.conditions();
        conditions.set(KeyName::KmsReEncryptOnSameKey, same);
        let to_allowed =
            passage.authorize(KmsAction::ReEncryptTo, &to, conditions).map_err(denied::<ReEncryptError>)?;

        let now = passage.now();
        let source =
            ciphertext::usable::<ReEncryptError>(&from, &from_allowed, KmsAction::ReEncryptFrom, now)?;
        let destination =
            ciphertext::usable::<ReEncryptError>(&to, &to_allowed, KmsAction::ReEncryptTo, now)?;
        sealing.suit::<ReEncryptError>(&to.key)?;
        let Some(blob) = blob.filter(|_| !ignores(&input.dry_run_modifiers)) else {
            opening.suit::<ReEncryptError>(&from.key)?;
            return Err(ciphertext::would_have_succeeded());
        };
        let opened = opening.decrypt::<ReEncryptError>(passage, source, blob.as_slice()).await?;
        let plaintext = opened.plaintext.expose();
        sealing.fit::<ReEncryptError>(&to.key, plaintext.len())?;
        ciphertext::dry_run::<ReEncryptError>(input.dry_run)?;
        let sealed = sealing.encrypt::<ReEncryptError>(passage, destination, plaintext).await?;
        Ok(passage.answer(
            &to_allowed,
            ReEncryptResponse {
                ciphertext_blob: Some(Blob::new(sealed.ciphertext)),
                source_key_id: ciphertext::arn(&from.key),
                key_id: ciphertext::arn(&to.key),
                source_encryption_algorithm: Some(from_algorithm),
                destination_encryption_algorithm: Some(to_algorithm),
                source_key_material_id: opened.material.map(|id| id.to_string()),
                destination_key_material_id: sealed.material.map(|id| id.to_string()),
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
