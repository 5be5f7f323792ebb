//! Attestation documents of AWS Nitro Enclaves and NitroTPM: verified against a root of trust, and answered.
//!
//! A client that runs where its host must not see what it decrypts sends KMS such a document as `Recipient`: signed by
//! the platform, it tells what runs there (its platform configuration registers, PCRs) and for which public key the answer
//! is to be sealed. [`verify`] checks it and gives an [`Attestation`], whose [`conditions`](Attestation::conditions) the
//! decision sees; [`envelope`] puts what was sealed for the key into the shape that AWS's SDKs open.
//!
//! Everything here is a function of its arguments: the moment is one of them. Sizes, counts and depths are capped, and no
//! document makes anything panic.

mod attestation;
mod chain;
mod document;
mod envelope;
mod fault;
#[cfg(test)]
mod tests;

pub use attestation::{Attestation, Platform, verify};
pub use chain::{NoRoot, Root};
pub use document::LONGEST_DOCUMENT;
pub use envelope::{Sealed, envelope};
pub use fault::AttestationFault;
