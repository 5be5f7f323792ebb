//! The Resource Groups Tagging API: one operation, one file.
//!
//! What has tags is told by `taggable`, one entry for each kind of resource; keys, parameters, secrets and what of IAM this API knows
//! are there now. Another service joins by a module like `keys` and an entry in that list.

mod change;
mod entities;
mod fault;
mod filter;
mod keys;
mod ops;
mod page;
mod parameters;
mod secrets;
mod taggable;

pub use ops::{served, visit};
