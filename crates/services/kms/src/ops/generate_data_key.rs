//! GenerateDataKey: a fresh symmetric key, in the clear and encrypted under the KMS key.
//!
//! AWS: exactly one of `KeySpec` and `NumberOfBytes`.

use crate::{
    ciphertext,
    data_key::{self, Wanted},
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    Blob, Sensitive,
    kms::{GenerateDataKeyError, GenerateDataKeyRequest, GenerateDataKeyResponse, calls},
};
use gatekey_policy::KmsAction;

/// The handler.
pub(crate) struct GenerateDataKey;

impl Operation for GenerateDataKey {
    type Call = calls::GenerateDataKey;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GenerateDataKeyRequest,
    ) -> Result<Answered<GenerateDataKeyResponse>, GenerateDataKeyError> {
        if input.recipient.is_some() {
            return Err(ciphertext::no_recipient());
        }
        let wanted = Wanted {
            action: KmsAction::GenerateDataKey,
            key_id: &input.key_id,
            context: &input.encryption_context,
            spec: input.key_spec,
            bytes: input.number_of_bytes,
            grant_tokens: &input.grant_tokens,
            dry_run: input.dry_run,
        };
        let made = data_key::generate::<GenerateDataKeyError>(passage, &wanted)?;
        Ok(passage.answer(
            &made.allowed,
            GenerateDataKeyResponse {
                ciphertext_blob: Some(Blob::new(made.ciphertext)),
                plaintext: Some(Sensitive::new(Blob::new(made.plaintext.expose().to_vec()))),
                key_id: Some(made.key),
                key_material_id: Some(made.material.to_string()),
                ..GenerateDataKeyResponse::default()
            },
        ))
    }
}
