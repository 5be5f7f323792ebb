//! Secrets: records and their life. What is here does no I/O; the gate writes and reads the records.

mod fault;
mod registry;

pub use fault::SecretFault;
pub use registry::Secrets;
