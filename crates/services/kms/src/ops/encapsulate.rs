//! Encapsulate: a fresh shared secret, in the clear and encapsulated under the public key of an ML-KEM key.
//!
//! AWS: the secret has 32 bytes, its encapsulated form 768, 1088 or 1568 by the key's spec.

use crate::{ciphertext, encapsulation, fault::internal};
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
        let ready = encapsulation::ready::<EncapsulateError>(
            passage,
            KmsAction::Encapsulate,
            &input.key_id,
            input.encapsulation_algorithm,
            &input.grant_tokens,
        )?;
        ciphertext::dry_run::<EncapsulateError>(input.dry_run)?;
        let made = ready.material.encapsulate().map_err(internal::<EncapsulateError>)?;
        Ok(passage.answer(
            &ready.allowed,
            EncapsulateResponse {
                key_id: Some(ready.key),
                shared_secret: Some(Sensitive::new(Blob::new(made.shared_secret.expose().to_vec()))),
                shared_secret_ciphertext_blob: Some(Blob::new(made.ciphertext)),
                encapsulation_algorithm: Some(input.encapsulation_algorithm),
            },
        ))
    }
}
