//! Sign: a signature of a message, or of its digest, by the private half of an asymmetric key.
//!
//! AWS: without `MessageType` the message is RAW; a digest must be as long as the algorithm's; whoever asks for a signature
//! names the algorithm, and only one that the key's spec has.

use crate::{
    ciphertext,
    fault::internal,
    signing::{self, Wanted},
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    Blob,
    kms::{SignError, SignRequest, SignResponse, calls},
};
use gatekey_policy::KmsAction;

/// The handler.
pub(crate) struct Sign;

impl Operation for Sign {
    type Call = calls::Sign;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &SignRequest,
    ) -> Result<Answered<SignResponse>, SignError> {
        let wanted = Wanted {
            action: KmsAction::Sign,
            key_id: &input.key_id,
            algorithm: input.signing_algorithm,
            message_type: input.message_type,
            message: &input.message,
            grant_tokens: &input.grant_tokens,
        };
        let ready = signing::prepare::<SignError>(passage, &wanted)?;
        ciphertext::dry_run::<SignError>(input.dry_run)?;
        let (algorithm, kind, message) = (ready.algorithm, ready.kind, input.message.clone());
        let signed = passage.work_with(&ready.key, &ready.material, move |material| {
            material.sign(algorithm, kind, message.expose().as_slice())
        });
        let signature = signed.await.map_err(internal::<SignError>)?.map_err(internal::<SignError>)?;
        Ok(passage.answer(
            &ready.allowed,
            SignResponse {
                key_id: ciphertext::arn(&ready.key),
                signature: Some(Blob::new(signature)),
                signing_algorithm: Some(input.signing_algorithm),
            },
        ))
    }
}
