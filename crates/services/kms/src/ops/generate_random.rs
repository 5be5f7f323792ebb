//! GenerateRandom: 1 to 1,024 random bytes, tied to no key.
//!
//! AWS: identity policies alone decide; `NumberOfBytes` is required though the model does not say so.

use crate::{
    fault::{denied, invalid},
    key_store, recipient,
};
use gatekey_crypto::Plaintext;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::kms::{GenerateRandomError, GenerateRandomRequest, GenerateRandomResponse, calls};
use gatekey_policy::{Context, KmsAction};

/// The handler.
pub(crate) struct GenerateRandom;

impl Operation for GenerateRandom {
    type Call = calls::GenerateRandom;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GenerateRandomRequest,
    ) -> Result<Answered<GenerateRandomResponse>, GenerateRandomError> {
        let length = input.number_of_bytes.and_then(|bytes| usize::try_from(bytes).ok());
        let length = length.ok_or_else(|| invalid::<GenerateRandomError>("NumberOfBytes is required."))?;
        let recipient = recipient::attested::<GenerateRandomError>(passage, input.recipient.as_ref())?;
        let mut conditions = Context::new();
        recipient::add_conditions(&recipient, &mut conditions);
        let allowed = passage
            .authorize_without_key(KmsAction::GenerateRandom, conditions)
            .map_err(denied::<GenerateRandomError>)?;
        if let Some(id) = &input.custom_key_store_id {
            return Err(key_store::refuse_random(passage, id));
        }
        let random = Plaintext::random(length, passage.entropy());
        let handed = recipient::hand::<GenerateRandomError>(passage, &recipient, &random)?;
        Ok(passage.answer(
            &allowed,
            GenerateRandomResponse {
                plaintext: handed.plaintext,
                ciphertext_for_recipient: handed.for_recipient,
            },
        ))
    }
}
