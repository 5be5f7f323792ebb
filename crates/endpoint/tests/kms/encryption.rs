//! Encrypt, Decrypt and ReEncrypt with RSA keys, and what each algorithm refuses.

use crate::world::{A, B, Reply, World};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

const SHA_1: &str = "RSAES_OAEP_SHA_1";
const SHA_256: &str = "RSAES_OAEP_SHA_256";
const SYMMETRIC: &str = "SYMMETRIC_DEFAULT";
const DRY_RUN: &str = "The request would have succeeded, but the DryRun option is set.";

fn b64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Makes a key and gives its ARN.
async fn key(world: &World, spec: &str, usage: &str) -> String {
    let made = world.call("CreateKey", json!({"KeySpec": spec, "KeyUsage": usage})).await.ok();
    made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
}

async fn rsa(world: &World) -> String {
    key(world, "RSA_2048", "ENCRYPT_DECRYPT").await
}

fn with(mut input: Value, more: Value) -> Value {
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

fn told(reply: &Reply) -> (&str, &str) {
    (reply.code(), reply.message())
}

async fn encrypt(world: &World, key: &str, algorithm: &str, plaintext: &[u8]) -> Reply {
    let input = json!({"KeyId": key, "EncryptionAlgorithm": algorithm, "Plaintext": b64(plaintext)});
    world.call("Encrypt", input).await
}

async fn sealed(world: &World, key: &str, algorithm: &str, plaintext: &[u8]) -> String {
    let answer = encrypt(world, key, algorithm, plaintext).await.ok();
    answer["CiphertextBlob"].as_str().unwrap().to_owned()
}

fn opening(key: &str, algorithm: &str, blob: &str) -> Value {
    json!({"KeyId": key, "EncryptionAlgorithm": algorithm, "CiphertextBlob": blob})
}

async fn policy(world: &World, key: &str, statement: Value) {
    let own = format!("arn:aws:iam::{A}:root");
    let open = json!({"Effect": "Allow", "Principal": {"AWS": own}, "Action": "kms:*", "Resource": "*"});
    let policy = json!({"Version": "2012-10-17", "Statement": [open, statement]});
    world.call("PutKeyPolicy", json!({"KeyId": key, "Policy": policy.to_string()})).await.ok();
}

/// Spec, algorithm, bytes of a ciphertext, bytes that a plaintext has at most: AWS's table.
const LIMITS: &[(&str, &str, usize, usize)] = &[
    ("RSA_2048", SHA_1, 256, 214),
    ("RSA_2048", SHA_256, 256, 190),
    ("RSA_3072", SHA_1, 384, 342),
    ("RSA_3072", SHA_256, 384, 318),
    ("RSA_4096", SHA_1, 512, 470),
    ("RSA_4096", SHA_256, 512, 446),
];

#[tokio::test]
async fn each_rsa_spec_encrypts_up_to_the_limit_of_its_algorithm_and_answers_as_aws_does() {
    let world = World::new().await;
    for pair in LIMITS.chunks(2) {
        let key = key(&world, pair[0].0, "ENCRYPT_DECRYPT").await;
        for (spec, algorithm, length, most) in pair {
            let longest = vec![7; *most];
            let made = encrypt(&world, &key, algorithm, &longest).await.ok();
            let blob = made["CiphertextBlob"].as_str().unwrap();
            assert_eq!(STANDARD.decode(blob).unwrap().len(), *length);
            let expected = json!({"KeyId": key, "CiphertextBlob": blob, "EncryptionAlgorithm": algorithm});
            assert_eq!(made, expected);
            let opened = world.call("Decrypt", opening(&key, algorithm, blob)).await.ok();
            let expected =
                json!({"KeyId": key, "Plaintext": b64(&longest), "EncryptionAlgorithm": algorithm});
            assert_eq!(opened, expected, "no material is told of an asymmetric key");
            let again = sealed(&world, &key, algorithm, &longest).await;
            assert_ne!(again, blob, "no ciphertext is made twice");
            let text = format!(
                "Algorithm {algorithm} and key spec {spec} cannot encrypt data larger than {most} bytes."
            );
            let reply = encrypt(&world, &key, algorithm, &vec![7; most + 1]).await;
            assert_eq!(told(&reply), ("ValidationException", &*text));
        }
    }
}

#[tokio::test]
async fn an_algorithm_that_the_key_lacks_is_an_invalid_key_usage_everywhere() {
    let world = World::new().await;
    let (symmetric, rsa) = (key(&world, SYMMETRIC, "ENCRYPT_DECRYPT").await, rsa(&world).await);
    let (blob, raw) =
        (sealed(&world, &symmetric, SYMMETRIC, b"x").await, sealed(&world, &rsa, SHA_256, b"x").await);
    for (key, spec, algorithm, blob) in [
        (&symmetric, SYMMETRIC, SHA_1, &blob),
        (&symmetric, SYMMETRIC, SHA_256, &raw),
        (&symmetric, SYMMETRIC, "SM2PKE", &blob),
        (&rsa, "RSA_2048", "SM2PKE", &raw),
        (&rsa, "RSA_2048", SYMMETRIC, &blob),
    ] {
        let text = format!("Algorithm {algorithm} is incompatible with key spec {spec}.");
        let expected = ("InvalidKeyUsageException", &*text);
        assert_eq!(told(&encrypt(&world, key, algorithm, b"x").await), expected);
        assert_eq!(told(&world.call("Decrypt", opening(key, algorithm, blob)).await), expected);
        let from = json!({"SourceKeyId": key, "SourceEncryptionAlgorithm": algorithm, "CiphertextBlob": blob,
            "DestinationKeyId": symmetric});
        assert_eq!(told(&world.call("ReEncrypt", from).await), expected);
        let own = sealed(&world, &symmetric, SYMMETRIC, b"x").await;
        let to = json!({"CiphertextBlob": own, "DestinationKeyId": key, "DestinationEncryptionAlgorithm": algorithm});
        assert_eq!(told(&world.call("ReEncrypt", to).await), expected);
    }
}

#[tokio::test]
async fn what_is_sent_as_symmetric_is_taken_apart_before_the_key_is_asked_for_its_algorithm() {
    let world = World::new().await;
    let rsa = rsa(&world).await;
    let raw = sealed(&world, &rsa, SHA_256, b"x").await;
    for input in [json!({"KeyId": rsa, "CiphertextBlob": raw}), json!({"CiphertextBlob": raw})] {
        assert_eq!(told(&world.call("Decrypt", input).await), ("InvalidCiphertextException", ""));
    }
}

#[tokio::test]
async fn an_rsa_ciphertext_names_no_key_so_that_the_request_must() {
    let world = World::new().await;
    let rsa = rsa(&world).await;
    let raw = sealed(&world, &rsa, SHA_256, b"x").await;
    let decrypt = json!({"CiphertextBlob": raw, "EncryptionAlgorithm": SHA_256});
    assert_eq!(
        told(&world.call("Decrypt", decrypt).await),
        ("ValidationException", "KeyId must not be null")
    );
    let again = json!({"CiphertextBlob": raw, "SourceEncryptionAlgorithm": SHA_256, "DestinationKeyId": rsa});
    assert_eq!(
        told(&world.call("ReEncrypt", again).await),
        ("ValidationException", "SourceKeyId must not be null")
    );
}

#[tokio::test]
async fn an_encryption_context_is_refused_with_rsa_and_an_empty_one_is_none() {
    let world = World::new().await;
    let (rsa, symmetric) = (rsa(&world).await, world.key().await);
    let raw = sealed(&world, &rsa, SHA_256, b"x").await;
    let blob = sealed(&world, &symmetric, SYMMETRIC, b"x").await;
    let encrypt = json!({"KeyId": rsa, "EncryptionAlgorithm": SHA_256, "Plaintext": "YQ=="});
    let from = json!({"SourceKeyId": rsa, "SourceEncryptionAlgorithm": SHA_256, "CiphertextBlob": raw,
        "DestinationKeyId": symmetric});
    let to =
        json!({"CiphertextBlob": blob, "DestinationKeyId": rsa, "DestinationEncryptionAlgorithm": SHA_256});
    for (operation, input, member) in [
        ("Encrypt", encrypt, "EncryptionContext"),
        ("Decrypt", opening(&rsa, SHA_256, &raw), "EncryptionContext"),
        ("ReEncrypt", from, "SourceEncryptionContext"),
        ("ReEncrypt", to, "DestinationEncryptionContext"),
    ] {
        let reply = world.call(operation, with(input.clone(), json!({member: {"a": "1"}}))).await;
        let text = "EncryptionContext is not supported when encrypting/decrypting with asymmetric CMKs.";
        assert_eq!(told(&reply), ("ValidationException", text), "{operation} {member}");
        world.call(operation, with(input, json!({member: {}}))).await.ok();
    }
}

#[tokio::test]
async fn whatever_is_wrong_with_an_rsa_ciphertext_is_one_and_the_same_error() {
    let world = World::new().await;
    let (rsa, other) = (rsa(&world).await, rsa(&world).await);
    let raw = STANDARD.decode(sealed(&world, &rsa, SHA_256, b"secret").await).unwrap();
    let mut wrong: Vec<Vec<u8>> = (0..raw.len() * 8)
        .step_by(61)
        .map(|bit| {
            let mut flipped = raw.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            flipped
        })
        .collect();
    wrong.extend([raw[1..].to_vec(), raw[..255].to_vec(), [raw.clone(), vec![0]].concat()]);
    wrong.extend([vec![0], vec![0; 256], vec![0xff; 256], vec![1; 6144]]);
    wrong.push([vec![0], raw.clone()].concat());
    let blob = sealed(&world, &world.key().await, SYMMETRIC, b"x").await;
    wrong.push(STANDARD.decode(blob).unwrap());
    for bytes in wrong {
        let reply = world.call("Decrypt", opening(&rsa, SHA_256, &b64(&bytes))).await;
        assert_eq!(told(&reply), ("InvalidCiphertextException", ""), "{bytes:02x?}");
        let from = json!({"SourceKeyId": rsa, "SourceEncryptionAlgorithm": SHA_256, "DestinationKeyId": rsa,
            "DestinationEncryptionAlgorithm": SHA_1, "CiphertextBlob": b64(&bytes)});
        assert_eq!(told(&world.call("ReEncrypt", from).await), ("InvalidCiphertextException", ""));
    }
    for (key, algorithm) in [(&rsa, SHA_1), (&other, SHA_256)] {
        let reply = world.call("Decrypt", opening(key, algorithm, &b64(&raw))).await;
        assert_eq!(
            told(&reply),
            ("InvalidCiphertextException", ""),
            "no IncorrectKeyException: nothing tells"
        );
    }
    assert_eq!(world.call("Decrypt", opening(&rsa, SHA_256, &b64(&raw))).await.code(), "ok");
}

#[tokio::test]
async fn re_encrypt_goes_from_every_algorithm_to_every_algorithm() {
    let world = World::new().await;
    let (symmetric, rsa) = (key(&world, SYMMETRIC, "ENCRYPT_DECRYPT").await, rsa(&world).await);
    let all = [(&symmetric, SYMMETRIC), (&rsa, SHA_1), (&rsa, SHA_256)];
    for (from, from_algorithm) in all {
        let blob = sealed(&world, from, from_algorithm, b"attack at dawn").await;
        for (to, to_algorithm) in all {
            let input = json!({"CiphertextBlob": blob, "SourceKeyId": from, "SourceEncryptionAlgorithm": from_algorithm,
                "DestinationKeyId": to, "DestinationEncryptionAlgorithm": to_algorithm});
            let made = world.call("ReEncrypt", input).await.ok();
            assert_eq!((&made["SourceKeyId"], &made["KeyId"]), (&json!(from), &json!(to)));
            assert_eq!(made["SourceEncryptionAlgorithm"], from_algorithm);
            assert_eq!(made["DestinationEncryptionAlgorithm"], to_algorithm);
            for (member, algorithm) in
                [("SourceKeyMaterialId", from_algorithm), ("DestinationKeyMaterialId", to_algorithm)]
            {
                assert_eq!(made[member].is_string(), algorithm == SYMMETRIC, "{member} {algorithm}");
            }
            let blob = made["CiphertextBlob"].as_str().unwrap();
            let opened = world.call("Decrypt", opening(to, to_algorithm, blob)).await.ok();
            assert_eq!(opened["Plaintext"], b64(b"attack at dawn"), "{from_algorithm} to {to_algorithm}");
        }
    }
    let long = sealed(&world, &symmetric, SYMMETRIC, &[1; 191]).await;
    let input =
        json!({"CiphertextBlob": long, "DestinationKeyId": rsa, "DestinationEncryptionAlgorithm": SHA_256});
    for input in [input.clone(), with(input, json!({"DryRun": true}))] {
        let text =
            "Algorithm RSAES_OAEP_SHA_256 and key spec RSA_2048 cannot encrypt data larger than 190 bytes.";
        assert_eq!(told(&world.call("ReEncrypt", input).await), ("ValidationException", text));
    }
}

#[tokio::test]
async fn keys_of_other_usages_encrypt_nothing_and_only_symmetric_ones_make_data_keys() {
    let world = World::new().await;
    for (spec, usage) in [
        ("RSA_2048", "SIGN_VERIFY"),
        ("ECC_NIST_P256", "KEY_AGREEMENT"),
        ("HMAC_256", "GENERATE_VERIFY_MAC"),
        ("ML_KEM_512", "ENCAPSULATE_DECAPSULATE"),
        ("ML_DSA_44", "SIGN_VERIFY"),
    ] {
        let arn = key(&world, spec, usage).await;
        let symmetric = world.key().await;
        let blob = sealed(&world, &symmetric, SYMMETRIC, b"x").await;
        for (operation, input) in [
            ("Encrypt", json!({"KeyId": arn, "Plaintext": "YQ==", "EncryptionAlgorithm": SHA_256})),
            ("Decrypt", opening(&arn, SHA_256, &b64(&[1; 256]))),
            ("ReEncrypt", json!({"CiphertextBlob": blob, "DestinationKeyId": arn})),
            ("GenerateDataKey", json!({"KeyId": arn, "KeySpec": "AES_256"})),
            ("GenerateDataKeyWithoutPlaintext", json!({"KeyId": arn, "KeySpec": "AES_256"})),
            ("GenerateDataKeyPair", json!({"KeyId": arn, "KeyPairSpec": "ECC_NIST_P256"})),
            ("GenerateDataKeyPairWithoutPlaintext", json!({"KeyId": arn, "KeyPairSpec": "ECC_NIST_P256"})),
        ] {
            let text = format!("{arn} key usage is {usage} which is not valid for {operation}.");
            let reply = world.call(operation, input).await;
            assert_eq!(told(&reply), ("InvalidKeyUsageException", &*text), "{operation} {spec}");
        }
    }
    let rsa = rsa(&world).await;
    for (operation, member, value) in [
        ("GenerateDataKey", "KeySpec", "AES_256"),
        ("GenerateDataKeyWithoutPlaintext", "KeySpec", "AES_256"),
        ("GenerateDataKeyPair", "KeyPairSpec", "ECC_NIST_P256"),
        ("GenerateDataKeyPairWithoutPlaintext", "KeyPairSpec", "ECC_NIST_P256"),
    ] {
        let reply = world.call(operation, json!({"KeyId": rsa, member: value})).await;
        let text = "You cannot generate a data key with an asymmetric CMK";
        assert_eq!(told(&reply), ("InvalidKeyUsageException", text), "{operation}");
    }
}

#[tokio::test]
async fn a_dry_run_with_an_rsa_key_tells_what_would_come() {
    let world = World::new().await;
    let rsa = rsa(&world).await;
    let raw = sealed(&world, &rsa, SHA_256, b"x").await;
    let dry = |input| with(input, json!({"DryRun": true}));
    let encrypt =
        |length| json!({"KeyId": rsa, "EncryptionAlgorithm": SHA_256, "Plaintext": b64(&vec![1; length])});
    let fine = ("DryRunOperationException", DRY_RUN);
    let long =
        "Algorithm RSAES_OAEP_SHA_256 and key spec RSA_2048 cannot encrypt data larger than 190 bytes.";
    let unread =
        json!({"KeyId": rsa, "EncryptionAlgorithm": SHA_256, "DryRunModifiers": ["IGNORE_CIPHERTEXT"]});
    let symmetric = json!({"KeyId": rsa, "DryRunModifiers": ["IGNORE_CIPHERTEXT"]});
    let unsuited = "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.";
    for (operation, input, expected) in [
        ("Encrypt", encrypt(190), fine),
        ("Encrypt", encrypt(191), ("ValidationException", long)),
        ("Decrypt", opening(&rsa, SHA_256, &raw), fine),
        ("Decrypt", opening(&rsa, SHA_1, &raw), ("InvalidCiphertextException", "")),
        ("Decrypt", unread, fine),
        ("Decrypt", symmetric, ("InvalidKeyUsageException", unsuited)),
    ] {
        assert_eq!(told(&world.call(operation, dry(input.clone())).await), expected, "{operation} {input}");
    }
}

#[tokio::test]
async fn policies_can_hold_the_algorithm_and_whether_the_key_stays_the_same() {
    let world = World::new().await;
    let rsa = rsa(&world).await;
    let raw = sealed(&world, &rsa, SHA_256, b"x").await;
    let blob = sealed(&world, &world.key().await, SYMMETRIC, b"x").await;
    let deny = |condition| {
        json!({"Effect": "Deny", "Principal": "*", "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*"],
        "Resource": "*", "Condition": condition})
    };
    policy(&world, &rsa, deny(json!({"StringEquals": {"kms:EncryptionAlgorithm": SHA_1}}))).await;
    assert_eq!(encrypt(&world, &rsa, SHA_1, b"x").await.code(), "AccessDeniedException");
    assert_eq!(world.call("Decrypt", opening(&rsa, SHA_1, &raw)).await.code(), "AccessDeniedException");
    assert_eq!(world.call("Decrypt", opening(&rsa, SHA_256, &raw)).await.code(), "ok");
    let to = |algorithm: &str| json!({"CiphertextBlob": blob, "DestinationKeyId": rsa, "DestinationEncryptionAlgorithm": algorithm});
    assert_eq!(world.call("ReEncrypt", to(SHA_1)).await.code(), "AccessDeniedException");
    assert_eq!(world.call("ReEncrypt", to(SHA_256)).await.code(), "ok");

    policy(&world, &rsa, deny(json!({"Bool": {"kms:ReEncryptOnSameKey": "false"}}))).await;
    let same = json!({"CiphertextBlob": raw, "SourceKeyId": rsa, "SourceEncryptionAlgorithm": SHA_256,
        "DestinationKeyId": rsa, "DestinationEncryptionAlgorithm": SHA_1});
    assert_eq!(world.call("ReEncrypt", same).await.code(), "ok");
    assert_eq!(world.call("ReEncrypt", to(SHA_256)).await.code(), "AccessDeniedException");
}

#[tokio::test]
async fn an_event_tells_the_algorithm_and_no_material() {
    let world = World::new().await;
    let rsa = rsa(&world).await;
    let raw = sealed(&world, &rsa, SHA_256, b"the canary sings").await;
    let event = world.events.last();
    assert_eq!(event["requestParameters"], json!({"keyId": rsa, "encryptionAlgorithm": SHA_256}));
    assert_eq!((&event["responseElements"], &event["readOnly"]), (&Value::Null, &json!(true)));
    assert_eq!(event["additionalEventData"]["keyMaterialId"], Value::Null);
    assert_eq!(event["resources"][0]["ARN"], json!(rsa));
    world.call("Decrypt", opening(&rsa, SHA_256, &raw)).await.ok();
    let event = world.events.last();
    assert_eq!(event["requestParameters"], json!({"keyId": rsa, "encryptionAlgorithm": SHA_256}));
    for event in world.events.all() {
        let event = event.to_string();
        assert!(
            !event.contains("canary") && !event.contains(&b64(b"the canary sings")) && !event.contains(&raw)
        );
    }
}

#[tokio::test]
async fn across_accounts_a_grant_opens_rsa_ciphertext_and_nothing_beside_it() {
    let world = World::new().await;
    let rsa = rsa(&world).await;
    let raw = sealed(&world, &rsa, SHA_256, b"x").await;
    let input = opening(&rsa, SHA_256, &raw);
    let stranger = world.call_as(B, "Decrypt", input.clone()).await;
    assert_eq!(stranger.code(), "AccessDeniedException");
    let missing = format!("arn:aws:kms:us-east-1:{A}:key/00000000-0000-4000-8000-000000000000");
    let hidden = world.call_as(B, "Decrypt", opening(&missing, SHA_256, &raw)).await;
    assert_eq!(hidden, stranger, "whether the key exists is not told");
    let grant = json!({"KeyId": rsa, "GranteePrincipal": format!("arn:aws:iam::{B}:root"), "Operations": ["Decrypt"]});
    world.call("CreateGrant", grant).await.ok();
    assert_eq!(world.call_as(B, "Decrypt", input).await.ok()["Plaintext"], b64(b"x"));
    let encrypt = json!({"KeyId": rsa, "EncryptionAlgorithm": SHA_256, "Plaintext": "YQ=="});
    assert_eq!(world.call_as(B, "Encrypt", encrypt).await.code(), "AccessDeniedException");
}
