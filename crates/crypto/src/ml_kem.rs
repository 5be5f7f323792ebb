//! ML-KEM (FIPS 203).

use crate::{KeyMaterial, Plaintext, derive::SecretBytes, kind::Kind, raw::RawKey, spec::KeySpec};
use core::fmt;
use zeroize::Zeroizing;

/// Why no secret was encapsulated or recovered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EncapsulationFault {
    /// The material is no ML-KEM key.
    AlgorithmUnsuited,
    /// The ciphertext has not the length that the key's spec gives it (AWS: InvalidCiphertextException).
    WrongCiphertextLength,
    /// A bug or a broken machine.
    Broken,
}

impl fmt::Display for EncapsulationFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlgorithmUnsuited => "the algorithm does not suit the key",
            Self::WrongCiphertextLength => "the ciphertext has not the right length",
            Self::Broken => "no secret could be encapsulated",
        })
    }
}

impl core::error::Error for EncapsulationFault {}

/// A shared secret of 32 bytes, and its form for whoever has the private key.
pub struct Encapsulated {
    /// The secret itself.
    pub shared_secret: Plaintext,
    /// The secret encapsulated: 768, 1088 or 1568 bytes for ML_KEM_512, 768 and 1024.
    pub ciphertext: Vec<u8>,
}

impl KeyMaterial {
    /// Makes a shared secret under the public half of an ML-KEM key, from the cryptographic library's own randomness.
    ///
    /// # Errors
    /// See [`EncapsulationFault`].
    pub fn encapsulate(&self) -> Result<Encapsulated, EncapsulationFault> {
        let Kind::MlKem(key) = self.kind() else { return Err(EncapsulationFault::AlgorithmUnsuited) };
        let (ciphertext, secret) =
            key.raw.encapsulate(key.set.ciphertext).ok_or(EncapsulationFault::Broken)?;
        Ok(Encapsulated { shared_secret: Plaintext::new(secret), ciphertext })
    }

    /// Recovers a shared secret of 32 bytes. A ciphertext of the right length that is another key's or was altered
    /// gives another, pseudo-random secret: ML-KEM rejects implicitly, and AWS answers so.
    ///
    /// # Errors
    /// See [`EncapsulationFault`].
    pub fn decapsulate(&self, ciphertext: &[u8]) -> Result<Plaintext, EncapsulationFault> {
        let Kind::MlKem(key) = self.kind() else { return Err(EncapsulationFault::AlgorithmUnsuited) };
        if ciphertext.len() != key.set.ciphertext {
            return Err(EncapsulationFault::WrongCiphertextLength);
        }
        key.raw.decapsulate(ciphertext).map(Plaintext::new).ok_or(EncapsulationFault::Broken)
    }
}

/// A parameter set.
struct Set {
    /// Last byte of the object identifier 2.16.840.1.101.3.4.4.x.
    identifier: u8,
    /// Length of a ciphertext, in bytes.
    ciphertext: usize,
}

impl Set {
    fn of(spec: KeySpec) -> Option<Self> {
        let (identifier, ciphertext) = match spec {
            KeySpec::MlKem512 => (1, 768),
            KeySpec::MlKem768 => (2, 1088),
            KeySpec::MlKem1024 => (3, 1568),
            _ => return None,
        };
        Some(Self { identifier, ciphertext })
    }

    /// RFC 9935, section 6: a PrivateKeyInfo that holds the seed alone. All its lengths are fixed.
    fn pkcs8(&self, seed: &[u8]) -> SecretBytes {
        let mut out =
            Zeroizing::new(Vec::with_capacity(PKCS8_HEAD.len() + PKCS8_MIDDLE.len() + 1 + seed.len()));
        out.extend_from_slice(&PKCS8_HEAD);
        out.push(self.identifier);
        out.extend_from_slice(&PKCS8_MIDDLE);
        out.extend_from_slice(seed);
        out
    }
}

/// SEQUENCE, version 0, AlgorithmIdentifier up to the last byte of its identifier.
const PKCS8_HEAD: [u8; 17] = [0x30, 0x54, 2, 1, 0, 0x30, 0x0b, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 4];

/// OCTET STRING, and in it the seed as `[0] IMPLICIT OCTET STRING`.
const PKCS8_MIDDLE: [u8; 4] = [4, 0x42, 0x80, 0x40];

/// An ML-KEM key pair.
pub(crate) struct MlKemKey {
    set: Set,
    raw: RawKey,
    public: Vec<u8>,
}

impl MlKemKey {
    /// Length of the seed `d ‖ z`, in bytes.
    pub(crate) const SEED: usize = 64;

    pub(crate) fn parse(spec: KeySpec, seed: &[u8]) -> Option<Self> {
        let set = Set::of(spec)?;
        if seed.len() != Self::SEED {
            return None;
        }
        let raw = RawKey::from_pkcs8(&set.pkcs8(seed))?;
        let public = raw.public_der()?;
        Some(Self { set, raw, public })
    }

    pub(crate) fn public_key(&self) -> &[u8] {
        &self.public
    }

    pub(crate) fn pkcs8(&self, seed: &[u8]) -> SecretBytes {
        self.set.pkcs8(seed)
    }
}
