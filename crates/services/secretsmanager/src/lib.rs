//! Secrets Manager: one operation, one file.
//!
//! Each file in `ops` lets the caller in (`entry`), has KMS make or open the data key of a version with the caller's own
//! rights (`keys`), seals or opens the value under it (`value`), and writes what changed (`change`). What several operations
//! share is here, by noun.

mod change;
mod entry;
mod event;
mod fault;
mod filter;
mod keys;
mod ops;
mod page;
mod password;
mod policy;
mod replication;
mod rotation;
mod shown;
mod tag;
mod value;
mod version;

pub use ops::{served, visit};
