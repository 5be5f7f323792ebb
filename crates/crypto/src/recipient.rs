//! Sealing for the key of an attested recipient: `CiphertextForRecipient`'s cryptography.

use crate::{CannotSeal, Plaintext, raw::is_public_key};
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
        // The parser overlooks what follows the key.
        if !is_public_key(spki) {
            return Err(CannotSeal);
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::{
        cipher::{DecryptionContext, PaddedBlockDecryptingKey},
        encoding::{AsDer, PublicKeyX509Der},
        rsa::{KeySize, OaepPrivateDecryptingKey, PrivateDecryptingKey},
        signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
    };
    use gatekey_testkit::SeededEntropy;

    fn spki(key: &PrivateDecryptingKey) -> Vec<u8> {
        let der: PublicKeyX509Der<'_> = key.public_key().as_der().unwrap();
        der.as_ref().to_vec()
    }

    fn open(private: &OaepPrivateDecryptingKey, sealed: &SealedForRecipient) -> Vec<u8> {
        let mut key = vec![0; private.min_output_size()];
        let key = private.decrypt(&OAEP_SHA256_MGF1SHA256, &sealed.key, &mut key, None).unwrap();
        let key = PaddedBlockDecryptingKey::cbc_pkcs7(UnboundCipherKey::new(&AES_256, key).unwrap()).unwrap();
        let mut content = sealed.content.clone();
        let context = DecryptionContext::Iv128(FixedLength::from(sealed.iv));
        key.decrypt(&mut content, context).unwrap().to_vec()
    }

    #[test]
    fn the_owner_of_the_private_key_opens_what_was_sealed() {
        let entropy = SeededEntropy::new(1);
        let private = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
        let key = RecipientKey::from_spki(&spki(&private)).unwrap();
        let private = OaepPrivateDecryptingKey::new(private).unwrap();
        for length in [0, 1, 15, 16, 17, 1024, 4096] {
            let plaintext = Plaintext::random(length, &entropy);
            let sealed = key.seal(&plaintext, &entropy).unwrap();
            assert_eq!(sealed.content.len(), (length / 16 + 1) * 16);
            assert!(plaintext.is(&open(&private, &sealed)), "{length}");
        }
    }

    #[test]
    fn every_sealing_has_a_key_and_a_vector_of_its_own() {
        let entropy = SeededEntropy::new(1);
        let private = PrivateDecryptingKey::generate(KeySize::Rsa3072).unwrap();
        let key = RecipientKey::from_spki(&spki(&private)).unwrap();
        let plaintext = Plaintext::random(32, &entropy);
        let (one, two) = (key.seal(&plaintext, &entropy).unwrap(), key.seal(&plaintext, &entropy).unwrap());
        assert!(one.iv != two.iv && one.content != two.content && one.key != two.key);
    }

    #[test]
    fn only_rsa_keys_of_known_sizes_are_taken() {
        let good = spki(&PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap());
        assert!(RecipientKey::from_spki(&good).is_ok());
        let other = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let other: PublicKeyX509Der<'_> = other.public_key().as_der().unwrap();
        assert!(RecipientKey::from_spki(other.as_ref()).is_err());
        for length in 0..good.len() {
            assert!(RecipientKey::from_spki(&good[..length]).is_err(), "{length}");
        }
        assert!(RecipientKey::from_spki(&[good.as_slice(), &[0]].concat()).is_err());
    }
}
