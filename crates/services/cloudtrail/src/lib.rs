//! CloudTrail: what happened, looked up. One operation, one file.

mod ops;

pub use ops::{served, visit};
