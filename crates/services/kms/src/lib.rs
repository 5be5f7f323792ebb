//! The KMS service: one operation, one file.
