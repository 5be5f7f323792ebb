//! The root key, the ways to unseal it, and sealed records.
