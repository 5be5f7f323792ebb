//! Answers for attested recipients, shown with a document that AWS's hypervisor made, under AWS's root, at its moment.

use crate::world::{A, Reply, World};
use base64::{Engine, engine::general_purpose::STANDARD};
use gatekey_types::Timestamp;
use serde_json::{Value, json};

/// A document of an enclave in eu-central-1, and the second at which it was made; see the README beside it.
const DOCUMENT: &[u8] = include_bytes!("../../../attestation/tests/aws/document.cose");
const MADE: i64 = 1_736_179_625;
/// The certificate of who signed it is valid for three hours.
const HOURS: i64 = 3600;
/// The module that made it.
const MODULE: &str = "i-0bee92034f3d60691-enc01943c5eaab3ad6a";

async fn world() -> World {
    let world = World::new().await;
    world.clock.set(Timestamp::from_seconds(MADE));
    world
}

fn recipient(document: &[u8]) -> Value {
    json!({"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": STANDARD.encode(document)})
}

/// An operation that knows recipients, its input, and the member in which it answers in the clear.
type Call = (&'static str, Value, &'static str);

/// What each is called with. The first two need no more than the one symmetric key.
async fn calls(world: &World, key: &str) -> Vec<Call> {
    let plaintext = STANDARD.encode(b"secret");
    let encrypted = world.call("Encrypt", json!({"KeyId": key, "Plaintext": plaintext})).await.ok();
    let curve = "ECC_NIST_P256";
    let agreeing = json!({"KeySpec": curve, "KeyUsage": "KEY_AGREEMENT"});
    let agreeing = world.call("CreateKey", agreeing).await.ok()["KeyMetadata"]["KeyId"].clone();
    let wrapping = world.key().await;
    let pair = json!({"KeyId": wrapping, "KeyPairSpec": curve});
    let peer = world.call("GenerateDataKeyPair", pair.clone()).await.ok()["PublicKey"].clone();
    let deriving = json!({"KeyId": agreeing, "KeyAgreementAlgorithm": "ECDH", "PublicKey": peer});
    vec![
        ("Decrypt", json!({"CiphertextBlob": encrypted["CiphertextBlob"]}), "Plaintext"),
        ("GenerateDataKey", json!({"KeyId": key, "KeySpec": "AES_256"}), "Plaintext"),
        ("GenerateRandom", json!({"NumberOfBytes": 24}), "Plaintext"),
        ("GenerateDataKeyPair", pair, "PrivateKeyPlaintext"),
        ("DeriveSharedSecret", deriving, "SharedSecret"),
    ]
}

async fn call_for(world: &World, (operation, input, _): &Call, recipient: Value) -> Reply {
    let mut input = input.clone();
    input["Recipient"] = recipient;
    world.call(operation, input).await
}

#[tokio::test]
async fn a_recipient_gets_the_secret_sealed_and_never_in_the_clear() {
    let world = world().await;
    let key = world.key().await;
    for call in calls(&world, &key).await {
        let plain = world.call(call.0, call.1.clone()).await.ok();
        assert!(plain.get(call.2).is_some() && plain.get("CiphertextForRecipient").is_none());
        let answer = call_for(&world, &call, recipient(DOCUMENT)).await.ok();
        assert!(answer.get(call.2).is_none(), "{answer}");
        let sealed = STANDARD.decode(answer["CiphertextForRecipient"].as_str().unwrap()).unwrap();
        // EnvelopedData as AWS encodes it: of indefinite length.
        assert_eq!(hex(&sealed[..15]), "308006092a864886f70d010703a080", "{}", call.0);
        let fresh = ["CiphertextBlob", "PrivateKeyCiphertextBlob", "PublicKey"];
        for (member, value) in plain.as_object().unwrap() {
            let same = fresh.contains(&member.as_str()) || answer.get(member) == Some(value);
            assert!(same || member == call.2, "{} has another {member}", call.0);
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn the_event_tells_what_was_attested_and_only_of_what_succeeded() {
    let world = world().await;
    let key = world.key().await;
    for call in calls(&world, &key).await {
        call_for(&world, &call, recipient(DOCUMENT)).await.ok();
        let additional = &world.events.last()["additionalEventData"];
        let told = additional["recipient"].as_object().unwrap();
        let names: Vec<&str> = told.keys().map(String::as_str).collect();
        let expected =
            ["EnclaveImageDigest", "EnclavePCR1", "EnclavePCR2", "EnclavePCR3", "EnclavePCR4", "EnclavePCR8"]
                .map(|name| format!("attestationDocument{name}"));
        assert_eq!(names[..6], expected);
        assert_eq!(told["attestationDocumentModuleId"], MODULE);
        let digest = STANDARD.decode(told["attestationDocumentEnclaveImageDigest"].as_str().unwrap());
        assert_eq!(digest.unwrap().len(), 48);
        assert_eq!(
            additional.get("keyMaterialId").is_some(),
            !["GenerateRandom", "DeriveSharedSecret"].contains(&call.0)
        );
        call_for(&world, &call, recipient(&DOCUMENT[..4000])).await;
        assert!(world.events.last()["additionalEventData"].is_null());
    }
}

/// A key that its owner administers freely, but uses only under a condition.
async fn conditioned(world: &World, condition: Value) -> String {
    let key = world.key().await;
    let statement = |action: Value, condition: Value| json!({"Effect": "Allow", "Principal": {"AWS": A}, "Action": action, "Resource": "*", "Condition": condition});
    let policy = json!({"Version": "2012-10-17", "Statement": [
        statement(json!(["kms:*Policy", "kms:Encrypt"]), json!({})),
        statement(json!(["kms:Decrypt", "kms:GenerateDataKey"]), condition),
    ]});
    world.call("PutKeyPolicy", json!({"KeyId": key, "Policy": policy.to_string()})).await.ok();
    key
}

#[tokio::test]
async fn what_was_attested_decides() {
    let world = world().await;
    let probe = calls(&world, &world.key().await).await.remove(1);
    call_for(&world, &probe, recipient(DOCUMENT)).await.ok();
    let told = world.events.last()["additionalEventData"]["recipient"].clone();
    let register = |name: &str| hex(&STANDARD.decode(told[name].as_str().unwrap()).unwrap());
    let (image, first) =
        (register("attestationDocumentEnclaveImageDigest"), register("attestationDocumentEnclavePCR1"));
    let is = |operator: &str, key: &str, value: &str| json!({operator: {format!("kms:RecipientAttestation:{key}"): value}});
    let zeros = "0".repeat(96);
    for (condition, allowed) in [
        (is("StringEquals", "ImageSha384", &image), true),
        (is("StringEquals", "PCR0", &image), true),
        (is("StringEquals", "PCR1", &first), true),
        (is("StringEqualsIgnoreCase", "pcr1", &first.to_uppercase()), true),
        (is("StringEquals", "PCR1", &first.to_uppercase()), false),
        (is("StringEquals", "PCR1", &image), false),
        (is("StringEquals", "ImageSha384", &first), false),
        (is("StringEquals", "PCR8", &zeros), true),
        (is("StringEquals", "PCR31", &zeros), false),
        (is("StringEquals", "NitroTPMPCR0", &image), false),
        (json!({"Null": {"kms:RecipientAttestation:ImageSha384": "false"}}), true),
    ] {
        let key = conditioned(&world, condition.clone()).await;
        for call in &calls(&world, &key).await[..2] {
            let with = call_for(&world, call, recipient(DOCUMENT)).await;
            let expected = if allowed { "ok" } else { "AccessDeniedException" };
            assert_eq!(with.code(), expected, "{condition} {}", call.0);
            let event = world.events.last();
            assert_eq!(event["additionalEventData"].get("recipient").is_some(), allowed, "{condition}");
            let without = world.call(call.0, call.1.clone()).await;
            assert_eq!(without.code(), "AccessDeniedException", "{condition} {} without a document", call.0);
        }
    }
}

#[tokio::test]
async fn a_document_that_does_not_verify_is_a_validation_exception() {
    let world = world().await;
    let key = world.key().await;
    let mut forged = DOCUMENT.to_vec();
    *forged.last_mut().unwrap() ^= 1;
    let mut long = DOCUMENT.to_vec();
    long.resize(20_000, 0);
    let refused = |why: &str| format!("The attestation document is not valid: {why}.");
    for call in calls(&world, &key).await {
        for (document, why) in [
            (forged.as_slice(), "its signature does not verify"),
            (&DOCUMENT[..4000], "it is not a COSE_Sign1 structure"),
            (b"not one", "it is not a COSE_Sign1 structure"),
            (&long, "it is too long"),
        ] {
            let reply = call_for(&world, &call, recipient(document)).await;
            assert_eq!((reply.status, reply.code()), (400, "ValidationException"), "{}", call.0);
            assert_eq!(reply.message(), refused(why), "{}", call.0);
        }
        for (later, why) in [
            (301, "it has expired"),
            (-301, "a certificate of its chain is not valid at this time"),
            (4 * HOURS, "a certificate of its chain is not valid at this time"),
            (-HOURS, "a certificate of its chain is not valid at this time"),
        ] {
            world.clock.set(Timestamp::from_seconds(MADE + later));
            let reply = call_for(&world, &call, recipient(DOCUMENT)).await;
            assert_eq!((reply.code(), reply.message()), ("ValidationException", refused(why).as_str()));
        }
        world.clock.set(Timestamp::from_seconds(MADE));
    }
}

#[tokio::test]
async fn a_recipient_has_both_members_and_the_one_algorithm() {
    let world = world().await;
    let key = world.key().await;
    let document = STANDARD.encode(DOCUMENT);
    for call in calls(&world, &key).await {
        for (given, wrong) in [
            (json!({"AttestationDocument": document}), "recipient.keyEncryptionAlgorithm"),
            (json!({"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256"}), "recipient.attestationDocument"),
            (json!({}), "recipient.keyEncryptionAlgorithm"),
            (
                json!({"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_1", "AttestationDocument": document}),
                "recipient.keyEncryptionAlgorithm",
            ),
            (
                json!({"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": ""}),
                "recipient.attestationDocument",
            ),
        ] {
            let reply = call_for(&world, &call, given.clone()).await;
            assert_eq!(reply.code(), "ValidationException", "{} {given}", call.0);
            assert!(reply.message().contains(&format!("'{wrong}'")), "{}", reply.message());
        }
    }
}

#[tokio::test]
async fn a_dry_run_verifies_the_document_and_seals_nothing() {
    let world = world().await;
    let key = world.key().await;
    for mut call in calls(&world, &key).await.into_iter().filter(|call| call.0 != "GenerateRandom") {
        call.1["DryRun"] = true.into();
        assert_eq!(call_for(&world, &call, recipient(DOCUMENT)).await.code(), "DryRunOperationException");
        assert_eq!(call_for(&world, &call, recipient(b"not one")).await.code(), "ValidationException");
    }
}

#[tokio::test]
async fn every_answer_for_a_recipient_is_sealed_anew() {
    let world = world().await;
    let key = world.key().await;
    let call = calls(&world, &key).await.remove(0);
    let one = call_for(&world, &call, recipient(DOCUMENT)).await.ok();
    let two = call_for(&world, &call, recipient(DOCUMENT)).await.ok();
    assert_ne!(one["CiphertextForRecipient"], two["CiphertextForRecipient"]);
}
