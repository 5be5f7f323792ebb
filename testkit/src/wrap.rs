//! What an owner of key material does before importing it: wraps it under the public key that the service gave.

use aws_lc_rs::{
    key_wrap::{AES_256, AesKek, KeyWrapPadded},
    rsa::{OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey},
};

/// Wraps `material` by one of AWS's wrapping algorithms under a public key (DER SubjectPublicKeyInfo). The AES key of the
/// hybrid algorithms is given, so that a test repeats itself. Nothing if the algorithm is none of AWS's, the key is none, or
/// the material does not fit.
pub fn wrapped(algorithm: &str, public_key: &[u8], material: &[u8], aes_key: &[u8; 32]) -> Option<Vec<u8>> {
    let key = OaepPublicEncryptingKey::new(PublicEncryptingKey::from_der(public_key).ok()?).ok()?;
    let (hybrid, hash) = match algorithm {
        "RSAES_OAEP_SHA_1" => (false, &OAEP_SHA1_MGF1SHA1),
        "RSAES_OAEP_SHA_256" => (false, &OAEP_SHA256_MGF1SHA256),
        "RSA_AES_KEY_WRAP_SHA_1" => (true, &OAEP_SHA1_MGF1SHA1),
        "RSA_AES_KEY_WRAP_SHA_256" => (true, &OAEP_SHA256_MGF1SHA256),
        _ => return None,
    };
    let encrypted = |plaintext: &[u8]| {
        let mut out = vec![0; key.ciphertext_size()];
        let length = key.encrypt(hash, plaintext, &mut out, None).ok()?.len();
        out.truncate(length);
        Some(out)
    };
    if !hybrid {
        return encrypted(material);
    }
    let mut rest = vec![0; material.len() + 16];
    let kek = AesKek::new(&AES_256, aes_key).ok()?;
    let length = kek.wrap_with_padding(material, &mut rest).ok()?.len();
    rest.truncate(length);
    Some([encrypted(aes_key)?, rest].concat())
}
