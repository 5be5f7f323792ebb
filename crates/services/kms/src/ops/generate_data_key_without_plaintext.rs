//! GenerateDataKeyWithoutPlaintext: a fresh symmetric key that only the KMS key can open.
//!
//! AWS: with neither `KeySpec` nor `NumberOfBytes` the request is refused, as GenerateDataKey's is.

use crate::data_key::{self, Request};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    Blob,
    kms::{
        GenerateDataKeyWithoutPlaintextError, GenerateDataKeyWithoutPlaintextRequest,
        GenerateDataKeyWithoutPlaintextResponse, calls,
    },
};
use gatekey_policy::KmsAction;

/// The handler.
pub(crate) struct GenerateDataKeyWithoutPlaintext;

impl Operation for GenerateDataKeyWithoutPlaintext {
    type Call = calls::GenerateDataKeyWithoutPlaintext;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GenerateDataKeyWithoutPlaintextRequest,
    ) -> Result<Answered<GenerateDataKeyWithoutPlaintextResponse>, GenerateDataKeyWithoutPlaintextError> {
        let request = Request {
            action: KmsAction::GenerateDataKeyWithoutPlaintext,
            key_id: &input.key_id,
            context: &input.encryption_context,
            grant_tokens: &input.grant_tokens,
            dry_run: input.dry_run,
            recipient: None,
        };
        let length = (input.key_spec, input.number_of_bytes);
        let made = data_key::generate::<GenerateDataKeyWithoutPlaintextError>(passage, &request, length)?;
        Ok(passage.answer(
            &made.allowed,
            GenerateDataKeyWithoutPlaintextResponse {
                ciphertext_blob: Some(Blob::new(made.ciphertext)),
                key_id: Some(made.key),
                key_material_id: Some(made.material.to_string()),
            },
        ))
    }
}
