//! What Sign and Verify share: which key, by which algorithm, what kind of message.

use crate::{
    fault::{denied, invalid, missing, not_in_use, unusable},
    grant, material, trail,
};
use gatekey_crypto::{MessageType as Kind, SigningAlgorithm, SigningFault};
use gatekey_gate::{Allowed, Passage};
use gatekey_keyring::{Key, KeySpec, KeyUsage};
use gatekey_model::{
    Blob, Sensitive,
    common::{AccessDeniedException, ValidationException},
    kms::{
        DisabledException, InvalidGrantTokenException, InvalidKeyUsageException, KMSInvalidStateException,
        MessageType, NotFoundException, SigningAlgorithmSpec,
    },
};
use gatekey_policy::{Context, KeyName, KmsAction};
use gatekey_types::KeyMaterialId;
use serde::Serialize;
use std::sync::Arc;

/// What a request brings.
pub(crate) struct Wanted<'a> {
    pub(crate) action: KmsAction,
    pub(crate) key_id: &'a str,
    pub(crate) algorithm: SigningAlgorithmSpec,
    pub(crate) message_type: Option<MessageType>,
    pub(crate) message: &'a Sensitive<Blob>,
    pub(crate) grant_tokens: &'a Option<Vec<String>>,
}

/// An allowed request whose message suits the algorithm, and the algorithm the key.
pub(crate) struct Ready {
    pub(crate) allowed: Allowed,
    pub(crate) key: Arc<Key>,
    pub(crate) material: KeyMaterialId,
    pub(crate) algorithm: SigningAlgorithm,
    pub(crate) kind: Kind,
}

/// CloudTrail's parameters: never the message, nor the signature.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    key_id: &'a str,
    message_type: MessageType,
    signing_algorithm: SigningAlgorithmSpec,
}

/// Everything before the cryptography.
pub(crate) fn prepare<E>(passage: &mut Passage<'_>, wanted: &Wanted<'_>) -> Result<Ready, E>
where
    E: From<AccessDeniedException>
        + From<ValidationException>
        + From<NotFoundException>
        + From<DisabledException>
        + From<KMSInvalidStateException>
        + From<InvalidKeyUsageException>
        + From<InvalidGrantTokenException>,
{
    let message_type = inferred_message_type(wanted.message_type);
    trail::set_parameters(
        passage.draft(),
        &Parameters { key_id: wanted.key_id, message_type, signing_algorithm: wanted.algorithm },
    );
    grant::present::<E>(passage, wanted.grant_tokens)?;
    let found = passage.find(wanted.key_id, wanted.action).map_err(missing::<E>)?;
    let mut context = Context::new();
    context
        .set(KeyName::KmsSigningAlgorithm, wanted.algorithm.as_str())
        .set(KeyName::KmsMessageType, message_type.as_str());
    let allowed = passage.authorize(wanted.action, &found, context).map_err(denied::<E>)?;
    let usable = found
        .key
        .usable(allowed.permit(), KeyUsage::SignVerify, wanted.action, passage.now())
        .map_err(unusable::<E>)?;
    let (material, _) = usable.current_material().map_err(not_in_use::<E>)?;
    let algorithm = suits::<E>(found.key.record.spec, wanted.algorithm, message_type, wanted.message)?;
    Ok(Ready { allowed, key: found.key, material, algorithm, kind: kind(message_type) })
}

/// A `MessageType` that is not sent counts as RAW, for condition keys too: a policy that wants digests only must not be
/// got round by leaving the parameter out.
fn inferred_message_type(sent: Option<MessageType>) -> MessageType {
    sent.unwrap_or(MessageType::Raw)
}

fn kind(message_type: MessageType) -> Kind {
    match message_type {
        MessageType::Raw => Kind::Raw,
        MessageType::Digest => Kind::Digest,
        MessageType::ExternalMu => Kind::ExternalMu,
    }
}

/// Whether the algorithm suits the key, the message's type the algorithm, and its length that type: in this order.
fn suits<E>(
    spec: KeySpec,
    algorithm: SigningAlgorithmSpec,
    message_type: MessageType,
    message: &Sensitive<Blob>,
) -> Result<SigningAlgorithm, E>
where
    E: From<ValidationException> + From<InvalidKeyUsageException>,
{
    let unsuited = || {
        let text = format!("Algorithm {} is incompatible with key spec {spec}.", algorithm.as_str());
        E::from(InvalidKeyUsageException::new(text))
    };
    let (own, made_of) = of(algorithm).zip(material::spec_of(spec)).ok_or_else(unsuited)?;
    match own.check(made_of, kind(message_type), message.expose().as_slice()) {
        Ok(()) => Ok(own),
        Err(SigningFault::MessageTypeUnsuited) => {
            Err(invalid(inferred_wrong_type(spec, algorithm, message_type)))
        }
        Err(SigningFault::WrongDigestLength { .. }) => {
            Err(invalid(inferred_wrong_length(algorithm, message_type)))
        }
        Err(SigningFault::MessageTooLong) => Err(invalid(
            "1 validation error detected: Value at 'message' failed to satisfy constraint: Member must have length \
             less than or equal to 4096",
        )),
        Err(_) => Err(unsuited()),
    }
}

/// What is told of a message type that the algorithm does not take. Seen for both algorithms of Ed25519 with RAW and DIGEST,
/// and for ML-DSA with DIGEST; the other cases are told alike.
fn inferred_wrong_type(spec: KeySpec, algorithm: SigningAlgorithmSpec, message_type: MessageType) -> String {
    let message_type = message_type.as_str();
    if spec == KeySpec::EccNistEdwards25519 {
        format!("Message type {message_type} is incompatible with algorithm {}.", algorithm.as_str())
    } else {
        format!("Message type {message_type} is incompatible with key spec {spec}.")
    }
}

/// What is told of a digest, or a representative of ML-DSA, of another length than the algorithm's. Of the latter AWS
/// documents the length alone.
fn inferred_wrong_length(algorithm: SigningAlgorithmSpec, message_type: MessageType) -> String {
    let what = if message_type == MessageType::ExternalMu { "External Mu" } else { "Digest" };
    format!("{what} is invalid length for algorithm {}.", algorithm.as_str())
}

/// The algorithm in the terms of the cryptography; none for SM2DSA, which AWS has in the China Regions only.
fn of(algorithm: SigningAlgorithmSpec) -> Option<SigningAlgorithm> {
    use SigningAlgorithm as A;
    use SigningAlgorithmSpec as S;
    Some(match algorithm {
        S::RsassaPssSha256 => A::RsassaPssSha256,
        S::RsassaPssSha384 => A::RsassaPssSha384,
        S::RsassaPssSha512 => A::RsassaPssSha512,
        S::RsassaPkcs1V15Sha256 => A::RsassaPkcs1V15Sha256,
        S::RsassaPkcs1V15Sha384 => A::RsassaPkcs1V15Sha384,
        S::RsassaPkcs1V15Sha512 => A::RsassaPkcs1V15Sha512,
        S::EcdsaSha256 => A::EcdsaSha256,
        S::EcdsaSha384 => A::EcdsaSha384,
        S::EcdsaSha512 => A::EcdsaSha512,
        S::MlDsaShake256 => A::MlDsaShake256,
        S::Ed25519Sha512 => A::Ed25519Sha512,
        S::Ed25519PhSha512 => A::Ed25519PhSha512,
        S::Sm2Dsa => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatekey_model::kms::SignError;

    #[test]
    fn inferred_message_type() {
        assert_eq!(super::inferred_message_type(None), MessageType::Raw);
        assert_eq!(super::inferred_message_type(Some(MessageType::Digest)), MessageType::Digest);
    }

    #[test]
    fn inferred_wrong_type() {
        let told = |spec, algorithm, kind| super::inferred_wrong_type(spec, algorithm, kind);
        assert_eq!(
            told(KeySpec::EccNistEdwards25519, SigningAlgorithmSpec::Ed25519Sha512, MessageType::Digest),
            "Message type DIGEST is incompatible with algorithm ED25519_SHA_512."
        );
        assert_eq!(
            told(KeySpec::MlDsa44, SigningAlgorithmSpec::MlDsaShake256, MessageType::Digest),
            "Message type DIGEST is incompatible with key spec ML_DSA_44."
        );
        assert_eq!(
            told(KeySpec::Rsa2048, SigningAlgorithmSpec::RsassaPssSha256, MessageType::ExternalMu),
            "Message type EXTERNAL_MU is incompatible with key spec RSA_2048."
        );
    }

    #[test]
    fn inferred_wrong_length() {
        let told = |algorithm, kind| super::inferred_wrong_length(algorithm, kind);
        assert_eq!(
            told(SigningAlgorithmSpec::EcdsaSha256, MessageType::Digest),
            "Digest is invalid length for algorithm ECDSA_SHA_256."
        );
        assert_eq!(
            told(SigningAlgorithmSpec::MlDsaShake256, MessageType::ExternalMu),
            "External Mu is invalid length for algorithm ML_DSA_SHAKE_256."
        );
    }

    #[test]
    fn the_keyring_and_the_cryptography_agree_on_every_specs_algorithms_and_their_order() {
        for spec in KeySpec::ALL.iter().filter(|spec| **spec != KeySpec::Sm2) {
            let own: Vec<_> = SigningAlgorithmSpec::ALL
                .iter()
                .filter(|name| spec.signing_algorithms().contains(&name.as_str()))
                .filter_map(|name| of(*name))
                .collect();
            let made_of = material::spec_of(*spec).unwrap();
            let listed = SigningAlgorithm::of(made_of);
            assert_eq!(own.len(), listed.len(), "{spec}");
            let order: Vec<_> = spec
                .signing_algorithms()
                .iter()
                .filter_map(|name| of(SigningAlgorithmSpec::from_name(name)?))
                .collect();
            assert_eq!(order, listed, "{spec}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_in_awss_order_algorithm_then_type_then_length() {
        let suits = |spec, algorithm, kind, length: usize| {
            let message = Sensitive::new(Blob::new(vec![7; length]));
            super::suits::<SignError>(spec, algorithm, kind, &message)
        };
        let (p256, ed) = (KeySpec::EccNistP256, KeySpec::EccNistEdwards25519);
        let text = |fault: SignError| fault.to_string();
        let wrong = suits(p256, SigningAlgorithmSpec::EcdsaSha384, MessageType::ExternalMu, 20);
        assert!(text(wrong.unwrap_err()).starts_with("InvalidKeyUsageException: Algorithm ECDSA_SHA_384 is"));
        let wrong = suits(ed, SigningAlgorithmSpec::Ed25519Sha512, MessageType::Digest, 20);
        assert!(text(wrong.unwrap_err()).contains("Message type DIGEST"));
        let wrong = suits(p256, SigningAlgorithmSpec::EcdsaSha256, MessageType::Digest, 20);
        assert!(text(wrong.unwrap_err()).contains("Digest is invalid length"));
        let wrong = suits(p256, SigningAlgorithmSpec::EcdsaSha256, MessageType::Raw, 4097);
        assert!(text(wrong.unwrap_err()).contains("less than or equal to 4096"));
        for china in [(KeySpec::Sm2, SigningAlgorithmSpec::Sm2Dsa), (p256, SigningAlgorithmSpec::Sm2Dsa)] {
            assert!(matches!(
                suits(china.0, china.1, MessageType::Raw, 1),
                Err(SignError::InvalidKeyUsage(_))
            ));
        }
        assert!(suits(p256, SigningAlgorithmSpec::EcdsaSha256, MessageType::Raw, 4096).is_ok());
    }
}
