//! The short Weierstrass curves: ECDSA on P-256, P-384, P-521 and secp256k1, ECDH on the NIST ones.

use crate::{
    KeyMaterial, Plaintext, derive::SecretBytes, kind::Kind, raw::is_public_key, rsa::once, spec::KeySpec,
};
use aws_lc_rs::{
    agreement::{self, ParsedPublicKey, ParsedPublicKeyFormat},
    digest::{self, Digest},
    encoding::{AsDer, PublicKeyX509Der},
    rand::SystemRandom,
    signature::{
        self, EcdsaKeyPair, EcdsaSigningAlgorithm, EcdsaVerificationAlgorithm, KeyPair as _,
        UnparsedPublicKey,
    },
};
use core::fmt;
use std::sync::OnceLock;
use zeroize::Zeroizing;

/// Why no secret was agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgreementFault {
    /// The material is no pair on a NIST curve.
    AlgorithmUnsuited,
    /// The peer's public key is no SubjectPublicKeyInfo of a point on a NIST curve.
    PeerMalformed,
    /// The peer's public key is on another NIST curve.
    PeerOnAnotherCurve,
    /// A bug or a broken machine.
    Broken,
}

impl fmt::Display for AgreementFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlgorithmUnsuited => "the algorithm does not suit the key",
            Self::PeerMalformed => "the peer's public key is malformed",
            Self::PeerOnAnotherCurve => "the peer's public key is on another curve",
            Self::Broken => "no secret could be agreed on",
        })
    }
}

impl core::error::Error for AgreementFault {}

impl KeyMaterial {
    /// ECDH with a peer, whose public key is a DER SubjectPublicKeyInfo. Gives the raw shared secret: the x-coordinate,
    /// big-endian, as long as the field (32, 48 or 66 bytes).
    ///
    /// # Errors
    /// See [`AgreementFault`].
    pub fn agree(&self, peer: &[u8]) -> Result<Plaintext, AgreementFault> {
        let Kind::Ec(key) = self.kind() else { return Err(AgreementFault::AlgorithmUnsuited) };
        let ours = key.curve.agreement().ok_or(AgreementFault::AlgorithmUnsuited)?;
        let parsed = parse_peer(key.curve, peer).ok_or_else(|| {
            let elsewhere = Curve::ALL.into_iter().any(|curve| parse_peer(curve, peer).is_some());
            if elsewhere { AgreementFault::PeerOnAnotherCurve } else { AgreementFault::PeerMalformed }
        })?;
        let private =
            once(&key.agreement, || agreement::PrivateKey::from_private_key_der(ours, self.secret()).ok())
                .ok_or(AgreementFault::Broken)?;
        agreement::agree(private, parsed, AgreementFault::Broken, |secret| {
            Ok(Plaintext::new(Zeroizing::new(secret.to_vec())))
        })
    }
}

/// Reads a SubjectPublicKeyInfo on one curve; the point is checked to be on it.
fn parse_peer(curve: Curve, peer: &[u8]) -> Option<ParsedPublicKey> {
    if peer.len() != curve.peer_length() || !is_public_key(peer) {
        return None;
    }
    let algorithm = curve.agreement()?;
    let parsed = ParsedPublicKey::try_from(agreement::UnparsedPublicKey::new(algorithm, peer)).ok()?;
    (parsed.format() == ParsedPublicKeyFormat::X509).then_some(parsed)
}

/// A short Weierstrass curve.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Curve {
    P256,
    P384,
    P521,
    Secp256k1,
}

impl Curve {
    const ALL: [Self; 4] = [Self::P256, Self::P384, Self::P521, Self::Secp256k1];

    pub(crate) fn of(spec: KeySpec) -> Option<Self> {
        match spec {
            KeySpec::EccNistP256 => Some(Self::P256),
            KeySpec::EccNistP384 => Some(Self::P384),
            KeySpec::EccNistP521 => Some(Self::P521),
            KeySpec::EccSecgP256k1 => Some(Self::Secp256k1),
            _ => None,
        }
    }

    fn agreement(self) -> Option<&'static agreement::Algorithm> {
        match self {
            Self::P256 => Some(&agreement::ECDH_P256),
            Self::P384 => Some(&agreement::ECDH_P384),
            Self::P521 => Some(&agreement::ECDH_P521),
            Self::Secp256k1 => None,
        }
    }

    /// Length of the SubjectPublicKeyInfo of an uncompressed point, in bytes: the library passes over what follows one.
    fn peer_length(self) -> usize {
        match self {
            Self::P256 => 91,
            Self::P384 => 120,
            Self::P521 => 158,
            Self::Secp256k1 => 88,
        }
    }

    fn signing(self) -> &'static EcdsaSigningAlgorithm {
        match self {
            Self::P256 => &signature::ECDSA_P256_SHA256_ASN1_SIGNING,
            Self::P384 => &signature::ECDSA_P384_SHA384_ASN1_SIGNING,
            Self::P521 => &signature::ECDSA_P521_SHA512_ASN1_SIGNING,
            Self::Secp256k1 => &signature::ECDSA_P256K1_SHA256_ASN1_SIGNING,
        }
    }

    fn verification(self) -> &'static EcdsaVerificationAlgorithm {
        match self {
            Self::P256 => &signature::ECDSA_P256_SHA256_ASN1,
            Self::P384 => &signature::ECDSA_P384_SHA384_ASN1,
            Self::P521 => &signature::ECDSA_P521_SHA512_ASN1,
            Self::Secp256k1 => &signature::ECDSA_P256K1_SHA256_ASN1,
        }
    }

    /// Verifies under a public key, which is a SubjectPublicKeyInfo.
    pub(crate) fn verify(self, public: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
        UnparsedPublicKey::new(self.verification(), public).verify(message, signature).ok()
    }

    fn hash(self) -> &'static digest::Algorithm {
        match self {
            Self::P256 | Self::Secp256k1 => &digest::SHA256,
            Self::P384 => &digest::SHA384,
            Self::P521 => &digest::SHA512,
        }
    }
}

/// A key pair on such a curve. ECDSA uses the one hash that AWS pairs with the curve.
pub(crate) struct EcKey {
    curve: Curve,
    pair: EcdsaKeyPair,
    public: Vec<u8>,
    agreement: OnceLock<agreement::PrivateKey>,
}

impl EcKey {
    pub(crate) fn fresh_secret(curve: Curve) -> Option<SecretBytes> {
        canonical(&EcdsaKeyPair::generate(curve.signing()).ok()?)
    }

    /// The canonical form of a key that came from outside, if it is consistent and on the very curve.
    pub(crate) fn import(curve: Curve, pkcs8: &[u8]) -> Option<SecretBytes> {
        canonical(&EcdsaKeyPair::from_pkcs8(curve.signing(), pkcs8).ok()?)
    }

    pub(crate) fn parse(curve: Curve, pkcs8: &[u8]) -> Option<Self> {
        let pair = EcdsaKeyPair::from_pkcs8(curve.signing(), pkcs8).ok()?;
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().ok()?;
        let public = public.as_ref().to_vec();
        Some(Self { curve, pair, public, agreement: OnceLock::new() })
    }

    pub(crate) fn public_key(&self) -> &[u8] {
        &self.public
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        Some(self.pair.sign(&SystemRandom::new(), message).ok()?.as_ref().to_vec())
    }

    pub(crate) fn sign_digest(&self, digest: &[u8]) -> Option<Vec<u8>> {
        let digest = Digest::import_less_safe(digest, self.curve.hash()).ok()?;
        Some(self.pair.sign_digest(&digest).ok()?.as_ref().to_vec())
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Option<()> {
        self.curve.verify(&self.public, message, signature)
    }

    pub(crate) fn verify_digest(&self, digest: &[u8], signature: &[u8]) -> Option<()> {
        let digest = Digest::import_less_safe(digest, self.curve.hash()).ok()?;
        UnparsedPublicKey::new(self.curve.verification(), &self.public).verify_digest(&digest, signature).ok()
    }
}

fn canonical(pair: &EcdsaKeyPair) -> Option<SecretBytes> {
    Some(Zeroizing::new(pair.to_pkcs8v1().ok()?.as_ref().to_vec()))
}
