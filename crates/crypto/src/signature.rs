//! Signing and verification, for every spec that signs.

use crate::{KeyMaterial, LONGEST_MESSAGE, kind::Kind, spec::KeySpec};
use core::fmt;

/// AWS's signing algorithms, but SM2DSA.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SigningAlgorithm {
    /// RSASSA_PSS_SHA_256; the salt is as long as the hash.
    RsassaPssSha256,
    /// RSASSA_PSS_SHA_384.
    RsassaPssSha384,
    /// RSASSA_PSS_SHA_512.
    RsassaPssSha512,
    /// RSASSA_PKCS1_V1_5_SHA_256.
    RsassaPkcs1V15Sha256,
    /// RSASSA_PKCS1_V1_5_SHA_384.
    RsassaPkcs1V15Sha384,
    /// RSASSA_PKCS1_V1_5_SHA_512.
    RsassaPkcs1V15Sha512,
    /// ECDSA_SHA_256, on P-256 and secp256k1.
    EcdsaSha256,
    /// ECDSA_SHA_384, on P-384.
    EcdsaSha384,
    /// ECDSA_SHA_512, on P-521.
    EcdsaSha512,
    /// ML_DSA_SHAKE_256.
    MlDsaShake256,
    /// ED25519_SHA_512: pure Ed25519.
    Ed25519Sha512,
    /// ED25519_PH_SHA_512: Ed25519ph with an empty context.
    Ed25519PhSha512,
}

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageType {
    /// RAW: the message itself.
    Raw,
    /// DIGEST: the message's digest by the algorithm's hash. Ed25519ph hashes it once more, as on AWS.
    Digest,
    /// EXTERNAL_MU: the 64-byte representative µ of ML-DSA.
    ExternalMu,
}

impl SigningAlgorithm {
    /// The algorithms of a key spec, in AWS's order (clients take the first); none for what cannot sign.
    pub fn of(spec: KeySpec) -> &'static [Self] {
        match spec {
            KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => &[
                Self::RsassaPkcs1V15Sha256,
                Self::RsassaPkcs1V15Sha384,
                Self::RsassaPkcs1V15Sha512,
                Self::RsassaPssSha256,
                Self::RsassaPssSha384,
                Self::RsassaPssSha512,
            ],
            KeySpec::EccNistP256 | KeySpec::EccSecgP256k1 => &[Self::EcdsaSha256],
            KeySpec::EccNistP384 => &[Self::EcdsaSha384],
            KeySpec::EccNistP521 => &[Self::EcdsaSha512],
            KeySpec::EccNistEdwards25519 => &[Self::Ed25519Sha512, Self::Ed25519PhSha512],
            KeySpec::MlDsa44 | KeySpec::MlDsa65 | KeySpec::MlDsa87 => &[Self::MlDsaShake256],
            _ => &[],
        }
    }

    /// Whether the algorithm takes messages of this type.
    pub fn takes(self, kind: MessageType) -> bool {
        match self {
            Self::Ed25519Sha512 => kind == MessageType::Raw,
            Self::Ed25519PhSha512 => kind == MessageType::Digest,
            Self::MlDsaShake256 => kind != MessageType::Digest,
            _ => kind != MessageType::ExternalMu,
        }
    }

    /// Length in bytes of the digest (or µ) that the algorithm takes in place of a message.
    pub fn digest_length(self) -> usize {
        match self {
            Self::RsassaPssSha256 | Self::RsassaPkcs1V15Sha256 | Self::EcdsaSha256 => 32,
            Self::RsassaPssSha384 | Self::RsassaPkcs1V15Sha384 | Self::EcdsaSha384 => 48,
            Self::RsassaPssSha512
            | Self::RsassaPkcs1V15Sha512
            | Self::EcdsaSha512
            | Self::MlDsaShake256
            | Self::Ed25519Sha512
            | Self::Ed25519PhSha512 => 64,
        }
    }

    /// Whether a key of this spec can sign this message with the algorithm, and verify a signature of it. Both methods of
    /// [`KeyMaterial`] ask this first; who wants to know before there is a key asks it too.
    ///
    /// # Errors
    /// The first four of [`SigningFault`].
    pub fn check(self, spec: KeySpec, kind: MessageType, message: &[u8]) -> Result<(), SigningFault> {
        if !Self::of(spec).contains(&self) {
            return Err(SigningFault::AlgorithmUnsuited);
        }
        if !self.takes(kind) {
            return Err(SigningFault::MessageTypeUnsuited);
        }
        let expected = self.digest_length();
        match kind {
            MessageType::Raw if message.len() > LONGEST_MESSAGE => Err(SigningFault::MessageTooLong),
            MessageType::Digest | MessageType::ExternalMu if message.len() != expected => {
                Err(SigningFault::WrongDigestLength { expected })
            }
            _ => Ok(()),
        }
    }
}

/// Why there is no signature, or why it is refused. What is wrong with the request is found in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SigningFault {
    /// The algorithm is not one of the key's: see [`SigningAlgorithm::of`].
    AlgorithmUnsuited,
    /// The algorithm takes no messages of this type: see [`SigningAlgorithm::takes`].
    MessageTypeUnsuited,
    /// The digest, or µ, has another length than the algorithm's.
    WrongDigestLength {
        /// The length that it must have, in bytes.
        expected: usize,
    },
    /// The message is longer than [`LONGEST_MESSAGE`].
    MessageTooLong,
    /// The signature is not the message's by this key. It says no more.
    BadSignature,
    /// A bug or a broken machine.
    Broken,
}

impl fmt::Display for SigningFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlgorithmUnsuited => f.write_str("the algorithm does not suit the key"),
            Self::MessageTypeUnsuited => f.write_str("the message type does not suit the algorithm"),
            Self::WrongDigestLength { expected } => write!(f, "the digest has not {expected} bytes"),
            Self::MessageTooLong => f.write_str("the message is too long"),
            Self::BadSignature => f.write_str("the signature is not the message's"),
            Self::Broken => f.write_str("cannot be signed"),
        }
    }
}

impl core::error::Error for SigningFault {}

impl KeyMaterial {
    /// Signs. ECDSA signatures are DER (ANSI X9.62), RSA ones as long as the modulus. Nonces and salts are drawn from
    /// the cryptographic library's own randomness; a message may be empty here.
    ///
    /// # Errors
    /// All of [`SigningFault`] but `BadSignature`.
    pub fn sign(
        &self,
        algorithm: SigningAlgorithm,
        kind: MessageType,
        message: &[u8],
    ) -> Result<Vec<u8>, SigningFault> {
        algorithm.check(self.spec(), kind, message)?;
        let whole = kind == MessageType::Raw;
        let signature = match self.kind() {
            Kind::Rsa(key) if whole => key.sign(algorithm, message),
            Kind::Rsa(key) => key.sign_digest(algorithm, message),
            Kind::Ec(key) if whole => key.sign(message),
            Kind::Ec(key) => key.sign_digest(message),
            Kind::Edwards(key) if whole => key.sign(message),
            Kind::Edwards(key) => key.sign_prehashed(message),
            Kind::MlDsa(key) if whole => key.sign(message),
            Kind::MlDsa(key) => key.sign_mu(message),
            Kind::Symmetric(_) | Kind::Mac(_) | Kind::MlKem(_) => None,
        };
        signature.ok_or(SigningFault::Broken)
    }

    /// Verifies a signature.
    ///
    /// # Errors
    /// All of [`SigningFault`] but `Broken`.
    pub fn verify(
        &self,
        algorithm: SigningAlgorithm,
        kind: MessageType,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SigningFault> {
        algorithm.check(self.spec(), kind, message)?;
        let whole = kind == MessageType::Raw;
        let good = match self.kind() {
            Kind::Rsa(key) if whole => key.verify(algorithm, message, signature),
            Kind::Rsa(key) => key.verify_digest(algorithm, message, signature),
            Kind::Ec(key) if whole => key.verify(message, signature),
            Kind::Ec(key) => key.verify_digest(message, signature),
            Kind::Edwards(key) if whole => key.verify(message, signature),
            Kind::Edwards(key) => key.verify_prehashed(message, signature),
            Kind::MlDsa(key) if whole => key.verify(message, signature),
            Kind::MlDsa(key) => key.verify_mu(message, signature),
            Kind::Symmetric(_) | Kind::Mac(_) | Kind::MlKem(_) => None,
        };
        good.ok_or(SigningFault::BadSignature)
    }
}
