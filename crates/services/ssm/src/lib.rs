//! Parameter Store, as Systems Manager has it: one operation, one file.

mod ops;

pub use ops::{served, visit};
