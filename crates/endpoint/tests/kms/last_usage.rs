//! GetKeyLastUsage, and the policies that protect keys in use.

use crate::world::World;
use gatekey_keyring::Quotas;
use gatekey_store::MemoryStore;
use serde_json::{Value, json};
use std::sync::Arc;

async fn usage(world: &World, region: &str, key: &str) -> Value {
    world.call_in(region, "GetKeyLastUsage", json!({"KeyId": key})).await.ok()["KeyLastUsage"].take()
}

#[tokio::test]
async fn the_last_successful_operation_counts_and_nothing_else() {
    let world = World::new().await;
    let key = world.key().await;
    let home = "us-east-1";
    assert_eq!(usage(&world, home, &key).await, json!({}), "never used");
    let encrypt = json!({"KeyId": key, "Plaintext": "YQ=="});
    let blob = world.call("Encrypt", encrypt.clone()).await.ok()["CiphertextBlob"].take();
    let used = usage(&world, home, &key).await;
    assert_eq!(used["Operation"], "Encrypt");
    let event = world.events.all().into_iter().find(|event| event["eventName"] == "Encrypt").unwrap();
    assert_eq!(used["CloudTrailEventId"], event["eventID"]);
    assert_eq!(used["KmsRequestId"], event["requestID"]);
    world.clock.advance_days(1);
    let mut dry = encrypt;
    dry["DryRun"] = true.into();
    for (operation, input) in [
        ("Encrypt", dry),
        ("DescribeKey", json!({"KeyId": key})),
        ("Decrypt", json!({"CiphertextBlob": blob, "EncryptionContext": {"a": "b"}})),
        ("GenerateDataKey", json!({"KeyId": key})),
        ("PutKeyPolicy", json!({"KeyId": key, "Policy": "{}"})),
    ] {
        drop(world.call(operation, input).await);
        assert_eq!(usage(&world, home, &key).await, used, "{operation} is no successful use");
    }
    world.call("Decrypt", json!({"CiphertextBlob": blob})).await.ok();
    let later = usage(&world, home, &key).await;
    assert_eq!(later["Operation"], "Decrypt");
    assert!(later["Timestamp"].as_f64() > used["Timestamp"].as_f64());
}

#[tokio::test]
async fn both_keys_of_a_re_encryption_and_each_member_of_a_multi_region_key_have_their_own() {
    let world = World::new().await;
    let (one, other) = (world.key().await, world.key().await);
    let blob = world.call("Encrypt", json!({"KeyId": one, "Plaintext": "YQ=="})).await.ok();
    let input = json!({"CiphertextBlob": blob["CiphertextBlob"], "DestinationKeyId": other});
    world.call("ReEncrypt", input).await.ok();
    for key in [&one, &other] {
        assert_eq!(usage(&world, "us-east-1", key).await["Operation"], "ReEncrypt");
    }
    let made = world.call("CreateKey", json!({"MultiRegion": true})).await.ok();
    let key = made["KeyMetadata"]["KeyId"].as_str().unwrap();
    world.call("ReplicateKey", json!({"KeyId": key, "ReplicaRegion": "eu-west-1"})).await.ok();
    world.call_in("eu-west-1", "Encrypt", json!({"KeyId": key, "Plaintext": "YQ=="})).await.ok();
    assert_eq!(usage(&world, "us-east-1", key).await, json!({}));
    assert_eq!(usage(&world, "eu-west-1", key).await["Operation"], "Encrypt");
}

#[tokio::test]
async fn uses_are_written_down_and_outlast_a_restart() {
    let store = Arc::new(MemoryStore::new());
    let world = World::on(store.clone(), Quotas::default()).await;
    let mut keys = Vec::new();
    for _ in 0..100 {
        let key = world.key().await;
        world.call("Encrypt", json!({"KeyId": key, "Plaintext": "YQ=="})).await.ok();
        keys.push((usage(&world, "us-east-1", &key).await, key));
    }
    world.gate.save_uses().await.unwrap();
    let world = world.reopened(store).await;
    for (used, key) in &keys {
        assert_eq!(usage(&world, "us-east-1", key).await, *used);
    }
}

#[tokio::test]
async fn a_replica_that_is_made_again_was_never_used() {
    let world = World::new().await;
    let made = world.call("CreateKey", json!({"MultiRegion": true})).await.ok();
    let key = made["KeyMetadata"]["KeyId"].as_str().unwrap();
    let replicate = || world.call("ReplicateKey", json!({"KeyId": key, "ReplicaRegion": "eu-west-1"}));
    replicate().await.ok();
    world.call_in("eu-west-1", "Encrypt", json!({"KeyId": key, "Plaintext": "YQ=="})).await.ok();
    let deletion = json!({"KeyId": key, "PendingWindowInDays": 7});
    world.call_in("eu-west-1", "ScheduleKeyDeletion", deletion).await.ok();
    world.clock.advance_days(8);
    assert_eq!(world.sweep().await, 1);
    replicate().await.ok();
    assert_eq!(usage(&world, "eu-west-1", key).await, json!({}));
}

/// A policy that protects keys in use protects a key from its last use on for as many days as it says.
#[tokio::test]
async fn days_without_use_are_counted_for_policies() {
    let world = World::new().await;
    let key = world.key().await;
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Deny", "Principal": "*", "Action": ["kms:DisableKey", "kms:ScheduleKeyDeletion"], "Resource": "*",
         "Condition": {"NumericLessThan": {"kms:TrailingDaysWithoutKeyUsage": "90"}}}]});
    world.call("PutKeyPolicy", json!({"KeyId": key, "Policy": policy.to_string()})).await.ok();
    let disable = || world.call("DisableKey", json!({"KeyId": key}));
    assert_eq!(disable().await.code(), "AccessDeniedException", "made today");
    world.clock.advance_days(60);
    world.call("Encrypt", json!({"KeyId": key, "Plaintext": "YQ=="})).await.ok();
    world.clock.advance_days(60);
    assert_eq!(disable().await.code(), "AccessDeniedException", "used 60 days ago");
    world.clock.advance_days(30);
    disable().await.ok();
}
