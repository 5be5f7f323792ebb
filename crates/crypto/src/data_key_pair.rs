use crate::{CannotGenerate, Plaintext, kind::Kind, spec::KeySpec};
use gatekey_types::Entropy;

/// A data key pair: made for a client, and not kept. Erased when dropped.
pub struct DataKeyPair {
    /// The public half, a DER SubjectPublicKeyInfo (RFC 5280).
    pub public_key: Vec<u8>,
    /// The private half, a DER PKCS#8 PrivateKeyInfo (RFC 5208); that of ML-KEM holds the seed alone (RFC 9935).
    pub private_key: Plaintext,
}

impl DataKeyPair {
    /// Whether AWS makes data key pairs of this spec: RSA, all elliptic curves, ML-KEM.
    pub fn suits(spec: KeySpec) -> bool {
        match spec {
            KeySpec::Rsa2048
            | KeySpec::Rsa3072
            | KeySpec::Rsa4096
            | KeySpec::EccNistP256
            | KeySpec::EccNistP384
            | KeySpec::EccNistP521
            | KeySpec::EccSecgP256k1
            | KeySpec::EccNistEdwards25519
            | KeySpec::MlKem512
            | KeySpec::MlKem768
            | KeySpec::MlKem1024 => true,
            KeySpec::SymmetricDefault
            | KeySpec::Hmac224
            | KeySpec::Hmac256
            | KeySpec::Hmac384
            | KeySpec::Hmac512
            | KeySpec::MlDsa44
            | KeySpec::MlDsa65
            | KeySpec::MlDsa87 => false,
        }
    }

    /// Makes a pair. Where the randomness comes from, and how long it takes, is as with
    /// [`crate::KeyMaterial::generate`].
    ///
    /// # Errors
    /// [`CannotGenerate`] if the spec is not one of [`DataKeyPair::suits`], or the machine is broken.
    pub fn generate(spec: KeySpec, entropy: &dyn Entropy) -> Result<Self, CannotGenerate> {
        if !Self::suits(spec) {
            return Err(CannotGenerate);
        }
        Self::make(spec, entropy).ok_or(CannotGenerate)
    }

    fn make(spec: KeySpec, entropy: &dyn Entropy) -> Option<Self> {
        let secret = Kind::fresh_secret(spec, entropy)?;
        let kind = Kind::parse(spec, &secret)?;
        let private_key = Plaintext::new(kind.pkcs8(&secret)?);
        Some(Self { public_key: kind.public_key()?.to_vec(), private_key })
    }
}
