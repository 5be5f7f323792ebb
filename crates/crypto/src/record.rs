use crate::{
    CannotOpen, CannotSeal, KeyMaterial, WrappingKey,
    derive::{DerivingKey, Label, RANDOM, Secret, TAG, random_secret},
    passphrase::{self, Argon2Cost, PassphraseError},
};
use gatekey_types::{Entropy, KeyId};
use zeroize::Zeroizing;

/// A key that seals what Gatekey itself stores: records, other such keys, and key material. Erased when dropped; it has
/// no `Debug`, `Clone` or `Serialize`.
///
/// Every message is encrypted under a key of its own, so one `RecordKey` may seal 2^64 messages before the chance that
/// two share key and IV reaches 2^-97. It is rotated so that a stolen one opens less, not because it wears out.
///
/// A sealed message is 28 random bytes, the ciphertext, and a tag of 16 bytes: [`RecordKey::OVERHEAD`] longer than what
/// was sealed.
pub struct RecordKey {
    secret: Secret,
    deriving: DerivingKey,
}

/// A keyed digest, which tells nothing to whoever has not the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 32]);

impl RecordKey {
    /// How much longer a sealed message is than what was sealed.
    pub const OVERHEAD: usize = RANDOM + TAG;

    /// Makes a fresh key.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self::from_bytes(random_secret(entropy))
    }

    /// Takes over a key that came from outside: from a key file, from shares, from another KMS.
    pub fn from_bytes(secret: Zeroizing<[u8; 32]>) -> Self {
        Self { deriving: DerivingKey::new(secret.as_slice()), secret }
    }

    /// Stretches a passphrase into a key with Argon2id (RFC 9106). It takes as long and as much memory as `cost` says.
    ///
    /// # Errors
    /// [`PassphraseError`] if the cost is unlawful or too weak.
    pub fn from_passphrase(
        passphrase: &[u8],
        salt: &[u8; 16],
        cost: Argon2Cost,
    ) -> Result<Self, PassphraseError> {
        passphrase::stretch(passphrase, salt, cost).map(Self::from_bytes)
    }

    /// Seals a record. `place` says what it is and where it belongs; it is authenticated, not stored, and must be the
    /// same again to open.
    ///
    /// # Errors
    /// [`CannotSeal`]: a bug or a broken machine.
    pub fn seal(&self, place: &[u8], plaintext: &[u8], entropy: &dyn Entropy) -> Result<Vec<u8>, CannotSeal> {
        self.seal_as(Label::RECORD, place, plaintext, entropy)
    }

    /// Opens what [`RecordKey::seal`] made.
    ///
    /// # Errors
    /// [`CannotOpen`] if it was edited, moved to another place, or sealed by another key.
    pub fn open(&self, place: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, CannotOpen> {
        self.open_as(Label::RECORD, place, sealed)
    }

    /// Seals another key under this one.
    ///
    /// # Errors
    /// [`CannotSeal`]: a bug or a broken machine.
    pub fn wrap(&self, place: &[u8], key: &Self, entropy: &dyn Entropy) -> Result<Vec<u8>, CannotSeal> {
        self.seal_as(Label::WRAP, place, key.secret.as_slice(), entropy)
    }

    /// Opens what [`RecordKey::wrap`] made.
    ///
    /// # Errors
    /// [`CannotOpen`] if it was edited, moved to another place, or sealed by another key.
    pub fn unwrap(&self, place: &[u8], sealed: &[u8]) -> Result<Self, CannotOpen> {
        let bytes = self.open_as(Label::WRAP, place, sealed)?;
        let mut secret = Zeroizing::new([0; 32]);
        if bytes.len() != secret.len() {
            return Err(CannotOpen);
        }
        secret.copy_from_slice(&bytes);
        Ok(Self::from_bytes(secret))
    }

    /// Seals key material: the one way in which it leaves this crate.
    ///
    /// # Errors
    /// [`CannotSeal`]: a bug or a broken machine.
    pub fn seal_material(
        &self,
        place: &[u8],
        material: &KeyMaterial,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, CannotSeal> {
        self.seal_as(Label::MATERIAL, place, &material.encode(), entropy)
    }

    /// Opens what [`RecordKey::seal_material`] made, for the key that it must belong to.
    ///
    /// # Errors
    /// [`CannotOpen`] if it was edited, moved to another place, sealed by another key, or is another KMS key's.
    pub fn open_material(&self, place: &[u8], key: KeyId, sealed: &[u8]) -> Result<KeyMaterial, CannotOpen> {
        let bytes = self.open_as(Label::MATERIAL, place, sealed)?;
        KeyMaterial::decode(&bytes).filter(|material| material.key() == key).ok_or(CannotOpen)
    }

    /// Seals a wrapping key, for an import token that must be the same again, at the same place, to be believed. Whatever
    /// else the token says belongs into `place`.
    ///
    /// # Errors
    /// [`CannotSeal`]: a bug or a broken machine.
    pub fn seal_wrapping_key(
        &self,
        place: &[u8],
        key: &WrappingKey,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, CannotSeal> {
        self.seal_as(Label::WRAPPING, place, &key.encode(), entropy)
    }

    /// Opens what [`RecordKey::seal_wrapping_key`] made.
    ///
    /// # Errors
    /// [`CannotOpen`] if it was edited, moved to another place, or sealed by another key.
    pub fn open_wrapping_key(&self, place: &[u8], sealed: &[u8]) -> Result<WrappingKey, CannotOpen> {
        let bytes = self.open_as(Label::WRAPPING, place, sealed)?;
        WrappingKey::decode(&bytes).ok_or(CannotOpen)
    }

    /// A keyed digest of some parts, in which it is plain where each begins and ends. The purpose keeps digests for
    /// different ends apart; it must begin with a letter.
    pub fn fingerprint(&self, purpose: &'static [u8], parts: &[&[u8]]) -> Fingerprint {
        Fingerprint(self.deriving.fingerprint(purpose, parts))
    }

    fn seal_as(
        &self,
        label: Label,
        place: &[u8],
        plaintext: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, CannotSeal> {
        let mut random = [0; RANDOM];
        entropy.fill(&mut random);
        let mut sealed = Vec::with_capacity(plaintext.len() + Self::OVERHEAD);
        sealed.extend_from_slice(&random);
        sealed.extend_from_slice(plaintext);
        let in_out = sealed.get_mut(RANDOM..).ok_or(CannotSeal)?;
        let tag = self.deriving.seal_in_place(label, &random, place, in_out)?;
        sealed.extend_from_slice(&tag);
        Ok(sealed)
    }

    fn open_as(&self, label: Label, place: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, CannotOpen> {
        let (random, rest) = sealed.split_at_checked(RANDOM).ok_or(CannotOpen)?;
        let body = rest.len().checked_sub(TAG).ok_or(CannotOpen)?;
        let (ciphertext, tag) = rest.split_at_checked(body).ok_or(CannotOpen)?;
        self.deriving.open(label, random, place, ciphertext, tag)
    }
}
