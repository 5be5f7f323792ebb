//! VerifyMac: whether a tag is the HMAC of a message under an HMAC key.
//!
//! AWS: it never answers that a tag is not valid; it refuses (KMSInvalidMacException), in the same words whatever is wrong
//! with it. A tag that was shortened is not valid.

use crate::{
    ciphertext,
    fault::internal,
    mac::{self, Wanted},
};
use gatekey_crypto::MacFault;
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_model::kms::{
    KMSInvalidMacException, VerifyMacError, VerifyMacRequest, VerifyMacResponse, calls,
};
use gatekey_policy::KmsAction;

/// The handler.
pub(crate) struct VerifyMac;

impl Operation for VerifyMac {
    type Call = calls::VerifyMac;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &VerifyMacRequest,
    ) -> Result<Answered<VerifyMacResponse>, VerifyMacError> {
        let wanted = Wanted {
            action: KmsAction::VerifyMac,
            key_id: &input.key_id,
            algorithm: input.mac_algorithm,
            grant_tokens: &input.grant_tokens,
        };
        let ready = mac::prepare::<VerifyMacError>(passage, &wanted)?;
        let material =
            passage.open_material(&ready.key, &ready.material).map_err(internal::<VerifyMacError>)?;
        let (message, tag) = (input.message.expose().as_slice(), input.mac.as_slice());
        material.verify_mac(ready.algorithm, message, tag).map_err(refused)?;
        ciphertext::dry_run::<VerifyMacError>(input.dry_run)?;
        Ok(passage.answer(
            &ready.allowed,
            VerifyMacResponse {
                key_id: ciphertext::arn(&ready.key),
                mac_valid: Some(true),
                mac_algorithm: Some(input.mac_algorithm),
            },
        ))
    }
}

fn refused(fault: MacFault) -> VerifyMacError {
    match fault {
        MacFault::BadMac => KMSInvalidMacException::bare().into(),
        other => internal(other),
    }
}
