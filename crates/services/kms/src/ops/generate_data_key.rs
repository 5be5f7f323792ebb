//! GenerateDataKey: a fresh symmetric key, in the clear and encrypted under the KMS key.
//!
//! AWS: exactly one of `KeySpec` and `NumberOfBytes`. An attested recipient gets the key sealed, and not in the clear.

use crate::{
    data_key::{self, Request},
    recipient,
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    Blob,
    kms::{GenerateDataKeyError, GenerateDataKeyRequest, GenerateDataKeyResponse, calls},
};
use gatekey_policy::KmsAction;

/// The handler.
#[derive(Debug)]
pub struct GenerateDataKey;

impl Operation for GenerateDataKey {
    type Call = calls::GenerateDataKey;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GenerateDataKeyRequest,
    ) -> Result<Answered<GenerateDataKeyResponse>, GenerateDataKeyError> {
        let request = Request {
            action: KmsAction::GenerateDataKey,
            key_id: &input.key_id,
            context: &input.encryption_context,
            grant_tokens: &input.grant_tokens,
            dry_run: input.dry_run,
            recipient: input.recipient.as_ref(),
        };
        let length = (input.key_spec, input.number_of_bytes);
        let made = data_key::generate::<GenerateDataKeyError>(passage, &request, length)?;
        let handed = recipient::hand::<GenerateDataKeyError>(passage, &made.recipient, &made.secret)?;
        Ok(passage.answer(
            &made.allowed,
            GenerateDataKeyResponse {
                ciphertext_blob: Some(Blob::new(made.ciphertext)),
                plaintext: handed.plaintext,
                ciphertext_for_recipient: handed.for_recipient,
                key_id: Some(made.key),
                key_material_id: Some(made.material.to_string()),
            },
        ))
    }
}
