//! Shared secrets: DeriveSharedSecret by ECDH, Encapsulate and Decapsulate by ML-KEM.

use crate::world::{A, B, Reply, World};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

const DRY_RUN: &str = "The request would have succeeded, but the DryRun option is set.";

/// NIST curves, and the bytes of a coordinate on each.
const CURVES: [(&str, usize); 3] = [("ECC_NIST_P256", 32), ("ECC_NIST_P384", 48), ("ECC_NIST_P521", 66)];

/// Specs of ML-KEM, and the bytes of a ciphertext of each.
const KEMS: [(&str, usize); 3] = [("ML_KEM_512", 768), ("ML_KEM_768", 1088), ("ML_KEM_1024", 1568)];

fn told(reply: &Reply) -> (&str, &str) {
    (reply.code(), reply.message())
}

fn bytes(value: &Value) -> Vec<u8> {
    STANDARD.decode(value.as_str().unwrap()).unwrap()
}

fn b64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Makes a key and gives its ARN.
async fn key(world: &World, spec: &str, usage: &str) -> String {
    let made = world.call("CreateKey", json!({"KeySpec": spec, "KeyUsage": usage})).await.ok();
    made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
}

/// The public half of a fresh pair, as a peer would send it.
async fn peer(world: &World, spec: &str) -> Vec<u8> {
    let input = json!({"KeyId": world.key().await, "KeyPairSpec": spec});
    bytes(&world.call("GenerateDataKeyPairWithoutPlaintext", input).await.ok()["PublicKey"])
}

fn agreement(key: &str, peer: &[u8]) -> Value {
    json!({"KeyId": key, "KeyAgreementAlgorithm": "ECDH", "PublicKey": b64(peer)})
}

fn capsule(key: &str, ciphertext: &[u8]) -> Value {
    json!({"KeyId": key, "EncapsulationAlgorithm": "ML_KEM", "SharedSecretCiphertextBlob": b64(ciphertext)})
}

fn with(mut input: Value, more: Value) -> Value {
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

async fn policy(world: &World, key: &str, statements: Value) {
    let policy = json!({"Version": "2012-10-17", "Statement": statements});
    world.call("PutKeyPolicy", json!({"KeyId": key, "Policy": policy.to_string()})).await.ok();
}

#[tokio::test]
async fn each_curve_derives_a_coordinate_that_is_the_peers_alone() {
    let world = World::new().await;
    for (spec, length) in CURVES {
        let key = key(&world, spec, "KEY_AGREEMENT").await;
        let (one, two) = (peer(&world, spec).await, peer(&world, spec).await);
        let made = world.call("DeriveSharedSecret", agreement(&key, &one)).await.ok();
        assert_eq!(bytes(&made["SharedSecret"]).len(), length);
        let expected = json!({"KeyId": key, "SharedSecret": made["SharedSecret"], "KeyAgreementAlgorithm": "ECDH",
            "KeyOrigin": "AWS_KMS"});
        assert_eq!(made, expected);
        assert_eq!(world.call("DeriveSharedSecret", agreement(&key, &one)).await.ok(), made);
        let other = world.call("DeriveSharedSecret", agreement(&key, &two)).await.ok();
        assert_ne!(other["SharedSecret"], made["SharedSecret"]);
    }
}

#[tokio::test]
async fn a_peers_key_that_is_not_on_the_curve_is_refused_without_a_word() {
    let world = World::new().await;
    for (spec, _) in CURVES {
        let key = key(&world, spec, "KEY_AGREEMENT").await;
        let good = peer(&world, spec).await;
        let mut wrong = vec![vec![0], b"InvalidPublicKey".to_vec(), good[1..].to_vec(), vec![0x30; 8192]];
        wrong.push([good.clone(), vec![0]].concat());
        wrong.push(good[..good.len() - 1].to_vec());
        wrong.push([&good[..good.len() - 1], &[good[good.len() - 1] ^ 1]].concat());
        for other in
            ["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519"]
        {
            if other != spec {
                wrong.push(peer(&world, other).await);
            }
        }
        for more in [json!({}), json!({"DryRun": true})] {
            for wrong in &wrong {
                let input = with(agreement(&key, wrong), more.clone());
                let reply = world.call("DeriveSharedSecret", input).await;
                assert_eq!(told(&reply), ("ValidationException", ""), "{spec} {wrong:02x?}");
            }
        }
        let dry = with(agreement(&key, &good), json!({"DryRun": true}));
        assert_eq!(told(&world.call("DeriveSharedSecret", dry).await), ("DryRunOperationException", DRY_RUN));
    }
}

#[tokio::test]
async fn each_ml_kem_spec_recovers_what_it_encapsulated() {
    let world = World::new().await;
    for (spec, length) in KEMS {
        let key = key(&world, spec, "ENCAPSULATE_DECAPSULATE").await;
        let input = json!({"KeyId": key, "EncapsulationAlgorithm": "ML_KEM"});
        let made = world.call("Encapsulate", input.clone()).await.ok();
        let (secret, ciphertext) = (bytes(&made["SharedSecret"]), bytes(&made["SharedSecretCiphertextBlob"]));
        assert_eq!((secret.len(), ciphertext.len()), (32, length), "{spec}");
        assert_eq!((&made["KeyId"], &made["EncapsulationAlgorithm"]), (&json!(key), &json!("ML_KEM")));
        let opened = world.call("Decapsulate", capsule(&key, &ciphertext)).await.ok();
        let expected =
            json!({"KeyId": key, "SharedSecret": b64(&secret), "EncapsulationAlgorithm": "ML_KEM"});
        assert_eq!(opened, expected);
        let again = world.call("Encapsulate", input).await.ok();
        assert_ne!(again["SharedSecret"], made["SharedSecret"], "each secret is fresh");
    }
}

#[tokio::test]
async fn a_capsule_that_is_not_the_keys_gives_another_secret_and_only_its_length_is_ever_wrong() {
    let world = World::new().await;
    for (spec, _) in KEMS {
        let (key, other) = (
            key(&world, spec, "ENCAPSULATE_DECAPSULATE").await,
            key(&world, spec, "ENCAPSULATE_DECAPSULATE").await,
        );
        let input = json!({"KeyId": key, "EncapsulationAlgorithm": "ML_KEM"});
        let made = world.call("Encapsulate", input).await.ok();
        let ciphertext = bytes(&made["SharedSecretCiphertextBlob"]);
        let mut altered = ciphertext.clone();
        altered[100] ^= 1;
        for (key, ciphertext) in [(&other, &ciphertext), (&key, &altered)] {
            let opened = world.call("Decapsulate", capsule(key, ciphertext)).await.ok();
            assert_eq!(bytes(&opened["SharedSecret"]).len(), 32);
            assert_ne!(opened["SharedSecret"], made["SharedSecret"]);
            assert_eq!(world.call("Decapsulate", capsule(key, ciphertext)).await.ok(), opened);
        }
        for wrong in [&ciphertext[1..], &[0], &[ciphertext.clone(), vec![0]].concat(), &[7; 6144]] {
            for more in [json!({}), json!({"DryRun": true})] {
                let reply = world.call("Decapsulate", with(capsule(&key, wrong), more)).await;
                assert_eq!(told(&reply), ("InvalidCiphertextException", ""), "{spec} {}", wrong.len());
            }
        }
        let dry = with(capsule(&key, &ciphertext), json!({"DryRun": true}));
        assert_eq!(told(&world.call("Decapsulate", dry).await), ("DryRunOperationException", DRY_RUN));
        let dry = json!({"KeyId": key, "EncapsulationAlgorithm": "ML_KEM", "DryRun": true});
        assert_eq!(told(&world.call("Encapsulate", dry).await), ("DryRunOperationException", DRY_RUN));
    }
}

#[tokio::test]
async fn keys_of_other_usages_share_no_secrets() {
    let world = World::new().await;
    let peer = peer(&world, "ECC_NIST_P256").await;
    for (spec, usage) in [
        ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"),
        ("ECC_NIST_P256", "SIGN_VERIFY"),
        ("ECC_NIST_P256", "KEY_AGREEMENT"),
        ("ML_KEM_512", "ENCAPSULATE_DECAPSULATE"),
        ("HMAC_256", "GENERATE_VERIFY_MAC"),
    ] {
        let arn = key(&world, spec, usage).await;
        for (operation, own, input) in [
            ("DeriveSharedSecret", "KEY_AGREEMENT", agreement(&arn, &peer)),
            (
                "Encapsulate",
                "ENCAPSULATE_DECAPSULATE",
                json!({"KeyId": arn, "EncapsulationAlgorithm": "ML_KEM"}),
            ),
            ("Decapsulate", "ENCAPSULATE_DECAPSULATE", capsule(&arn, &[0; 768])),
        ] {
            let reply = world.call(operation, input).await;
            let text = format!("{arn} key usage is {usage} which is not valid for {operation}.");
            let expected = if own == usage { ("ok", "") } else { ("InvalidKeyUsageException", &*text) };
            assert_eq!(told(&reply), expected, "{operation} {spec}");
        }
    }
}

#[tokio::test]
async fn a_policy_can_hold_the_key_agreement_algorithm_and_the_alias() {
    let world = World::new().await;
    let ecc = key(&world, "ECC_NIST_P256", "KEY_AGREEMENT").await;
    let kem = key(&world, "ML_KEM_512", "ENCAPSULATE_DECAPSULATE").await;
    for (alias, key) in [("alias/ecc", &ecc), ("alias/kem", &kem)] {
        world.call("CreateAlias", json!({"AliasName": alias, "TargetKeyId": key})).await.ok();
    }
    let own = format!("arn:aws:iam::{A}:root");
    let allow = |actions: Value, condition: Value| {
        json!({"Effect": "Allow", "Principal": {"AWS": own}, "Action": actions,
        "Resource": "*", "Condition": condition})
    };
    let peer = peer(&world, "ECC_NIST_P256").await;
    for (algorithm, code) in [("ECDH", "ok"), ("DH", "AccessDeniedException")] {
        let condition = json!({"StringEquals": {"kms:KeyAgreementAlgorithm": algorithm}});
        let statements = json!([
            allow(json!("kms:PutKeyPolicy"), json!({})),
            allow(json!("kms:DeriveSharedSecret"), condition)
        ]);
        policy(&world, &ecc, statements).await;
        assert_eq!(
            world.call("DeriveSharedSecret", agreement(&ecc, &peer)).await.code(),
            code,
            "{algorithm}"
        );
    }
    let condition = json!({"StringEquals": {"kms:RequestAlias": "alias/kem"}});
    let actions = json!(["kms:Encapsulate", "kms:Decapsulate"]);
    policy(&world, &kem, json!([allow(json!("kms:PutKeyPolicy"), json!({})), allow(actions, condition)]))
        .await;
    for (name, code) in [("alias/kem", "ok"), (&*kem, "AccessDeniedException")] {
        let input = json!({"KeyId": name, "EncapsulationAlgorithm": "ML_KEM"});
        assert_eq!(world.call("Encapsulate", input).await.code(), code, "{name}");
        assert_eq!(world.call("Decapsulate", capsule(name, &[0; 768])).await.code(), code, "{name}");
    }
}

#[tokio::test]
async fn an_event_tells_the_algorithm_and_no_secret() {
    let world = World::new().await;
    let ecc = key(&world, "ECC_NIST_P256", "KEY_AGREEMENT").await;
    let kem = key(&world, "ML_KEM_512", "ENCAPSULATE_DECAPSULATE").await;
    let peer = peer(&world, "ECC_NIST_P256").await;
    let made =
        world.call("Encapsulate", json!({"KeyId": kem, "EncapsulationAlgorithm": "ML_KEM"})).await.ok();
    let ciphertext = bytes(&made["SharedSecretCiphertextBlob"]);
    for (operation, input, parameters) in [
        (
            "DeriveSharedSecret",
            agreement(&ecc, &peer),
            json!({"keyId": ecc, "keyAgreementAlgorithm": "ECDH"}),
        ),
        (
            "Encapsulate",
            json!({"KeyId": kem, "EncapsulationAlgorithm": "ML_KEM"}),
            json!({"keyId": kem, "encapsulationAlgorithm": "ML_KEM"}),
        ),
        (
            "Decapsulate",
            capsule(&kem, &ciphertext),
            json!({"keyId": kem, "encapsulationAlgorithm": "ML_KEM"}),
        ),
    ] {
        let answer = world.call(operation, input).await.ok();
        let event = world.events.last();
        assert_eq!((&event["eventName"], &event["requestParameters"]), (&json!(operation), &parameters));
        assert_eq!((&event["responseElements"], &event["readOnly"]), (&Value::Null, &json!(true)));
        assert_eq!(event["additionalEventData"]["keyMaterialId"], Value::Null);
        assert!(!event.to_string().contains(answer["SharedSecret"].as_str().unwrap()), "{operation}");
    }
}

#[tokio::test]
async fn across_accounts_a_grant_derives_and_nothing_beside_it() {
    let world = World::new().await;
    let ecc = key(&world, "ECC_NIST_P256", "KEY_AGREEMENT").await;
    let input = agreement(&ecc, &peer(&world, "ECC_NIST_P256").await);
    assert_eq!(world.call_as(B, "DeriveSharedSecret", input.clone()).await.code(), "AccessDeniedException");
    let grant = json!({"KeyId": ecc, "GranteePrincipal": format!("arn:aws:iam::{B}:root"),
        "Operations": ["DeriveSharedSecret"]});
    world.call("CreateGrant", grant).await.ok();
    let theirs = world.call_as(B, "DeriveSharedSecret", input.clone()).await.ok();
    assert_eq!(theirs, world.call("DeriveSharedSecret", input).await.ok());
    assert_eq!(world.call_as(B, "DescribeKey", json!({"KeyId": ecc})).await.code(), "AccessDeniedException");
}
