use crate::file;
use gatekey_crypto::{Argon2Cost, PassphraseError, RecordKey};
use gatekey_types::Entropy;
use serde::{Deserialize, Serialize};
use std::{
    io,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// The key that opens a seal. It comes from outside (a file, a person's memory) and is never stored with the seal.
pub struct UnsealKey(RecordKey);

impl UnsealKey {
    /// Takes over the key bytes that some other way of unsealing came by.
    pub fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(RecordKey::from_bytes(bytes))
    }

    pub(crate) fn key(&self) -> &RecordKey {
        &self.0
    }
}

/// How a seal is opened, and what must be remembered for it; none of it is secret. It is part of `seal.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Method {
    /// A file of 32 random bytes.
    KeyFile {},
    /// A passphrase, stretched with Argon2id.
    Passphrase {
        /// 16 random bytes.
        #[serde(with = "hex::serde")]
        salt: [u8; 16],
        /// Memory, in KiB.
        memory_kib: u32,
        /// Passes over the memory.
        passes: u32,
        /// Lanes.
        lanes: u32,
    },
}

impl Method {
    /// The method's name, as in `seal.json`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::KeyFile {} => "key-file",
            Self::Passphrase { .. } => "passphrase",
        }
    }
}

/// A way to come by the key of a seal.
pub trait Unsealer {
    /// Makes a new key, and says what must be remembered to come by it again.
    ///
    /// # Errors
    /// See [`UnsealError`].
    fn enroll(&self, entropy: &dyn Entropy) -> Result<(Method, UnsealKey), UnsealError>;

    /// Comes by the key again.
    ///
    /// # Errors
    /// See [`UnsealError`].
    fn unseal_key(&self, method: &Method) -> Result<UnsealKey, UnsealError>;
}

/// Why a seal does not open. The texts are for the operator.
#[derive(Debug, thiserror::Error)]
pub enum UnsealError {
    /// The passphrase is not the one.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// The key file belongs to another seal.
    #[error("the key file is not the one that this seal was made with")]
    WrongKeyFile,
    /// The seal is opened in another way than was tried.
    #[error("the seal is opened by '{actual}', but '{tried}' was tried")]
    OtherMethod {
        /// The method in `seal.json`.
        actual: &'static str,
        /// The method that the caller tried.
        tried: &'static str,
    },
    /// The key is right, and the root key sealed with it does not open.
    #[error("the seal file is damaged: the key is right, but the root key in it was edited")]
    Damaged,
    /// The seal file cannot be read as one.
    #[error("the seal file cannot be read: {0}")]
    NotASealFile(String),
    /// Others than the owner may read or change a secret file.
    #[error(
        "'{}' is open to others (mode {mode:04o}): it must be its owner's alone, chmod 600 makes it so",
        path.display()
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its mode bits.
        mode: u32,
    },
    /// The key file does not hold a key.
    #[error("'{}' is not a key file: it must hold 64 hex digits", path.display())]
    NotAKeyFile {
        /// The file.
        path: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("'{}': {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The passphrase cannot be used.
    #[error(transparent)]
    Passphrase(#[from] PassphraseError),
    /// The root key could not be sealed: a bug or a broken machine.
    #[error("the cryptographic library could not seal the root key")]
    CannotSeal,
}

/// Unseals with a file of 32 random bytes in hex, readable by its owner alone. The embedded default.
#[derive(Debug, Clone)]
pub struct KeyFile {
    path: PathBuf,
}

impl KeyFile {
    /// The key file at this path; made by [`Unsealer::enroll`], which refuses to overwrite one.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Unsealer for KeyFile {
    fn enroll(&self, entropy: &dyn Entropy) -> Result<(Method, UnsealKey), UnsealError> {
        let mut bytes = Zeroizing::new([0; 32]);
        entropy.fill(bytes.as_mut_slice());
        let mut text = Zeroizing::new([b'\n'; 65]);
        if let Some(digits) = text.get_mut(..64) {
            let source = |e: hex::FromHexError| io::Error::other(e);
            hex::encode_to_slice(bytes.as_slice(), digits)
                .map_err(|e| UnsealError::File { path: self.path.clone(), source: source(e) })?;
        }
        file::create_private(&self.path, text.as_slice())?;
        Ok((Method::KeyFile {}, UnsealKey::from_bytes(bytes)))
    }

    fn unseal_key(&self, method: &Method) -> Result<UnsealKey, UnsealError> {
        if *method != (Method::KeyFile {}) {
            return Err(UnsealError::OtherMethod { actual: method.name(), tried: "key-file" });
        }
        let text = file::read_private(&self.path)?;
        let mut bytes = Zeroizing::new([0; 32]);
        hex::decode_to_slice(text.trim_ascii(), bytes.as_mut_slice())
            .map_err(|_| UnsealError::NotAKeyFile { path: self.path.clone() })?;
        Ok(UnsealKey::from_bytes(bytes))
    }
}

/// Unseals with a passphrase, which the caller has prompted for or read from a file.
pub struct Passphrase {
    text: Zeroizing<Vec<u8>>,
    cost: Argon2Cost,
}

impl Passphrase {
    /// A passphrase, byte for byte. Whoever reads it from a line takes the line's end off first.
    pub fn new(text: Zeroizing<Vec<u8>>) -> Self {
        Self { text, cost: Argon2Cost::RECOMMENDED }
    }

    /// Sets what a guess costs, for a seal that is to be made. One that exists keeps the cost it was made with.
    #[must_use]
    pub fn with_cost(self, cost: Argon2Cost) -> Self {
        Self { cost, ..self }
    }
}

impl Unsealer for Passphrase {
    fn enroll(&self, entropy: &dyn Entropy) -> Result<(Method, UnsealKey), UnsealError> {
        let Argon2Cost { memory_kib, passes, lanes } = self.cost;
        let method = Method::Passphrase { salt: entropy.bytes(), memory_kib, passes, lanes };
        let key = self.unseal_key(&method)?;
        Ok((method, key))
    }

    fn unseal_key(&self, method: &Method) -> Result<UnsealKey, UnsealError> {
        let Method::Passphrase { salt, memory_kib, passes, lanes } = *method else {
            return Err(UnsealError::OtherMethod { actual: method.name(), tried: "passphrase" });
        };
        let cost = Argon2Cost { memory_kib, passes, lanes };
        Ok(UnsealKey(RecordKey::from_passphrase(&self.text, &salt, cost)?))
    }
}
