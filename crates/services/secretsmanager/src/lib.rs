//! Secrets Manager: one operation, one file.

mod ops;

pub use ops::{served, visit};
