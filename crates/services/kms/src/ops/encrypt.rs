//! Encrypt: up to 4,096 bytes under a symmetric key, bound to an encryption context, or fewer under an RSA key.
//!
//! AWS: the algorithm must suit the key spec; the encryption context is authenticated, not stored, and not for RSA.

use crate::{
    ciphertext::{self, Pairs},
    encryption::{self, Means},
    fault::{denied, missing},
    grant, trail,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    Blob,
    kms::{EncryptError, EncryptRequest, EncryptResponse, EncryptionAlgorithmSpec, calls},
};
use gatekey_policy::KmsAction;
use gatekey_types::pause;
use serde::Serialize;

/// CloudTrail's parameters: never the plaintext.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption_context: &'a Pairs,
    encryption_algorithm: EncryptionAlgorithmSpec,
}

/// The handler.
#[derive(Debug)]
pub struct Encrypt;

impl Operation for Encrypt {
    type Call = calls::Encrypt;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &EncryptRequest,
    ) -> Result<Answered<EncryptResponse>, EncryptError> {
        let algorithm = encryption::algorithm(input.encryption_algorithm);
        trail::set_parameters(
            passage.draft(),
            &Parameters {
                key_id: &input.key_id,
                encryption_context: &input.encryption_context,
                encryption_algorithm: algorithm,
            },
        );
        let means = Means::read::<EncryptError>(algorithm, &input.encryption_context)?;
        grant::present::<EncryptError>(passage, &input.grant_tokens)?;
        let found = passage.find(&input.key_id, KmsAction::Encrypt).map_err(missing::<EncryptError>)?;
        pause().await;
        let allowed = passage
            .authorize(KmsAction::Encrypt, &found, means.conditions())
            .map_err(denied::<EncryptError>)?;
        let usable = ciphertext::usable::<EncryptError>(&found, &allowed, KmsAction::Encrypt, passage.now())?;
        let plaintext = input.plaintext.expose().as_slice();
        means.suit::<EncryptError>(&found.key)?;
        means.fit::<EncryptError>(&found.key, plaintext.len())?;
        ciphertext::dry_run::<EncryptError>(input.dry_run)?;
        let sealed = means.encrypt::<EncryptError>(passage, usable, plaintext).await?;
        Ok(passage.answer(
            &allowed,
            EncryptResponse {
                ciphertext_blob: Some(Blob::new(sealed.ciphertext)),
                key_id: ciphertext::arn(&found.key),
                encryption_algorithm: Some(algorithm),
            },
        ))
    }
}
