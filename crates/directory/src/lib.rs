//! Accounts, principals and credentials: their records and their life.
//!
//! This crate does no I/O. [`Directory`] is the immutable picture of who exists; the records are what the store keeps
//! (sealed by the gate). Users, roles and policies join the accounts and their root users as IAM is served.

mod account;
mod caller;
mod credential;
mod directory;

pub use account::{AccountRecord, AccountTable};
pub use caller::Caller;
pub use credential::{AccessKeyId, AccessKeyRecord, AccessKeyTable, KeyStatus, NewAccessKey, Owner, Secret};
pub use directory::{Directory, UnknownPrincipal, Unreadable};
