//! Algorithms, key material and the ciphertext blob; the one crate that touches key bytes.
