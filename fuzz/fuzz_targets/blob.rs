//! Ciphertext blobs: any bytes, and edits of a good one.
#![no_main]

use gatekey_crypto::{Blob, EncryptionContext, KeyMaterial, KeySpec};
use gatekey_testkit::SeededEntropy;
use gatekey_types::KeyId;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static GOOD: LazyLock<(KeyMaterial, Vec<u8>)> = LazyLock::new(|| {
    let entropy = SeededEntropy::new(1);
    let key = KeyId::from_random([7; 16], false);
    let material = KeyMaterial::generate(KeySpec::SymmetricDefault, key, &entropy).unwrap();
    let blob = material.encrypt(&EncryptionContext::default(), b"attack at dawn", &entropy).unwrap();
    (material, blob)
});

fn opens(bytes: &[u8]) -> bool {
    let context = EncryptionContext::default();
    Blob::peek(bytes).is_ok_and(|blob| blob.open(&GOOD.0, &context).is_ok())
}

fuzz_target!(|data: &[u8]| {
    assert_eq!(opens(data), data == GOOD.1);
    let mut edited = GOOD.1.clone();
    for three in data.chunks_exact(3) {
        let at = usize::from(three[1]) % (edited.len() + 1);
        match three[0] % 3 {
            0 if at < edited.len() => edited[at] = three[2],
            1 => edited.insert(at, three[2]),
            _ => edited.truncate(at),
        }
    }
    assert_eq!(opens(&edited), edited == GOOD.1);
});
