//! The history of key policies: written with every change, bounded, and deleted with the key.

use crate::world::{A, World};
use gatekey_keyring::{MOST_POLICY_VERSIONS, PolicyVersion, PolicyVersionTable};
use gatekey_model::kms::Operation;
use gatekey_store::{MemoryStore, Span, Store, table::Table};
use gatekey_types::KeyArn;
use serde_json::json;
use std::sync::Arc;

fn arn(key: &str) -> KeyArn {
    format!("arn:aws:kms:us-east-1:{A}:key/{key}").parse().unwrap()
}

fn policy(sid: &str, action: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [{"Sid": sid, "Effect": "Allow", "Action": action,
        "Principal": {"AWS": format!("arn:aws:iam::{A}:root")}, "Resource": "*"}]})
    .to_string()
}

async fn put(world: &World, key: &str, policy: &str, bypass: bool) {
    let input = json!({"KeyId": key, "Policy": policy, "BypassPolicyLockoutSafetyCheck": bypass});
    world.call("PutKeyPolicy", input).await.ok();
}

/// The versions that the store has, by number.
async fn versions(world: &World, key: &str) -> Vec<(u32, PolicyVersion)> {
    let arrival = world.arrival(A, "TrentService.GetKeyPolicy");
    let passage = world.gate.enter(&arrival, Operation::GetKeyPolicy.info(), true).unwrap();
    let mut found = Vec::new();
    for number in 0..100 {
        let stored = passage.stored::<PolicyVersionTable>(&(arn(key), number)).await.unwrap();
        found.extend(stored.map(|(version, _)| (number, version)));
    }
    found
}

#[tokio::test]
async fn every_version_is_kept_with_its_author_its_time_its_reason_and_its_effect() {
    let world = World::new().await;
    let key = world.key().await;
    world.clock.advance_days(1);
    put(&world, &key, &policy("two", "kms:*"), false).await;
    put(&world, &key, &policy("three", "kms:Encrypt"), true).await;
    let kept = versions(&world, &key).await;
    let root = format!("arn:aws:iam::{A}:root");
    let told: Vec<_> =
        kept.iter().map(|(n, v)| (*n, v.told.why.as_str(), v.told.keeper.as_deref())).collect();
    assert_eq!(
        told,
        [
            (1, "CreateKey", Some(root.as_str())),
            (2, "PutKeyPolicy", Some(root.as_str())),
            (3, "PutKeyPolicy", None),
        ],
        "the last one leaves nobody in control"
    );
    for (number, version) in &kept {
        assert_eq!((version.policy.version, version.policy.author.as_str()), (*number, root.as_str()));
        assert!(!version.told.request.is_empty());
    }
    assert!(kept[0].1.policy.put < kept[1].1.policy.put);
    assert!(kept[1].1.policy.document.contains("two") && kept[2].1.policy.document.contains("three"));
    // A change that is refused leaves no trace.
    let input = json!({"KeyId": key, "Policy": policy("four", "kms:*")});
    assert_eq!(world.call("PutKeyPolicy", input).await.code(), "AccessDeniedException");
    assert_eq!(versions(&world, &key).await.len(), 3);
}

#[tokio::test]
async fn the_newest_versions_are_kept_and_the_oldest_go() {
    let world = World::new().await;
    let key = world.key().await;
    for number in 2..=MOST_POLICY_VERSIONS + 3 {
        put(&world, &key, &policy(&format!("v{number}"), "kms:*"), false).await;
    }
    let kept: Vec<u32> = versions(&world, &key).await.iter().map(|(number, _)| *number).collect();
    assert_eq!(kept, (4..=MOST_POLICY_VERSIONS + 3).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_replica_has_a_history_of_its_own() {
    let world = World::new().await;
    let made = world.call("CreateKey", json!({"MultiRegion": true})).await.ok();
    let key = made["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned();
    put(&world, &key, &policy("two", "kms:*"), false).await;
    world.call("ReplicateKey", json!({"KeyId": key, "ReplicaRegion": "eu-west-1"})).await.ok();
    let arrival = world.arrival(A, "TrentService.GetKeyPolicy");
    let passage = world.gate.enter(&arrival, Operation::GetKeyPolicy.info(), true).unwrap();
    let replica = KeyArn { region: "eu-west-1".parse().unwrap(), ..arn(&key) };
    let first = passage.stored::<PolicyVersionTable>(&(replica.clone(), 1)).await.unwrap().unwrap().0;
    assert_eq!(first.told.why, "ReplicateKey");
    assert!(passage.stored::<PolicyVersionTable>(&(replica, 2)).await.unwrap().is_none());
}

#[tokio::test]
async fn the_history_survives_a_restart_sealed_and_goes_with_its_key() {
    let store = Arc::new(MemoryStore::new());
    let world = World::on(store.clone(), Default::default()).await;
    let (key, other) = (world.key().await, world.key().await);
    put(&world, &key, &policy("canary", "kms:*"), false).await;
    let span = || Span::prefix(format!("{}/", PolicyVersionTable::NAME));
    let kept = store.range(span(), 100, None).await.unwrap().records;
    assert_eq!(kept.len(), 3);
    assert!(kept.iter().all(|record| !record.value.windows(6).any(|part| part == b"canary")));
    let world = world.reopened(store.clone()).await;
    assert_eq!(versions(&world, &key).await.len(), 2);
    world.call("ScheduleKeyDeletion", json!({"KeyId": key, "PendingWindowInDays": 7})).await.ok();
    world.clock.advance_days(7);
    assert_eq!(world.sweep().await, 1);
    assert_eq!(store.range(span(), 100, None).await.unwrap().records.len(), 1);
    assert_eq!(versions(&world, &other).await.len(), 1);
}
