//! Decrypt: opens a ciphertext that Encrypt, ReEncrypt or a GenerateDataKey operation made, or that was made outside with
//! the public key of an RSA key.
//!
//! AWS: a symmetric ciphertext names its key, so `KeyId` is optional; given, it must be that very key
//! (IncorrectKeyException). With RSA it is required. Every damage is one and the same InvalidCiphertextException.

use crate::{
    ciphertext::{self, Pairs},
    encryption::{self, Means},
    fault::{denied, invalid},
    grant, recipient, trail,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    common::ValidationException,
    kms::{
        DecryptError, DecryptRequest, DecryptResponse, DryRunModifierType, EncryptionAlgorithmSpec, calls,
    },
};
use gatekey_policy::KmsAction;
use gatekey_types::pause;
use serde::Serialize;

/// CloudTrail's parameters: never the ciphertext.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption_context: &'a Pairs,
    encryption_algorithm: EncryptionAlgorithmSpec,
}

/// The handler.
#[derive(Debug)]
pub struct Decrypt;

impl Operation for Decrypt {
    type Call = calls::Decrypt;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DecryptRequest,
    ) -> Result<Answered<DecryptResponse>, DecryptError> {
        let algorithm = encryption::algorithm(input.encryption_algorithm);
        trail::set_parameters(
            passage.draft(),
            &Parameters {
                key_id: input.key_id.as_deref(),
                encryption_context: &input.encryption_context,
                encryption_algorithm: algorithm,
            },
        );
        check(input)?;
        let recipient = recipient::attested::<DecryptError>(passage, input.recipient.as_ref())?;
        let means = Means::read::<DecryptError>(algorithm, &input.encryption_context)?;
        grant::present::<DecryptError>(passage, &input.grant_tokens)?;
        let (named, blob) = (input.key_id.as_deref(), input.ciphertext_blob.as_ref());
        let found = means.find::<DecryptError>(passage, named, "KeyId", blob, KmsAction::Decrypt)?;
        pause().await;
        let mut conditions = means.conditions();
        recipient::add_conditions(&recipient, &mut conditions);
        let allowed =
            passage.authorize(KmsAction::Decrypt, &found, conditions).map_err(denied::<DecryptError>)?;
        let usable = ciphertext::usable::<DecryptError>(&found, &allowed, KmsAction::Decrypt, passage.now())?;
        let Some(blob) = blob.filter(|_| !ignores(&input.dry_run_modifiers)) else {
            means.suit::<DecryptError>(&found.key)?;
            return Err(ciphertext::would_have_succeeded());
        };
        let opened = means.decrypt::<DecryptError>(passage, usable, blob.as_slice()).await?;
        ciphertext::dry_run::<DecryptError>(input.dry_run)?;
        let handed = recipient::hand::<DecryptError>(passage, &recipient, &opened.plaintext)?;
        Ok(passage.answer(
            &allowed,
            DecryptResponse {
                key_id: ciphertext::arn(&found.key),
                plaintext: handed.plaintext,
                ciphertext_for_recipient: handed.for_recipient,
                encryption_algorithm: Some(algorithm),
                key_material_id: opened.material.map(|id| id.to_string()),
            },
        ))
    }
}

/// Which members must come together.
fn check(input: &DecryptRequest) -> Result<(), DecryptError> {
    modifiers(
        input.dry_run,
        ignores(&input.dry_run_modifiers),
        input.ciphertext_blob.is_some(),
        input.key_id.is_some(),
        ["ciphertextBlob", "keyId"],
    )
}

/// Whether a dry run is to leave the ciphertext unread, even one that is sent.
pub(super) fn ignores(modifiers: &Option<Vec<DryRunModifierType>>) -> bool {
    modifiers.iter().flatten().any(|modifier| *modifier == DryRunModifierType::IgnoreCiphertext)
}

/// The ciphertext is required, unless a dry run ignores it: then the key must be named instead.
pub(super) fn modifiers<E: From<ValidationException>>(
    dry_run: Option<bool>,
    ignores: bool,
    ciphertext: bool,
    key: bool,
    [ciphertext_name, key_name]: [&str; 2],
) -> Result<(), E> {
    if ignores && dry_run != Some(true) {
        return Err(invalid("DryRunModifiers can be specified only when DryRun is true."));
    }
    let absent = if !ignores && !ciphertext {
        ciphertext_name
    } else if ignores && !key {
        key_name
    } else {
        return Ok(());
    };
    Err(invalid(format!(
        "1 validation error detected: Value null at '{absent}' failed to satisfy constraint: Member must not be null"
    )))
}
