//! HMAC keys.

use crate::{KeyMaterial, kind::Kind, spec::KeySpec};
use aws_lc_rs::hmac;
use core::{fmt, ops::RangeInclusive};

/// Longest message that is signed or tagged, in bytes (AWS's limit on Sign and GenerateMac).
pub const LONGEST_MESSAGE: usize = 4096;

/// AWS's MAC algorithms. Each belongs to the one key spec of its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MacAlgorithm {
    /// HMAC_SHA_224.
    HmacSha224,
    /// HMAC_SHA_256.
    HmacSha256,
    /// HMAC_SHA_384.
    HmacSha384,
    /// HMAC_SHA_512.
    HmacSha512,
}

impl MacAlgorithm {
    /// The one algorithm of a key spec; none if it is no HMAC key's.
    pub fn of(spec: KeySpec) -> Option<Self> {
        match spec {
            KeySpec::Hmac224 => Some(Self::HmacSha224),
            KeySpec::Hmac256 => Some(Self::HmacSha256),
            KeySpec::Hmac384 => Some(Self::HmacSha384),
            KeySpec::Hmac512 => Some(Self::HmacSha512),
            _ => None,
        }
    }

    fn hmac(self) -> hmac::Algorithm {
        match self {
            Self::HmacSha224 => hmac::HMAC_SHA224,
            Self::HmacSha256 => hmac::HMAC_SHA256,
            Self::HmacSha384 => hmac::HMAC_SHA384,
            Self::HmacSha512 => hmac::HMAC_SHA512,
        }
    }
}

/// Why there is no tag, or why it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MacFault {
    /// The material is no HMAC key, or one of another size.
    AlgorithmUnsuited,
    /// The message is longer than [`LONGEST_MESSAGE`].
    MessageTooLong,
    /// The tag is not the message's.
    BadMac,
}

impl fmt::Display for MacFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlgorithmUnsuited => "the algorithm does not suit the key",
            Self::MessageTooLong => "the message is too long",
            Self::BadMac => "the tag is not the message's",
        })
    }
}

impl core::error::Error for MacFault {}

impl KeyMaterial {
    /// The whole tag of a message.
    ///
    /// # Errors
    /// [`MacFault::AlgorithmUnsuited`] and [`MacFault::MessageTooLong`].
    pub fn mac(&self, algorithm: MacAlgorithm, message: &[u8]) -> Result<Vec<u8>, MacFault> {
        let key = self.mac_key(algorithm, message)?;
        Ok(hmac::sign(key, message).as_ref().to_vec())
    }

    /// Verifies a tag in constant time. One that was shortened is refused.
    ///
    /// # Errors
    /// See [`MacFault`].
    pub fn verify_mac(&self, algorithm: MacAlgorithm, message: &[u8], mac: &[u8]) -> Result<(), MacFault> {
        let key = self.mac_key(algorithm, message)?;
        hmac::verify(key, message, mac).map_err(|_| MacFault::BadMac)
    }

    fn mac_key(&self, algorithm: MacAlgorithm, message: &[u8]) -> Result<&hmac::Key, MacFault> {
        let Kind::Mac(key) = self.kind() else { return Err(MacFault::AlgorithmUnsuited) };
        if key.algorithm != algorithm {
            return Err(MacFault::AlgorithmUnsuited);
        }
        if message.len() > LONGEST_MESSAGE {
            return Err(MacFault::MessageTooLong);
        }
        Ok(&key.key)
    }
}

/// An HMAC key.
pub(crate) struct MacKey {
    algorithm: MacAlgorithm,
    key: hmac::Key,
}

impl MacKey {
    pub(crate) fn parse(spec: KeySpec, secret: &[u8]) -> Option<Self> {
        let algorithm = MacAlgorithm::of(spec)?;
        let lawful = lengths(spec)?.contains(&secret.len());
        lawful.then(|| Self { algorithm, key: hmac::Key::new(algorithm.hmac(), secret) })
    }
}

/// How long a key of the spec may be, in bytes: at least as long as the spec says, and at most 1024 bits.
pub(crate) fn lengths(spec: KeySpec) -> Option<RangeInclusive<usize>> {
    match spec {
        KeySpec::Hmac224 => Some(28..=128),
        KeySpec::Hmac256 => Some(32..=128),
        KeySpec::Hmac384 => Some(48..=128),
        KeySpec::Hmac512 => Some(64..=128),
        _ => None,
    }
}
