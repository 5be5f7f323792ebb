//! Every key spec: made, used, sealed, opened.

use crate::{
    AgreementFault, Blob, DataKeyPair, EncapsulationFault, EncryptionFault, KeyMaterial, KeySpec,
    MacAlgorithm, MacFault, MessageType, RecordKey, RsaEncryption, SigningAlgorithm, SigningFault,
};
use gatekey_testkit::SeededEntropy;
use gatekey_types::KeyId;
use std::sync::OnceLock;
use zeroize::Zeroizing;

fn key() -> KeyId {
    KeyId::from_random([7; 16], false)
}

/// One material of each spec, made once and only if it is asked for: RSA takes long.
fn of(spec: KeySpec) -> &'static KeyMaterial {
    static MATERIALS: [OnceLock<KeyMaterial>; KeySpec::ALL.len()] =
        [const { OnceLock::new() }; KeySpec::ALL.len()];
    let index = KeySpec::ALL.iter().position(|&other| other == spec).unwrap();
    let entropy = SeededEntropy::new(index as u64);
    MATERIALS[index].get_or_init(|| KeyMaterial::generate(spec, key(), &entropy).unwrap())
}

fn materials() -> impl Iterator<Item = &'static KeyMaterial> {
    KeySpec::ALL.into_iter().map(of)
}

const RSA: [KeySpec; 3] = [KeySpec::Rsa2048, KeySpec::Rsa3072, KeySpec::Rsa4096];
const ALGORITHMS: [SigningAlgorithm; 12] = [
    SigningAlgorithm::RsassaPssSha256,
    SigningAlgorithm::RsassaPssSha384,
    SigningAlgorithm::RsassaPssSha512,
    SigningAlgorithm::RsassaPkcs1V15Sha256,
    SigningAlgorithm::RsassaPkcs1V15Sha384,
    SigningAlgorithm::RsassaPkcs1V15Sha512,
    SigningAlgorithm::EcdsaSha256,
    SigningAlgorithm::EcdsaSha384,
    SigningAlgorithm::EcdsaSha512,
    SigningAlgorithm::MlDsaShake256,
    SigningAlgorithm::Ed25519Sha512,
    SigningAlgorithm::Ed25519PhSha512,
];
const TYPES: [MessageType; 3] = [MessageType::Raw, MessageType::Digest, MessageType::ExternalMu];

/// Every lawful way to sign, with a message that suits it.
fn signings() -> impl Iterator<Item = (&'static KeyMaterial, SigningAlgorithm, MessageType, Vec<u8>)> {
    materials().flat_map(|material| {
        SigningAlgorithm::of(material.spec()).iter().flat_map(move |&algorithm| {
            let types = TYPES.into_iter().filter(move |&kind| algorithm.takes(kind));
            types.map(move |kind| {
                let length = if kind == MessageType::Raw { 17 } else { algorithm.digest_length() };
                (material, algorithm, kind, vec![0x5a; length])
            })
        })
    })
}

#[test]
fn what_is_signed_verifies_and_nothing_else_does() {
    let mut ways = 0;
    for (material, algorithm, kind, mut message) in signings() {
        let signature = material.sign(algorithm, kind, &message).unwrap();
        let verify = |message: &[u8], signature: &[u8]| material.verify(algorithm, kind, message, signature);
        assert_eq!(verify(&message, &signature), Ok(()), "{:?} {algorithm:?} {kind:?}", material.spec());
        let bad = Err(SigningFault::BadSignature);
        for length in [0, 1, signature.len() - 1] {
            assert_eq!(verify(&message, &signature[..length]), bad);
        }
        assert_eq!(verify(&message, &[signature.as_slice(), &[0]].concat()), bad);
        message[0] ^= 1;
        assert_eq!(verify(&message, &signature), bad);
        ways += 1;
    }
    // RSA: 3 sizes, 6 algorithms, raw and digest. Curves: 4, raw and digest. Ed25519: 2. ML-DSA: 3, raw and mu.
    assert_eq!(ways, 36 + 8 + 2 + 6);
}

#[test]
fn every_single_bit_of_a_signature_matters() {
    for (material, algorithm, kind, message) in signings() {
        let mut signature = material.sign(algorithm, kind, &message).unwrap();
        // Longer signatures are sampled: every bit of all would take minutes.
        let step = if signature.len() > 160 { 61 } else { 1 };
        for bit in (0..signature.len() * 8).step_by(step) {
            signature[bit / 8] ^= 1 << (bit % 8);
            let verified = material.verify(algorithm, kind, &message, &signature);
            assert_eq!(verified, Err(SigningFault::BadSignature), "{algorithm:?} {kind:?} bit {bit}");
            signature[bit / 8] ^= 1 << (bit % 8);
        }
        assert_eq!(material.verify(algorithm, kind, &message, &signature), Ok(()));
    }
}

#[test]
fn a_signature_of_one_key_algorithm_or_type_is_none_of_another() {
    let all: Vec<_> = signings()
        .map(|(material, algorithm, kind, message)| {
            (material, algorithm, kind, material.sign(algorithm, kind, &message).unwrap())
        })
        .collect();
    for (verifier, algorithm, kind, message) in signings() {
        for (signer, other, signed_as, signature) in &all {
            if signer.spec() != verifier.spec() || *other != algorithm {
                assert!(verifier.verify(algorithm, kind, &message, signature).is_err());
            } else {
                assert_eq!(verifier.verify(algorithm, kind, &message, signature).is_ok(), *signed_as == kind);
            }
        }
    }
}

#[test]
fn a_digest_signs_as_its_message_does_but_for_ed25519ph() {
    use aws_lc_rs::digest::{SHA256, SHA384, SHA512, digest};
    for (material, algorithm, kind, message) in signings() {
        if kind != MessageType::Raw || !algorithm.takes(MessageType::Digest) {
            continue;
        }
        let hash = match algorithm.digest_length() {
            32 => &SHA256,
            48 => &SHA384,
            _ => &SHA512,
        };
        let hashed = digest(hash, &message);
        let by_digest = material.sign(algorithm, MessageType::Digest, hashed.as_ref()).unwrap();
        assert_eq!(material.verify(algorithm, kind, &message, &by_digest), Ok(()), "{algorithm:?}");
    }
}

#[test]
fn messages_that_do_not_suit_are_refused_each_with_its_fault() {
    for material in materials() {
        for algorithm in ALGORITHMS {
            let suited = SigningAlgorithm::of(material.spec()).contains(&algorithm);
            for kind in TYPES {
                let sign = |length| {
                    let message = vec![1; length];
                    let verified = material.verify(algorithm, kind, &message, &[1; 64]);
                    let fault = material.sign(algorithm, kind, &message).err();
                    assert_eq!(verified.err(), Some(fault.unwrap_or(SigningFault::BadSignature)));
                    fault
                };
                let expected = algorithm.digest_length();
                if !suited {
                    assert_eq!(sign(expected), Some(SigningFault::AlgorithmUnsuited));
                } else if !algorithm.takes(kind) {
                    assert_eq!(sign(expected), Some(SigningFault::MessageTypeUnsuited));
                } else if kind == MessageType::Raw {
                    assert_eq!((sign(0), sign(4096)), (None, None));
                    assert_eq!(sign(4097), Some(SigningFault::MessageTooLong));
                } else {
                    for wrong in [0, expected - 1, expected + 1, 4097] {
                        assert_eq!(sign(wrong), Some(SigningFault::WrongDigestLength { expected }));
                    }
                    assert_eq!(sign(expected), None);
                }
            }
        }
    }
}

#[test]
fn every_spec_is_sealed_and_opened_the_same() {
    let seal = RecordKey::from_bytes(Zeroizing::new([1; 32]));
    let entropy = SeededEntropy::new(2);
    for material in materials() {
        let sealed = seal.seal_material(b"p", material, &entropy).unwrap();
        let again = seal.open_material(b"p", key(), &sealed).unwrap();
        assert_eq!((again.id(), again.key(), again.spec()), (material.id(), key(), material.spec()));
        assert_eq!(again.public_key(), material.public_key());
        let other = KeyId::from_random([8; 16], false);
        assert!(seal.open_material(b"p", other, &sealed).is_err());
        assert!(seal.open_material(b"q", key(), &sealed).is_err());
        for &algorithm in SigningAlgorithm::of(material.spec()) {
            let kind = TYPES.into_iter().find(|&kind| algorithm.takes(kind)).unwrap();
            let message = vec![3; algorithm.digest_length()];
            let signature = material.sign(algorithm, kind, &message).unwrap();
            assert_eq!(again.verify(algorithm, kind, &message, &signature), Ok(()));
        }
    }
}

#[test]
fn the_form_of_materials_is_never_read_otherwise_than_it_was_written() {
    for material in materials() {
        let encoded = material.encode();
        assert!(KeyMaterial::decode(&encoded).is_some());
        for length in 0..encoded.len().min(60) {
            assert!(KeyMaterial::decode(&encoded[..length]).is_none(), "{:?} {length}", material.spec());
        }
        for spec in KeySpec::ALL.into_iter().filter(|&spec| spec != material.spec()) {
            let mut other = encoded.to_vec();
            other[1] = spec.code();
            // Random bytes have no spec of their own; their length may suit another.
            let random = MacAlgorithm::of(material.spec()).is_some()
                || [KeySpec::SymmetricDefault, KeySpec::EccNistEdwards25519].contains(&material.spec())
                || encoded.len() <= 19 + 64;
            assert!(random || KeyMaterial::decode(&other).is_none(), "{:?} {spec:?}", material.spec());
        }
    }
}

#[test]
fn only_pairs_have_a_public_key() {
    for material in materials() {
        let symmetric =
            material.spec() == KeySpec::SymmetricDefault || MacAlgorithm::of(material.spec()).is_some();
        assert_eq!(material.public_key().is_none(), symmetric);
    }
}

#[test]
fn no_two_materials_have_one_id() {
    let mut ids: Vec<_> = materials().map(KeyMaterial::id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), KeySpec::ALL.len());
}

#[test]
fn rsa_encrypts_up_to_awss_limits() {
    use RsaEncryption::{OaepSha1, OaepSha256};
    for (spec, sha1, sha256) in
        [(KeySpec::Rsa2048, 214, 190), (KeySpec::Rsa3072, 342, 318), (KeySpec::Rsa4096, 470, 446)]
    {
        for (algorithm, other, most) in [(OaepSha1, OaepSha256, sha1), (OaepSha256, OaepSha1, sha256)] {
            assert_eq!(algorithm.longest_plaintext(spec), Some(most));
            for length in [0, 1, most] {
                let ciphertext = of(spec).encrypt_rsa(algorithm, &vec![9; length]).unwrap();
                assert!(of(spec).decrypt_rsa(algorithm, &ciphertext).unwrap().is(&vec![9; length]));
                assert!(of(spec).decrypt_rsa(other, &ciphertext).is_err());
                for cut in [0, 1, ciphertext.len() - 1] {
                    assert!(of(spec).decrypt_rsa(algorithm, &ciphertext[..cut]).is_err());
                }
                assert!(of(spec).decrypt_rsa(algorithm, &[ciphertext.as_slice(), &[0]].concat()).is_err());
                for wrong in RSA.into_iter().filter(|&wrong| wrong != spec) {
                    assert!(of(wrong).decrypt_rsa(algorithm, &ciphertext).is_err());
                }
            }
            let long = of(spec).encrypt_rsa(algorithm, &vec![9; most + 1]);
            assert_eq!(long, Err(EncryptionFault::PlaintextTooLong { most }));
        }
    }
    assert_eq!(OaepSha1.longest_plaintext(KeySpec::EccNistP256), None);
}

#[test]
fn tags_verify_and_every_single_bit_of_them_matters() {
    use MacAlgorithm::{HmacSha224, HmacSha256, HmacSha384, HmacSha512};
    let algorithms = [HmacSha224, HmacSha256, HmacSha384, HmacSha512];
    for material in materials() {
        for algorithm in algorithms {
            if MacAlgorithm::of(material.spec()) != Some(algorithm) {
                assert_eq!(material.mac(algorithm, b"m"), Err(MacFault::AlgorithmUnsuited));
                assert_eq!(material.verify_mac(algorithm, b"m", b"t"), Err(MacFault::AlgorithmUnsuited));
                continue;
            }
            let mut mac = material.mac(algorithm, b"message").unwrap();
            assert_eq!(material.verify_mac(algorithm, b"message", &mac), Ok(()));
            assert_eq!(material.verify_mac(algorithm, b"messagf", &mac), Err(MacFault::BadMac));
            for bit in 0..mac.len() * 8 {
                mac[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(material.verify_mac(algorithm, b"message", &mac), Err(MacFault::BadMac));
                mac[bit / 8] ^= 1 << (bit % 8);
            }
            for length in 0..mac.len() {
                assert!(material.verify_mac(algorithm, b"message", &mac[..length]).is_err());
            }
            assert!(material.verify_mac(algorithm, b"message", &[mac.as_slice(), &[0]].concat()).is_err());
            assert!(material.mac(algorithm, &[0; 4096]).is_ok());
            assert_eq!(material.mac(algorithm, &[0; 4097]), Err(MacFault::MessageTooLong));
        }
    }
}

#[test]
fn two_sides_agree_on_one_secret_as_long_as_the_field() {
    for (spec, length) in [(KeySpec::EccNistP256, 32), (KeySpec::EccNistP384, 48), (KeySpec::EccNistP521, 66)]
    {
        let other = KeyMaterial::generate(spec, key(), &SeededEntropy::new(3)).unwrap();
        let ours = of(spec).agree(other.public_key().unwrap()).unwrap();
        let theirs = other.agree(of(spec).public_key().unwrap()).unwrap();
        assert_eq!(ours.len(), length);
        assert!(ours.is(theirs.expose()));
    }
}

#[test]
fn peers_that_do_not_suit_are_refused() {
    let ours = of(KeySpec::EccNistP256);
    let mut peer = of(KeySpec::EccNistP384).public_key().unwrap().to_vec();
    assert_eq!(ours.agree(&peer).err(), Some(AgreementFault::PeerOnAnotherCurve));
    for spec in [KeySpec::Rsa2048, KeySpec::EccSecgP256k1, KeySpec::EccNistEdwards25519] {
        assert!(ours.agree(of(spec).public_key().unwrap()).is_err());
    }
    peer = ours.public_key().unwrap().to_vec();
    let point = &peer[peer.len() - 65..];
    for wrong in [&[], point, &peer[..peer.len() - 1], &[peer.as_slice(), &[0]].concat(), &[0x30; 9000]] {
        assert_eq!(ours.agree(wrong).err(), Some(AgreementFault::PeerMalformed), "{}", wrong.len());
    }
    // Off the curve.
    *peer.last_mut().unwrap() ^= 1;
    assert_eq!(ours.agree(&peer).err(), Some(AgreementFault::PeerMalformed));
    for material in materials() {
        let nist = [KeySpec::EccNistP256, KeySpec::EccNistP384, KeySpec::EccNistP521];
        if !nist.contains(&material.spec()) {
            assert_eq!(material.agree(&peer).err(), Some(AgreementFault::AlgorithmUnsuited));
        }
    }
}

#[test]
fn an_encapsulated_secret_is_recovered_and_a_tampered_one_is_another() {
    for (spec, length) in [(KeySpec::MlKem512, 768), (KeySpec::MlKem768, 1088), (KeySpec::MlKem1024, 1568)] {
        let mut made = of(spec).encapsulate().unwrap();
        assert_eq!((made.ciphertext.len(), made.shared_secret.len()), (length, 32));
        let recovered = of(spec).decapsulate(&made.ciphertext).unwrap();
        assert!(recovered.is(made.shared_secret.expose()));
        for wrong in [0, length - 1, length + 1] {
            let fault = of(spec).decapsulate(&vec![0; wrong]).err();
            assert_eq!(fault, Some(EncapsulationFault::WrongCiphertextLength));
        }
        made.ciphertext[0] ^= 1;
        let rejected = of(spec).decapsulate(&made.ciphertext).unwrap();
        assert!(rejected.len() == 32 && !rejected.is(made.shared_secret.expose()));
        assert!(rejected.is(of(spec).decapsulate(&made.ciphertext).unwrap().expose()));
        let again = of(spec).encapsulate().unwrap();
        assert!(!again.shared_secret.is(made.shared_secret.expose()));
    }
    for material in materials() {
        if ![KeySpec::MlKem512, KeySpec::MlKem768, KeySpec::MlKem1024].contains(&material.spec()) {
            assert_eq!(material.encapsulate().err(), Some(EncapsulationFault::AlgorithmUnsuited));
            assert_eq!(material.decapsulate(&[0; 768]).err(), Some(EncapsulationFault::AlgorithmUnsuited));
        }
    }
}

#[test]
fn no_key_serves_another_usage_than_its_specs() {
    let symmetric = of(KeySpec::SymmetricDefault);
    let blob = symmetric.encrypt(&Default::default(), b"x", &SeededEntropy::new(1)).unwrap();
    for material in materials() {
        let symmetric = material.spec() == KeySpec::SymmetricDefault;
        assert_eq!(material.encrypt(&Default::default(), b"x", &SeededEntropy::new(1)).is_ok(), symmetric);
        assert_eq!(Blob::peek(&blob).unwrap().open(material, &Default::default()).is_ok(), symmetric);
        let rsa = RSA.contains(&material.spec());
        let encrypted = material.encrypt_rsa(RsaEncryption::OaepSha256, b"x");
        assert_eq!(encrypted.is_ok(), rsa);
        if !rsa {
            assert_eq!(encrypted, Err(EncryptionFault::AlgorithmUnsuited));
            assert!(material.decrypt_rsa(RsaEncryption::OaepSha256, &[0; 256]).is_err());
        }
    }
}

#[test]
fn data_key_pairs_are_whole_and_of_awss_specs() {
    let entropy = SeededEntropy::new(5);
    for spec in KeySpec::ALL {
        let Ok(pair) = DataKeyPair::generate(spec, &entropy) else {
            assert!(!DataKeyPair::suits(spec));
            continue;
        };
        assert!(DataKeyPair::suits(spec));
        let raw = crate::raw::RawKey::from_pkcs8(pair.private_key.expose()).unwrap();
        assert_eq!(raw.public_der().unwrap(), pair.public_key, "{spec:?}");
    }
}
