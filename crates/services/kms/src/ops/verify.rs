//! Verify: whether a signature is that of a message by an asymmetric key.
//!
//! AWS: it never answers that a signature is not valid; it refuses (KMSInvalidSignatureException), in the same words
//! whatever is wrong with it. A message and its digest are the same message: one signed as RAW verifies as DIGEST.

use crate::{
    ciphertext,
    fault::internal,
    signing::{self, Wanted},
};
use gatekey_crypto::SigningFault;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::kms::{KMSInvalidSignatureException, VerifyError, VerifyRequest, VerifyResponse, calls};
use gatekey_policy::KmsAction;

/// The handler.
pub(crate) struct Verify;

impl Operation for Verify {
    type Call = calls::Verify;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &VerifyRequest,
    ) -> Result<Answered<VerifyResponse>, VerifyError> {
        let wanted = Wanted {
            action: KmsAction::Verify,
            key_id: &input.key_id,
            algorithm: input.signing_algorithm,
            message_type: input.message_type,
            message: &input.message,
            grant_tokens: &input.grant_tokens,
        };
        let ready = signing::prepare::<VerifyError>(passage, &wanted)?;
        let (algorithm, kind) = (ready.algorithm, ready.kind);
        let (message, signature) = (input.message.clone(), input.signature.clone());
        let verified = passage.work_with(&ready.key, &ready.material, move |material| {
            material.verify(algorithm, kind, message.expose().as_slice(), signature.as_slice())
        });
        verified.await.map_err(internal::<VerifyError>)?.map_err(refused)?;
        ciphertext::dry_run::<VerifyError>(input.dry_run)?;
        Ok(passage.answer(
            &ready.allowed,
            VerifyResponse {
                key_id: ciphertext::arn(&ready.key),
                signature_valid: Some(true),
                signing_algorithm: Some(input.signing_algorithm),
            },
        ))
    }
}

fn refused(fault: SigningFault) -> VerifyError {
    match fault {
        SigningFault::BadSignature => KMSInvalidSignatureException::bare().into(),
        other => internal(other),
    }
}
