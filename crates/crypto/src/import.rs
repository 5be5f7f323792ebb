//! Key material that its owner made: wrapped under a key of ours, unwrapped, checked, taken over.

use crate::{
    CannotGenerate, CannotOpen, KeyMaterial,
    derive::SecretBytes,
    ec::{Curve, EcKey},
    edwards::EdwardsKey,
    mac,
    ml_dsa::MlDsaKey,
    raw::RawKey,
    rsa::{self, RsaEncryption, RsaKey},
    spec::KeySpec,
};
use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    key_wrap::{AES_256, AesKek, KeyWrapPadded},
    rsa::{OaepPrivateDecryptingKey, PrivateDecryptingKey},
};
use core::fmt;
use gatekey_types::KeyId;
use zeroize::Zeroizing;

/// How material is wrapped for import. AWS's model also names RSAES_PKCS1_V1_5, which AWS has refused since October 2023,
/// and SM2PKE, which is of the China Regions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WrappingAlgorithm {
    /// RSAES_OAEP_SHA_1: the material itself is encrypted.
    RsaesOaepSha1,
    /// RSAES_OAEP_SHA_256.
    RsaesOaepSha256,
    /// RSA_AES_KEY_WRAP_SHA_1: an AES-256 key is encrypted with OAEP; after it follows the material, wrapped under that
    /// key by RFC 5649.
    RsaAesKeyWrapSha1,
    /// RSA_AES_KEY_WRAP_SHA_256.
    RsaAesKeyWrapSha256,
}

impl WrappingAlgorithm {
    fn encryption(self) -> RsaEncryption {
        match self {
            Self::RsaesOaepSha1 | Self::RsaAesKeyWrapSha1 => RsaEncryption::OaepSha1,
            Self::RsaesOaepSha256 | Self::RsaAesKeyWrapSha256 => RsaEncryption::OaepSha256,
        }
    }

    /// Whether the material follows, wrapped under an AES key.
    fn is_hybrid(self) -> bool {
        matches!(self, Self::RsaAesKeyWrapSha1 | Self::RsaAesKeyWrapSha256)
    }

    /// Whether AWS lets material of a spec be wrapped so: RSA private keys need one of the hybrid algorithms, and
    /// RSAES_OAEP under RSA_2048 has no room for a P-521 private key.
    pub fn suits(self, wrapping: WrappingSpec, spec: KeySpec) -> bool {
        match spec {
            KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => self.is_hybrid(),
            KeySpec::EccNistP521 => self.is_hybrid() || wrapping != WrappingSpec::Rsa2048,
            _ => !self.is_hybrid() || inferred_hybrid_suits(spec),
        }
    }
}

/// AWS documents the hybrid algorithms as for RSA and elliptic-curve material; whether it refuses them for the rest is
/// not documented. They lose nothing, so they are accepted.
fn inferred_hybrid_suits(_spec: KeySpec) -> bool {
    true
}

/// Sizes of wrapping keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WrappingSpec {
    /// RSA_2048.
    Rsa2048,
    /// RSA_3072.
    Rsa3072,
    /// RSA_4096.
    Rsa4096,
}

impl WrappingSpec {
    fn key(self) -> KeySpec {
        match self {
            Self::Rsa2048 => KeySpec::Rsa2048,
            Self::Rsa3072 => KeySpec::Rsa3072,
            Self::Rsa4096 => KeySpec::Rsa4096,
        }
    }

    fn from_code(code: u8) -> Option<Self> {
        [Self::Rsa2048, Self::Rsa3072, Self::Rsa4096].into_iter().find(|spec| spec.key().code() == code)
    }
}

/// Longest wrapped material, in bytes (AWS's limit on ImportKeyMaterial).
const LONGEST_WRAPPED: usize = 6144;

/// The RSA pair under whose public half an owner wraps material. Erased when dropped; it has no `Debug`, `Clone` or
/// `Serialize`, and leaves this crate only sealed, by [`crate::RecordKey::seal_wrapping_key`].
pub struct WrappingKey {
    spec: WrappingSpec,
    secret: SecretBytes,
    key: OaepPrivateDecryptingKey,
    public: Vec<u8>,
}

impl WrappingKey {
    /// Makes a pair, from the cryptographic library's own randomness. It takes long, as RSA does: keep it off threads
    /// that others wait for.
    ///
    /// # Errors
    /// [`CannotGenerate`]: a broken machine.
    pub fn generate(spec: WrappingSpec) -> Result<Self, CannotGenerate> {
        let secret = RsaKey::fresh_secret(spec.key()).ok_or(CannotGenerate)?;
        Self::parse(spec, secret).ok_or(CannotGenerate)
    }

    fn parse(spec: WrappingSpec, secret: SecretBytes) -> Option<Self> {
        let pair = PrivateDecryptingKey::from_pkcs8(&secret).ok()?;
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().ok()?;
        let public = public.as_ref().to_vec();
        let key = OaepPrivateDecryptingKey::new(pair).ok()?;
        Some(Self { spec, secret, key, public })
    }

    /// The size of the pair.
    pub fn spec(&self) -> WrappingSpec {
        self.spec
    }

    /// The public half, a DER SubjectPublicKeyInfo.
    pub fn public_key(&self) -> &[u8] {
        &self.public
    }

    /// Unwraps material.
    ///
    /// # Errors
    /// [`CannotOpen`], whatever is wrong.
    pub fn unwrap(&self, algorithm: WrappingAlgorithm, wrapped: &[u8]) -> Result<ImportedBytes, CannotOpen> {
        let bytes = if wrapped.len() > LONGEST_WRAPPED {
            None
        } else if algorithm.is_hybrid() {
            self.unwrap_hybrid(algorithm, wrapped)
        } else {
            rsa::decrypt(&self.key, algorithm.encryption(), wrapped)
        };
        bytes.map(ImportedBytes).ok_or(CannotOpen)
    }

    fn unwrap_hybrid(&self, algorithm: WrappingAlgorithm, wrapped: &[u8]) -> Option<SecretBytes> {
        let (first, rest) = wrapped.split_at_checked(self.key.key_size_bytes())?;
        let wrapper = rsa::decrypt(&self.key, algorithm.encryption(), first)?;
        let mut bytes = Zeroizing::new(vec![0; rest.len()]);
        let kek = AesKek::new(&AES_256, &wrapper).ok()?;
        let length = kek.unwrap_with_padding(rest, &mut bytes).ok()?.len();
        bytes.truncate(length);
        Some(bytes)
    }

    /// The form in which it is sealed: a version, the size, the pair as PKCS#8.
    pub(crate) fn encode(&self) -> SecretBytes {
        let mut out = Zeroizing::new(Vec::with_capacity(2 + self.secret.len()));
        out.extend([1, self.spec.key().code()]);
        out.extend_from_slice(&self.secret);
        out
    }

    /// Reads [`WrappingKey::encode`]'s form, already authenticated.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (&[version, spec], secret) = bytes.split_first_chunk::<2>()?;
        if version != 1 {
            return None;
        }
        Self::parse(WrappingSpec::from_code(spec)?, Zeroizing::new(secret.to_vec()))
    }
}

/// Material as its owner wrapped it, not yet looked at. Erased when dropped; it has no `Debug`, `Clone` or `Serialize`.
pub struct ImportedBytes(SecretBytes);

/// Why bytes are no material of a spec.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportFault {
    /// A symmetric or HMAC key of another length than the spec's.
    WrongLength,
    /// Not a PKCS#8 private key of the very algorithm, size and curve, or one that contradicts itself.
    WrongKey,
    /// No material is imported for this spec: AWS names encryption, agreement and signing keys for import, not ML-KEM's.
    SpecUnsuited,
}

impl fmt::Display for ImportFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WrongLength => "the material has not the length of the key spec",
            Self::WrongKey => "the material is no private key of the key spec",
            Self::SpecUnsuited => "no material is imported for the key spec",
        })
    }
}

impl core::error::Error for ImportFault {}

impl KeyMaterial {
    /// Takes over material that its owner made: 32 bytes for SYMMETRIC_DEFAULT; at least the spec's size and at most 128
    /// bytes for HMAC; PKCS#8 (RFC 5208 or 5958, DER) for pairs, of the very size or curve. The pair is checked, and
    /// brought into one form, so that it has the same id however it was encoded.
    ///
    /// # Errors
    /// See [`ImportFault`].
    pub fn import(spec: KeySpec, key: KeyId, bytes: &ImportedBytes) -> Result<Self, ImportFault> {
        let secret = match spec {
            KeySpec::MlKem512 | KeySpec::MlKem768 | KeySpec::MlKem1024 => {
                return Err(ImportFault::SpecUnsuited);
            }
            KeySpec::SymmetricDefault if bytes.0.len() != 32 => return Err(ImportFault::WrongLength),
            KeySpec::SymmetricDefault => Some(bytes.0.clone()),
            KeySpec::Hmac224 | KeySpec::Hmac256 | KeySpec::Hmac384 | KeySpec::Hmac512 => {
                let lawful = mac::lengths(spec).is_some_and(|lengths| lengths.contains(&bytes.0.len()));
                Some(lawful.then(|| bytes.0.clone()).ok_or(ImportFault::WrongLength)?)
            }
            _ => import_pair(spec, &bytes.0)?,
        };
        secret.and_then(|secret| Self::from_secret(spec, key, secret)).ok_or(ImportFault::WrongKey)
    }
}

fn import_pair(spec: KeySpec, pkcs8: &[u8]) -> Result<Option<SecretBytes>, ImportFault> {
    // Some parsers overlook what follows the key.
    RawKey::from_pkcs8(pkcs8).ok_or(ImportFault::WrongKey)?;
    Ok(match spec {
        KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => RsaKey::import(spec, pkcs8),
        KeySpec::EccNistEdwards25519 => EdwardsKey::import(pkcs8),
        KeySpec::MlDsa44 | KeySpec::MlDsa65 | KeySpec::MlDsa87 => MlDsaKey::import(spec, pkcs8),
        _ => Curve::of(spec).and_then(|curve| EcKey::import(curve, pkcs8)),
    })
}

#[cfg(test)]
impl ImportedBytes {
    /// What an owner might have wrapped.
    pub(crate) fn known(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }

    pub(crate) fn is(&self, other: &[u8]) -> bool {
        self.0.as_slice() == other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inferred_hybrid_suits_material_of_every_kind() {
        let all = [
            KeySpec::SymmetricDefault,
            KeySpec::Hmac256,
            KeySpec::MlDsa65,
            KeySpec::EccNistP256,
            KeySpec::Rsa2048,
        ];
        for spec in all {
            for wrapping in [WrappingSpec::Rsa2048, WrappingSpec::Rsa4096] {
                assert!(WrappingAlgorithm::RsaAesKeyWrapSha256.suits(wrapping, spec), "{spec:?}");
            }
        }
    }
}
