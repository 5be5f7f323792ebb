//! GenerateMac: the HMAC of a message under an HMAC key.
//!
//! AWS: the algorithm is the one of the key's size, and the tag is whole, as RFC 2104 has it.

use crate::{
    ciphertext,
    fault::internal,
    mac::{self, Wanted},
};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::{
    Blob,
    kms::{GenerateMacError, GenerateMacRequest, GenerateMacResponse, calls},
};
use gatekey_policy::KmsAction;

/// The handler.
pub(crate) struct GenerateMac;

impl Operation for GenerateMac {
    type Call = calls::GenerateMac;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &GenerateMacRequest,
    ) -> Result<Answered<GenerateMacResponse>, GenerateMacError> {
        let wanted = Wanted {
            action: KmsAction::GenerateMac,
            key_id: &input.key_id,
            algorithm: input.mac_algorithm,
            grant_tokens: &input.grant_tokens,
        };
        let ready = mac::prepare::<GenerateMacError>(passage, &wanted)?;
        ciphertext::dry_run::<GenerateMacError>(input.dry_run)?;
        let material =
            passage.open_material(&ready.key, &ready.material).map_err(internal::<GenerateMacError>)?;
        let message = input.message.expose().as_slice();
        let tag = material.mac(ready.algorithm, message).map_err(internal::<GenerateMacError>)?;
        Ok(passage.answer(
            &ready.allowed,
            GenerateMacResponse {
                mac: Some(Blob::new(tag)),
                mac_algorithm: Some(input.mac_algorithm),
                key_id: ciphertext::arn(&ready.key),
            },
        ))
    }
}
