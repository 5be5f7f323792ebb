use crate::{
    CannotOpen, CannotSeal, Plaintext,
    blob::{Algorithm, Blob, BlobHeader},
    context::EncryptionContext,
    derive::{DerivingKey, Secret, random_secret},
    symmetric::SymmetricKey,
};
use gatekey_types::{Entropy, KeyId, KeyMaterialId};
use zeroize::Zeroizing;

/// The kinds of key material.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeySpec {
    /// A 256-bit symmetric encryption key.
    SymmetricDefault,
}

impl KeySpec {
    const fn code(self) -> u8 {
        match self {
            Self::SymmetricDefault => 1,
        }
    }
}

/// One material of a KMS key, ready for use. Erased when dropped; it has no `Debug`, `Clone` or `Serialize`.
///
/// A material belongs to one key, and its id is derived from both: `HMAC-SHA-256(material, purpose ‖ spec ‖ key id)`.
/// So the same bytes imported again into the same key have the same id (as AWS has it), replicas of a multi-Region key
/// agree on it, the same bytes under two keys do not show that they are the same, and ciphertext that names an id can
/// be opened by no other material.
pub struct KeyMaterial {
    key: KeyId,
    id: KeyMaterialId,
    secret: Secret,
    kind: Kind,
}

/// The material in the form that its algorithms want.
enum Kind {
    Symmetric(SymmetricKey),
}

impl KeyMaterial {
    /// Makes fresh material for a key.
    pub fn generate(spec: KeySpec, key: KeyId, entropy: &dyn Entropy) -> Self {
        Self::from_secret(spec, key, random_secret(entropy))
    }

    fn from_secret(spec: KeySpec, key: KeyId, secret: Secret) -> Self {
        let multi_region = [u8::from(key.is_multi_region())];
        let id = DerivingKey::new(&secret)
            .fingerprint(b"gatekey material id v1", &[&[spec.code()], &multi_region, key.bytes()]);
        let kind = match spec {
            KeySpec::SymmetricDefault => Kind::Symmetric(SymmetricKey::new(&secret)),
        };
        Self { key, id: KeyMaterialId::from_bytes(id), secret, kind }
    }

    /// The id of this material.
    pub fn id(&self) -> KeyMaterialId {
        self.id
    }

    /// The key that it belongs to.
    pub fn key(&self) -> KeyId {
        self.key
    }

    /// What kind of material it is.
    pub fn spec(&self) -> KeySpec {
        match self.kind {
            Kind::Symmetric(_) => KeySpec::SymmetricDefault,
        }
    }

    /// Encrypts up to [`crate::LONGEST_PLAINTEXT`] bytes into a blob that names this key and this material.
    ///
    /// # Errors
    /// [`CannotSeal`] if the plaintext is too long.
    pub fn encrypt(
        &self,
        context: &EncryptionContext,
        plaintext: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, CannotSeal> {
        let Kind::Symmetric(symmetric) = &self.kind;
        let header = BlobHeader { algorithm: Algorithm::SymmetricDefault, key: self.key, material: self.id };
        symmetric.seal(header, context, plaintext, entropy)
    }

    pub(crate) fn decrypt(
        &self,
        blob: &Blob<'_>,
        context: &EncryptionContext,
    ) -> Result<Plaintext, CannotOpen> {
        let header = blob.header();
        let Kind::Symmetric(symmetric) = &self.kind;
        if header.key != self.key || header.material != self.id {
            return Err(CannotOpen);
        }
        symmetric.open(blob, context)
    }

    /// The form in which material is sealed: a version, the kind, the key, the secret.
    pub(crate) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(ENCODED));
        out.extend([1, self.spec().code(), u8::from(self.key.is_multi_region())]);
        out.extend_from_slice(self.key.bytes());
        out.extend_from_slice(self.secret.as_slice());
        out
    }

    /// Reads [`KeyMaterial::encode`]'s form, already authenticated.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (&[version, spec, multi_region], rest) = bytes.split_first_chunk::<3>()?;
        let (&key, rest) = rest.split_first_chunk::<16>()?;
        let mut secret = Zeroizing::new([0; 32]);
        if version != 1 || spec != KeySpec::SymmetricDefault.code() || rest.len() != secret.len() {
            return None;
        }
        secret.copy_from_slice(rest);
        let key = KeyId::from_parts(key, multi_region == 1);
        Some(Self::from_secret(KeySpec::SymmetricDefault, key, secret))
    }
}

const ENCODED: usize = 3 + 16 + 32;

#[cfg(test)]
impl KeyMaterial {
    /// Material of known bytes.
    pub(crate) fn known(key: KeyId, secret: [u8; 32]) -> Self {
        Self::from_secret(KeySpec::SymmetricDefault, key, Zeroizing::new(secret))
    }
}
