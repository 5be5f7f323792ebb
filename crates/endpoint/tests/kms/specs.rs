//! Keys of every spec: what CreateKey makes of them and what it says they can do.

use crate::world::World;
use serde_json::{Value, json};

/// Spec, usage, the member that lists the algorithms, and AWS's list.
const SPECS: &[(&str, &str, &str, &[&str])] = &[
    ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "EncryptionAlgorithms", &["SYMMETRIC_DEFAULT"]),
    ("RSA_2048", "ENCRYPT_DECRYPT", "EncryptionAlgorithms", &["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"]),
    (
        "RSA_2048",
        "SIGN_VERIFY",
        "SigningAlgorithms",
        &[
            "RSASSA_PKCS1_V1_5_SHA_256",
            "RSASSA_PKCS1_V1_5_SHA_384",
            "RSASSA_PKCS1_V1_5_SHA_512",
            "RSASSA_PSS_SHA_256",
            "RSASSA_PSS_SHA_384",
            "RSASSA_PSS_SHA_512",
        ],
    ),
    ("ECC_NIST_P256", "SIGN_VERIFY", "SigningAlgorithms", &["ECDSA_SHA_256"]),
    ("ECC_NIST_P384", "SIGN_VERIFY", "SigningAlgorithms", &["ECDSA_SHA_384"]),
    ("ECC_NIST_P521", "SIGN_VERIFY", "SigningAlgorithms", &["ECDSA_SHA_512"]),
    ("ECC_NIST_P521", "KEY_AGREEMENT", "KeyAgreementAlgorithms", &["ECDH"]),
    ("ECC_SECG_P256K1", "SIGN_VERIFY", "SigningAlgorithms", &["ECDSA_SHA_256"]),
    ("ECC_NIST_EDWARDS25519", "SIGN_VERIFY", "SigningAlgorithms", &["ED25519_SHA_512", "ED25519_PH_SHA_512"]),
    ("HMAC_224", "GENERATE_VERIFY_MAC", "MacAlgorithms", &["HMAC_SHA_224"]),
    ("HMAC_256", "GENERATE_VERIFY_MAC", "MacAlgorithms", &["HMAC_SHA_256"]),
    ("HMAC_384", "GENERATE_VERIFY_MAC", "MacAlgorithms", &["HMAC_SHA_384"]),
    ("HMAC_512", "GENERATE_VERIFY_MAC", "MacAlgorithms", &["HMAC_SHA_512"]),
    ("ML_DSA_44", "SIGN_VERIFY", "SigningAlgorithms", &["ML_DSA_SHAKE_256"]),
    ("ML_DSA_65", "SIGN_VERIFY", "SigningAlgorithms", &["ML_DSA_SHAKE_256"]),
    ("ML_DSA_87", "SIGN_VERIFY", "SigningAlgorithms", &["ML_DSA_SHAKE_256"]),
    ("ML_KEM_512", "ENCAPSULATE_DECAPSULATE", "EncapsulationAlgorithms", &["ML_KEM"]),
    ("ML_KEM_768", "ENCAPSULATE_DECAPSULATE", "EncapsulationAlgorithms", &["ML_KEM"]),
    ("ML_KEM_1024", "ENCAPSULATE_DECAPSULATE", "EncapsulationAlgorithms", &["ML_KEM"]),
];

const LISTS: &[&str] = &[
    "EncryptionAlgorithms",
    "SigningAlgorithms",
    "MacAlgorithms",
    "KeyAgreementAlgorithms",
    "EncapsulationAlgorithms",
];

#[tokio::test]
async fn a_key_of_each_spec_tells_the_algorithms_of_its_usage_in_awss_order_and_no_others() {
    let world = World::new().await;
    for (spec, usage, list, algorithms) in SPECS {
        let made = world.call("CreateKey", json!({"KeySpec": spec, "KeyUsage": usage})).await.ok();
        let made = &made["KeyMetadata"];
        assert_eq!(made[list], json!(algorithms), "{spec} {usage}");
        for other in LISTS.iter().filter(|other| *other != list) {
            assert_eq!(made[other], Value::Null, "{spec} {usage}: {other}");
        }
        assert_eq!((&made["KeySpec"], &made["KeyState"]), (&json!(spec), &json!("Enabled")));
        assert_eq!(made["CurrentKeyMaterialId"].is_string(), *spec == "SYMMETRIC_DEFAULT", "{spec}");
        let told = world.call("DescribeKey", json!({"KeyId": made["KeyId"]})).await.ok();
        assert_eq!(&told["KeyMetadata"], made, "{spec} {usage}");
    }
}

#[tokio::test]
async fn a_key_whose_material_is_to_be_imported_waits_for_it() {
    let world = World::new().await;
    let made = world.call("CreateKey", json!({"Origin": "EXTERNAL"})).await.ok();
    let made = &made["KeyMetadata"];
    assert_eq!((&made["KeyState"], &made["Enabled"]), (&json!("PendingImport"), &json!(false)));
    assert_eq!(made["CurrentKeyMaterialId"], Value::Null);
    let reply = world.call("Encrypt", json!({"KeyId": made["KeyId"], "Plaintext": "eHh4"})).await;
    assert_eq!(reply.code(), "KMSInvalidStateException");
}

#[tokio::test]
async fn an_sm2_key_is_not_made_outside_china() {
    let world = World::new().await;
    let reply = world.call("CreateKey", json!({"KeySpec": "SM2", "KeyUsage": "SIGN_VERIFY"})).await;
    assert_eq!(reply.code(), "UnsupportedOperationException");
}
