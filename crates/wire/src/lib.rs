//! The wire protocols: bytes to shapes and back.
