//! The key that digest files are signed with, in CloudTrail's manner: RSA with 2,048 bits, PKCS #1 v1.5 over SHA-256.
//!
//! It is kept in one file, made when it is first needed: the public half in the clear, the private one sealed by a key derived from
//! the audit log's.

use crate::{AuditKey, PublicKey};
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey},
    digest,
    encoding::{AsDer, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use gatekey_types::Timestamp;
use serde::{Deserialize, Serialize};
use std::{
    fs,
    io::{ErrorKind, Write as _},
    path::Path,
};

/// How long a key is used, in days.
const DAYS: i64 = 3650;
/// What the sealing key is derived for.
const PURPOSE: &[u8] = b"gatekey digest key 1";

/// Why there is no key. The texts are for operators.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DigestKeyFault {
    /// The file cannot be read or written.
    #[error("the key of digest files cannot be kept: {0}")]
    File(String),
    /// The file was edited, or belongs to another installation.
    #[error("the key of digest files was not written by this installation")]
    Foreign,
    /// The cipher library failed.
    #[error("the key of digest files cannot be made or used")]
    Cipher,
}

/// The key.
pub struct DigestKey {
    pair: KeyPair,
    public: PublicKey,
}

/// What the file holds.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Kept {
    gatekey_digest_key: u8,
    from: i64,
    until: i64,
    public: String,
    nonce: String,
    sealed: String,
}

impl Kept {
    /// What the seal is bound to.
    fn bound(&self) -> Vec<u8> {
        let Self { gatekey_digest_key, from, until, public, .. } = self;
        format!("{gatekey_digest_key} {from} {until} {public}").into_bytes()
    }
}

fn sealer(key: &AuditKey) -> Result<RandomizedNonceKey, DigestKeyFault> {
    RandomizedNonceKey::new(&AES_256_GCM, &key.derive(PURPOSE)).map_err(|_| DigestKeyFault::Cipher)
}

fn fingerprint(der: &[u8]) -> String {
    let digest = digest::digest(&digest::SHA256, der);
    hex::encode(digest.as_ref().get(..16).unwrap_or_default())
}

impl DigestKey {
    /// The key that is kept at `path`; if there is none, one is made. Of several who make one at the same time, the first
    /// has made it.
    ///
    /// # Errors
    /// [`DigestKeyFault`]
    pub fn open_or_create(path: &Path, key: &AuditKey, now: Timestamp) -> Result<Self, DigestKeyFault> {
        match fs::read(path) {
            Ok(bytes) => Self::open(&bytes, key),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                make(path, key, now)?;
                Self::open(&fs::read(path).map_err(|error| file(&error))?, key)
            }
            Err(error) => Err(file(&error)),
        }
    }

    fn open(bytes: &[u8], key: &AuditKey) -> Result<Self, DigestKeyFault> {
        let kept: Kept = serde_json::from_slice(bytes).map_err(|_| DigestKeyFault::Foreign)?;
        let mut nonce = [0; 12];
        hex::decode_to_slice(&kept.nonce, &mut nonce).map_err(|_| DigestKeyFault::Foreign)?;
        let mut sealed = hex::decode(&kept.sealed).map_err(|_| DigestKeyFault::Foreign)?;
        let opened = sealer(key)?
            .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(kept.bound()), &mut sealed)
            .map_err(|_| DigestKeyFault::Foreign)?;
        let pair = KeyPair::from_pkcs8(opened).map_err(|_| DigestKeyFault::Foreign);
        sealed.fill(0);
        let pair = pair?;
        let der = pair.public_key().as_ref().to_vec();
        let (from, until) = (Timestamp::from_millis(kept.from), Timestamp::from_millis(kept.until));
        let public = PublicKey { fingerprint: fingerprint(&der), der, from, until };
        Ok(Self { pair, public })
    }

    /// Its public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs a text.
    ///
    /// # Errors
    /// [`DigestKeyFault::Cipher`]
    pub fn sign(&self, text: &[u8]) -> Result<Vec<u8>, DigestKeyFault> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature)
            .map_err(|_| DigestKeyFault::Cipher)?;
        Ok(signature)
    }
}

fn file(error: &std::io::Error) -> DigestKeyFault {
    DigestKeyFault::File(error.to_string())
}

/// Makes a key, unless another was quicker.
fn make(path: &Path, key: &AuditKey, now: Timestamp) -> Result<(), DigestKeyFault> {
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| DigestKeyFault::Cipher)?;
    let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).map_err(|_| DigestKeyFault::Cipher)?;
    let mut sealed = der.as_ref().to_vec();
    let mut kept = Kept {
        gatekey_digest_key: 1,
        // It signs what was recorded before it was made too.
        from: now.plus_days(-DAYS).millis(),
        until: now.plus_days(DAYS).millis(),
        public: hex::encode(pair.public_key().as_ref()),
        nonce: String::new(),
        sealed: String::new(),
    };
    let nonce = sealer(key)?.seal_in_place_append_tag(Aad::from(kept.bound()), &mut sealed);
    kept.nonce = hex::encode(nonce.map_err(|_| DigestKeyFault::Cipher)?.as_ref());
    kept.sealed = hex::encode(sealed);
    let text = serde_json::to_vec(&kept).map_err(|_| DigestKeyFault::Cipher)?;
    keep(path, &text).map_err(|error| file(&error))
}

/// Whole under its name, or not at all; what is there stays.
fn keep(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    let mut file = crate::segment::create_private(&draft)?;
    file.set_len(0)?;
    file.write_all(text)?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

    fn key(byte: u8) -> AuditKey {
        AuditKey::new(&[byte; 32])
    }

    #[test]
    fn a_key_is_made_once_and_signs_what_its_public_half_verifies() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("digest-key.json");
        let now = Timestamp::from_seconds(1_800_000_000);
        let one = DigestKey::open_or_create(&path, &key(1), now).unwrap();
        let again = DigestKey::open_or_create(&path, &key(1), now.plus_days(1)).unwrap();
        assert_eq!(one.public(), again.public());
        let signature = again.sign(b"text").unwrap();
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &one.public().der);
        public.verify(b"text", &signature).unwrap();
        assert!(public.verify(b"Text", &signature).is_err());
        assert_eq!(one.public().fingerprint.len(), 32);
    }

    #[test]
    fn a_key_that_was_edited_or_is_anothers_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("digest-key.json");
        let now = Timestamp::from_seconds(1_800_000_000);
        DigestKey::open_or_create(&path, &key(1), now).unwrap();
        let open = |by| DigestKey::open_or_create(&path, &key(by), now).map(drop);
        assert_eq!(open(2), Err(DigestKeyFault::Foreign));
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replacen("\"until\":2", "\"until\":3", 1)).unwrap();
        assert_eq!(open(1), Err(DigestKeyFault::Foreign));
    }
}
