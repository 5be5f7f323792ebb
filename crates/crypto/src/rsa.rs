//! RSA: OAEP encryption, and the PSS and PKCS #1 v1.5 signatures.

use crate::{
    CannotOpen, KeyMaterial, Plaintext, derive::SecretBytes, kind::Kind, signature::SigningAlgorithm,
    spec::KeySpec,
};
use aws_lc_rs::{
    digest::{self, Digest},
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rand::SystemRandom,
    rsa::{
        KeyPair, KeySize, OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm,
        OaepPrivateDecryptingKey, OaepPublicEncryptingKey, PrivateDecryptingKey, PublicEncryptingKey,
    },
    signature::{self, KeyPair as _, RsaEncoding, RsaParameters, UnparsedPublicKey},
};
use core::fmt;
use std::sync::OnceLock;
use zeroize::Zeroizing;

/// The algorithms by which RSA keys encrypt. The same hash serves the mask generation function MGF1, and the label is
/// empty, as on AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RsaEncryption {
    /// RSAES_OAEP_SHA_1.
    OaepSha1,
    /// RSAES_OAEP_SHA_256.
    OaepSha256,
}

impl RsaEncryption {
    /// Longest plaintext, in bytes, that a key of this spec encrypts; none if it is no RSA key.
    pub fn longest_plaintext(self, spec: KeySpec) -> Option<usize> {
        let hash = match self {
            Self::OaepSha1 => 20,
            Self::OaepSha256 => 32,
        };
        Some(modulus(spec)? - 2 * hash - 2)
    }

    pub(crate) fn oaep(self) -> &'static OaepAlgorithm {
        match self {
            Self::OaepSha1 => &OAEP_SHA1_MGF1SHA1,
            Self::OaepSha256 => &OAEP_SHA256_MGF1SHA256,
        }
    }
}

/// Why an RSA key did not encrypt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EncryptionFault {
    /// The material is no RSA key.
    AlgorithmUnsuited,
    /// The plaintext is longer than the modulus and the algorithm leave room for.
    PlaintextTooLong {
        /// The longest that can be, in bytes.
        most: usize,
    },
    /// A bug or a broken machine.
    Broken,
}

impl fmt::Display for EncryptionFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlgorithmUnsuited => f.write_str("the algorithm does not suit the key"),
            Self::PlaintextTooLong { most } => write!(f, "the plaintext is longer than {most} bytes"),
            Self::Broken => f.write_str("cannot be encrypted"),
        }
    }
}

impl core::error::Error for EncryptionFault {}

impl KeyMaterial {
    /// Encrypts under the public half of an RSA key. The ciphertext is as long as the modulus and names no key. The
    /// padding is drawn from the cryptographic library's own randomness.
    ///
    /// # Errors
    /// See [`EncryptionFault`].
    pub fn encrypt_rsa(
        &self,
        algorithm: RsaEncryption,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, EncryptionFault> {
        let Kind::Rsa(key) = self.kind() else { return Err(EncryptionFault::AlgorithmUnsuited) };
        let most = algorithm.longest_plaintext(self.spec()).ok_or(EncryptionFault::AlgorithmUnsuited)?;
        if plaintext.len() > most {
            return Err(EncryptionFault::PlaintextTooLong { most });
        }
        key.encrypt(algorithm, plaintext).ok_or(EncryptionFault::Broken)
    }

    /// Decrypts what was encrypted under the public half of this RSA key.
    ///
    /// # Errors
    /// [`CannotOpen`], whatever is wrong: length, padding, another key or algorithm, or this is no RSA key.
    pub fn decrypt_rsa(&self, algorithm: RsaEncryption, ciphertext: &[u8]) -> Result<Plaintext, CannotOpen> {
        let Kind::Rsa(key) = self.kind() else { return Err(CannotOpen) };
        key.decrypt(self.secret(), algorithm, ciphertext).map(Plaintext::new).ok_or(CannotOpen)
    }
}

/// Length of the modulus in bytes.
fn modulus(spec: KeySpec) -> Option<usize> {
    size(spec).map(KeySize::len)
}

fn size(spec: KeySpec) -> Option<KeySize> {
    match spec {
        KeySpec::Rsa2048 => Some(KeySize::Rsa2048),
        KeySpec::Rsa3072 => Some(KeySize::Rsa3072),
        KeySpec::Rsa4096 => Some(KeySize::Rsa4096),
        _ => None,
    }
}

/// An RSA key pair.
pub(crate) struct RsaKey {
    pair: KeyPair,
    public: Vec<u8>,
    encrypting: OnceLock<OaepPublicEncryptingKey>,
    decrypting: OnceLock<OaepPrivateDecryptingKey>,
}

impl RsaKey {
    /// Makes a pair with the public exponent 65537.
    pub(crate) fn fresh_secret(spec: KeySpec) -> Option<SecretBytes> {
        canonical(&KeyPair::generate(size(spec)?).ok()?)
    }

    /// The canonical form of a key that came from outside, if it is consistent and of the very size.
    pub(crate) fn import(spec: KeySpec, pkcs8: &[u8]) -> Option<SecretBytes> {
        let bits = PrivateDecryptingKey::from_pkcs8(pkcs8).ok()?.key_size_bits();
        let pair = KeyPair::from_pkcs8(pkcs8).ok()?;
        (bits == modulus(spec)? * 8).then(|| canonical(&pair)).flatten()
    }

    pub(crate) fn parse(spec: KeySpec, pkcs8: &[u8]) -> Option<Self> {
        let pair = KeyPair::from_pkcs8(pkcs8).ok()?;
        if pair.public_modulus_len() != modulus(spec)? {
            return None;
        }
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().ok()?;
        let public = public.as_ref().to_vec();
        Some(Self { pair, public, encrypting: OnceLock::new(), decrypting: OnceLock::new() })
    }

    pub(crate) fn public_key(&self) -> &[u8] {
        &self.public
    }

    fn encrypt(&self, algorithm: RsaEncryption, plaintext: &[u8]) -> Option<Vec<u8>> {
        let key = once(&self.encrypting, || {
            OaepPublicEncryptingKey::new(PublicEncryptingKey::from_der(&self.public).ok()?).ok()
        })?;
        let mut ciphertext = vec![0; key.ciphertext_size()];
        let length = key.encrypt(algorithm.oaep(), plaintext, &mut ciphertext, None).ok()?.len();
        (length == ciphertext.len()).then_some(ciphertext)
    }

    fn decrypt(&self, secret: &[u8], algorithm: RsaEncryption, ciphertext: &[u8]) -> Option<SecretBytes> {
        let key = once(&self.decrypting, || decrypting_key(secret))?;
        decrypt(key, algorithm, ciphertext)
    }

    pub(crate) fn sign(&self, algorithm: SigningAlgorithm, message: &[u8]) -> Option<Vec<u8>> {
        let encoding = Scheme::of(algorithm)?.encoding;
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(encoding, &SystemRandom::new(), message, &mut signature).ok()?;
        Some(signature)
    }

    pub(crate) fn sign_digest(&self, algorithm: SigningAlgorithm, digest: &[u8]) -> Option<Vec<u8>> {
        let scheme = Scheme::of(algorithm)?;
        let digest = Digest::import_less_safe(digest, scheme.hash).ok()?;
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign_digest(scheme.encoding, &digest, &mut signature).ok()?;
        Some(signature)
    }

    pub(crate) fn verify(&self, algorithm: SigningAlgorithm, message: &[u8], signature: &[u8]) -> Option<()> {
        verify(&self.public, algorithm, message, signature)
    }

    pub(crate) fn verify_digest(
        &self,
        algorithm: SigningAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> Option<()> {
        let scheme = Scheme::of(algorithm)?;
        let digest = Digest::import_less_safe(digest, scheme.hash).ok()?;
        UnparsedPublicKey::new(scheme.parameters, &self.public).verify_digest(&digest, signature).ok()
    }
}

/// Verifies under a public key, which is a SubjectPublicKeyInfo.
pub(crate) fn verify(
    public: &[u8],
    algorithm: SigningAlgorithm,
    message: &[u8],
    signature: &[u8],
) -> Option<()> {
    let parameters = Scheme::of(algorithm)?.parameters;
    UnparsedPublicKey::new(parameters, public).verify(message, signature).ok()
}

/// Parses a private key for decryption.
pub(crate) fn decrypting_key(pkcs8: &[u8]) -> Option<OaepPrivateDecryptingKey> {
    OaepPrivateDecryptingKey::new(PrivateDecryptingKey::from_pkcs8(pkcs8).ok()?).ok()
}

/// Decrypts one ciphertext, which must be exactly as long as the modulus.
pub(crate) fn decrypt(
    key: &OaepPrivateDecryptingKey,
    algorithm: RsaEncryption,
    ciphertext: &[u8],
) -> Option<SecretBytes> {
    if ciphertext.len() != key.key_size_bytes() {
        return None;
    }
    let mut plaintext = Zeroizing::new(vec![0; key.min_output_size()]);
    let length = key.decrypt(algorithm.oaep(), ciphertext, &mut plaintext, None).ok()?.len();
    plaintext.truncate(length);
    Some(plaintext)
}

fn canonical(pair: &KeyPair) -> Option<SecretBytes> {
    let pkcs8: Pkcs8V1Der<'_> = pair.as_der().ok()?;
    Some(Zeroizing::new(pkcs8.as_ref().to_vec()))
}

/// Fills a cell at its first use.
pub(crate) fn once<T>(cell: &OnceLock<T>, make: impl FnOnce() -> Option<T>) -> Option<&T> {
    if cell.get().is_none() {
        let made = make()?;
        // Another thread may have been first; its key is the same.
        let _ = cell.set(made);
    }
    cell.get()
}

/// What the library calls a signing algorithm.
struct Scheme {
    encoding: &'static dyn RsaEncoding,
    parameters: &'static RsaParameters,
    hash: &'static digest::Algorithm,
}

impl Scheme {
    fn of(algorithm: SigningAlgorithm) -> Option<Self> {
        use SigningAlgorithm as A;
        let (encoding, parameters, hash): (&'static dyn RsaEncoding, _, _) = match algorithm {
            A::RsassaPssSha256 => {
                (&signature::RSA_PSS_SHA256, &signature::RSA_PSS_2048_8192_SHA256, &digest::SHA256)
            }
            A::RsassaPssSha384 => {
                (&signature::RSA_PSS_SHA384, &signature::RSA_PSS_2048_8192_SHA384, &digest::SHA384)
            }
            A::RsassaPssSha512 => {
                (&signature::RSA_PSS_SHA512, &signature::RSA_PSS_2048_8192_SHA512, &digest::SHA512)
            }
            A::RsassaPkcs1V15Sha256 => {
                (&signature::RSA_PKCS1_SHA256, &signature::RSA_PKCS1_2048_8192_SHA256, &digest::SHA256)
            }
            A::RsassaPkcs1V15Sha384 => {
                (&signature::RSA_PKCS1_SHA384, &signature::RSA_PKCS1_2048_8192_SHA384, &digest::SHA384)
            }
            A::RsassaPkcs1V15Sha512 => {
                (&signature::RSA_PKCS1_SHA512, &signature::RSA_PKCS1_2048_8192_SHA512, &digest::SHA512)
            }
            _ => return None,
        };
        Some(Self { encoding, parameters, hash })
    }
}
