//! Import tokens: the key under whose public half an owner wraps material, sealed, with all that there is to know of it.
//!
//! A token is handed to the owner and kept nowhere: whoever has the keychain reads it, after a restart too. It is bound to the
//! one key, to the algorithm and to its last moment, so that none of them can be changed. As AWS does, it can be used more
//! than once while it lasts; since a key takes only its own material again, that gives nobody anything new.

use crate::{Gate, Passage};
use gatekey_crypto::{ImportFault, KeyMaterial, KeySpec, WrappingAlgorithm, WrappingKey, WrappingSpec};
use gatekey_keyring::{Key, MaterialRecord};
use gatekey_seal::{Keychain, Place, SealBroken};
use gatekey_types::{KeyArn, KeyMaterialId, Timestamp};
use std::sync::Arc;

/// For how long a token can be used, in milliseconds.
const LASTS: i64 = 24 * 60 * 60 * 1000;
/// The first byte of a token.
const FORM: u8 = 1;
/// Form, algorithm, last moment.
const HEAD: usize = 1 + 1 + 8;
/// The table by which tokens are bound.
const TOKENS: &str = "import-token";

/// Every algorithm, and the byte that stands for it in tokens.
const ALGORITHMS: [(u8, WrappingAlgorithm); 4] = [
    (1, WrappingAlgorithm::RsaesOaepSha1),
    (2, WrappingAlgorithm::RsaesOaepSha256),
    (3, WrappingAlgorithm::RsaAesKeyWrapSha1),
    (4, WrappingAlgorithm::RsaAesKeyWrapSha256),
];

/// What an owner needs to wrap material.
#[derive(Debug)]
pub struct ImportParameters {
    /// To be handed back with the material.
    pub token: Vec<u8>,
    /// The public key, a DER SubjectPublicKeyInfo.
    pub public_key: Vec<u8>,
    /// Until when both can be used.
    pub valid_to: Timestamp,
}

/// Why an import token is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadImportToken {
    /// It is none, or another key's.
    Invalid,
    /// Its time is over.
    Expired,
}

/// Why material that was brought is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotImported {
    /// Its token is not.
    Token(BadImportToken),
    /// It was not wrapped under the token's public key with its algorithm, whatever is wrong.
    NotWrapped,
    /// It is no material of the key's spec.
    Unfit(ImportFault),
    /// A broken machine; the text is for the operator.
    Broken(String),
}

/// The front of a token, and what the whole of it is bound to.
struct Head {
    bytes: [u8; HEAD],
    bound: Vec<u8>,
}

impl Head {
    fn new(bytes: [u8; HEAD], key: &KeyArn) -> Self {
        let bound = [bytes.as_slice(), key.to_string().as_bytes()].concat();
        Self { bytes, bound }
    }

    fn of(algorithm: WrappingAlgorithm, valid_to: Timestamp, key: &KeyArn) -> Self {
        let code = ALGORITHMS.iter().find(|(_, known)| *known == algorithm).map_or(0, |(code, _)| *code);
        let mut bytes = [FORM, code, 0, 0, 0, 0, 0, 0, 0, 0];
        if let Some(moment) = bytes.last_chunk_mut::<8>() {
            *moment = valid_to.millis().to_be_bytes();
        }
        Self::new(bytes, key)
    }

    fn place(&self) -> Place<'_> {
        Place { table: TOKENS, key: &self.bound, version: 0 }
    }
}

impl Gate {
    fn new_token(&self, wrapping: &WrappingKey, head: &Head) -> Result<Vec<u8>, SealBroken> {
        let sealed = self.keychain.seal_wrapping_key(&head.place(), wrapping, self.entropy());
        sealed.map(|sealed| [head.bytes.as_slice(), &sealed].concat())
    }
}

impl Passage<'_> {
    /// Makes a wrapping key for material of this key, where it keeps no other request waiting.
    ///
    /// # Errors
    /// A broken machine; the text is for the operator.
    pub async fn import_parameters(
        &self,
        key: &Key,
        algorithm: WrappingAlgorithm,
        spec: WrappingSpec,
    ) -> Result<ImportParameters, String> {
        let wrapping = self.gate().wrapping_key(spec).await?;
        let valid_to = self.now().plus_millis(LASTS);
        let head = Head::of(algorithm, valid_to, &key.arn);
        let token = self.gate().new_token(&wrapping, &head).map_err(|broken| broken.to_string())?;
        Ok(ImportParameters { token, public_key: wrapping.public_key().to_vec(), valid_to })
    }

    /// Opens a token that was made for this key, unwraps the material that came with it, and seals it: where it keeps no
    /// other request waiting.
    ///
    /// # Errors
    /// See [`NotImported`]; that a token's time is over is told of genuine ones only.
    pub async fn import(
        &self,
        key: &Key,
        spec: KeySpec,
        token: &[u8],
        wrapped: &[u8],
    ) -> Result<(KeyMaterialId, MaterialRecord), NotImported> {
        let bring = Brought {
            key: key.arn.clone(),
            spec,
            token: token.to_vec(),
            wrapped: wrapped.to_vec(),
            now: self.now(),
        };
        let keychain = Arc::clone(&self.gate().keychain);
        let material = self.gate().aside(move || bring.unwrapped(&keychain)).await;
        let material = material.map_err(NotImported::Broken)??;
        let record =
            self.gate().sealed(&material).map_err(|broken| NotImported::Broken(broken.to_string()))?;
        Ok((material.id(), record))
    }

    /// Erases what the memory still has of a material that was deleted: to be called once that is committed.
    pub fn forget_material(&self, material: &KeyMaterialId) {
        self.gate().forget(material);
    }
}

/// What an owner brings.
struct Brought {
    key: KeyArn,
    spec: KeySpec,
    token: Vec<u8>,
    wrapped: Vec<u8>,
    now: Timestamp,
}

impl Brought {
    fn unwrapped(&self, keychain: &Keychain) -> Result<KeyMaterial, NotImported> {
        let (wrapping, algorithm) = self.opened(keychain).map_err(NotImported::Token)?;
        let bytes = wrapping.unwrap(algorithm, &self.wrapped).map_err(|_| NotImported::NotWrapped)?;
        KeyMaterial::import(self.spec, self.key.key, &bytes).map_err(NotImported::Unfit)
    }

    fn opened(&self, keychain: &Keychain) -> Result<(WrappingKey, WrappingAlgorithm), BadImportToken> {
        let (bytes, sealed) = self.token.split_first_chunk::<HEAD>().ok_or(BadImportToken::Invalid)?;
        let head = Head::new(*bytes, &self.key);
        let [_, code, moment @ ..] = *bytes;
        let wrapping =
            keychain.open_wrapping_key(&head.place(), sealed).map_err(|_| BadImportToken::Invalid)?;
        let known = ALGORITHMS.iter().find(|(known, _)| *known == code).ok_or(BadImportToken::Invalid)?;
        if Timestamp::from_millis(i64::from_be_bytes(moment)) <= self.now {
            return Err(BadImportToken::Expired);
        }
        Ok((wrapping, known.1))
    }
}
