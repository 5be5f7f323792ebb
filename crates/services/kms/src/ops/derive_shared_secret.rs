//! DeriveSharedSecret: ECDH between the private key of a KMS key on a NIST curve and the public key of a peer.
//!
//! AWS: the key's usage must be KEY_AGREEMENT, and the peer's key a DER SubjectPublicKeyInfo on the same curve; for any
//! other it answers a ValidationException without a text.

use crate::{
    ciphertext,
    fault::{denied, internal, missing, unusable},
    grant, material, recipient,
};
use gatekey_crypto::{AgreementFault, KeyMaterial};
use gatekey_gate::{Answered, Operation, Passage};
use gatekey_keyring::KeyUsage;
use gatekey_model::{
    common::ValidationException,
    kms::{
        DeriveSharedSecretError, DeriveSharedSecretRequest, DeriveSharedSecretResponse,
        KeyAgreementAlgorithmSpec, OriginType, calls,
    },
};
use gatekey_policy::{Context, KeyName, KmsAction};
use serde::Serialize;

/// CloudTrail's parameters: never the secret.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
    key_agreement_algorithm: KeyAgreementAlgorithmSpec,
}

/// The handler.
pub(crate) struct DeriveSharedSecret;

impl Operation for DeriveSharedSecret {
    type Call = calls::DeriveSharedSecret;
    const READ_ONLY: bool = true;

    async fn handle(
        passage: &mut Passage<'_>,
        input: &DeriveSharedSecretRequest,
    ) -> Result<Answered<DeriveSharedSecretResponse>, DeriveSharedSecretError> {
        let (action, algorithm) = (KmsAction::DeriveSharedSecret, input.key_agreement_algorithm);
        passage
            .draft()
            .set_parameters(&Parameters { key_id: &input.key_id, key_agreement_algorithm: algorithm });
        let recipient = recipient::attested::<DeriveSharedSecretError>(passage, input.recipient.as_ref())?;
        grant::present::<DeriveSharedSecretError>(passage, &input.grant_tokens)?;
        let found = passage.find(&input.key_id, action).map_err(missing::<DeriveSharedSecretError>)?;
        let mut conditions = Context::new();
        conditions.set(KeyName::KmsKeyAgreementAlgorithm, algorithm.as_str());
        recipient::add_conditions(&recipient, &mut conditions);
        let allowed =
            passage.authorize(action, &found, conditions).map_err(denied::<DeriveSharedSecretError>)?;
        let usable = found
            .key
            .usable(allowed.permit(), KeyUsage::KeyAgreement, action, passage.now())
            .map_err(unusable::<DeriveSharedSecretError>)?;
        let peer = input.public_key.clone();
        let agreeing = move |material: &KeyMaterial| material.agree(peer.as_slice());
        let agreed = material::work_with::<DeriveSharedSecretError, _>(passage, usable, agreeing).await?;
        let secret = agreed.map_err(disagreed)?;
        ciphertext::dry_run::<DeriveSharedSecretError>(input.dry_run)?;
        let handed = recipient::hand::<DeriveSharedSecretError>(passage, &recipient, &secret)?;
        Ok(passage.answer(
            &allowed,
            DeriveSharedSecretResponse {
                key_id: ciphertext::arn(&found.key),
                shared_secret: handed.plaintext,
                ciphertext_for_recipient: handed.for_recipient,
                key_agreement_algorithm: Some(algorithm),
                key_origin: OriginType::from_name(found.key.record.origin.as_str()),
            },
        ))
    }
}

/// Which of the ways in which a peer's key can be wrong it was is not told.
fn disagreed(fault: AgreementFault) -> DeriveSharedSecretError {
    match fault {
        AgreementFault::PeerMalformed | AgreementFault::PeerOnAnotherCurve => {
            ValidationException::bare().into()
        }
        AgreementFault::AlgorithmUnsuited | AgreementFault::Broken => internal(fault),
    }
}
