//! Sealed records and `seal.json`: any bytes, and edits of a good record.
#![no_main]

use gatekey_seal::{Keychain, Method, Place, SealFile, UnsealError, UnsealKey, Unsealer};
use gatekey_testkit::SeededEntropy;
use gatekey_types::Entropy;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

const PLACE: Place<'static> = Place { table: "t", key: b"k", version: 1 };

/// A way to unseal that needs no file.
struct Fixed;

impl Unsealer for Fixed {
    fn enroll(&self, _: &dyn Entropy) -> Result<(Method, UnsealKey), UnsealError> {
        let method = Method::KeyFile {};
        let key = self.unseal_key(&method)?;
        Ok((method, key))
    }
    fn unseal_key(&self, _: &Method) -> Result<UnsealKey, UnsealError> {
        Ok(UnsealKey::from_bytes([1; 32].into()))
    }
}

static GOOD: LazyLock<(Keychain, Vec<u8>)> = LazyLock::new(|| {
    let entropy = SeededEntropy::new(1);
    let (_, root) = SealFile::create(&Fixed, &entropy).unwrap();
    let (keychain, _) = Keychain::create(&root, &entropy).unwrap();
    let sealed = keychain.seal_record(&PLACE, b"attack at dawn", &entropy).unwrap();
    (keychain, sealed)
});

fuzz_target!(|data: &[u8]| {
    let (keychain, good) = &*GOOD;
    let _ = Keychain::peek(data);
    let _ = keychain.digest(&PLACE, data);
    assert_eq!(keychain.open_record(&PLACE, data).is_ok(), data == good);
    if let Ok(seal) = serde_json::from_slice::<SealFile>(data) {
        assert!(seal.open(&Fixed).is_err());
    }
    let mut edited = good.clone();
    for three in data.chunks_exact(3) {
        let at = usize::from(three[1]) % (edited.len() + 1);
        match three[0] % 3 {
            0 if at < edited.len() => edited[at] = three[2],
            1 => edited.insert(at, three[2]),
            _ => edited.truncate(at),
        }
    }
    assert_eq!(keychain.open_record(&PLACE, &edited).is_ok(), edited == *good);
});
