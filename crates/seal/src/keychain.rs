use crate::{Defect, Place, SealBroken, digest::RecordDigest};
use gatekey_crypto::{CannotOpen, CannotSeal, KeyMaterial, RecordKey, WrappingKey};
use gatekey_types::{Entropy, KeyId};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};
use zeroize::Zeroizing;

/// The first byte of a sealed record.
const FORMAT: u8 = 1;

/// Format, number of the domain key, version.
const HEADER: usize = 1 + 4 + 8;

/// The key above all others. It seals the domain keys, and nothing else; the audit key is derived from it. It is itself
/// sealed in `seal.json`.
pub struct RootKey(RecordKey);

impl RootKey {
    /// Makes a fresh root key.
    pub(crate) fn generate(entropy: &dyn Entropy) -> Self {
        Self(RecordKey::generate(entropy))
    }

    pub(crate) fn from_key(key: RecordKey) -> Self {
        Self(key)
    }

    pub(crate) fn key(&self) -> &RecordKey {
        &self.0
    }

    /// The key that authenticates the audit log: derived, so that the log can be verified without the store.
    pub fn audit_key(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.fingerprint(b"gatekey audit key v1", &[]).0)
    }
}

/// The domain keys, sealed under the root key: to be stored as it is. It tells nothing to whoever has not the root key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredKeychain {
    /// Each domain key by its number; the last seals new records.
    pub domain_keys: BTreeMap<u32, SealedKey>,
}

/// A sealed key, in hex where it is written as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct SealedKey(pub(crate) Vec<u8>);

impl From<SealedKey> for String {
    fn from(key: SealedKey) -> Self {
        hex::encode(key.0)
    }
}

impl TryFrom<String> for SealedKey {
    type Error = hex::FromHexError;
    fn try_from(text: String) -> Result<Self, hex::FromHexError> {
        hex::decode(text).map(Self)
    }
}

/// The opened domain keys: the proof that the service is unsealed. Cheap to clone; erased with its last clone.
#[derive(Clone)]
pub struct Keychain {
    domain_keys: BTreeMap<u32, Arc<RecordKey>>,
    newest: (u32, Arc<RecordKey>),
}

/// What the front of a sealed record says. It is not believed before the record is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedHeader {
    /// The domain key that sealed it.
    pub domain_key: u32,
    /// The version of the record that it is.
    pub version: u64,
}

impl Keychain {
    /// Makes a keychain of one fresh domain key, and its sealed form to store.
    ///
    /// # Errors
    /// [`CannotSeal`]: a bug or a broken machine.
    pub fn create(root: &RootKey, entropy: &dyn Entropy) -> Result<(Self, StoredKeychain), CannotSeal> {
        let empty = StoredKeychain { domain_keys: BTreeMap::new() };
        Self::with_new_key(root, BTreeMap::new(), empty, 1, entropy)
    }

    /// Opens a stored keychain.
    ///
    /// # Errors
    /// [`SealBroken`] if it is empty or any domain key is not this root key's, or under another number than its own.
    /// A keychain is opened whole or not at all.
    pub fn open(root: &RootKey, stored: &StoredKeychain) -> Result<Self, SealBroken> {
        let mut domain_keys = BTreeMap::new();
        for (&number, sealed) in &stored.domain_keys {
            let key = root.0.unwrap(&domain_place(number), &sealed.0);
            let key = key.map_err(|CannotOpen| domain_broken(number, Defect::NotAuthentic))?;
            domain_keys.insert(number, Arc::new(key));
        }
        let newest = domain_keys.last_key_value().map(|(number, key)| (*number, Arc::clone(key)));
        let newest = newest.ok_or_else(|| domain_broken(0, Defect::Truncated))?;
        Ok(Self { domain_keys, newest })
    }

    /// Adds a fresh domain key, which seals all that is sealed from now on. The old ones stay, to open what they sealed.
    ///
    /// # Errors
    /// [`CannotSeal`] if there is no number left, or the machine is broken.
    pub fn rotate(
        &self,
        root: &RootKey,
        stored: &StoredKeychain,
        entropy: &dyn Entropy,
    ) -> Result<(Self, StoredKeychain), CannotSeal> {
        let number = self.newest.0.checked_add(1).ok_or(CannotSeal)?;
        Self::with_new_key(root, self.domain_keys.clone(), stored.clone(), number, entropy)
    }

    fn with_new_key(
        root: &RootKey,
        mut domain_keys: BTreeMap<u32, Arc<RecordKey>>,
        mut stored: StoredKeychain,
        number: u32,
        entropy: &dyn Entropy,
    ) -> Result<(Self, StoredKeychain), CannotSeal> {
        let key = Arc::new(RecordKey::generate(entropy));
        let sealed = root.0.wrap(&domain_place(number), &key, entropy)?;
        stored.domain_keys.insert(number, SealedKey(sealed));
        domain_keys.insert(number, Arc::clone(&key));
        Ok((Self { domain_keys, newest: (number, key) }, stored))
    }

    /// The number of the domain key that seals new records.
    pub fn newest_domain_key(&self) -> u32 {
        self.newest.0
    }

    /// Seals a record for its place.
    ///
    /// # Errors
    /// [`Defect::CannotSeal`]: a bug or a broken machine.
    pub fn seal_record(
        &self,
        place: &Place<'_>,
        plaintext: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, SealBroken> {
        let header = self.header(place);
        let sealed = self.newest.1.seal(&bound(&header, place), plaintext, entropy);
        with_header(&header, sealed, place)
    }

    /// Opens a record at its place.
    ///
    /// # Errors
    /// [`SealBroken`] if it is not the record that was sealed for this very place.
    pub fn open_record(&self, place: &Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealBroken> {
        let (header, key, body) = self.split(place, sealed)?;
        key.open(&bound(header, place), body).map_err(|e| not_authentic(place, e))
    }

    /// Seals key material for its place.
    ///
    /// # Errors
    /// [`Defect::CannotSeal`]: a bug or a broken machine.
    pub fn seal_material(
        &self,
        place: &Place<'_>,
        material: &KeyMaterial,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, SealBroken> {
        let header = self.header(place);
        let sealed = self.newest.1.seal_material(&bound(&header, place), material, entropy);
        with_header(&header, sealed, place)
    }

    /// Opens the key material of `key` at its place.
    ///
    /// # Errors
    /// [`SealBroken`] if it is not the material that was sealed for this very place, or is another key's.
    pub fn open_material(
        &self,
        place: &Place<'_>,
        key: KeyId,
        sealed: &[u8],
    ) -> Result<KeyMaterial, SealBroken> {
        let (header, domain_key, body) = self.split(place, sealed)?;
        domain_key.open_material(&bound(header, place), key, body).map_err(|e| not_authentic(place, e))
    }

    /// Seals a wrapping key for its place.
    ///
    /// # Errors
    /// [`Defect::CannotSeal`]: a bug or a broken machine.
    pub fn seal_wrapping_key(
        &self,
        place: &Place<'_>,
        key: &WrappingKey,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, SealBroken> {
        let header = self.header(place);
        let sealed = self.newest.1.seal_wrapping_key(&bound(&header, place), key, entropy);
        with_header(&header, sealed, place)
    }

    /// Opens the wrapping key at its place.
    ///
    /// # Errors
    /// [`SealBroken`] if it is not the key that was sealed for this very place.
    pub fn open_wrapping_key(&self, place: &Place<'_>, sealed: &[u8]) -> Result<WrappingKey, SealBroken> {
        let (header, domain_key, body) = self.split(place, sealed)?;
        domain_key.open_wrapping_key(&bound(header, place), body).map_err(|e| not_authentic(place, e))
    }

    /// The digest of one sealed record, for a [`crate::SetDigest`]. It is keyed with the domain key that sealed the
    /// record, so it stays the same when another key is added.
    ///
    /// # Errors
    /// [`SealBroken`] if the record is not laid out as one, or not for this version. Its seal is not checked here.
    pub fn digest(&self, place: &Place<'_>, sealed: &[u8]) -> Result<RecordDigest, SealBroken> {
        let (_, key, _) = self.split(place, sealed)?;
        let mut at = Vec::new();
        place.encode(&mut at);
        Ok(RecordDigest::new(key.fingerprint(b"gatekey record digest v1", &[&at, sealed])))
    }

    /// What the front of a sealed record says, not yet believed; none if it is not laid out as a sealed record.
    pub fn peek(sealed: &[u8]) -> Option<SealedHeader> {
        parse_header(sealed).map(|(header, _)| header)
    }

    fn header(&self, place: &Place<'_>) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER);
        out.push(FORMAT);
        out.extend(self.newest.0.to_be_bytes());
        out.extend(place.version.to_be_bytes());
        out
    }

    fn split<'a>(
        &self,
        place: &Place<'_>,
        sealed: &'a [u8],
    ) -> Result<(&'a [u8], &RecordKey, &'a [u8]), SealBroken> {
        let broken = |defect| SealBroken::at(place, defect);
        let (header, body) = sealed.split_at_checked(HEADER).ok_or_else(|| broken(Defect::Truncated))?;
        let Some((said, _)) = parse_header(sealed) else {
            return Err(broken(Defect::UnknownFormat(header.first().copied().unwrap_or_default())));
        };
        if said.version != place.version {
            return Err(broken(Defect::OtherVersion(said.version)));
        }
        match self.domain_keys.get(&said.domain_key) {
            Some(key) => Ok((header, key, body)),
            None => Err(broken(Defect::UnknownDomainKey(said.domain_key))),
        }
    }
}

fn parse_header(sealed: &[u8]) -> Option<(SealedHeader, &[u8])> {
    let (&format, rest) = sealed.split_first()?;
    let (number, rest) = rest.split_first_chunk::<4>()?;
    let (version, body) = rest.split_first_chunk::<8>()?;
    let header =
        SealedHeader { domain_key: u32::from_be_bytes(*number), version: u64::from_be_bytes(*version) };
    (format == FORMAT).then_some((header, body))
}

/// What is authenticated with a record: its header, then its place.
fn bound(header: &[u8], place: &Place<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEADER + 24 + place.table.len() + place.key.len());
    out.extend_from_slice(header);
    place.encode(&mut out);
    out
}

fn with_header(
    header: &[u8],
    sealed: Result<Vec<u8>, CannotSeal>,
    place: &Place<'_>,
) -> Result<Vec<u8>, SealBroken> {
    let sealed = sealed.map_err(|CannotSeal| SealBroken::at(place, Defect::CannotSeal))?;
    Ok([header, &sealed].concat())
}

fn not_authentic(place: &Place<'_>, _: CannotOpen) -> SealBroken {
    SealBroken::at(place, Defect::NotAuthentic)
}

/// Domain keys are bound to their numbers.
fn domain_place(number: u32) -> [u8; 4] {
    number.to_be_bytes()
}

fn domain_broken(number: u32, defect: Defect) -> SealBroken {
    let key = number.to_string();
    SealBroken::at(&Place { table: "domain keys", key: key.as_bytes(), version: 0 }, defect)
}
