//! The KMS service: one operation, one file.
//!
//! Each file in `ops` parses its input into domain types once, asks the gate, does the work, and turns the outcome into
//! the model's shape. What several operations share is here, by noun: finding keys, faults, aliases, tags, policies,
//! recipients.

mod alias;
mod ciphertext;
mod data_key;
mod data_key_pair;
mod encapsulation;
mod encryption;
mod fault;
mod grant;
mod import;
mod key_store;
mod last_use;
mod mac;
mod marker;
mod material;
mod metadata;
mod multi_region;
mod new_key;
mod ops;
mod policy;
mod recipient;
mod rotation;
mod signing;
mod tag;
mod trail;

pub use ops::{served, visit};

/// The operations that other services ask for their callers.
pub mod forwarded {
    pub use crate::ops::{
        create_grant::CreateGrant, decrypt::Decrypt, describe_key::DescribeKey, encrypt::Encrypt,
        generate_data_key::GenerateDataKey, retire_grant::RetireGrant,
    };
}
