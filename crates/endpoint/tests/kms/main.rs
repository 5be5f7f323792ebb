//! KMS through the endpoint, in one process: rules that need a clock, a failing trail, or thousands of requests.
#![cfg(test)]

#[path = "../common/asked.rs"]
mod asked;
#[path = "../common/root_key.rs"]
mod root_key;

mod asymmetric;
mod dry_run;
mod encryption;
mod faults;
mod grants;
mod import;
mod imported;
mod inferred;
mod key_stores;
mod last_usage;
mod multi_region;
mod organizations;
mod pairs;
mod parameters;
mod policy_history;
mod precedence;
mod quotas;
mod recipients;
mod rights;
mod rotation;
mod secrets;
mod specs;
mod states;
mod supposed;
mod trail;
mod vectors;
mod world;
mod writing;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use world::{A, B, Reply, World};

async fn encrypt(world: &World, key: &str) -> Vec<u8> {
    let input =
        json!({"KeyId": key, "Plaintext": STANDARD.encode(b"secret"), "EncryptionContext": {"a": "1"}});
    let answer = world.call("Encrypt", input).await.ok();
    STANDARD.decode(answer["CiphertextBlob"].as_str().unwrap()).unwrap()
}

async fn decrypt(world: &World, blob: &[u8], key: Option<&str>) -> Reply {
    let mut input = json!({"CiphertextBlob": STANDARD.encode(blob), "EncryptionContext": {"a": "1"}});
    if let Some(key) = key {
        input["KeyId"] = key.into();
    }
    world.call("Decrypt", input).await
}

#[tokio::test]
async fn every_flipped_bit_of_a_blob_is_an_invalid_ciphertext_and_nothing_else() {
    let world = World::new().await;
    let key = world.key().await;
    let blob = encrypt(&world, &key).await;
    assert_eq!(decrypt(&world, &blob, None).await.ok()["Plaintext"], STANDARD.encode(b"secret"));
    for named in [None, Some(key.as_str())] {
        for bit in 0..blob.len() * 8 {
            let mut flipped = blob.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let reply = decrypt(&world, &flipped, named).await;
            assert_eq!(
                (reply.code(), reply.message()),
                ("InvalidCiphertextException", ""),
                "bit {bit}, {named:?}"
            );
        }
    }
}

#[tokio::test]
async fn every_truncation_and_extension_of_a_blob_is_an_invalid_ciphertext_and_nothing_else() {
    let world = World::new().await;
    let key = world.key().await;
    let blob = encrypt(&world, &key).await;
    for length in 1..blob.len() {
        assert_eq!(
            decrypt(&world, &blob[..length], None).await.code(),
            "InvalidCiphertextException",
            "{length}"
        );
    }
    for extra in [vec![0], vec![0xff; 16], blob.clone()] {
        let longer = [blob.clone(), extra].concat();
        assert_eq!(decrypt(&world, &longer, None).await.code(), "InvalidCiphertextException");
    }
}

#[tokio::test]
async fn another_encryption_context_opens_nothing() {
    let world = World::new().await;
    let key = world.key().await;
    let blob = STANDARD.encode(encrypt(&world, &key).await);
    for context in
        [json!({}), json!({"a": "2"}), json!({"A": "1"}), json!({"a": "1", "b": "2"}), json!({"a1": ""})]
    {
        let input = json!({"CiphertextBlob": blob, "EncryptionContext": context});
        assert_eq!(world.call("Decrypt", input).await.code(), "InvalidCiphertextException", "{context}");
    }
}

#[tokio::test]
async fn a_ciphertext_of_another_key_is_an_incorrect_key() {
    let world = World::new().await;
    let (one, two) = (world.key().await, world.key().await);
    let reply = decrypt(&world, &encrypt(&world, &one).await, Some(&two)).await;
    assert_eq!(reply.code(), "IncorrectKeyException");
    assert_eq!(
        reply.message(),
        "The key ID in the request does not identify a CMK that can perform this operation."
    );
}

#[tokio::test]
async fn a_deleted_key_is_gone_on_its_day_with_its_material_and_aliases() {
    let world = World::new().await;
    let key = world.key().await;
    let blob = encrypt(&world, &key).await;
    world.call("CreateAlias", json!({"AliasName": "alias/a", "TargetKeyId": key})).await.ok();
    let scheduled =
        world.call("ScheduleKeyDeletion", json!({"KeyId": key, "PendingWindowInDays": 7})).await.ok();
    assert_eq!(scheduled["DeletionDate"], json!(1_800_000_000.0 + 7.0 * 86_400.0));
    world.clock.advance_days(7);
    let reply = world.call("DescribeKey", json!({"KeyId": key})).await;
    assert_eq!(reply.code(), "NotFoundException", "gone before the sweep has come");
    assert_eq!(world.sweep().await, 1);
    assert_eq!(world.sweep().await, 0);
    let event = world.events.last();
    assert_eq!((&event["eventName"], &event["eventType"]), (&json!("DeleteKey"), &json!("AwsServiceEvent")));
    assert_eq!(decrypt(&world, &blob, None).await.code(), "InvalidCiphertextException");
    let aliases = world.call("ListAliases", json!({})).await.ok();
    assert!(!aliases.to_string().contains("\"alias/a\""));
}

#[tokio::test]
async fn a_cancelled_deletion_leaves_a_disabled_key_that_can_be_enabled() {
    let world = World::new().await;
    let key = world.key().await;
    world.call("ScheduleKeyDeletion", json!({"KeyId": key})).await.ok();
    world.call("CancelKeyDeletion", json!({"KeyId": key})).await.ok();
    let state = |answer: Value| answer["KeyMetadata"]["KeyState"].clone();
    assert_eq!(state(world.call("DescribeKey", json!({"KeyId": key})).await.ok()), "Disabled");
    world.call("EnableKey", json!({"KeyId": key})).await.ok();
    assert_eq!(state(world.call("DescribeKey", json!({"KeyId": key})).await.ok()), "Enabled");
    world.clock.advance_days(40);
    assert_eq!(world.sweep().await, 0);
}

#[tokio::test]
async fn what_cannot_be_recorded_does_not_leave_and_what_was_changed_is_recorded_later() {
    let world = World::new().await;
    let key = world.key().await;
    let blob = encrypt(&world, &key).await;
    world.events.fail(true);
    let reply = decrypt(&world, &blob, None).await;
    assert_eq!((reply.status, reply.code()), (500, "KMSInternalException"));
    assert!(!reply.body.to_string().contains(&STANDARD.encode(b"secret")));
    // A change and its event are one transaction: it is made, and its event waits in the store.
    world.call("DisableKey", json!({"KeyId": key})).await.ok();
    world.events.fail(false);
    assert!(world.events.all().iter().all(|event| event["eventName"] != "DisableKey"));
    world.call("EnableKey", json!({"KeyId": key})).await.ok();
    let names: Vec<Value> = world.events.all().iter().map(|event| event["eventName"].clone()).collect();
    assert!(names.ends_with(&[json!("DisableKey"), json!("EnableKey")]), "{names:?}");
}

#[tokio::test]
async fn every_request_of_a_known_caller_leaves_one_event_and_none_holds_a_secret() {
    let world = World::new().await;
    let key = world.key().await;
    let before = world.events.all().len();
    let canary = STANDARD.encode(b"the canary sings");
    world.call("Encrypt", json!({"KeyId": key, "Plaintext": canary})).await.ok();
    world.call("Encrypt", json!({"KeyId": "nonsense", "Plaintext": canary})).await;
    world.call("Encrypt", json!({"Plaintext": canary})).await;
    world.call("CreateKey", json!({"KeySpec": "SM2", "KeyUsage": "SIGN_VERIFY"})).await;
    world
        .call_as(
            B,
            "Encrypt",
            json!({"KeyId": format!("arn:aws:kms:us-east-1:{A}:key/{key}"), "Plaintext": canary}),
        )
        .await;
    let events = world.events.all();
    assert_eq!(events.len() - before, 5);
    let codes: Vec<&Value> = events[before..].iter().map(|event| &event["errorCode"]).collect();
    assert_eq!(
        codes,
        [
            &Value::Null,
            &json!("NotFoundException"),
            &json!("ValidationException"),
            &json!("UnsupportedOperationException"),
            &json!("AccessDenied")
        ]
    );
    for event in &events {
        assert!(!event.to_string().contains(&canary) && !event.to_string().contains("the canary sings"));
    }
}

#[tokio::test]
async fn the_lockout_check_asks_about_this_caller_under_the_new_policy() {
    let world = World::new().await;
    let key = world.key().await;
    let allow = |principal: &str, action: &str, condition: Value| {
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": principal},
               "Action": action, "Resource": "*", "Condition": condition}]})
        .to_string()
    };
    let (own, other) = (format!("arn:aws:iam::{A}:root"), format!("arn:aws:iam::{B}:root"));
    let lost = "The new key policy will not allow you to update the key policy in the future.";
    for (policy, survives) in [
        (allow(&own, "kms:*", json!({})), true),
        (allow(&own, "kms:PutKeyPolicy", json!({})), true),
        (allow(&own, "kms:Describe*", json!({})), false),
        (allow(&other, "kms:*", json!({})), false),
        (allow(&own, "kms:*", json!({"StringEquals": {"aws:PrincipalType": "Account"}})), true),
        (allow(&own, "kms:*", json!({"StringEquals": {"aws:PrincipalType": "User"}})), false),
        (allow("*", "kms:*", json!({"StringLike": {"aws:PrincipalArn": [own]}})), true),
        (
            allow("*", "kms:*", json!({"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/${HOLE}"}})),
            false,
        ),
        (allow(&own, "kms:*", json!({"Null": {"kms:BypassPolicyLockoutSafetyCheck": "true"}})), true),
    ] {
        for operation in ["PutKeyPolicy", "CreateKey"] {
            let mut input = json!({"Policy": policy});
            if operation == "PutKeyPolicy" {
                input["KeyId"] = world.key().await.into();
            }
            let reply = world.call(operation, input.clone()).await;
            let code = if survives { "ok" } else { "MalformedPolicyDocumentException" };
            assert_eq!(reply.code(), code, "{operation} {policy}");
            assert!(survives || reply.message() == lost, "{}", reply.message());
            // On a fresh key, since the policy that was just put may itself forbid the bypass.
            if operation == "PutKeyPolicy" {
                input["KeyId"] = world.key().await.into();
            }
            input["BypassPolicyLockoutSafetyCheck"] = true.into();
            assert_eq!(world.call(operation, input).await.code(), "ok", "bypassed: {policy}");
        }
    }
    let orphan = allow(&format!("arn:aws:iam::{A}:role/gone"), "kms:*", json!({}));
    let input = json!({"KeyId": key, "Policy": orphan, "BypassPolicyLockoutSafetyCheck": true});
    let reply = world.call("PutKeyPolicy", input).await;
    assert_eq!(reply.message(), "Policy contains a statement with one or more invalid principals.");
}

#[tokio::test]
async fn a_key_without_a_way_in_denies_even_the_root_user() {
    let world = World::new().await;
    let key = world.key().await;
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:Encrypt",
        "Principal": {"AWS": format!("arn:aws:iam::{A}:root")}, "Resource": "*"}]});
    let input = json!({"KeyId": key, "Policy": policy.to_string(), "BypassPolicyLockoutSafetyCheck": true});
    world.call("PutKeyPolicy", input).await.ok();
    for operation in ["DescribeKey", "GetKeyPolicy", "DisableKey"] {
        let reply = world.call(operation, json!({"KeyId": key})).await;
        assert_eq!(
            reply.message(),
            format!(
                "User: arn:aws:iam::{A}:root is not authorized to perform: kms:{operation} on resource: \
                 arn:aws:kms:us-east-1:{A}:key/{key} because no resource-based policy allows the kms:{operation} action"
            )
        );
    }
    encrypt(&world, &key).await;
}

#[tokio::test]
async fn quotas_are_awss_and_their_texts_too() {
    let quotas =
        gatekey_keyring::Quotas { keys: 2, aliases_per_key: 1, tags_per_key: 2, ..Default::default() };
    let world = World::with_quotas(quotas).await;
    let key = world.key().await;
    world.call("CreateAlias", json!({"AliasName": "alias/a", "TargetKeyId": key})).await.ok();
    let reply = world.call("CreateAlias", json!({"AliasName": "alias/b", "TargetKeyId": key})).await;
    assert_eq!(reply.code(), "LimitExceededException");
    let tag = |n: u8| json!({"TagKey": format!("t{n}"), "TagValue": ""});
    world.call("TagResource", json!({"KeyId": key, "Tags": [tag(1), tag(2)]})).await.ok();
    let reply = world.call("TagResource", json!({"KeyId": key, "Tags": [tag(3)]})).await;
    assert_eq!((reply.code(), reply.message()), ("TagException", "Too many tags"));
    world.key().await;
    assert_eq!(world.call("CreateKey", json!({})).await.code(), "LimitExceededException");
    let oversized = json!({"KeyId": key, "Policy": " ".repeat(32_769)});
    assert_eq!(world.call("PutKeyPolicy", oversized).await.code(), "LimitExceededException");
}

#[tokio::test]
async fn regions_are_apart_and_a_key_of_another_region_is_an_invalid_arn() {
    let world = World::new().await;
    let key = world.key().await;
    let arn = format!("arn:aws:kms:us-east-1:{A}:key/{key}");
    let there =
        |input: Value| world.send(A, "eu-west-1", "TrentService.DescribeKey", input.to_string().into());
    assert_eq!(there(json!({"KeyId": arn})).await.message(), "Invalid arn us-east-1");
    assert_eq!(
        there(json!({"KeyId": key})).await.message(),
        format!("Key 'arn:aws:kms:eu-west-1:{A}:key/{key}' does not exist")
    );
}

#[tokio::test]
async fn describing_a_predefined_alias_makes_the_aws_managed_key_once() {
    let world = World::new().await;
    let describe = || world.call("DescribeKey", json!({"KeyId": "alias/aws/ssm"}));
    let made = describe().await.ok();
    assert_eq!(made["KeyMetadata"]["KeyManager"], "AWS");
    assert_eq!(describe().await.ok(), made);
    let key = made["KeyMetadata"]["KeyId"].as_str().unwrap();
    let reply = world.call("Encrypt", json!({"KeyId": "alias/aws/ssm", "Plaintext": "YQ=="})).await;
    assert_eq!(reply.code(), "AccessDeniedException", "its use is the service's alone");
    for (operation, more) in [
        ("DisableKey", json!({})),
        ("ScheduleKeyDeletion", json!({})),
        ("PutKeyPolicy", json!({"Policy": "{}"})),
    ] {
        let mut input = more;
        input["KeyId"] = key.into();
        assert_eq!(world.call(operation, input).await.code(), "AccessDeniedException", "{operation}");
    }
    assert_eq!(
        world.call("DescribeKey", json!({"KeyId": "alias/aws/nothing"})).await.code(),
        "NotFoundException"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_changes_that_meet_none_is_lost_and_none_fails() {
    let world = std::sync::Arc::new(World::new().await);
    let key = world.key().await;
    let mut changes = tokio::task::JoinSet::new();
    for client in 0..24 {
        let (world, key) = (world.clone(), key.clone());
        changes.spawn(async move {
            for turn in 0..2 {
                let tags = json!([{"TagKey": format!("{client}-{turn}"), "TagValue": ""}]);
                world.call("TagResource", json!({"KeyId": key, "Tags": tags})).await.ok();
            }
        });
    }
    while let Some(finished) = changes.join_next().await {
        finished.unwrap();
    }
    let listed = world.call("ListResourceTags", json!({"KeyId": key})).await.ok();
    assert_eq!(listed["Tags"].as_array().unwrap().len(), 48);
}
