//! Sealing for the key of an attested recipient: `CiphertextForRecipient`'s cryptography.

use crate::{CannotSeal, Plaintext};
use aws_lc_rs::{
    cipher::{
        AES_256, AES_256_KEY_LEN, AES_CBC_IV_LEN, EncryptionContext, PaddedBlockEncryptingKey,
        UnboundCipherKey,
    },
    iv::FixedLength,
    rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey},
};
use gatekey_types::Entropy;
use zeroize::Zeroizing;

/// The RSA sizes of recipients' keys, in bits.
const SIZES: [usize; 3] = [2048, 3072, 4096];

/// The public key of a recipient: a stranger's, that may be anything.
pub struct RecipientKey(OaepPublicEncryptingKey);

/// A plaintext under a fresh key, and that key for the recipient's only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedForRecipient {
    /// The fresh key by RSAES-OAEP with SHA-256 and MGF1 with SHA-256, without a label.
    pub key: Vec<u8>,
    /// The initialisation vector.
    pub iv: [u8; AES_CBC_IV_LEN],
    /// The plaintext by AES-256 in CBC mode with PKCS #7 padding.
    pub content: Vec<u8>,
}

impl RecipientKey {
    /// Takes an RSA key of 2048, 3072 or 4096 bits, as SubjectPublicKeyInfo in DER.
    ///
    /// # Errors
    /// It is anything else.
    pub fn from_spki(spki: &[u8]) -> Result<Self, CannotSeal> {
        let key = PublicEncryptingKey::from_der(spki).map_err(|_| CannotSeal)?;
        if !SIZES.contains(&key.key_size_bits()) {
            return Err(CannotSeal);
        }
        OaepPublicEncryptingKey::new(key).map(Self).map_err(|_| CannotSeal)
    }

    /// Seals a plaintext so that the owner of the private key alone can open it.
    ///
    /// # Errors
    /// A broken machine.
    pub fn seal(
        &self,
        plaintext: &Plaintext,
        entropy: &dyn Entropy,
    ) -> Result<SealedForRecipient, CannotSeal> {
        let mut fresh = Zeroizing::new([0; AES_256_KEY_LEN]);
        entropy.fill(&mut *fresh);
        let mut iv = [0; AES_CBC_IV_LEN];
        entropy.fill(&mut iv);
        let mut wrapped = vec![0; self.0.ciphertext_size()];
        let length = self.0.encrypt(&OAEP_SHA256_MGF1SHA256, &*fresh, &mut wrapped, None);
        let length = length.map_err(|_| CannotSeal)?.len();
        wrapped.truncate(length);
        Ok(SealedForRecipient { key: wrapped, iv, content: encrypt(&fresh, iv, plaintext)? })
    }
}

fn encrypt(
    key: &[u8; AES_256_KEY_LEN],
    iv: [u8; AES_CBC_IV_LEN],
    plaintext: &Plaintext,
) -> Result<Vec<u8>, CannotSeal> {
    let key = UnboundCipherKey::new(&AES_256, key).and_then(PaddedBlockEncryptingKey::cbc_pkcs7);
    // Room for the padding, so that the plaintext is not moved and leaves no copy behind.
    let mut content = Vec::with_capacity(plaintext.len() + AES_CBC_IV_LEN);
    content.extend_from_slice(plaintext.expose());
    let context = EncryptionContext::Iv128(FixedLength::from(iv));
    key.and_then(|key| key.less_safe_encrypt(&mut content, context)).map_err(|_| CannotSeal)?;
    Ok(content)
}
