//! IAM: one operation, one file.
//!
//! Each file in `ops` parses its input into domain types once, asks the gate, does the work, and turns the outcome into
//! the model's shape. What several operations share is here, by noun.

mod access_key;
mod attachment;
mod boundary;
mod details;
mod document;
mod fault;
mod group;
mod holder;
mod inline;
mod linked;
mod listing;
mod mfa;
mod names;
mod oidc;
mod ops;
mod page;
mod password;
mod person;
mod policy;
mod profile;
mod provider;
mod quota;
mod rename;
mod report;
mod role;
mod root_access;
mod saml;
mod simulation;
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
