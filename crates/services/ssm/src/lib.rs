//! Parameter Store, as Systems Manager has it: one operation, one file.
//!
//! Each file in `ops` parses its input once, asks the gate, does the work, and turns the outcome into the model's shape.
//! What several operations share is here, by noun. Records and their life are `gatekey-parameters`'s; what is encrypted
//! is so by KMS, which is asked with the caller's own rights (`secure`).

mod data_type;
mod fault;
mod filter;
mod label;
mod naming;
mod new_version;
mod ops;
mod page;
mod policies;
mod reading;
mod rights;
mod secure;
mod shown;
mod tag;
mod tier;

pub use ops::{served, visit};
