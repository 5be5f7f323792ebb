//! IAM Access Analyzer's checks of policies: one operation, one file.
//!
//! They look at documents alone, and at nothing that the server keeps.

mod cover;
mod document;
mod ops;
mod page;

pub use ops::{served, visit};
