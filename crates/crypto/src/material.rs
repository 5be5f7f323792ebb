use crate::{
    CannotGenerate, CannotOpen, CannotSeal, Plaintext,
    blob::{Algorithm, Blob, BlobHeader},
    context::EncryptionContext,
    derive::{DerivingKey, SecretBytes},
    kind::Kind,
    spec::KeySpec,
};
use gatekey_types::{Entropy, KeyId, KeyMaterialId};
use zeroize::Zeroizing;

/// One material of a KMS key, parsed and ready for use. Erased when dropped; it has no `Debug`, `Clone` or `Serialize`.
///
/// A material belongs to one key, and its id is derived from both: for SYMMETRIC_DEFAULT it is
/// `HMAC-SHA-256(material, purpose ‖ spec ‖ key id)`. So the same bytes imported again into the same key have the same
/// id (as AWS has it), replicas of a multi-Region key agree on it, the same bytes under two keys do not show that they
/// are the same, and ciphertext that names an id can be opened by no other material. AWS shows ids of symmetric
/// encryption keys only; those of other specs are for Gatekey itself, and are derived from a digest of the material, so
/// that no id is ever a tag that the client's own HMAC key would make.
pub struct KeyMaterial {
    key: KeyId,
    id: KeyMaterialId,
    spec: KeySpec,
    secret: SecretBytes,
    kind: Kind,
}

impl KeyMaterial {
    /// Makes fresh material for a key. It takes long for RSA (up to seconds for RSA_4096): keep it off threads that
    /// others wait for.
    ///
    /// RSA pairs and those on the NIST curves and secp256k1 are made from the cryptographic library's own randomness,
    /// since it takes none for them; all others from `entropy`.
    ///
    /// # Errors
    /// [`CannotGenerate`]: a broken machine.
    pub fn generate(spec: KeySpec, key: KeyId, entropy: &dyn Entropy) -> Result<Self, CannotGenerate> {
        let secret = Kind::fresh_secret(spec, entropy).ok_or(CannotGenerate)?;
        Self::from_secret(spec, key, secret).ok_or(CannotGenerate)
    }

    /// Takes over the canonical form of a secret.
    pub(crate) fn from_secret(spec: KeySpec, key: KeyId, secret: SecretBytes) -> Option<Self> {
        let kind = Kind::parse(spec, &secret)?;
        Some(Self { key, id: material_id(spec, key, &secret), spec, secret, kind })
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
        self.spec
    }

    /// The public half as a DER SubjectPublicKeyInfo (RFC 5280), as GetPublicKey answers it; none for symmetric and HMAC
    /// keys.
    pub fn public_key(&self) -> Option<&[u8]> {
        self.kind.public_key()
    }

    pub(crate) fn kind(&self) -> &Kind {
        &self.kind
    }

    /// The secret in its canonical form.
    pub(crate) fn secret(&self) -> &[u8] {
        &self.secret
    }

    /// Encrypts up to [`crate::LONGEST_PLAINTEXT`] bytes into a blob that names this key and this material.
    ///
    /// # Errors
    /// [`CannotSeal`] if the plaintext is too long, or this is no SYMMETRIC_DEFAULT key.
    pub fn encrypt(
        &self,
        context: &EncryptionContext,
        plaintext: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, CannotSeal> {
        let Kind::Symmetric(symmetric) = &self.kind else { return Err(CannotSeal) };
        let header = BlobHeader { algorithm: Algorithm::SymmetricDefault, key: self.key, material: self.id };
        symmetric.seal(header, context, plaintext, entropy)
    }

    pub(crate) fn decrypt(
        &self,
        blob: &Blob<'_>,
        context: &EncryptionContext,
    ) -> Result<Plaintext, CannotOpen> {
        let header = blob.header();
        let Kind::Symmetric(symmetric) = &self.kind else { return Err(CannotOpen) };
        if header.key != self.key || header.material != self.id {
            return Err(CannotOpen);
        }
        symmetric.open(blob, context)
    }

    /// The form in which material is sealed: a version, the spec, the key, the secret.
    pub(crate) fn encode(&self) -> SecretBytes {
        let mut out = Zeroizing::new(Vec::with_capacity(HEAD + self.secret.len()));
        out.extend([1, self.spec.code(), u8::from(self.key.is_multi_region())]);
        out.extend_from_slice(self.key.bytes());
        out.extend_from_slice(&self.secret);
        out
    }

    /// Reads [`KeyMaterial::encode`]'s form, already authenticated.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (&[version, spec, multi_region], rest) = bytes.split_first_chunk::<3>()?;
        let (&key, secret) = rest.split_first_chunk::<16>()?;
        if version != 1 {
            return None;
        }
        let key = KeyId::from_parts(key, multi_region == 1);
        Self::from_secret(KeySpec::from_code(spec)?, key, Zeroizing::new(secret.to_vec()))
    }
}

/// Length of the encoded form before the secret.
const HEAD: usize = 3 + 16;

fn material_id(spec: KeySpec, key: KeyId, secret: &[u8]) -> KeyMaterialId {
    let multi_region = [u8::from(key.is_multi_region())];
    let parts: [&[u8]; 3] = [&[spec.code()], &multi_region, key.bytes()];
    let deriving = match spec {
        KeySpec::SymmetricDefault => DerivingKey::new(secret),
        _ => DerivingKey::new(
            &Zeroizing::new(
                DerivingKey::new(b"gatekey material digest v1").fingerprint(b"secret", &[secret]),
            )[..],
        ),
    };
    KeyMaterialId::from_bytes(deriving.fingerprint(b"gatekey material id v1", &parts))
}

#[cfg(test)]
impl KeyMaterial {
    /// Symmetric material of known bytes.
    pub(crate) fn known(key: KeyId, secret: [u8; 32]) -> Self {
        Self::from_secret(KeySpec::SymmetricDefault, key, Zeroizing::new(secret.to_vec())).unwrap()
    }
}
