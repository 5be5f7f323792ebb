//! Algorithms, key material and the ciphertext blob: the one crate that touches key bytes.
//!
//! Key material has no `Debug`, `Clone` or `Serialize`, is erased when dropped, and leaves this crate only sealed
//! ([`RecordKey::seal_material`]). There is no method that hands out its bytes.
//!
//! Two callers stand above it. The keyring encrypts for clients: [`KeyMaterial::encrypt`] makes a ciphertext blob,
//! [`Blob::peek`] reads its header (believed by nobody), [`Blob::open`] decrypts it. The seal protects what Gatekey
//! stores: [`RecordKey`].
//!
//! A key of any other spec does what [`KeySpec`] lets it: [`KeyMaterial::encrypt_rsa`], [`KeyMaterial::sign`],
//! [`KeyMaterial::mac`], [`KeyMaterial::agree`], [`KeyMaterial::encapsulate`] and their counterparts. Every method asks
//! whether the algorithm suits the key, and says so with a fault of its own; the opaque failures say nothing more.
//!
//! Randomness is passed in, but for what the cryptographic library draws for itself alone: RSA and elliptic-curve pairs,
//! the nonces and salts of signatures, the padding of OAEP, ML-KEM's secrets. Nothing here fails in more than one way that a client could tell apart.

mod blob;
#[cfg(test)]
mod blob_tests;
mod context;
mod data_key_pair;
mod derive;
mod ec;
mod edwards;
mod import;
#[cfg(test)]
mod import_tests;
mod kind;
mod mac;
mod material;
#[cfg(test)]
mod material_tests;
mod ml_dsa;
mod ml_kem;
#[cfg(test)]
mod nist_tests;
mod one_time;
mod passphrase;
mod password;
mod plaintext;
mod raw;
mod recipient;
mod record;
#[cfg(test)]
mod record_tests;
mod rsa;
mod signature;
mod spec;
mod symmetric;
#[cfg(test)]
mod vector_tests;
#[cfg(test)]
mod wycheproof_tests;

pub use blob::{Algorithm, Blob, BlobHeader, NotABlob};
pub use context::{ContextError, EncryptionContext};
pub use data_key_pair::DataKeyPair;
pub use ec::AgreementFault;
pub use import::{ImportFault, ImportedBytes, WrappingAlgorithm, WrappingKey, WrappingSpec};
pub use mac::{LONGEST_MESSAGE, MacAlgorithm, MacFault};
pub use material::KeyMaterial;
pub use ml_kem::{Encapsulated, EncapsulationFault};
pub use one_time::{STEP_SECONDS, matching_step, one_time_code};
pub use passphrase::{Argon2Cost, PassphraseError};
pub use password::{PasswordFault, hash_password, verify_password};
pub use plaintext::Plaintext;
pub use recipient::{RecipientKey, SealedForRecipient};
pub use record::{Fingerprint, RecordKey};
pub use rsa::{EncryptionFault, RsaEncryption};
pub use signature::{MessageType, SigningAlgorithm, SigningFault};
pub use spec::KeySpec;
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

/// No key could be made: a broken machine, or a spec of which none are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CannotGenerate;

impl core::fmt::Display for CannotGenerate {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("no key could be made")
    }
}

impl core::error::Error for CannotGenerate {}
