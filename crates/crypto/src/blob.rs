//! The ciphertext blob, version 1; `docs/formats/blob.md` draws it byte by byte.

use crate::{
    CannotOpen, KeyMaterial, Plaintext,
    context::EncryptionContext,
    derive::{RANDOM, TAG},
    symmetric::LONGEST_PLAINTEXT,
};
use core::fmt;
use gatekey_types::{KeyId, KeyMaterialId};

const MAGIC: [u8; 4] = *b"GKCB";
const VERSION: u8 = 1;

/// Bit 0 of the flags: the key is a multi-Region key. The other bits are zero.
const MULTI_REGION: u8 = 1;

/// How a blob is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// SYMMETRIC_DEFAULT: AES-256-GCM under a key derived for the one message.
    SymmetricDefault,
}

impl Algorithm {
    const fn code(self) -> u8 {
        match self {
            Self::SymmetricDefault => 1,
        }
    }

    fn from_code(code: u8) -> Option<Self> {
        (code == Self::SymmetricDefault.code()).then_some(Self::SymmetricDefault)
    }
}

/// What the front of a blob says. Whoever made the blob wrote it: it tells where to look for the key, no more, until
/// [`Blob::open`] has authenticated it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobHeader {
    /// How it is encrypted.
    pub algorithm: Algorithm,
    /// The KMS key. Replicas of a multi-Region key share it.
    pub key: KeyId,
    /// Which of the key's materials.
    pub material: KeyMaterialId,
}

impl BlobHeader {
    /// Length of the encoded header, without the randomness that follows it.
    pub(crate) const LENGTH: usize = 4 + 1 + 1 + 1 + 16 + 32;

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend(MAGIC);
        out.extend([VERSION, self.algorithm.code(), u8::from(self.key.is_multi_region()) * MULTI_REGION]);
        out.extend(self.key.bytes());
        out.extend(self.material.bytes());
    }

    fn parse(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (&magic, rest) = bytes.split_first_chunk::<4>()?;
        let (&[version, algorithm, flags], rest) = rest.split_first_chunk::<3>()?;
        let (&key, rest) = rest.split_first_chunk::<16>()?;
        let (&material, rest) = rest.split_first_chunk::<32>()?;
        if magic != MAGIC || version != VERSION || flags & !MULTI_REGION != 0 {
            return None;
        }
        let header = Self {
            algorithm: Algorithm::from_code(algorithm)?,
            key: KeyId::from_parts(key, flags == MULTI_REGION),
            material: KeyMaterialId::from_bytes(material),
        };
        Some((header, rest))
    }
}

/// A blob taken apart and not yet believed.
pub struct Blob<'a> {
    header: BlobHeader,
    /// Header and randomness, as authenticated.
    pub(crate) authenticated: &'a [u8],
    pub(crate) random: &'a [u8],
    pub(crate) ciphertext: &'a [u8],
    pub(crate) tag: &'a [u8],
}

/// Some bytes that Gatekey never made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotABlob;

impl fmt::Display for NotABlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a ciphertext blob")
    }
}

impl core::error::Error for NotABlob {}

impl<'a> Blob<'a> {
    /// Takes a blob apart. Clients must not be able to tell this failure from one of [`Blob::open`]: both are
    /// InvalidCiphertextException.
    ///
    /// # Errors
    /// [`NotABlob`] for anything that is not laid out as a blob.
    pub fn peek(bytes: &'a [u8]) -> Result<Self, NotABlob> {
        Self::split(bytes).ok_or(NotABlob)
    }

    fn split(bytes: &'a [u8]) -> Option<Self> {
        let (header, rest) = BlobHeader::parse(bytes)?;
        let (authenticated, _) = bytes.split_at_checked(BlobHeader::LENGTH + RANDOM)?;
        let (random, rest) = rest.split_at_checked(RANDOM)?;
        let (ciphertext, tag) = rest.split_at_checked(rest.len().checked_sub(TAG)?)?;
        let lawful = ciphertext.len() <= LONGEST_PLAINTEXT;
        lawful.then_some(Self { header, authenticated, random, ciphertext, tag })
    }

    /// What the blob says of itself.
    pub fn header(&self) -> &BlobHeader {
        &self.header
    }

    /// Decrypts. The material must be the very one that the header names: none is ever tried in its place.
    ///
    /// # Errors
    /// [`CannotOpen`], whatever is wrong.
    pub fn open(&self, material: &KeyMaterial, context: &EncryptionContext) -> Result<Plaintext, CannotOpen> {
        material.decrypt(self, context)
    }
}
