//! IAM: one operation, one file.
//!
//! Each file in `ops` parses its input into domain types once, asks the gate, does the work, and turns the outcome into
//! the model's shape. What several operations share is here, by noun.

<<<<<<< HEAD
mod attachment;
mod boundary;
mod document;
mod fault;
mod holder;
mod inline;
mod linked;
mod listing;
mod names;
mod oidc;
mod ops;
mod page;
<<<<<<< HEAD
mod policy;
mod profile;
mod role;
=======
mod access_key;
mod fault;
mod group;
mod listing;
mod mfa;
mod names;
mod ops;
mod page;
mod password;
mod person;
mod rename;
>>>>>>> 557240ad3c5d5a96fe07be1b8c540135f1cfd046
=======
mod provider;
mod saml;
>>>>>>> 4d384884fc7dae7e5d441c6a54801845cbf35884
mod tag;
mod tagging;
mod target;
mod user;

pub use ops::{served, visit};

use gatekey_model::EpochSeconds;
use gatekey_types::Timestamp;

/// A moment as the model has it.
pub(crate) fn moment(time: Timestamp) -> EpochSeconds {
    EpochSeconds::from_millis(time.millis())
}
