//! CloudTrail: what happened, looked up. One operation, one file.
//!
//! There are no trails that a caller could make: every event is recorded, for every account, and `gatekey audit export` is what
//! delivers them as files. So trails are listed, and none is there.

mod attribute;
mod ops;
mod page;
mod shown;
mod trails;
mod words;

pub use ops::{served, visit};
