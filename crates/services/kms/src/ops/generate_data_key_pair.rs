//! GenerateDataKeyPair: a fresh key pair, its private half in the clear and encrypted under the KMS key.
//!
//! AWS: the public half is a DER SubjectPublicKeyInfo (RFC 5280), the private one a DER PKCS#8 PrivateKeyInfo (RFC 5958);
//! that of ML-KEM holds the seed. An attested recipient gets the private half sealed, and not in the clear.

use crate::{data_key::Request, data_key_pair, recipient};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    Blob,
    kms::{GenerateDataKeyPairError, GenerateDataKeyPairRequest, GenerateDataKeyPairResponse, calls},
};
use gatekey_policy::KmsAction;

/// The handler.
pub(crate) struct GenerateDataKeyPair;

impl Operation for GenerateDataKeyPair {
    type Call = calls::GenerateDataKeyPair;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GenerateDataKeyPairRequest,
    ) -> Result<Answered<GenerateDataKeyPairResponse>, GenerateDataKeyPairError> {
        let request = Request {
            action: KmsAction::GenerateDataKeyPair,
            key_id: &input.key_id,
            context: &input.encryption_context,
            grant_tokens: &input.grant_tokens,
            dry_run: input.dry_run,
            recipient: input.recipient.as_ref(),
        };
        let made =
            data_key_pair::generate::<GenerateDataKeyPairError>(passage, &request, input.key_pair_spec)
                .await?;
        let pair = made.secret;
        let handed =
            recipient::hand::<GenerateDataKeyPairError>(passage, &made.recipient, &pair.private_key)?;
        Ok(passage.answer(
            &made.allowed,
            GenerateDataKeyPairResponse {
                private_key_ciphertext_blob: Some(Blob::new(made.ciphertext)),
                private_key_plaintext: handed.plaintext,
                ciphertext_for_recipient: handed.for_recipient,
                public_key: Some(Blob::new(pair.public_key)),
                key_id: Some(made.key),
                key_pair_spec: Some(input.key_pair_spec),
                key_material_id: Some(made.material.to_string()),
            },
        ))
    }
}
