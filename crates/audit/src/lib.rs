//! CloudTrail-shaped events in a hash-chained log.
//!
//! - [`Event`] is one call, in CloudTrail's schema with Gatekey's additions under one key.
//! - [`Log`] appends events to segment files in a folder of its own. Each event is chained to the one before by SHA-256,
//!   and authenticated by HMAC; what "recorded" means is [`Promise`]. Events that wait together are written together. What cannot be recorded is an error, and whoever
//!   called must then let nothing happen and nothing leave.
//! - [`Follower`] and [`Shelf`] read events again, each proven; [`Facts`] is what an event is found by, and a [`History`]
//!   finds it. A [`Witness`] is shown events as they are recorded, each with its [`Terms`].
//! - [`verify`] proves that nothing was cut, edited, reordered or forged, or names the first event where it was.
//!
//! The files are drawn byte by byte in `docs/formats/audit.md`.

mod chain;
mod deliveries;
mod digest_key;
mod error;
mod event;
mod facts;
mod follow;
mod frame;
mod head;
mod history;
mod json;
mod log;
mod marks;
mod open;
mod page_cache;
mod reserve;
mod retention;
mod scan;
mod segment;
mod shelf;
mod spare;
mod terms;
mod verify;
mod witness;

pub use chain::{AuditKey, sha256_hex};
pub use digest_key::{DigestKey, DigestKeyFault};
pub use error::{AuditError, Tampering, What};
pub use event::{
    Additional, Address, Event, EventId, Failure, Federation, Gatekey, Identity, IdentityKind, Issuer,
    MAX_EVENT_BYTES, Resource, Session, Tls, Word,
};
pub use facts::{Facts, ResourceFact, Text, moment};
pub use follow::{Cursor, Entry, Follower, SegmentFile, oldest, segments};
pub use frame::Frame;
pub use history::{Field, Found, History, NoHistory, Page, PublicKey, Query};
pub use json::Value;
pub use log::{Log, Options, Promise, Recorded, Recovered};
pub use shelf::{Shelf, Spot};
pub use terms::{KeptTerms, Terms};
pub use verify::{Cut, Summary, verify, verify_since, verify_with};
pub use witness::{Seen, Witness};
