//! The root key of a server under test.

use gatekey_seal::{Method, RootKey, SealFile, UnsealError, UnsealKey, Unsealer};
use gatekey_types::Entropy;
use zeroize::Zeroizing;

/// Seals root keys with the one key that it knows.
struct OneKey;

impl Unsealer for OneKey {
    fn enroll(&self, _: &dyn Entropy) -> Result<(Method, UnsealKey), UnsealError> {
        let method = Method::KeyFile {};
        let key = self.unseal_key(&method)?;
        Ok((method, key))
    }
    fn unseal_key(&self, _: &Method) -> Result<UnsealKey, UnsealError> {
        Ok(UnsealKey::from_bytes(Zeroizing::new([1; 32])))
    }
}

/// A root key made of this chance.
pub(crate) fn root_key(entropy: &dyn Entropy) -> RootKey {
    SealFile::create(&OneKey, entropy).unwrap().1
}
