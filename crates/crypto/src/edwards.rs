//! Ed25519 and Ed25519ph (RFC 8032).

use crate::{derive::SecretBytes, raw};
use aws_lc_rs::{
    encoding::{AsBigEndian, AsDer, Curve25519SeedBin, PublicKeyX509Der},
    signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey},
};
use zeroize::Zeroizing;

/// An Ed25519 key pair.
pub(crate) struct EdwardsKey {
    pair: Ed25519KeyPair,
    /// The form in which Ed25519ph wants it: the seed, then the public key.
    long: Zeroizing<[u8; 64]>,
    point: [u8; 32],
    public: Vec<u8>,
}

impl EdwardsKey {
    /// Length of the seed, in bytes.
    pub(crate) const SEED: usize = 32;

    pub(crate) fn parse(seed: &[u8]) -> Option<Self> {
        if seed.len() != Self::SEED {
            return None;
        }
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
        let point: [u8; 32] = pair.public_key().as_ref().try_into().ok()?;
        let mut long = Zeroizing::new([0; 64]);
        let (front, back) = long.split_at_mut(Self::SEED);
        front.copy_from_slice(seed);
        back.copy_from_slice(&point);
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().ok()?;
        let public = public.as_ref().to_vec();
        Some(Self { pair, long, point, public })
    }

    /// The seed of a key that came from outside as PKCS#8; a public half that comes with it must be its own.
    pub(crate) fn import(pkcs8: &[u8]) -> Option<SecretBytes> {
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8).ok()?;
        let seed: Curve25519SeedBin<'_> = pair.seed().ok()?.as_be_bytes().ok()?;
        Some(Zeroizing::new(seed.as_ref().to_vec()))
    }

    pub(crate) fn public_key(&self) -> &[u8] {
        &self.public
    }

    pub(crate) fn pkcs8(&self) -> Option<SecretBytes> {
        Some(Zeroizing::new(self.pair.to_pkcs8v1().ok()?.as_ref().to_vec()))
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        Some(self.pair.try_sign(message).ok()?.as_ref().to_vec())
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Option<()> {
        verify(&self.point, message, signature)
    }

    /// Ed25519ph of a digest, which is hashed once more, as AWS does.
    pub(crate) fn sign_prehashed(&self, digest: &[u8]) -> Option<Vec<u8>> {
        raw::ed25519ph_sign(&self.long, digest).map(Vec::from)
    }

    pub(crate) fn verify_prehashed(&self, digest: &[u8], signature: &[u8]) -> Option<()> {
        raw::ed25519ph_verify(&self.point, digest, signature)
    }
}

/// Verifies pure Ed25519 under a public key of 32 bytes.
pub(crate) fn verify(point: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    UnparsedPublicKey::new(&ED25519, point).verify(message, signature).ok()
}
