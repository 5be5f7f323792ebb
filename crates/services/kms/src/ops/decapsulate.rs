//! Decapsulate: recovers a shared secret that was encapsulated under the public key of an ML-KEM key.
//!
//! AWS: only a ciphertext of the wrong length is an InvalidCiphertextException. One of another key, or an altered one,
//! gives another secret of 32 bytes and no error: ML-KEM rejects implicitly.

use crate::{ciphertext, encapsulation, fault::internal};
use gatekey_crypto::EncapsulationFault;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    Blob, Sensitive,
    kms::{DecapsulateError, DecapsulateRequest, DecapsulateResponse, InvalidCiphertextException, calls},
};
use gatekey_policy::KmsAction;

/// The handler.
pub(crate) struct Decapsulate;

impl Operation for Decapsulate {
    type Call = calls::Decapsulate;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DecapsulateRequest,
    ) -> Result<Answered<DecapsulateResponse>, DecapsulateError> {
        let ready = encapsulation::ready::<DecapsulateError>(
            passage,
            KmsAction::Decapsulate,
            &input.key_id,
            input.encapsulation_algorithm,
            &input.grant_tokens,
        )?;
        let encapsulated = input.shared_secret_ciphertext_blob.as_slice();
        let secret = ready.material.decapsulate(encapsulated).map_err(lost)?;
        ciphertext::dry_run::<DecapsulateError>(input.dry_run)?;
        Ok(passage.answer(
            &ready.allowed,
            DecapsulateResponse {
                key_id: Some(ready.key),
                shared_secret: Some(Sensitive::new(Blob::new(secret.expose().to_vec()))),
                encapsulation_algorithm: Some(input.encapsulation_algorithm),
            },
        ))
    }
}

fn lost(fault: EncapsulationFault) -> DecapsulateError {
    match fault {
        EncapsulationFault::WrongCiphertextLength => InvalidCiphertextException::bare().into(),
        EncapsulationFault::AlgorithmUnsuited | EncapsulationFault::Broken => internal(fault),
    }
}
