//! IAM: one operation, one file.
//!
//! Each file in `ops` parses its input into domain types once, asks the gate, does the work, and turns the outcome into
//! the model's shape. What several operations share is here, by noun.

mod details;
mod fault;
mod names;
mod oidc;
mod ops;
mod page;
mod provider;
mod report;
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
