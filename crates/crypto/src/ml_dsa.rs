//! ML-DSA (FIPS 204), with an empty context string.

use crate::{
    derive::SecretBytes,
    raw::{MU, RawKey},
    spec::KeySpec,
};
use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    signature::{
        KeyPair as _, ML_DSA_44, ML_DSA_44_SIGNING, ML_DSA_65, ML_DSA_65_SIGNING, ML_DSA_87,
        ML_DSA_87_SIGNING, PqdsaKeyPair, PqdsaSigningAlgorithm, PqdsaVerificationAlgorithm,
        UnparsedPublicKey,
    },
};
use zeroize::Zeroizing;

/// How the library calls a parameter set, for signing and for verifying.
pub(crate) type Algorithms = (&'static PqdsaSigningAlgorithm, &'static PqdsaVerificationAlgorithm);

pub(crate) fn algorithms(spec: KeySpec) -> Option<Algorithms> {
    match spec {
        KeySpec::MlDsa44 => Some((&ML_DSA_44_SIGNING, &ML_DSA_44)),
        KeySpec::MlDsa65 => Some((&ML_DSA_65_SIGNING, &ML_DSA_65)),
        KeySpec::MlDsa87 => Some((&ML_DSA_87_SIGNING, &ML_DSA_87)),
        _ => None,
    }
}

/// An ML-DSA key pair.
pub(crate) struct MlDsaKey {
    algorithms: Algorithms,
    pair: PqdsaKeyPair,
    public: Vec<u8>,
    raw: RawKey,
}

impl MlDsaKey {
    /// Length of the seed, in bytes.
    pub(crate) const SEED: usize = 32;

    pub(crate) fn parse(spec: KeySpec, seed: &[u8]) -> Option<Self> {
        let algorithms = algorithms(spec)?;
        let pair = PqdsaKeyPair::from_seed(algorithms.0, seed).ok()?;
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().ok()?;
        let public = public.as_ref().to_vec();
        let raw = RawKey::from_pkcs8(pair.to_pkcs8v1().ok()?.as_ref())?;
        Some(Self { algorithms, pair, public, raw })
    }

    /// The seed of a key that came from outside as PKCS#8. A key without its seed is refused.
    pub(crate) fn import(spec: KeySpec, pkcs8: &[u8]) -> Option<SecretBytes> {
        PqdsaKeyPair::from_pkcs8(algorithms(spec)?.0, pkcs8).ok()?;
        RawKey::from_pkcs8(pkcs8)?.seed::<{ Self::SEED }>()
    }

    pub(crate) fn public_key(&self) -> &[u8] {
        &self.public
    }

    pub(crate) fn pkcs8(&self) -> Option<SecretBytes> {
        Some(Zeroizing::new(self.pair.to_pkcs8v1().ok()?.as_ref().to_vec()))
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let mut signature = vec![0; self.algorithms.0.signature_len()];
        let length = self.pair.sign(message, &mut signature).ok()?;
        (length == signature.len()).then_some(signature)
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Option<()> {
        verify(self.algorithms, &self.public, message, signature)
    }

    pub(crate) fn sign_mu(&self, mu: &[u8]) -> Option<Vec<u8>> {
        let mu: &[u8; MU] = mu.try_into().ok()?;
        self.raw.sign_mu(mu, self.algorithms.0.signature_len())
    }

    pub(crate) fn verify_mu(&self, mu: &[u8], signature: &[u8]) -> Option<()> {
        self.raw.verify_mu(mu.try_into().ok()?, signature)
    }
}

/// Verifies under a public key, which is a SubjectPublicKeyInfo.
pub(crate) fn verify(algorithms: Algorithms, public: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    UnparsedPublicKey::new(algorithms.1, public).verify(message, signature).ok()
}
