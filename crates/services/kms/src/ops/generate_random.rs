//! GenerateRandom: 1 to 1,024 random bytes, tied to no key.
//!
//! AWS: identity policies alone decide; `NumberOfBytes` is required though the model does not say so.

use crate::{
    ciphertext,
    fault::{denied, invalid},
    key_store,
};
use gatekey_crypto::Plaintext;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    Blob, Sensitive,
    kms::{GenerateRandomError, GenerateRandomRequest, GenerateRandomResponse, calls},
};
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
        if input.recipient.is_some() {
            return Err(ciphertext::no_recipient());
        }
        let length = input.number_of_bytes.and_then(|bytes| usize::try_from(bytes).ok());
        let length = length.ok_or_else(|| invalid::<GenerateRandomError>("NumberOfBytes is required."))?;
        let allowed = passage
            .authorize_without_key(KmsAction::GenerateRandom, Context::new())
            .map_err(denied::<GenerateRandomError>)?;
        if let Some(id) = &input.custom_key_store_id {
            return Err(key_store::refuse_random(passage, id));
        }
        let random = Plaintext::random(length, passage.entropy());
        Ok(passage.answer(
            &allowed,
            GenerateRandomResponse {
                plaintext: Some(Sensitive::new(Blob::new(random.expose().to_vec()))),
                ..GenerateRandomResponse::default()
            },
        ))
    }
}
