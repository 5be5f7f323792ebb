//! GenerateDataKeyPairWithoutPlaintext: a fresh key pair whose private half only the KMS key can open.
//!
//! AWS: all else is as with GenerateDataKeyPair.

use crate::{data_key::Request, data_key_pair};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    Blob,
    kms::{
        GenerateDataKeyPairWithoutPlaintextError, GenerateDataKeyPairWithoutPlaintextRequest,
        GenerateDataKeyPairWithoutPlaintextResponse, calls,
    },
};
use gatekey_policy::KmsAction;

/// The handler.
pub(crate) struct GenerateDataKeyPairWithoutPlaintext;

impl Operation for GenerateDataKeyPairWithoutPlaintext {
    type Call = calls::GenerateDataKeyPairWithoutPlaintext;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GenerateDataKeyPairWithoutPlaintextRequest,
    ) -> Result<Answered<GenerateDataKeyPairWithoutPlaintextResponse>, GenerateDataKeyPairWithoutPlaintextError>
    {
        let request = Request {
            action: KmsAction::GenerateDataKeyPairWithoutPlaintext,
            key_id: &input.key_id,
            context: &input.encryption_context,
            grant_tokens: &input.grant_tokens,
            dry_run: input.dry_run,
            recipient: None,
        };
        let made = data_key_pair::generate::<GenerateDataKeyPairWithoutPlaintextError>(
            passage,
            &request,
            input.key_pair_spec,
        )
        .await?;
        let pair = made.secret;
        Ok(passage.answer(
            &made.allowed,
            GenerateDataKeyPairWithoutPlaintextResponse {
                private_key_ciphertext_blob: Some(Blob::new(made.ciphertext)),
                public_key: Some(Blob::new(pair.public_key)),
                key_id: Some(made.key),
                key_pair_spec: Some(input.key_pair_spec),
                key_material_id: Some(made.material.to_string()),
            },
        ))
    }
}
