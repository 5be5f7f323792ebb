//! Secrets: records and their life. What is here does no I/O; the gate writes and reads the records.
//!
//! [`Secrets`] is the picture of which secrets exist, with their versions, labels and policies and without their values:
//! those are records of a table of their own, one for each version, sealed under a data key of KMS.

mod name;
mod record;
mod registry;
mod replica;
mod secret;
mod stages;
#[cfg(test)]
mod testing;

pub use name::{SecretId, inferred_arn_of_nothing, is_name, new_suffix, secret_arn};
pub use record::{
    PolicyDocument, ReplicaRecord, SealedValue, SecretKey, SecretRecord, SecretTable, Tags, ValueKey,
    ValuePlace, ValueTable, VersionRecord,
};
pub use registry::Secrets;
pub use replica::Mirrored;
pub use secret::{MarkedForDeletion, OfAnother, Secret, insert_secret, value_key};
pub use stages::{CURRENT, PENDING, PREVIOUS, StageFault};
