//! The embedded default store: one SQLite database in a folder of its own.
//!
//! - [`SqliteStore::open`] takes the folder for this process alone; a second process is refused.
//! - One thread writes. All commits that wait while it syncs share its next transaction and its next sync, so that
//!   throughput grows with the number of writers; each is answered only when it is on the disk.
//! - Two threads read, beside the writer and each other: one looks up single keys, one reads pages, so that a long scan
//!   never delays a look-up. When commits fail, reads go on.
//! - The write-ahead log is recycled and never truncated, not even at the end: a file that keeps its length is synced
//!   some forty times faster than one that grows.
//!
//! The tables are drawn in `schema.sql`.

mod error;
mod follower;
mod open;
mod queries;
mod readers;
mod recent;
mod store;
mod transaction;
mod writer;

pub use error::OpenError;
pub use open::Options;
pub use store::SqliteStore;
