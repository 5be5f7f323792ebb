//! Wrapping keys, and what is wrapped under them.

use crate::{
    ImportFault, KeyMaterial, KeySpec, RecordKey, RsaEncryption, WrappingAlgorithm, WrappingKey, WrappingSpec,
};
use aws_lc_rs::{
    key_wrap::{AES_128, AES_256, AesKek, KeyWrapPadded},
    rsa::{OaepPublicEncryptingKey, PublicEncryptingKey},
};
use gatekey_testkit::SeededEntropy;
use gatekey_types::KeyId;
use std::sync::OnceLock;
use zeroize::Zeroizing;

const ALL: [WrappingAlgorithm; 4] = [
    WrappingAlgorithm::RsaesOaepSha1,
    WrappingAlgorithm::RsaesOaepSha256,
    WrappingAlgorithm::RsaAesKeyWrapSha1,
    WrappingAlgorithm::RsaAesKeyWrapSha256,
];

pub(crate) fn wrapping_key() -> &'static WrappingKey {
    static KEY: OnceLock<WrappingKey> = OnceLock::new();
    KEY.get_or_init(|| WrappingKey::generate(WrappingSpec::Rsa2048).unwrap())
}

fn encryption(algorithm: WrappingAlgorithm) -> RsaEncryption {
    match algorithm {
        WrappingAlgorithm::RsaesOaepSha1 | WrappingAlgorithm::RsaAesKeyWrapSha1 => RsaEncryption::OaepSha1,
        _ => RsaEncryption::OaepSha256,
    }
}

/// What an owner does: encrypt under the public key.
pub(crate) fn encrypt(key: &WrappingKey, algorithm: WrappingAlgorithm, plaintext: &[u8]) -> Vec<u8> {
    let public = PublicEncryptingKey::from_der(key.public_key()).unwrap();
    let public = OaepPublicEncryptingKey::new(public).unwrap();
    let mut out = vec![0; public.ciphertext_size()];
    public.encrypt(encryption(algorithm).oaep(), plaintext, &mut out, None).unwrap();
    out
}

fn wrap(key: &WrappingKey, algorithm: WrappingAlgorithm, material: &[u8]) -> Vec<u8> {
    if matches!(algorithm, WrappingAlgorithm::RsaesOaepSha1 | WrappingAlgorithm::RsaesOaepSha256) {
        return encrypt(key, algorithm, material);
    }
    let mut wrapped = vec![0; material.len() + 16];
    let wrapped = AesKek::new(&AES_256, &[5; 32]).unwrap().wrap_with_padding(material, &mut wrapped).unwrap();
    [&encrypt(key, algorithm, &[5; 32]), &*wrapped].concat()
}

#[test]
fn material_is_unwrapped_by_the_algorithm_that_wrapped_it_and_no_other() {
    for algorithm in ALL {
        let wrapped = wrap(wrapping_key(), algorithm, &[7; 32]);
        for other in ALL {
            let unwrapped = wrapping_key().unwrap(other, &wrapped);
            assert_eq!(unwrapped.is_ok(), other == algorithm, "{algorithm:?} as {other:?}");
        }
        let bytes = wrapping_key().unwrap(algorithm, &wrapped).unwrap();
        let key = KeyId::from_random([1; 16], false);
        let imported = KeyMaterial::import(KeySpec::SymmetricDefault, key, &bytes).unwrap();
        assert_eq!(imported.id(), KeyMaterial::known(key, [7; 32]).id());
        let short = KeyMaterial::import(KeySpec::Hmac384, key, &bytes).err();
        assert_eq!(short, Some(ImportFault::WrongLength));
    }
}

#[test]
fn what_is_damaged_cut_or_too_long_is_not_unwrapped() {
    for algorithm in ALL {
        let mut wrapped = wrap(wrapping_key(), algorithm, &[7; 32]);
        let length = wrapped.len();
        for cut in [0, 1, 8, 255, 256, 257, 264, length - 1].into_iter().filter(|&cut| cut < length) {
            assert!(wrapping_key().unwrap(algorithm, &wrapped[..cut]).is_err(), "{algorithm:?} {cut}");
        }
        for at in [0, 100, 255, length - 1] {
            wrapped[at] ^= 1;
            assert!(wrapping_key().unwrap(algorithm, &wrapped).is_err(), "{algorithm:?} {at}");
            wrapped[at] ^= 1;
        }
        wrapped.push(0);
        assert!(wrapping_key().unwrap(algorithm, &wrapped).is_err());
        assert!(wrapping_key().unwrap(algorithm, &[0; 6145]).is_err());
    }
}

#[test]
fn only_aes_256_wraps() {
    let algorithm = WrappingAlgorithm::RsaAesKeyWrapSha256;
    let mut wrapped = [0; 48];
    let wrapped = AesKek::new(&AES_128, &[5; 16]).unwrap().wrap_with_padding(&[7; 32], &mut wrapped).unwrap();
    let whole = [&encrypt(wrapping_key(), algorithm, &[5; 16]), &*wrapped].concat();
    assert!(wrapping_key().unwrap(algorithm, &whole).is_err());
}

#[test]
fn a_sealed_wrapping_key_is_the_same_key_at_its_place_and_nowhere_else() {
    let seal = RecordKey::from_bytes(Zeroizing::new([1; 32]));
    let sealed = seal.seal_wrapping_key(b"token", wrapping_key(), &SeededEntropy::new(1)).unwrap();
    let again = seal.open_wrapping_key(b"token", &sealed).unwrap();
    assert_eq!((again.spec(), again.public_key()), (WrappingSpec::Rsa2048, wrapping_key().public_key()));
    let wrapped = wrap(wrapping_key(), WrappingAlgorithm::RsaesOaepSha256, &[7; 32]);
    assert!(again.unwrap(WrappingAlgorithm::RsaesOaepSha256, &wrapped).is_ok());
    assert!(seal.open_wrapping_key(b"other", &sealed).is_err());
    assert!(seal.open(b"token", &sealed).is_err());
    assert!(seal.open_material(b"token", KeyId::from_random([1; 16], false), &sealed).is_err());
    let other = RecordKey::from_bytes(Zeroizing::new([2; 32]));
    assert!(other.open_wrapping_key(b"token", &sealed).is_err());
    // A token has room for more beside it.
    assert!(sealed.len() < 2048, "{}", sealed.len());
}

#[test]
fn rsa_needs_a_hybrid_algorithm_and_p521_does_not_fit_under_rsa_2048() {
    let direct = [WrappingAlgorithm::RsaesOaepSha1, WrappingAlgorithm::RsaesOaepSha256];
    for algorithm in ALL {
        let hybrid = !direct.contains(&algorithm);
        for wrapping in [WrappingSpec::Rsa2048, WrappingSpec::Rsa3072, WrappingSpec::Rsa4096] {
            for spec in KeySpec::ALL {
                let expected = match spec {
                    KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => hybrid,
                    KeySpec::EccNistP521 => hybrid || wrapping != WrappingSpec::Rsa2048,
                    _ => true,
                };
                assert_eq!(algorithm.suits(wrapping, spec), expected, "{algorithm:?} {wrapping:?} {spec:?}");
            }
        }
    }
}

#[test]
fn what_the_owner_wrapped_of_the_largest_key_fits() {
    let entropy = SeededEntropy::new(1);
    let key = KeyId::from_random([1; 16], false);
    let pair = crate::DataKeyPair::generate(KeySpec::Rsa4096, &entropy).unwrap();
    let algorithm = WrappingAlgorithm::RsaAesKeyWrapSha256;
    let wrapped = wrap(wrapping_key(), algorithm, pair.private_key.expose());
    let bytes = wrapping_key().unwrap(algorithm, &wrapped).unwrap();
    let imported = KeyMaterial::import(KeySpec::Rsa4096, key, &bytes).unwrap();
    assert_eq!(imported.public_key(), Some(pair.public_key.as_slice()));
    for spec in [KeySpec::Rsa2048, KeySpec::Rsa3072, KeySpec::EccNistP256] {
        assert_eq!(KeyMaterial::import(spec, key, &bytes).err(), Some(ImportFault::WrongKey));
    }
}
