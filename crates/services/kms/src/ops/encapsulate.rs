//! Encapsulate: a fresh shared secret, in the clear and encapsulated under the public key of an ML-KEM key.
//!
//! AWS: the secret has 32 bytes, its encapsulated form 768, 1088 or 1568 by the key's spec.

use crate::{
    ciphertext,
    encapsulation::{self, Wanted},
    fault::internal,
};
use gatekey_crypto::KeyMaterial;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    Blob, Sensitive,
    kms::{EncapsulateError, EncapsulateRequest, EncapsulateResponse, calls},
};
use gatekey_policy::KmsAction;

/// The handler.
pub(crate) struct Encapsulate;

impl Operation for Encapsulate {
    type Call = calls::Encapsulate;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &EncapsulateRequest,
    ) -> Result<Answered<EncapsulateResponse>, EncapsulateError> {
        let wanted = Wanted {
            action: KmsAction::Encapsulate,
            key_id: &input.key_id,
            algorithm: input.encapsulation_algorithm,
            grant_tokens: &input.grant_tokens,
        };
        let done = encapsulation::with_key::<EncapsulateError, _>(passage, &wanted, KeyMaterial::encapsulate)
            .await?;
        ciphertext::dry_run::<EncapsulateError>(input.dry_run)?;
        let made = done.outcome.map_err(internal::<EncapsulateError>)?;
        Ok(passage.answer(
            &done.allowed,
            EncapsulateResponse {
                key_id: Some(done.key),
                shared_secret: Some(Sensitive::new(Blob::new(made.shared_secret.expose().to_vec()))),
                shared_secret_ciphertext_blob: Some(Blob::new(made.ciphertext)),
                encapsulation_algorithm: Some(input.encapsulation_algorithm),
            },
        ))
    }
}
