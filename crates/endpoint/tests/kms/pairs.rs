//! Data key pairs: GenerateDataKeyPair and GenerateDataKeyPairWithoutPlaintext.

use crate::world::{A, B, Reply, World};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

const BOTH: [&str; 2] = ["GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"];

/// Spec, bytes of the public half (none where the encoding varies), and those of an ML-KEM private half.
const SPECS: &[(&str, Option<usize>, Option<usize>)] = &[
    ("RSA_2048", Some(294), None),
    ("RSA_3072", Some(422), None),
    ("RSA_4096", Some(550), None),
    ("ECC_NIST_P256", Some(91), None),
    ("ECC_NIST_P384", Some(120), None),
    ("ECC_NIST_P521", Some(158), None),
    ("ECC_SECG_P256K1", Some(88), None),
    ("ECC_NIST_EDWARDS25519", Some(44), None),
    ("ML_KEM_512", Some(822), Some(86)),
    ("ML_KEM_768", Some(1206), Some(86)),
    ("ML_KEM_1024", Some(1590), Some(86)),
];

fn told(reply: &Reply) -> (&str, &str) {
    (reply.code(), reply.message())
}

fn bytes(value: &Value) -> Vec<u8> {
    STANDARD.decode(value.as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn a_pair_of_each_spec_comes_with_its_private_half_under_the_key_and_its_context() {
    let world = World::new().await;
    let key = world.key().await;
    let made = world.call("DescribeKey", json!({"KeyId": key})).await.ok();
    let (arn, material) = (&made["KeyMetadata"]["Arn"], &made["KeyMetadata"]["CurrentKeyMaterialId"]);
    for (spec, public, private) in SPECS {
        let input = json!({"KeyId": key, "KeyPairSpec": spec, "EncryptionContext": {"a": "1"}});
        let pair = world.call("GenerateDataKeyPair", input.clone()).await.ok();
        let blind = world.call("GenerateDataKeyPairWithoutPlaintext", input).await.ok();
        for pair in [&pair, &blind] {
            assert_eq!((&pair["KeyId"], &pair["KeyMaterialId"]), (arn, material), "{spec}");
            assert_eq!(pair["KeyPairSpec"], *spec);
            let length = bytes(&pair["PublicKey"]).len();
            assert!(public.is_none_or(|public| public == length), "{spec}: {length}");
        }
        assert_eq!(blind.get("PrivateKeyPlaintext"), None, "{spec}");
        assert_ne!(pair["PublicKey"], blind["PublicKey"], "{spec}");
        let open = |blob: &Value| json!({"CiphertextBlob": blob, "EncryptionContext": {"a": "1"}});
        let opened = world.call("Decrypt", open(&pair["PrivateKeyCiphertextBlob"])).await.ok();
        assert_eq!(opened["Plaintext"], pair["PrivateKeyPlaintext"], "{spec}");
        let hidden = world.call("Decrypt", open(&blind["PrivateKeyCiphertextBlob"])).await.ok();
        for private_key in [bytes(&pair["PrivateKeyPlaintext"]), bytes(&hidden["Plaintext"])] {
            assert_eq!(private_key[0], 0x30, "{spec}: PKCS#8 is a SEQUENCE");
            assert!(private.is_none_or(|private| private == private_key.len()), "{spec}");
        }
        let without = json!({"CiphertextBlob": pair["PrivateKeyCiphertextBlob"]});
        assert_eq!(world.call("Decrypt", without).await.code(), "InvalidCiphertextException", "{spec}");
    }
}

#[tokio::test]
async fn sm2_pairs_are_not_made_outside_china_and_others_are_no_pair_specs() {
    let world = World::new().await;
    let key = world.key().await;
    for operation in BOTH {
        let reply = world.call(operation, json!({"KeyId": key, "KeyPairSpec": "SM2"})).await;
        let text = "KeyPairSpec SM2 is not supported in this Region.";
        assert_eq!(told(&reply), ("UnsupportedOperationException", text));
        for spec in ["AES_256", "HMAC_256", "ML_DSA_44", "SYMMETRIC_DEFAULT", "rsa_2048", ""] {
            let reply = world.call(operation, json!({"KeyId": key, "KeyPairSpec": spec})).await;
            let front = format!(
                "1 validation error detected: Value '{spec}' at 'keyPairSpec' failed to satisfy constraint: Member \
                 must satisfy enum value set: ["
            );
            assert_eq!(reply.code(), "ValidationException");
            assert!(reply.message().starts_with(&front), "{}", reply.message());
        }
        assert_eq!(world.call(operation, json!({"KeyId": key})).await.code(), "ValidationException");
    }
}

#[tokio::test]
async fn a_dry_run_makes_no_pair() {
    let world = World::new().await;
    let key = world.key().await;
    for operation in BOTH {
        let input = json!({"KeyId": key, "KeyPairSpec": "RSA_4096", "DryRun": true});
        assert_eq!(world.call(operation, input).await.code(), "DryRunOperationException");
        let input = json!({"KeyId": key, "KeyPairSpec": "SM2", "DryRun": true});
        assert_eq!(world.call(operation, input).await.code(), "UnsupportedOperationException");
    }
}

#[tokio::test]
async fn a_policy_can_hold_the_pair_spec_and_the_encryption_context() {
    let world = World::new().await;
    let key = world.key().await;
    let own = format!("arn:aws:iam::{A}:root");
    let allow = |action: &str, condition: Value| json!({"Effect": "Allow", "Principal": {"AWS": own}, "Action": action, "Resource": "*", "Condition": condition});
    let condition = json!({"StringEquals": {"kms:DataKeyPairSpec": ["ECC_NIST_P256", "ECC_NIST_P384"],
        "kms:EncryptionContext:team": "blue", "kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}});
    let policy = json!({"Version": "2012-10-17", "Statement": [
        allow("kms:PutKeyPolicy", json!({})), allow("kms:GenerateDataKeyPair*", condition)]});
    world.call("PutKeyPolicy", json!({"KeyId": key, "Policy": policy.to_string()})).await.ok();
    for operation in BOTH {
        for (spec, team, allowed) in [
            ("ECC_NIST_P256", "blue", true),
            ("ECC_NIST_P384", "blue", true),
            ("ECC_NIST_P521", "blue", false),
            ("SM2", "blue", false),
            ("ECC_NIST_P256", "red", false),
        ] {
            let input = json!({"KeyId": key, "KeyPairSpec": spec, "EncryptionContext": {"team": team}});
            let code = if allowed { "ok" } else { "AccessDeniedException" };
            assert_eq!(world.call(operation, input).await.code(), code, "{operation} {spec} {team}");
        }
    }
}

#[tokio::test]
async fn an_event_tells_the_spec_and_the_material_and_no_key() {
    let world = World::new().await;
    let key = world.key().await;
    for operation in BOTH {
        let input =
            json!({"KeyId": key, "KeyPairSpec": "ECC_NIST_P256", "EncryptionContext": {"Project": "Alpha"}});
        let pair = world.call(operation, input).await.ok();
        let event = world.events.last();
        let parameters =
            json!({"keyId": key, "keyPairSpec": "ECC_NIST_P256", "encryptionContext": {"Project": "Alpha"}});
        assert_eq!(event["eventName"], operation);
        assert_eq!(event["requestParameters"], parameters);
        assert_eq!((&event["responseElements"], &event["readOnly"]), (&Value::Null, &json!(true)));
        assert_eq!(event["additionalEventData"]["keyMaterialId"], pair["KeyMaterialId"]);
        for member in ["PrivateKeyPlaintext", "PrivateKeyCiphertextBlob", "PublicKey"] {
            let told = pair[member].as_str().is_some_and(|text| event.to_string().contains(text));
            assert!(!told, "{operation} {member}");
        }
    }
}

#[tokio::test]
async fn across_accounts_a_grant_makes_pairs_under_its_context_only() {
    let world = World::new().await;
    let key = world.key().await;
    let arn = format!("arn:aws:kms:us-east-1:{A}:key/{key}");
    let grant = json!({"KeyId": key, "GranteePrincipal": format!("arn:aws:iam::{B}:root"),
        "Operations": ["GenerateDataKeyPair"], "Constraints": {"EncryptionContextEquals": {"a": "1"}}});
    world.call("CreateGrant", grant).await.ok();
    let input =
        |context: Value| json!({"KeyId": arn, "KeyPairSpec": "ECC_NIST_P256", "EncryptionContext": context});
    for (operation, context, code) in [
        ("GenerateDataKeyPair", json!({"a": "1"}), "ok"),
        ("GenerateDataKeyPair", json!({"a": "2"}), "AccessDeniedException"),
        ("GenerateDataKeyPair", json!({}), "AccessDeniedException"),
        ("GenerateDataKeyPairWithoutPlaintext", json!({"a": "1"}), "AccessDeniedException"),
    ] {
        assert_eq!(
            world.call_as(B, operation, input(context.clone())).await.code(),
            code,
            "{operation} {context}"
        );
    }
}
