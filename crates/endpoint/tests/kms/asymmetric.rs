//! Sign, Verify, GenerateMac, VerifyMac and GetPublicKey: operation x spec x algorithm, and what is refused.

use crate::world::{A, B, Reply, World};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

/// Spec; each algorithm with the types of message that it takes and the length of its digest, in bytes.
type Signs = (&'static str, &'static [(&'static str, &'static [&'static str], usize)]);

const HASHED: &[&str] = &["RAW", "DIGEST"];

/// What signs, but for the larger RSA keys, whose making takes seconds.
const SIGNING: &[Signs] = &[
    ("RSA_2048", RSA),
    ("ECC_NIST_P256", &[("ECDSA_SHA_256", HASHED, 32)]),
    ("ECC_NIST_P384", &[("ECDSA_SHA_384", HASHED, 48)]),
    ("ECC_NIST_P521", &[("ECDSA_SHA_512", HASHED, 64)]),
    ("ECC_SECG_P256K1", &[("ECDSA_SHA_256", HASHED, 32)]),
    ("ECC_NIST_EDWARDS25519", &[("ED25519_SHA_512", &["RAW"], 64), ("ED25519_PH_SHA_512", &["DIGEST"], 64)]),
    ("ML_DSA_44", ML_DSA),
    ("ML_DSA_65", ML_DSA),
    ("ML_DSA_87", ML_DSA),
];

const ML_DSA: &[(&str, &[&str], usize)] = &[("ML_DSA_SHAKE_256", &["RAW", "EXTERNAL_MU"], 64)];

/// In AWS's order: clients take the first.
const RSA: &[(&str, &[&str], usize)] = &[
    ("RSASSA_PKCS1_V1_5_SHA_256", HASHED, 32),
    ("RSASSA_PKCS1_V1_5_SHA_384", HASHED, 48),
    ("RSASSA_PKCS1_V1_5_SHA_512", HASHED, 64),
    ("RSASSA_PSS_SHA_256", HASHED, 32),
    ("RSASSA_PSS_SHA_384", HASHED, 48),
    ("RSASSA_PSS_SHA_512", HASHED, 64),
];

/// Every algorithm of the model.
const ALGORITHMS: [&str; 13] = [
    "RSASSA_PSS_SHA_256",
    "RSASSA_PSS_SHA_384",
    "RSASSA_PSS_SHA_512",
    "RSASSA_PKCS1_V1_5_SHA_256",
    "RSASSA_PKCS1_V1_5_SHA_384",
    "RSASSA_PKCS1_V1_5_SHA_512",
    "ECDSA_SHA_256",
    "ECDSA_SHA_384",
    "ECDSA_SHA_512",
    "SM2DSA",
    "ML_DSA_SHAKE_256",
    "ED25519_SHA_512",
    "ED25519_PH_SHA_512",
];

const MACS: [(&str, &str, usize); 4] = [
    ("HMAC_224", "HMAC_SHA_224", 28),
    ("HMAC_256", "HMAC_SHA_256", 32),
    ("HMAC_384", "HMAC_SHA_384", 48),
    ("HMAC_512", "HMAC_SHA_512", 64),
];

/// A new key's ARN.
async fn key(world: &World, spec: &str, usage: &str) -> String {
    key_of(world, json!({"KeySpec": spec, "KeyUsage": usage})).await
}

async fn key_of(world: &World, input: Value) -> String {
    let made = world.call("CreateKey", input).await.ok();
    made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
}

fn b64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

fn with(mut input: Value, more: Value) -> Value {
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

/// A message of this type that suits an algorithm whose digests are so long.
fn message(kind: &str, digest: usize) -> String {
    b64(&vec![7; if kind == "RAW" { 100 } else { digest }])
}

/// The blob with one bit changed.
fn flipped(blob: &str, at: usize) -> String {
    let mut bytes = STANDARD.decode(blob).unwrap();
    let place = at % bytes.len();
    bytes[place] ^= 1;
    b64(&bytes)
}

fn refused(reply: &Reply) -> (&str, &str) {
    assert_eq!(reply.status, 400, "{}", reply.body);
    (reply.code(), reply.message())
}

const BAD_SIGNATURE: (&str, &str) = ("KMSInvalidSignatureException", "");
const BAD_MAC: (&str, &str) = ("KMSInvalidMacException", "");

/// Signs, checks what comes with the signature, and has it verified; then spoils each part in turn.
async fn round_trip(world: &World, key: &str, input: Value) {
    let algorithm = input["SigningAlgorithm"].clone();
    let signed = world.call("Sign", input.clone()).await.ok();
    let parts = signed.as_object().unwrap();
    assert_eq!(parts.len(), 3, "{signed}");
    assert_eq!((&signed["KeyId"], &signed["SigningAlgorithm"]), (&json!(key), &algorithm));
    let signature = signed["Signature"].as_str().unwrap();
    let verify = with(input, json!({"Signature": signature}));
    let verified = world.call("Verify", verify.clone()).await.ok();
    assert_eq!(verified, json!({"KeyId": key, "SignatureValid": true, "SigningAlgorithm": algorithm}));
    let bytes = STANDARD.decode(signature).unwrap();
    let said = verify["Message"].as_str().unwrap();
    for spoiled in [
        json!({"Message": flipped(said, 3)}),
        json!({"Signature": flipped(signature, 9)}),
        json!({"Signature": flipped(signature, bytes.len() - 1)}),
        json!({"Signature": b64(&bytes[..bytes.len() - 1])}),
        json!({"Signature": b64(&bytes[..1])}),
        json!({"Signature": b64(&[&bytes[..], &[0]].concat())}),
        json!({"Signature": b64(&[0; 6144])}),
    ] {
        let reply = world.call("Verify", with(verify.clone(), spoiled.clone())).await;
        assert_eq!(refused(&reply), BAD_SIGNATURE, "{algorithm} {spoiled}");
    }
}

/// What is told of an algorithm and a type of message that do not go together.
fn unsuited(spec: &str, algorithm: &str, kind: &str) -> String {
    match spec {
        "ECC_NIST_EDWARDS25519" => format!("Message type {kind} is incompatible with algorithm {algorithm}."),
        _ => format!("Message type {kind} is incompatible with key spec {spec}."),
    }
}

#[tokio::test]
async fn every_algorithm_signs_with_the_specs_and_messages_that_it_is_for_and_with_no_others() {
    let world = World::new().await;
    for (spec, own) in SIGNING {
        let key = key(&world, spec, "SIGN_VERIFY").await;
        for algorithm in ALGORITHMS {
            for kind in ["RAW", "DIGEST", "EXTERNAL_MU"] {
                let suiting = own.iter().find(|(name, ..)| *name == algorithm);
                let digest = suiting.map_or(32, |(_, _, digest)| *digest);
                let input = json!({"KeyId": key, "SigningAlgorithm": algorithm, "MessageType": kind,
                    "Message": message(kind, digest)});
                let expected = match suiting {
                    Some((_, kinds, _)) if kinds.contains(&kind) => {
                        round_trip(&world, &key, input).await;
                        continue;
                    }
                    Some(_) => ("ValidationException", unsuited(spec, algorithm, kind)),
                    None => (
                        "InvalidKeyUsageException",
                        format!("Algorithm {algorithm} is incompatible with key spec {spec}."),
                    ),
                };
                for (operation, more) in [("Sign", json!({})), ("Verify", json!({"Signature": "AAAA"}))] {
                    let reply = world.call(operation, with(input.clone(), more)).await;
                    assert_eq!(refused(&reply), (expected.0, &*expected.1), "{operation} {spec}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_digest_must_be_as_long_as_the_algorithms_and_a_representative_64_bytes() {
    let world = World::new().await;
    for (spec, own) in SIGNING {
        let key = key(&world, spec, "SIGN_VERIFY").await;
        for (algorithm, kinds, length) in *own {
            for kind in kinds.iter().filter(|kind| **kind != "RAW") {
                for wrong in [1, length - 1, length + 1, 4096] {
                    let input = json!({"KeyId": key, "SigningAlgorithm": algorithm, "MessageType": kind,
                        "Message": b64(&vec![7; wrong]), "Signature": b64(&[7; 64])});
                    let what = if *kind == "DIGEST" { "Digest" } else { "External Mu" };
                    let text = format!("{what} is invalid length for algorithm {algorithm}.");
                    for operation in ["Sign", "Verify"] {
                        let mut input = input.clone();
                        if operation == "Sign" {
                            input.as_object_mut().unwrap().remove("Signature");
                        }
                        let reply = world.call(operation, input).await;
                        assert_eq!(
                            refused(&reply),
                            ("ValidationException", &*text),
                            "{operation} {spec} {wrong}"
                        );
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn messages_have_1_to_4096_bytes_and_a_missing_type_is_raw() {
    let world = World::new().await;
    let signer = key(&world, "ECC_NIST_P256", "SIGN_VERIFY").await;
    let tagger = key(&world, "HMAC_256", "GENERATE_VERIFY_MAC").await;
    let sign = |length| json!({"KeyId": signer, "SigningAlgorithm": "ECDSA_SHA_256", "Message": b64(&vec![7; length])});
    let tag =
        |length| json!({"KeyId": tagger, "MacAlgorithm": "HMAC_SHA_256", "Message": b64(&vec![7; length])});
    for length in [1, 4096] {
        let signed = world.call("Sign", sign(length)).await.ok();
        let verify = with(sign(length), json!({"Signature": signed["Signature"], "MessageType": "RAW"}));
        world.call("Verify", verify).await.ok();
        world.call("GenerateMac", tag(length)).await.ok();
    }
    for (length, text) in [(0, "greater than or equal to 1"), (4097, "less than or equal to 4096")] {
        for reply in [world.call("Sign", sign(length)).await, world.call("GenerateMac", tag(length)).await] {
            let wanted = format!(
                "1 validation error detected: Value at 'message' failed to satisfy constraint: Member must have length {text}"
            );
            assert_eq!(refused(&reply), ("ValidationException", &*wanted));
        }
    }
}

#[tokio::test]
async fn each_mac_algorithm_is_of_one_spec_and_its_tags_are_whole() {
    let world = World::new().await;
    for (spec, own, length) in MACS {
        let key = key(&world, spec, "GENERATE_VERIFY_MAC").await;
        for (_, algorithm, _) in MACS {
            let input = json!({"KeyId": key, "MacAlgorithm": algorithm, "Message": b64(b"message")});
            let made = world.call("GenerateMac", input.clone()).await;
            if algorithm != own {
                let text = format!("Algorithm {algorithm} is incompatible with key spec {spec}.");
                assert_eq!(refused(&made), ("InvalidKeyUsageException", &*text));
                let reply = world.call("VerifyMac", with(input, json!({"Mac": "AAAA"}))).await;
                assert_eq!(refused(&reply), ("InvalidKeyUsageException", &*text));
                continue;
            }
            let made = made.ok();
            let tag = made["Mac"].as_str().unwrap().to_owned();
            let bytes = STANDARD.decode(&tag).unwrap();
            assert_eq!(bytes.len(), length);
            assert_eq!(made, json!({"KeyId": key, "Mac": tag, "MacAlgorithm": algorithm}));
            assert_eq!(
                world.call("GenerateMac", input.clone()).await.ok(),
                made,
                "a MAC has no chance in it"
            );
            let verify = with(input, json!({"Mac": tag}));
            assert_eq!(
                world.call("VerifyMac", verify.clone()).await.ok(),
                json!({"KeyId": key, "MacValid": true, "MacAlgorithm": algorithm})
            );
            for spoiled in [
                json!({"Message": b64(b"massage")}),
                json!({"Mac": flipped(&tag, 0)}),
                json!({"Mac": b64(&bytes[..length - 1])}),
                json!({"Mac": b64(&[&bytes[..], &[0]].concat())}),
                json!({"Mac": b64(&[0; 6144])}),
            ] {
                let reply = world.call("VerifyMac", with(verify.clone(), spoiled)).await;
                assert_eq!(refused(&reply), BAD_MAC);
            }
        }
    }
}

#[tokio::test]
async fn another_keys_signatures_and_tags_are_not_valid() {
    let world = World::new().await;
    for (spec, usage, [make, verify], name, part, expected) in [
        ("ECC_NIST_P256", "SIGN_VERIFY", ["Sign", "Verify"], "SigningAlgorithm", "Signature", BAD_SIGNATURE),
        ("HMAC_256", "GENERATE_VERIFY_MAC", ["GenerateMac", "VerifyMac"], "MacAlgorithm", "Mac", BAD_MAC),
    ] {
        let algorithm = if name == "MacAlgorithm" { "HMAC_SHA_256" } else { "ECDSA_SHA_256" };
        let (one, other) = (key(&world, spec, usage).await, key(&world, spec, usage).await);
        let input = |key: &str| json!({"KeyId": key, name: algorithm, "Message": b64(b"message")});
        let made = world.call(make, input(&one)).await.ok();
        let reply = world.call(verify, with(input(&other), json!({part: made[part]}))).await;
        assert_eq!(refused(&reply), expected);
    }
}

/// The operations of one usage each, with an input that suits them, but for the key.
fn operations() -> [(&'static str, &'static str, Value); 4] {
    [
        ("Sign", "SIGN_VERIFY", json!({"SigningAlgorithm": "ECDSA_SHA_256", "Message": "YQ=="})),
        (
            "Verify",
            "SIGN_VERIFY",
            json!({"SigningAlgorithm": "ECDSA_SHA_256", "Message": "YQ==", "Signature": "AAAA"}),
        ),
        ("GenerateMac", "GENERATE_VERIFY_MAC", json!({"MacAlgorithm": "HMAC_SHA_256", "Message": "YQ=="})),
        (
            "VerifyMac",
            "GENERATE_VERIFY_MAC",
            json!({"MacAlgorithm": "HMAC_SHA_256", "Message": "YQ==", "Mac": "AAAA"}),
        ),
    ]
}

#[tokio::test]
async fn a_key_of_another_usage_is_refused_before_its_algorithm_is_looked_at() {
    let world = World::new().await;
    let keys = [
        ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"),
        ("ECC_NIST_P256", "KEY_AGREEMENT"),
        ("ECC_NIST_P256", "SIGN_VERIFY"),
        ("HMAC_256", "GENERATE_VERIFY_MAC"),
        ("ML_KEM_768", "ENCAPSULATE_DECAPSULATE"),
    ];
    for (spec, usage) in keys {
        let key = key(&world, spec, usage).await;
        let data_key = ("GenerateDataKey", "ENCRYPT_DECRYPT", json!({"KeySpec": "AES_256"}));
        let encrypt = ("Encrypt", "ENCRYPT_DECRYPT", json!({"Plaintext": "YQ=="}));
        for (operation, needed, input) in operations().into_iter().chain([data_key, encrypt]) {
            if usage == needed {
                continue;
            }
            let reply = world.call(operation, with(input, json!({"KeyId": key}))).await;
            let text = format!("{key} key usage is {usage} which is not valid for {operation}.");
            assert_eq!(refused(&reply), ("InvalidKeyUsageException", &*text));
        }
    }
}

#[tokio::test]
async fn data_keys_come_from_symmetric_keys_only() {
    let world = World::new().await;
    let key = key(&world, "RSA_2048", "ENCRYPT_DECRYPT").await;
    for operation in ["GenerateDataKey", "GenerateDataKeyWithoutPlaintext"] {
        let reply = world.call(operation, json!({"KeyId": key, "KeySpec": "AES_256"})).await;
        let text = "You cannot generate a data key with an asymmetric CMK";
        assert_eq!(refused(&reply), ("InvalidKeyUsageException", text));
    }
}

#[tokio::test]
async fn a_public_key_comes_with_what_it_is_for_and_its_bytes_stay_the_same() {
    let world = World::new().await;
    let rsa: Vec<&str> = RSA.iter().map(|(name, ..)| *name).collect();
    let oaep = json!(["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"]);
    for (spec, usage, member, algorithms, old_name) in [
        ("RSA_2048", "SIGN_VERIFY", "SigningAlgorithms", json!(rsa), true),
        ("RSA_2048", "ENCRYPT_DECRYPT", "EncryptionAlgorithms", oaep, true),
        ("ECC_NIST_P256", "SIGN_VERIFY", "SigningAlgorithms", json!(["ECDSA_SHA_256"]), true),
        ("ECC_NIST_P256", "KEY_AGREEMENT", "KeyAgreementAlgorithms", json!(["ECDH"]), true),
        ("ECC_NIST_P384", "SIGN_VERIFY", "SigningAlgorithms", json!(["ECDSA_SHA_384"]), true),
        ("ECC_NIST_P521", "KEY_AGREEMENT", "KeyAgreementAlgorithms", json!(["ECDH"]), true),
        ("ECC_SECG_P256K1", "SIGN_VERIFY", "SigningAlgorithms", json!(["ECDSA_SHA_256"]), true),
        (
            "ECC_NIST_EDWARDS25519",
            "SIGN_VERIFY",
            "SigningAlgorithms",
            json!(["ED25519_SHA_512", "ED25519_PH_SHA_512"]),
            false,
        ),
        ("ML_DSA_65", "SIGN_VERIFY", "SigningAlgorithms", json!(["ML_DSA_SHAKE_256"]), false),
        ("ML_KEM_768", "ENCAPSULATE_DECAPSULATE", "EncapsulationAlgorithms", json!(["ML_KEM"]), false),
    ] {
        let key = key(&world, spec, usage).await;
        let answer = world.call("GetPublicKey", json!({"KeyId": key})).await.ok();
        let mut expected = json!({"KeyId": key, "KeySpec": spec, "KeyUsage": usage, member: algorithms,
            "PublicKey": answer["PublicKey"]});
        if old_name {
            expected["CustomerMasterKeySpec"] = json!(spec);
        }
        assert_eq!(answer, expected);
        let described = world.call("DescribeKey", json!({"KeyId": key})).await.ok();
        assert_eq!(described["KeyMetadata"][member], algorithms);
        let bytes = STANDARD.decode(answer["PublicKey"].as_str().unwrap()).unwrap();
        assert_eq!(bytes[0], 0x30, "a DER sequence");
        assert_eq!(world.call("GetPublicKey", json!({"KeyId": key})).await.ok(), answer);
    }
}

#[tokio::test]
async fn symmetric_and_hmac_keys_have_no_public_half_and_their_state_comes_first() {
    let world = World::new().await;
    for (spec, usage) in [("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"), ("HMAC_256", "GENERATE_VERIFY_MAC")] {
        let key = key(&world, spec, usage).await;
        let reply = world.call("GetPublicKey", json!({"KeyId": key})).await;
        assert_eq!(refused(&reply), ("UnsupportedOperationException", ""));
        assert_eq!(
            reply.body.get("message").or(reply.body.get("Message")),
            None,
            "no text, not an empty one"
        );
        world.call("ScheduleKeyDeletion", json!({"KeyId": key})).await.ok();
        let reply = world.call("GetPublicKey", json!({"KeyId": key})).await;
        let text = format!("{key} is pending deletion.");
        assert_eq!(refused(&reply), ("KMSInvalidStateException", &*text));
    }
}

#[tokio::test]
async fn a_key_that_waits_for_its_import_does_nothing() {
    let world = World::new().await;
    let public = ("GetPublicKey", "SIGN_VERIFY", json!({}));
    for (operation, usage, input) in operations().into_iter().chain([public]) {
        let spec = if usage == "SIGN_VERIFY" { "ECC_NIST_P256" } else { "HMAC_256" };
        let key = key_of(&world, json!({"KeySpec": spec, "KeyUsage": usage, "Origin": "EXTERNAL"})).await;
        let reply = world.call(operation, with(input, json!({"KeyId": key}))).await;
        let text = format!("{key} is pending import.");
        assert_eq!(refused(&reply), ("KMSInvalidStateException", &*text), "{operation}");
    }
}

#[tokio::test]
async fn a_dry_run_tells_what_would_come_and_makes_nothing() {
    let world = World::new().await;
    let signer = key(&world, "ECC_NIST_P256", "SIGN_VERIFY").await;
    let tagger = key(&world, "HMAC_256", "GENERATE_VERIFY_MAC").await;
    let sign = json!({"KeyId": signer, "SigningAlgorithm": "ECDSA_SHA_256", "Message": "YQ=="});
    let tag = json!({"KeyId": tagger, "MacAlgorithm": "HMAC_SHA_256", "Message": "YQ=="});
    let signed = world.call("Sign", sign.clone()).await.ok();
    let tagged = world.call("GenerateMac", tag.clone()).await.ok();
    let fine =
        ("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.");
    for (operation, input, expected) in [
        ("Sign", sign.clone(), fine),
        ("Verify", with(sign.clone(), json!({"Signature": signed["Signature"]})), fine),
        ("Verify", with(sign, json!({"Signature": "AAAA"})), BAD_SIGNATURE),
        ("GenerateMac", tag.clone(), fine),
        ("VerifyMac", with(tag.clone(), json!({"Mac": tagged["Mac"]})), fine),
        ("VerifyMac", with(tag, json!({"Mac": "AAAA"})), BAD_MAC),
    ] {
        let reply = world.call(operation, with(input, json!({"DryRun": true}))).await;
        assert_eq!(refused(&reply), expected, "{operation}");
    }
}

/// Puts a policy that gives the owner everything but what the statement denies.
async fn deny(world: &World, key: &str, action: &str, condition: Value) {
    let own = format!("arn:aws:iam::{A}:root");
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": own}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": "*", "Condition": condition},
    ]});
    world.call("PutKeyPolicy", json!({"KeyId": key, "Policy": policy.to_string()})).await.ok();
}

#[tokio::test]
async fn a_policy_can_hold_the_algorithm_the_type_of_message_and_the_alias_of_a_request() {
    let world = World::new().await;
    let signer = key(&world, "RSA_2048", "SIGN_VERIFY").await;
    let tagger = key(&world, "HMAC_256", "GENERATE_VERIFY_MAC").await;
    world.call("CreateAlias", json!({"AliasName": "alias/signer", "TargetKeyId": signer})).await.ok();
    let pkcs1 = json!({"KeyId": signer, "SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256", "Message": message("RAW", 32)});
    let pss = with(pkcs1.clone(), json!({"SigningAlgorithm": "RSASSA_PSS_SHA_256"}));
    let digest = with(pss.clone(), json!({"MessageType": "DIGEST", "Message": message("DIGEST", 32)}));
    let by_alias = with(pss.clone(), json!({"KeyId": "alias/signer"}));
    let by_alias_arn = with(pss.clone(), json!({"KeyId": format!("arn:aws:kms:us-east-1:{A}:alias/signer")}));
    let tag = json!({"KeyId": tagger, "MacAlgorithm": "HMAC_SHA_256", "Message": "YQ=="});
    let is = |name: &str, value: &str| json!({"StringEquals": {name: value}});
    let is_not = |name: &str, value: &str| json!({"StringNotEquals": {name: value}});
    for (key, operation, condition, denied, let_by) in [
        (&signer, "Sign", is("kms:SigningAlgorithm", "RSASSA_PKCS1_V1_5_SHA_256"), vec![&pkcs1], vec![&pss]),
        (&signer, "Sign", is("kms:MessageType", "RAW"), vec![&pkcs1, &pss], vec![&digest]),
        (&signer, "Sign", is_not("kms:MessageType", "DIGEST"), vec![&pss], vec![&digest]),
        (&signer, "Sign", is("kms:RequestAlias", "alias/signer"), vec![&by_alias, &by_alias_arn], vec![&pss]),
        (&tagger, "GenerateMac", is("kms:MacAlgorithm", "HMAC_SHA_256"), vec![&tag], vec![]),
        (&tagger, "GenerateMac", is("kms:MacAlgorithm", "HMAC_SHA_512"), vec![], vec![&tag]),
    ] {
        deny(&world, key, &format!("kms:{operation}"), condition.clone()).await;
        for input in denied {
            let reply = world.call(operation, input.clone()).await;
            assert_eq!(reply.code(), "AccessDeniedException", "{condition} {input}");
        }
        for input in let_by {
            world.call(operation, input.clone()).await.ok();
        }
    }
}

#[tokio::test]
async fn a_denial_of_one_half_leaves_the_other() {
    let world = World::new().await;
    let key = key(&world, "ECC_NIST_P256", "SIGN_VERIFY").await;
    let sign = json!({"KeyId": key, "SigningAlgorithm": "ECDSA_SHA_256", "Message": "YQ=="});
    let signed = world.call("Sign", sign.clone()).await.ok();
    deny(&world, &key, "kms:Sign", json!({})).await;
    assert_eq!(world.call("Sign", sign.clone()).await.code(), "AccessDeniedException");
    world.call("Verify", with(sign, json!({"Signature": signed["Signature"]}))).await.ok();
    world.call("GetPublicKey", json!({"KeyId": key})).await.ok();
    deny(&world, &key, "kms:GetPublicKey", json!({})).await;
    assert_eq!(world.call("GetPublicKey", json!({"KeyId": key})).await.code(), "AccessDeniedException");
}

#[tokio::test]
async fn across_accounts_a_grant_lets_sign_and_nothing_beside_it() {
    let world = World::new().await;
    let key = key(&world, "ECC_NIST_P256", "SIGN_VERIFY").await;
    let sign = json!({"KeyId": key, "SigningAlgorithm": "ECDSA_SHA_256", "Message": "YQ=="});
    let missing = with(
        sign.clone(),
        json!({"KeyId": format!("arn:aws:kms:us-east-1:{A}:key/00000000-0000-4000-8000-000000000000")}),
    );
    let stranger = world.call_as(B, "Sign", sign.clone()).await;
    assert_eq!(stranger.code(), "AccessDeniedException");
    assert_eq!(stranger, world.call_as(B, "Sign", missing).await, "whether the key exists is not told");
    let grant =
        json!({"KeyId": key, "GranteePrincipal": format!("arn:aws:iam::{B}:root"), "Operations": ["Sign"]});
    let token = world.call("CreateGrant", grant).await.ok()["GrantToken"].clone();
    let signed = world.call_as(B, "Sign", with(sign.clone(), json!({"GrantTokens": [token]}))).await.ok();
    assert_eq!(signed["KeyId"], json!(key));
    let verify = with(sign, json!({"Signature": signed["Signature"]}));
    assert_eq!(world.call_as(B, "Verify", verify.clone()).await.code(), "AccessDeniedException");
    assert_eq!(world.call_as(B, "GetPublicKey", json!({"KeyId": key})).await.code(), "AccessDeniedException");
    world.call("Verify", verify).await.ok();
}

#[tokio::test]
async fn events_tell_the_algorithm_and_neither_the_message_nor_what_was_made_of_it() {
    let world = World::new().await;
    let signer = key(&world, "ECC_NIST_P256", "SIGN_VERIFY").await;
    let tagger = key(&world, "HMAC_256", "GENERATE_VERIFY_MAC").await;
    let said = b64(b"the canary sings");
    let sign = json!({"KeyId": signer, "SigningAlgorithm": "ECDSA_SHA_256", "Message": said});
    let tag = json!({"KeyId": tagger, "MacAlgorithm": "HMAC_SHA_256", "Message": said});
    let signature = world.call("Sign", sign.clone()).await.ok()["Signature"].clone();
    let signing = json!({"keyId": signer, "messageType": "RAW", "signingAlgorithm": "ECDSA_SHA_256"});
    let tagging = json!({"keyId": tagger, "macAlgorithm": "HMAC_SHA_256"});
    let check = |parameters: &Value, arn: &str, secret: &str| {
        let event = world.events.last();
        assert_eq!(&event["requestParameters"], parameters);
        assert_eq!((&event["responseElements"], &event["readOnly"]), (&Value::Null, &json!(true)));
        assert_eq!(event["resources"][0]["ARN"], json!(arn));
        assert_eq!(event.get("additionalEventData"), None, "AWS tells materials of symmetric keys only");
        let text = event.to_string();
        assert!(!text.contains(&said) && !text.contains("canary") && !text.contains(secret), "{text}");
    };
    check(&signing, &signer, signature.as_str().unwrap());
    world.call("Verify", with(sign, json!({"Signature": signature}))).await.ok();
    check(&signing, &signer, signature.as_str().unwrap());
    let mac = world.call("GenerateMac", tag.clone()).await.ok()["Mac"].clone();
    check(&tagging, &tagger, mac.as_str().unwrap());
    world.call("VerifyMac", with(tag, json!({"Mac": mac}))).await.ok();
    check(&tagging, &tagger, mac.as_str().unwrap());
    let public = world.call("GetPublicKey", json!({"KeyId": signer})).await.ok();
    check(&json!({"keyId": signer}), &signer, public["PublicKey"].as_str().unwrap());
}

#[tokio::test]
async fn keys_work_after_a_restart_and_not_after_their_deletion() {
    let store = std::sync::Arc::new(gatekey_store::MemoryStore::new());
    let world = World::on(store.clone(), gatekey_keyring::Quotas::default()).await;
    let rsa = key(&world, "RSA_2048", "SIGN_VERIFY").await;
    let ml_dsa = key(&world, "ML_DSA_44", "SIGN_VERIFY").await;
    for (key, algorithm) in [(&rsa, "RSASSA_PSS_SHA_256"), (&ml_dsa, "ML_DSA_SHAKE_256")] {
        let sign = json!({"KeyId": key, "SigningAlgorithm": algorithm, "Message": "YQ=="});
        let signed = world.call("Sign", sign.clone()).await.ok();
        let public = world.call("GetPublicKey", json!({"KeyId": key})).await.ok();
        let again = world.reopened(store.clone()).await;
        again.call("Verify", with(sign.clone(), json!({"Signature": signed["Signature"]}))).await.ok();
        assert_eq!(again.call("GetPublicKey", json!({"KeyId": key})).await.ok(), public);
        let again_signed = again.call("Sign", sign.clone()).await.ok();
        world.call("Verify", with(sign, json!({"Signature": again_signed["Signature"]}))).await.ok();
    }
    world.call("ScheduleKeyDeletion", json!({"KeyId": rsa, "PendingWindowInDays": 7})).await.ok();
    world.clock.advance_days(7);
    world.sweep().await;
    let sign = json!({"KeyId": rsa, "SigningAlgorithm": "RSASSA_PSS_SHA_256", "Message": "YQ=="});
    assert_eq!(world.call("Sign", sign).await.code(), "NotFoundException");
}

#[tokio::test]
async fn what_was_made_or_verified_counts_as_a_use_and_what_was_refused_or_only_read_does_not() {
    let world = World::new().await;
    for (usage, spec, [make, verify], name, algorithm, part) in [
        (
            "SIGN_VERIFY",
            "ECC_NIST_P256",
            ["Sign", "Verify"],
            "SigningAlgorithm",
            "ECDSA_SHA_256",
            "Signature",
        ),
        (
            "GENERATE_VERIFY_MAC",
            "HMAC_256",
            ["GenerateMac", "VerifyMac"],
            "MacAlgorithm",
            "HMAC_SHA_256",
            "Mac",
        ),
    ] {
        let key = key(&world, spec, usage).await;
        let input = json!({"KeyId": key, name: algorithm, "Message": b64(b"message")});
        let last = async || {
            world.call("GetKeyLastUsage", json!({"KeyId": key})).await.ok()["KeyLastUsage"]["Operation"]
                .clone()
        };
        world.call("GetPublicKey", json!({"KeyId": key})).await;
        world.call(make, with(input.clone(), json!({"DryRun": true}))).await;
        assert_eq!(last().await, Value::Null);
        let made = world.call(make, input.clone()).await.ok();
        assert_eq!(last().await, json!(make));
        world.call(verify, with(input.clone(), json!({part: "AAAA"}))).await;
        assert_eq!(last().await, json!(make));
        world.call(verify, with(input, json!({part: made[part]}))).await.ok();
        assert_eq!(last().await, json!(verify));
    }
}
