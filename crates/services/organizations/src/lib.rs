//! Organizations: one operation, one file.
//!
//! Each file in `ops` lets the caller in (`entry`), looks up what the request names (`org`, `resource`), and turns the
//! outcome into the model's shape (`shown`). What several operations share is here, by noun.

mod creation;
mod delegation;
mod document;
mod entry;
mod event;
mod fault;
mod membership;
mod ops;
mod org;
mod page;
mod resource;
mod shown;
mod tag;
mod unit;

pub use ops::{served, visit};

use gatekey_model::EpochSeconds;
use gatekey_types::Timestamp;

/// A moment as the model has it.
pub(crate) fn moment(time: Timestamp) -> EpochSeconds {
    EpochSeconds::from_millis(time.millis())
}
