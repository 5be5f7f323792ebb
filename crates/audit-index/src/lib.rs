//! An index over the audit log: finds events by who, what and when, among millions.
//!
//! The log is the truth, and this is not: it holds numbers, places and times, no event. What a search finds is read from
//! the log, proven there, and compared with the question once more; so an index that is damaged or edited can hide an event, but show
//! none that was not recorded, nor one that was not asked for. It can be thrown away and made anew at any time.
//!
//! Events that are recorded while it is open are shown to it ([`Index::witness`]); what it did not see it reads in the log.
//!
//! It is an inverted index in SQLite: for each value of each [`Field`](gatekey_audit::Field) the numbers of its events, as
//! differences of one or two bytes, in pieces of a few kilobytes; a search meets several such lists from their ends. Where the event of a number
//! stands is kept in blocks of some hundred events. `docs/adr/0003-an-index-of-our-own.md` says why.

mod batch;
mod blocks;
mod error;
mod ids;
mod index;
mod intake;
mod postings;
mod runs;
mod search;
mod varint;

pub use error::IndexError;
pub use index::{Index, Progress};
