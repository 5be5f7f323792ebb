//! Decapsulate: recovers a shared secret that was encapsulated under the public key of an ML-KEM key.
//!
//! AWS: only a ciphertext of the wrong length is an InvalidCiphertextException. One of another key, or an altered one,
//! gives another secret of 32 bytes and no error: ML-KEM rejects implicitly.

use crate::{
    ciphertext,
    encapsulation::{self, Wanted},
    fault::internal,
};
use gatekey_crypto::{EncapsulationFault, KeyMaterial};
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
        let wanted = Wanted {
            action: KmsAction::Decapsulate,
            key_id: &input.key_id,
            algorithm: input.encapsulation_algorithm,
            grant_tokens: &input.grant_tokens,
        };
        let encapsulated = input.shared_secret_ciphertext_blob.clone();
        let opening = move |material: &KeyMaterial| material.decapsulate(encapsulated.as_slice());
        let done = encapsulation::with_key::<DecapsulateError, _>(passage, &wanted, opening).await?;
        let secret = done.outcome.map_err(lost)?;
        ciphertext::dry_run::<DecapsulateError>(input.dry_run)?;
        Ok(passage.answer(
            &done.allowed,
            DecapsulateResponse {
                key_id: Some(done.key),
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
