use crate::{Method, RootKey, UnsealError, UnsealKey, Unsealer, file};
use gatekey_types::Entropy;
use serde::{Deserialize, Serialize};
use std::path::Path;
use subtle::ConstantTimeEq;

/// What a root key is bound to when it is sealed.
const PLACE: &[u8] = b"gatekey root key v1";

/// Length of the check value.
const CHECK: usize = 16;

/// `seal.json`: the root key, sealed, and how to come by the key that opens it. Nothing in it is secret; losing it is
/// losing everything that was sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealFile {
    format: Format,
    unseal: Method,
    #[serde(with = "hex::serde")]
    wrapped_root_key: Vec<u8>,
    /// A digest of the unseal key, which tells a wrong passphrase from a damaged file.
    #[serde(with = "hex::serde")]
    check: [u8; CHECK],
}

/// The one format so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "u32", try_from = "u32")]
struct Format;

impl From<Format> for u32 {
    fn from(Format: Format) -> Self {
        1
    }
}

impl TryFrom<u32> for Format {
    type Error = String;
    fn try_from(number: u32) -> Result<Self, String> {
        if number == 1 { Ok(Self) } else { Err(format!("format {number} is not one that is read here")) }
    }
}

impl SealFile {
    /// Makes a root key, and the seal that holds it.
    ///
    /// # Errors
    /// See [`UnsealError`].
    pub fn create(unsealer: &dyn Unsealer, entropy: &dyn Entropy) -> Result<(Self, RootKey), UnsealError> {
        let root = RootKey::generate(entropy);
        Ok((Self::for_root(&root, unsealer, entropy)?, root))
    }

    /// Seals a root key anew, for another passphrase or another way of unsealing. The old seal goes on opening it until
    /// its file is replaced.
    ///
    /// # Errors
    /// See [`UnsealError`].
    pub fn for_root(
        root: &RootKey,
        unsealer: &dyn Unsealer,
        entropy: &dyn Entropy,
    ) -> Result<Self, UnsealError> {
        let (unseal, key) = unsealer.enroll(entropy)?;
        let wrapped_root_key =
            key.key().wrap(PLACE, root.key(), entropy).map_err(|_| UnsealError::CannotSeal)?;
        Ok(Self { format: Format, unseal, wrapped_root_key, check: check(&key) })
    }

    /// Opens the seal.
    ///
    /// # Errors
    /// See [`UnsealError`]; a wrong passphrase says so.
    pub fn open(&self, unsealer: &dyn Unsealer) -> Result<RootKey, UnsealError> {
        let key = unsealer.unseal_key(&self.unseal)?;
        if !bool::from(check(&key).ct_eq(&self.check)) {
            return Err(match self.unseal {
                Method::KeyFile {} => UnsealError::WrongKeyFile,
                Method::Passphrase { .. } => UnsealError::WrongPassphrase,
            });
        }
        let root = key.key().unwrap(PLACE, &self.wrapped_root_key).map_err(|_| UnsealError::Damaged)?;
        Ok(RootKey::from_key(root))
    }

    /// How the seal is opened.
    pub fn method(&self) -> &Method {
        &self.unseal
    }

    /// Reads `seal.json`.
    ///
    /// # Errors
    /// [`UnsealError::File`] or [`UnsealError::NotASealFile`].
    pub fn load(path: &Path) -> Result<Self, UnsealError> {
        let text = file::read(path)?;
        serde_json::from_slice(&text).map_err(|e| UnsealError::NotASealFile(e.to_string()))
    }

    /// Writes a new `seal.json`, durably; an existing one is never overwritten.
    ///
    /// # Errors
    /// [`UnsealError::File`].
    pub fn save_new(&self, path: &Path) -> Result<(), UnsealError> {
        file::create_private(path, &self.to_json()?)
    }

    /// Replaces `seal.json`, durably and at once: whoever reads finds the old one or the new one whole.
    ///
    /// # Errors
    /// [`UnsealError::File`].
    pub fn replace(&self, path: &Path) -> Result<(), UnsealError> {
        file::replace_private(path, &self.to_json()?)
    }

    fn to_json(&self) -> Result<Vec<u8>, UnsealError> {
        let mut text =
            serde_json::to_vec_pretty(self).map_err(|e| UnsealError::NotASealFile(e.to_string()))?;
        text.push(b'\n');
        Ok(text)
    }
}

fn check(key: &UnsealKey) -> [u8; CHECK] {
    let digest = key.key().fingerprint(b"gatekey seal check v1", &[]).0;
    core::array::from_fn(|i| digest.get(i).copied().unwrap_or_default())
}
