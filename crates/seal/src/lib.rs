//! The root key, the ways to unseal it, and sealed records.
//!
//! ```text
//! unseal key  ── unwraps ──►  root key  ── unwraps ──►  domain keys 1, 2, ... n  ── seal ──►  records
//! (a key file, a passphrase)  (seal.json)               (the stored keychain)                 (the store)
//! ```
//!
//! A [`Keychain`] is the proof that the service is unsealed: nothing opens a record without one, and only
//! [`Keychain::create`] and [`Keychain::open`] make one. Every record is bound to its [`Place`]: table, key and version.
//! Whoever can write to the store can therefore neither read a record, nor edit it, nor put another in its place.
//! That a record was *put back* to an earlier state, or taken away, is found out by a [`SetDigest`].
//!
//! The files and formats are in `docs/formats/seal.md`.

mod broken;
mod digest;
mod file;
mod keychain;
mod place;
mod seal_file;
mod unseal;

pub use broken::{Defect, SealBroken};
pub use digest::{RecordDigest, SetDigest};
pub use keychain::{Keychain, RootKey, SealedHeader, SealedKey, StoredKeychain};
pub use place::Place;
pub use seal_file::SealFile;
pub use unseal::{KeyFile, Method, Passphrase, UnsealError, UnsealKey, Unsealer};
