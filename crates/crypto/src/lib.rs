//! Algorithms, key material and the ciphertext blob: the one crate that touches key bytes.
//!
//! Key material has no `Debug`, `Clone` or `Serialize`, is erased when dropped, and leaves this crate only sealed
//! ([`RecordKey::seal_material`]). There is no method that hands out its bytes.
//!
//! Two callers stand above it. The keyring encrypts for clients: [`KeyMaterial::encrypt`] makes a ciphertext blob,
//! [`Blob::peek`] reads its header (believed by nobody), [`Blob::open`] decrypts it. The seal protects what Gatekey
//! stores: [`RecordKey`].
//!
//! Randomness is passed in. Nothing here fails in more than one way that a client could tell apart.

mod blob;
#[cfg(test)]
mod blob_tests;
mod context;
mod derive;
mod material;
mod one_time;
mod passphrase;
mod password;
mod plaintext;
mod recipient;
mod record;
#[cfg(test)]
mod record_tests;
mod symmetric;

pub use blob::{Algorithm, Blob, BlobHeader, NotABlob};
pub use context::{ContextError, EncryptionContext};
pub use material::{KeyMaterial, KeySpec};
pub use one_time::{STEP_SECONDS, matching_step, one_time_code};
pub use passphrase::{Argon2Cost, PassphraseError};
pub use password::{PasswordFault, hash_password, verify_password};
pub use plaintext::Plaintext;
pub use recipient::{RecipientKey, SealedForRecipient};
pub use record::{Fingerprint, RecordKey};
pub use symmetric::LONGEST_PLAINTEXT;

/// Something could not be decrypted. It says no more: not which check failed, nor how far it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CannotOpen;

impl core::fmt::Display for CannotOpen {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("cannot be decrypted")
    }
}

impl core::error::Error for CannotOpen {}

/// Something could not be encrypted: it is too long, or the cryptographic library refused. Callers check lengths
/// first, so this is a bug or a broken machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CannotSeal;

impl core::fmt::Display for CannotSeal {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("cannot be encrypted")
    }
}

impl core::error::Error for CannotSeal {}
