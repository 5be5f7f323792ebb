//! Encrypt: up to 4,096 bytes under a symmetric key, bound to an encryption context.
//!
//! AWS: the algorithm must suit the key spec; the encryption context is authenticated, not stored.

use crate::{
    ciphertext::{self, Pairs},
    fault::{denied, missing, no_grant_tokens},
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    Blob,
    kms::{EncryptError, EncryptRequest, EncryptResponse, EncryptionAlgorithmSpec, calls},
};
use gatekey_policy::KmsAction;
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
pub(crate) struct Encrypt;

impl Operation for Encrypt {
    type Call = calls::Encrypt;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &EncryptRequest,
    ) -> Result<Answered<EncryptResponse>, EncryptError> {
        let algorithm = input.encryption_algorithm.unwrap_or(EncryptionAlgorithmSpec::SymmetricDefault);
        passage.draft().set_parameters(&Parameters {
            key_id: &input.key_id,
            encryption_context: &input.encryption_context,
            encryption_algorithm: algorithm,
        });
        let context = ciphertext::context::<EncryptError>(&input.encryption_context)?;
        no_grant_tokens::<EncryptError>(input.grant_tokens.as_ref())?;
        let found = passage.find(&input.key_id, KmsAction::Encrypt).map_err(missing::<EncryptError>)?;
        let conditions = ciphertext::conditions(Some(algorithm), &input.encryption_context);
        let allowed =
            passage.authorize(KmsAction::Encrypt, &found, conditions).map_err(denied::<EncryptError>)?;
        let usable = ciphertext::usable::<EncryptError>(
            &found,
            &allowed,
            Some(algorithm),
            KmsAction::Encrypt,
            passage.now(),
        )?;
        ciphertext::dry_run::<EncryptError>(input.dry_run)?;
        let plaintext = input.plaintext.expose().as_slice();
        let (blob, _) = ciphertext::seal::<EncryptError>(passage, usable, &context, plaintext)?;
        Ok(passage.answer(
            &allowed,
            EncryptResponse {
                ciphertext_blob: Some(Blob::new(blob)),
                key_id: ciphertext::arn(&found.key),
                encryption_algorithm: Some(algorithm),
            },
        ))
    }
}
