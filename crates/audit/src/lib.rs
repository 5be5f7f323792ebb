//! CloudTrail-shaped events in a hash-chained log.
//!
//! - [`Event`] is one call, in CloudTrail's schema with Gatekey's additions under one key.
//! - [`Log`] appends events to segment files in a folder of its own. Each event is chained to the one before by SHA-256,
//!   and authenticated by HMAC; what "recorded" means is [`Promise`]. Events that wait together are written together. What cannot be recorded is an error, and whoever
//!   called must then let nothing happen and nothing leave.
//! - [`verify`] proves that nothing was cut, edited, reordered or forged, or names the first event where it was.
//!
//! The files are drawn byte by byte in `docs/formats/audit.md`.

mod chain;
mod deliveries;
mod error;
mod event;
mod frame;
mod head;
mod json;
mod log;
mod open;
mod reserve;
mod scan;
mod segment;
mod verify;

pub use chain::AuditKey;
pub use error::{AuditError, Tampering, What};
pub use event::{
    Address, Event, EventId, Failure, Federation, Gatekey, Identity, IdentityKind, Issuer, MAX_EVENT_BYTES,
    Resource, Session, Tls,
};
pub use frame::Frame;
pub use json::Value;
pub use log::{Log, Options, Promise, Recorded, Recovered};
pub use verify::{Cut, Summary, verify};
