use crate::{
    derive::SecretBytes,
    ec::{Curve, EcKey},
    edwards::EdwardsKey,
    mac::MacKey,
    ml_dsa::MlDsaKey,
    ml_kem::MlKemKey,
    rsa::RsaKey,
    spec::KeySpec,
    symmetric::SymmetricKey,
};
use gatekey_types::Entropy;
use zeroize::Zeroizing;

/// Material in the form that its algorithms want: parsing an RSA key costs as much as a signature, so it is done once.
///
/// Each kind has one canonical secret, from which it is parsed: the bytes of a symmetric or HMAC key; PKCS#8 (RFC 5958,
/// version 1) as aws-lc writes it for RSA and the short Weierstrass curves; the seed for Ed25519 (32 bytes), ML-DSA
/// (32 bytes) and ML-KEM (64 bytes).
pub(crate) enum Kind {
    Symmetric(SymmetricKey),
    Mac(MacKey),
    Rsa(RsaKey),
    Ec(EcKey),
    Edwards(EdwardsKey),
    MlDsa(MlDsaKey),
    MlKem(MlKemKey),
}

impl Kind {
    /// Makes a fresh canonical secret.
    pub(crate) fn fresh_secret(spec: KeySpec, entropy: &dyn Entropy) -> Option<SecretBytes> {
        let random = |length: usize| {
            let mut bytes = Zeroizing::new(vec![0; length]);
            entropy.fill(&mut bytes);
            Some(bytes)
        };
        match spec {
            KeySpec::SymmetricDefault => random(32),
            KeySpec::Hmac224 => random(28),
            KeySpec::Hmac256 => random(32),
            KeySpec::Hmac384 => random(48),
            KeySpec::Hmac512 => random(64),
            KeySpec::EccNistEdwards25519 => random(EdwardsKey::SEED),
            KeySpec::MlDsa44 | KeySpec::MlDsa65 | KeySpec::MlDsa87 => random(MlDsaKey::SEED),
            KeySpec::MlKem512 | KeySpec::MlKem768 | KeySpec::MlKem1024 => random(MlKemKey::SEED),
            KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => RsaKey::fresh_secret(spec),
            KeySpec::EccNistP256 | KeySpec::EccNistP384 | KeySpec::EccNistP521 | KeySpec::EccSecgP256k1 => {
                EcKey::fresh_secret(Curve::of(spec)?)
            }
        }
    }

    /// Parses a canonical secret.
    pub(crate) fn parse(spec: KeySpec, secret: &[u8]) -> Option<Self> {
        match spec {
            KeySpec::SymmetricDefault => {
                (secret.len() == 32).then(|| Self::Symmetric(SymmetricKey::new(secret)))
            }
            KeySpec::Hmac224 | KeySpec::Hmac256 | KeySpec::Hmac384 | KeySpec::Hmac512 => {
                MacKey::parse(spec, secret).map(Self::Mac)
            }
            KeySpec::EccNistEdwards25519 => EdwardsKey::parse(secret).map(Self::Edwards),
            KeySpec::MlDsa44 | KeySpec::MlDsa65 | KeySpec::MlDsa87 => {
                MlDsaKey::parse(spec, secret).map(Self::MlDsa)
            }
            KeySpec::MlKem512 | KeySpec::MlKem768 | KeySpec::MlKem1024 => {
                MlKemKey::parse(spec, secret).map(Self::MlKem)
            }
            KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => {
                RsaKey::parse(spec, secret).map(Self::Rsa)
            }
            KeySpec::EccNistP256 | KeySpec::EccNistP384 | KeySpec::EccNistP521 | KeySpec::EccSecgP256k1 => {
                EcKey::parse(Curve::of(spec)?, secret).map(Self::Ec)
            }
        }
    }

    /// The public half as a SubjectPublicKeyInfo, where there is one.
    pub(crate) fn public_key(&self) -> Option<&[u8]> {
        match self {
            Self::Symmetric(_) | Self::Mac(_) => None,
            Self::Rsa(key) => Some(key.public_key()),
            Self::Ec(key) => Some(key.public_key()),
            Self::Edwards(key) => Some(key.public_key()),
            Self::MlDsa(key) => Some(key.public_key()),
            Self::MlKem(key) => Some(key.public_key()),
        }
    }

    /// The private half as PKCS#8, given the secret that this was parsed from.
    pub(crate) fn pkcs8(&self, secret: &[u8]) -> Option<SecretBytes> {
        match self {
            Self::Symmetric(_) | Self::Mac(_) => None,
            Self::Rsa(_) | Self::Ec(_) => Some(Zeroizing::new(secret.to_vec())),
            Self::Edwards(key) => key.pkcs8(),
            Self::MlDsa(key) => key.pkcs8(),
            Self::MlKem(key) => Some(key.pkcs8(secret)),
        }
    }
}
