//! Multi-Region keys: their members, rights, states and deletion.

use crate::{
    supposed::user,
    world::{A, Reply, World},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use gatekey_types::Timestamp;
use serde_json::{Value, json};

const HOME: &str = "us-east-1";
const AWAY: &str = "eu-west-1";
const FAR: &str = "ap-southeast-2";

fn arn(region: &str, key: &str) -> String {
    format!("arn:aws:kms:{region}:{A}:key/{key}")
}

/// A multi-Region primary key with replicas in these Regions.
async fn family(world: &World, replicas: &[&str]) -> String {
    let made = world.call("CreateKey", json!({"MultiRegion": true, "Description": "first"})).await.ok();
    let key = made["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned();
    assert!(key.starts_with("mrk-"), "{key}");
    for region in replicas {
        replicate(world, &key, region).await.ok();
    }
    key
}

async fn replicate(world: &World, key: &str, region: &str) -> Reply {
    world.call("ReplicateKey", json!({"KeyId": key, "ReplicaRegion": region})).await
}

async fn describe(world: &World, region: &str, key: &str) -> Value {
    world.call_in(region, "DescribeKey", json!({"KeyId": key})).await.ok()["KeyMetadata"].take()
}

/// What every member says of the members: its own place, the primary key's Region, the replicas' Regions.
fn members(metadata: &Value) -> (String, String, Vec<String>) {
    let members = &metadata["MultiRegionConfiguration"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let replicas = members["ReplicaKeys"].as_array().unwrap().iter();
    let replicas = replicas.map(|replica| text(&replica["Region"])).collect();
    (text(&members["MultiRegionKeyType"]), text(&members["PrimaryKey"]["Region"]), replicas)
}

async fn encrypt(world: &World, region: &str, key: &str) -> String {
    let input = json!({"KeyId": key, "Plaintext": STANDARD.encode("secret")});
    world.call_in(region, "Encrypt", input).await.ok()["CiphertextBlob"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_one_member_encrypts_the_others_decrypt() {
    let world = World::new().await;
    let key = family(&world, &[AWAY, FAR]).await;
    for from in [HOME, AWAY, FAR] {
        let blob = encrypt(&world, from, &key).await;
        for to in [HOME, AWAY, FAR] {
            let opened = world.call_in(to, "Decrypt", json!({"CiphertextBlob": blob})).await.ok();
            assert_eq!(opened["Plaintext"], STANDARD.encode("secret"));
            assert_eq!(opened["KeyId"], arn(to, &key));
        }
        let elsewhere = world.call_in("sa-east-1", "Decrypt", json!({"CiphertextBlob": blob})).await;
        assert_ne!(elsewhere.status, 200);
    }
}

#[tokio::test]
async fn every_member_names_all_members_and_its_own_place() {
    let world = World::new().await;
    let key = family(&world, &[AWAY, FAR]).await;
    for (region, kind) in [(HOME, "PRIMARY"), (AWAY, "REPLICA"), (FAR, "REPLICA")] {
        let metadata = describe(&world, region, &key).await;
        assert_eq!(metadata["Arn"], arn(region, &key));
        assert_eq!(members(&metadata), (kind.into(), HOME.into(), vec![AWAY.into(), FAR.into()]));
        assert_eq!(metadata["KeyState"], "Enabled");
        let first = if region == HOME { "first" } else { "" };
        assert_eq!(metadata["Description"], first, "the description is not shared");
    }
}

#[tokio::test]
async fn the_answer_shows_the_replica_in_the_making_with_its_own_policy_and_tags() {
    let world = World::new().await;
    let key = family(&world, &[]).await;
    world
        .call("TagResource", json!({"KeyId": key, "Tags": [{"TagKey": "a", "TagValue": "home"}]}))
        .await
        .ok();
    let tags = json!([{"TagKey": "b", "TagValue": "away"}]);
    let input = json!({"KeyId": key, "ReplicaRegion": AWAY, "Description": "second", "Tags": tags});
    let made = world.call("ReplicateKey", input).await.ok();
    let metadata = &made["ReplicaKeyMetadata"];
    assert_eq!(metadata["KeyState"], "Creating");
    assert_eq!(metadata["Enabled"], false);
    assert_eq!(metadata["Description"], "second");
    assert_eq!(metadata.get("CurrentKeyMaterialId"), None);
    assert_eq!(members(metadata), ("REPLICA".into(), HOME.into(), vec![AWAY.into()]));
    assert_eq!(made["ReplicaTags"], tags);
    assert!(made["ReplicaPolicy"].as_str().unwrap().contains("Enable IAM User Permissions"));
    let listed = world.call_in(AWAY, "ListResourceTags", json!({"KeyId": key})).await.ok();
    assert_eq!(listed["Tags"], tags);
    let (here, there) = (describe(&world, HOME, &key).await, describe(&world, AWAY, &key).await);
    assert_eq!(here["CurrentKeyMaterialId"], there["CurrentKeyMaterialId"]);
    assert_eq!(there["KeyState"], "Enabled");
}

#[tokio::test]
async fn states_aliases_policies_and_grants_are_each_members_own() {
    let world = World::new().await;
    let key = family(&world, &[AWAY]).await;
    let blob = encrypt(&world, AWAY, &key).await;
    world.call("DisableKey", json!({"KeyId": key})).await.ok();
    let decrypt = |region: &'static str| world.call_in(region, "Decrypt", json!({"CiphertextBlob": blob}));
    assert_eq!(decrypt(HOME).await.code(), "DisabledException");
    decrypt(AWAY).await.ok();
    world.call("CreateAlias", json!({"AliasName": "alias/a", "TargetKeyId": key})).await.ok();
    assert_eq!(
        world.call_in(AWAY, "DescribeKey", json!({"KeyId": "alias/a"})).await.code(),
        "NotFoundException"
    );
    world.call_in(AWAY, "CreateAlias", json!({"AliasName": "alias/a", "TargetKeyId": key})).await.ok();
    let grantee = "arn:aws:iam::444455556666:root";
    let grant = json!({"KeyId": key, "GranteePrincipal": grantee, "Operations": ["Decrypt"]});
    world.call_in(AWAY, "CreateGrant", grant).await.ok();
    let grants = world.call("ListGrants", json!({"KeyId": key})).await.ok();
    assert_eq!(grants["Grants"], json!([]));
    let deny = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": A}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"}]});
    world.call_in(AWAY, "PutKeyPolicy", json!({"KeyId": key, "Policy": deny.to_string()})).await.ok();
    world.call("EnableKey", json!({"KeyId": key})).await.ok();
    decrypt(HOME).await.ok();
    assert_eq!(decrypt(AWAY).await.code(), "AccessDeniedException");
}

#[tokio::test]
async fn what_cannot_be_replicated_is_refused() {
    let world = World::new().await;
    let (single, key) = (world.key().await, family(&world, &[AWAY]).await);
    let reply = replicate(&world, &single, AWAY).await;
    let text = format!("{} is not a multi-region primary key.", arn(HOME, &single));
    assert_eq!((reply.code(), reply.message()), ("UnsupportedOperationException", text.as_str()));
    let from = world.call_in(AWAY, "ReplicateKey", json!({"KeyId": key, "ReplicaRegion": FAR})).await;
    let text = format!("{} is not a multi-region primary key.", arn(AWAY, &key));
    assert_eq!((from.code(), from.message()), ("UnsupportedOperationException", text.as_str()));
    for (region, code) in [
        (AWAY, "AlreadyExistsException"),
        (HOME, "AlreadyExistsException"),
        ("cn-north-1", "ValidationException"),
        ("us-gov-west-1", "ValidationException"),
        ("nowhere", "ValidationException"),
    ] {
        assert_eq!(replicate(&world, &key, region).await.code(), code, "{region}");
    }
    let locked = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": A}, "Action": "kms:Decrypt", "Resource": "*"}]});
    let mut input = json!({"KeyId": key, "ReplicaRegion": FAR, "Policy": locked.to_string()});
    let reply = world.call("ReplicateKey", input.clone()).await;
    assert_eq!(reply.code(), "MalformedPolicyDocumentException");
    input["BypassPolicyLockoutSafetyCheck"] = true.into();
    world.call("ReplicateKey", input).await.ok();
    assert_eq!(
        world.call_in(FAR, "DescribeKey", json!({"KeyId": key})).await.code(),
        "AccessDeniedException"
    );
}

/// The lockout check is made where the replica will be: a policy that keeps control in the primary's Region alone does not pass.
#[tokio::test]
async fn the_lockout_check_is_made_in_the_replicas_region() {
    let world = World::new().await;
    let key = family(&world, &[]).await;
    for (region, code) in [(HOME, "MalformedPolicyDocumentException"), (AWAY, "ok")] {
        let policy = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": A}, "Action": "kms:*", "Resource": "*",
             "Condition": {"StringEquals": {"aws:RequestedRegion": region}}}]});
        let input = json!({"KeyId": key, "ReplicaRegion": AWAY, "Policy": policy.to_string()});
        assert_eq!(world.call("ReplicateKey", input).await.code(), code, "{region}");
    }
}

#[tokio::test]
async fn replicating_needs_rights_in_both_regions() {
    let world = World::new().await;
    let allow = |action: &str, condition: Value| json!({"Effect": "Allow", "Action": action, "Resource": "*", "Condition": condition});
    let region = |name: &str| json!({"StringEquals": {"aws:RequestedRegion": name}});
    let replica = |name: &str| json!({"StringEquals": {"kms:ReplicaRegion": name}});
    let kind = |name: &str| json!({"StringEquals": {"kms:MultiRegionKeyType": name}, "Bool": {"kms:MultiRegion": "true"}});
    let anywhere = || json!({});
    let cases = [
        (vec![allow("kms:ReplicateKey", anywhere())], false, false),
        (vec![allow("kms:CreateKey", anywhere())], false, false),
        (vec![allow("kms:ReplicateKey", anywhere()), allow("kms:CreateKey", region(HOME))], false, false),
        (vec![allow("kms:ReplicateKey", region(HOME)), allow("kms:CreateKey", region(AWAY))], false, true),
        (vec![allow("kms:ReplicateKey", region(AWAY)), allow("kms:CreateKey", region(AWAY))], false, false),
        (vec![allow("kms:ReplicateKey", replica(FAR)), allow("kms:CreateKey", anywhere())], false, false),
        (vec![allow("kms:ReplicateKey", replica(AWAY)), allow("kms:CreateKey", anywhere())], false, true),
        (
            vec![allow("kms:ReplicateKey", kind("PRIMARY")), allow("kms:CreateKey", kind("REPLICA"))],
            false,
            true,
        ),
        (vec![allow("kms:ReplicateKey", anywhere()), allow("kms:CreateKey", kind("PRIMARY"))], false, false),
        (vec![allow("kms:ReplicateKey", anywhere()), allow("kms:CreateKey", anywhere())], true, false),
        (
            vec![
                allow("kms:ReplicateKey", anywhere()),
                allow("kms:CreateKey", anywhere()),
                allow("kms:TagResource", region(AWAY)),
            ],
            true,
            true,
        ),
        (
            vec![
                allow("kms:ReplicateKey", anywhere()),
                allow("kms:CreateKey", anywhere()),
                allow("kms:TagResource", region(HOME)),
            ],
            true,
            false,
        ),
    ];
    for (number, (statements, tagged, allowed)) in cases.into_iter().enumerate() {
        let key = family(&world, &[]).await;
        let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        let caller = user(&world, A, &format!("u{number}"), &policy).await;
        let mut input = json!({"KeyId": key, "ReplicaRegion": AWAY});
        if tagged {
            input["Tags"] = json!([{"TagKey": "a", "TagValue": "b"}]);
        }
        let reply = world.call_by(&caller, "us-east-1", "ReplicateKey", input).await;
        assert_eq!(reply.code(), if allowed { "ok" } else { "AccessDeniedException" }, "{number} {policy}");
        let there = world.call_in(AWAY, "DescribeKey", json!({"KeyId": key})).await;
        assert_eq!(there.status == 200, allowed, "{number}");
    }
}

/// Who may not replicate is not told whether there is a replica.
#[tokio::test]
async fn a_denial_does_not_tell_where_replicas_are() {
    let world = World::new().await;
    let (key, other) = (family(&world, &[AWAY]).await, family(&world, &[]).await);
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:ReplicateKey","Resource":"*"}]}"#;
    let caller = user(&world, A, "nosy", policy).await;
    let ask = |key: String| {
        world.call_by(&caller, "us-east-1", "ReplicateKey", json!({"KeyId": key, "ReplicaRegion": AWAY}))
    };
    let (there, not_there) = (ask(key).await, ask(other).await);
    assert_eq!(there.code(), "AccessDeniedException");
    assert_eq!(there, not_there);
}

#[tokio::test]
async fn the_primary_key_moves_to_a_replica_by_the_rights_on_both() {
    let world = World::new().await;
    let key = family(&world, &[AWAY, FAR]).await;
    let input = json!({"KeyId": key, "PrimaryRegion": AWAY});
    let policy = |resource: &str| {
        json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "kms:UpdatePrimaryRegion", "Resource": resource}]})
    };
    for (name, resource) in [("here", arn(HOME, &key)), ("there", arn(AWAY, &key))] {
        let caller = user(&world, A, name, &policy(&resource).to_string()).await;
        let reply = world.call_by(&caller, "us-east-1", "UpdatePrimaryRegion", input.clone()).await;
        assert_eq!(reply.code(), "AccessDeniedException", "{name}");
    }
    let limited = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "kms:UpdatePrimaryRegion", "Resource": arn("*", &key),
         "Condition": {"StringEquals": {"kms:PrimaryRegion": FAR}}}]});
    let caller = user(&world, A, "limited", &limited.to_string()).await;
    let reply = world.call_by(&caller, "us-east-1", "UpdatePrimaryRegion", input.clone()).await;
    assert_eq!(reply.code(), "AccessDeniedException");
    let caller = user(&world, A, "both", &policy(&arn("*", &key)).to_string()).await;
    let reply = world.call_by(&caller, "us-east-1", "UpdatePrimaryRegion", input).await;
    assert_eq!(reply.ok(), json!({}));
    for (region, kind) in [(HOME, "REPLICA"), (AWAY, "PRIMARY"), (FAR, "REPLICA")] {
        let metadata = describe(&world, region, &key).await;
        assert_eq!(members(&metadata), (kind.into(), AWAY.into(), vec![FAR.into(), HOME.into()]));
    }
    let blob = encrypt(&world, AWAY, &key).await;
    world.call("Decrypt", json!({"CiphertextBlob": blob})).await.ok();
    assert_eq!(replicate(&world, &key, "sa-east-1").await.code(), "UnsupportedOperationException");
    world.call_in(AWAY, "ReplicateKey", json!({"KeyId": key, "ReplicaRegion": "sa-east-1"})).await.ok();
}

#[tokio::test]
async fn what_cannot_become_the_primary_key_is_refused() {
    let world = World::new().await;
    let (single, key) = (world.key().await, family(&world, &[AWAY]).await);
    let update = |region: &'static str, key: &str, primary: &'static str| {
        world.call_in(region, "UpdatePrimaryRegion", json!({"KeyId": key, "PrimaryRegion": primary}))
    };
    assert_eq!(update(HOME, &single, AWAY).await.code(), "UnsupportedOperationException");
    assert_eq!(update(AWAY, &key, HOME).await.code(), "UnsupportedOperationException");
    assert_eq!(update(HOME, &key, HOME).await.code(), "ValidationException");
    let reply = update(HOME, &key, FAR).await;
    let text = format!("Key '{}' does not exist", arn(FAR, &key));
    assert_eq!((reply.code(), reply.message()), ("NotFoundException", text.as_str()));
    world.call_in(AWAY, "DisableKey", json!({"KeyId": key})).await.ok();
    let reply = update(HOME, &key, AWAY).await;
    let text = format!("{} is disabled.", arn(AWAY, &key));
    assert_eq!((reply.code(), reply.message()), ("DisabledException", text.as_str()));
    world.call_in(AWAY, "ScheduleKeyDeletion", json!({"KeyId": key})).await.ok();
    assert_eq!(update(HOME, &key, AWAY).await.code(), "KMSInvalidStateException");
}

/// Operation, then enabled, disabled, pending replica deletion: AWS's key-state table for operations that need a primary key.
pub(crate) const STATES: &[(&str, [&str; 3])] = &[
    ("ReplicateKey", ["ok", "DisabledException", "KMSInvalidStateException"]),
    ("UpdatePrimaryRegion", ["ok", "DisabledException", "KMSInvalidStateException"]),
];

#[tokio::test]
async fn the_key_state_table_holds_for_operations_on_primary_keys() {
    let world = World::new().await;
    for (operation, codes) in STATES {
        for (before, code) in ["", "DisableKey", "ScheduleKeyDeletion"].into_iter().zip(codes) {
            let key = family(&world, &[AWAY]).await;
            if !before.is_empty() {
                world.call(before, json!({"KeyId": key})).await.ok();
            }
            let input = match *operation {
                "ReplicateKey" => json!({"KeyId": key, "ReplicaRegion": FAR}),
                _ => json!({"KeyId": key, "PrimaryRegion": AWAY}),
            };
            let reply = world.call(operation, input).await;
            assert_eq!(reply.code(), *code, "{operation} after {before}");
            if before == "ScheduleKeyDeletion" {
                assert_eq!(reply.message(), format!("{} is pending replica deletion.", arn(HOME, &key)));
            }
        }
    }
}

fn days_later(world: &World, days: i64) -> Timestamp {
    world.gate.now().plus_days(days)
}

#[tokio::test]
async fn a_primary_key_waits_for_its_last_replica_and_then_for_its_own_days() {
    let world = World::new().await;
    let key = family(&world, &[AWAY, FAR]).await;
    let blob = encrypt(&world, HOME, &key).await;
    let said = world.call("ScheduleKeyDeletion", json!({"KeyId": key, "PendingWindowInDays": 7})).await.ok();
    let expected =
        json!({"KeyId": arn(HOME, &key), "KeyState": "PendingReplicaDeletion", "PendingWindowInDays": 7});
    assert_eq!(said, expected, "the day of the deletion is not known yet");
    let metadata = describe(&world, HOME, &key).await;
    assert_eq!(metadata["KeyState"], "PendingReplicaDeletion");
    assert_eq!(metadata["PendingDeletionWindowInDays"], 7);
    assert_eq!(metadata.get("DeletionDate"), None);
    for (region, days) in [(AWAY, 7), (FAR, 8)] {
        let input = json!({"KeyId": key, "PendingWindowInDays": days});
        world.call_in(region, "ScheduleKeyDeletion", input).await.ok();
    }
    world.clock.advance_days(7);
    assert_eq!(world.sweep().await, 1);
    assert_eq!(describe(&world, HOME, &key).await["KeyState"], "PendingReplicaDeletion");
    assert_eq!(members(&describe(&world, FAR, &key).await).2, [FAR]);
    world.clock.advance_days(1);
    assert_eq!(world.sweep().await, 1);
    let metadata = describe(&world, HOME, &key).await;
    assert_eq!(metadata["KeyState"], "PendingDeletion");
    assert_eq!(metadata.get("PendingDeletionWindowInDays"), None);
    let seconds = days_later(&world, 7).millis() as f64 / 1000.0;
    assert_eq!(metadata["DeletionDate"].as_f64().unwrap(), seconds);
    assert!(members(&metadata).2.is_empty());
    world.clock.advance_days(7);
    assert_eq!(world.sweep().await, 1);
    assert_eq!(world.call("DescribeKey", json!({"KeyId": key})).await.code(), "NotFoundException");
    assert_ne!(world.call("Decrypt", json!({"CiphertextBlob": blob})).await.status, 200);
}

#[tokio::test]
async fn replicas_that_are_due_on_the_same_day_go_in_one_sweep() {
    let world = World::new().await;
    let key = family(&world, &[AWAY, FAR, "sa-east-1"]).await;
    world.call("ScheduleKeyDeletion", json!({"KeyId": key, "PendingWindowInDays": 10})).await.ok();
    for region in [AWAY, FAR, "sa-east-1"] {
        let input = json!({"KeyId": key, "PendingWindowInDays": 7});
        world.call_in(region, "ScheduleKeyDeletion", input).await.ok();
    }
    world.clock.advance_days(7);
    assert_eq!(world.sweep().await, 3);
    assert_eq!(describe(&world, HOME, &key).await["KeyState"], "PendingDeletion");
}

#[tokio::test]
async fn a_deleted_replica_takes_neither_the_others_material_nor_the_way_back() {
    let world = World::new().await;
    let key = family(&world, &[AWAY, FAR]).await;
    let blob = encrypt(&world, AWAY, &key).await;
    world.call_in(AWAY, "ScheduleKeyDeletion", json!({"KeyId": key, "PendingWindowInDays": 7})).await.ok();
    assert_eq!(replicate(&world, &key, AWAY).await.code(), "AlreadyExistsException", "it can be cancelled");
    world.clock.advance_days(7);
    assert_eq!(world.sweep().await, 1);
    for region in [HOME, FAR] {
        world.call_in(region, "Decrypt", json!({"CiphertextBlob": blob})).await.ok();
        assert_eq!(members(&describe(&world, region, &key).await).2, [FAR]);
    }
    assert_ne!(world.call_in(AWAY, "Decrypt", json!({"CiphertextBlob": blob})).await.status, 200);
    replicate(&world, &key, AWAY).await.ok();
    world.call_in(AWAY, "Decrypt", json!({"CiphertextBlob": blob})).await.ok();
}

#[tokio::test]
async fn a_deletion_that_waits_for_replicas_can_be_cancelled_or_handed_over() {
    let world = World::new().await;
    let key = family(&world, &[AWAY]).await;
    world.call("ScheduleKeyDeletion", json!({"KeyId": key, "PendingWindowInDays": 7})).await.ok();
    let again = world.call("ScheduleKeyDeletion", json!({"KeyId": key})).await;
    assert_eq!(again.code(), "KMSInvalidStateException");
    world.call("CancelKeyDeletion", json!({"KeyId": key})).await.ok();
    assert_eq!(describe(&world, HOME, &key).await["KeyState"], "Disabled");
    world.call("EnableKey", json!({"KeyId": key})).await.ok();
    world.call("UpdatePrimaryRegion", json!({"KeyId": key, "PrimaryRegion": AWAY})).await.ok();
    let said = world.call("ScheduleKeyDeletion", json!({"KeyId": key, "PendingWindowInDays": 7})).await.ok();
    assert_eq!(said["KeyState"], "PendingDeletion", "a replica waits for nobody");
    world.clock.advance_days(7);
    assert_eq!(world.sweep().await, 1);
    assert_eq!(describe(&world, AWAY, &key).await["KeyState"], "Enabled");
}

#[tokio::test]
async fn an_event_tells_of_it_in_each_region() {
    let world = World::new().await;
    let key = family(&world, &[]).await;
    let count = world.events.all().len();
    replicate(&world, &key, AWAY).await.ok();
    let events = world.events.all().split_off(count);
    let shown: Vec<_> = events
        .iter()
        .map(|event| (event["eventName"].as_str().unwrap(), event["awsRegion"].as_str().unwrap()))
        .collect();
    assert_eq!(shown, [("ReplicateKey", HOME), ("CreateKey", AWAY)]);
    let (here, there) = (&events[0], &events[1]);
    assert_eq!(here["requestID"], there["requestID"]);
    assert_ne!(here["eventID"], there["eventID"]);
    assert_eq!(here["requestParameters"]["replicaRegion"], AWAY);
    assert_eq!(here["resources"], json!([{"accountId": A, "type": "AWS::KMS::Key", "ARN": arn(HOME, &key)}]));
    let replica = &here["responseElements"]["replicaKeyMetadata"];
    assert_eq!(replica["multiRegionConfiguration"]["primaryKey"]["region"], HOME);
    assert_eq!(there["userIdentity"]["invokedBy"], "kms.amazonaws.com");
    assert_eq!(there["resources"][0]["ARN"], arn(AWAY, &key));
    assert_eq!(there["requestParameters"]["multiRegion"], true);
    let count = world.events.all().len();
    world.call("UpdatePrimaryRegion", json!({"KeyId": key, "PrimaryRegion": AWAY})).await.ok();
    let events = world.events.all().split_off(count);
    assert_eq!(events.len(), 2);
    for (event, region) in events.iter().zip([HOME, AWAY]) {
        assert_eq!(
            (&event["eventName"], &event["awsRegion"]),
            (&json!("UpdatePrimaryRegion"), &json!(region))
        );
        assert_eq!(event["requestParameters"]["primaryRegion"], AWAY);
    }
    assert_eq!(events[0]["resources"].as_array().unwrap().len(), 1);
    assert_eq!(events[1]["requestParameters"]["keyId"], arn(AWAY, &key));
}

/// AWS makes a service-linked role with every multi-Region primary key: who may not make it may not make the key.
#[tokio::test]
async fn making_a_primary_key_needs_the_right_to_the_service_linked_role() {
    let world = World::new().await;
    let role = "arn:aws:iam::111122223333:role/aws-service-role/mrk.kms.amazonaws.com/*";
    let allow =
        |action: &str, resource: &str| json!({"Effect": "Allow", "Action": action, "Resource": resource});
    let linked = json!({"Effect": "Allow", "Action": "iam:CreateServiceLinkedRole", "Resource": role,
        "Condition": {"StringEquals": {"iam:AWSServiceName": "mrk.kms.amazonaws.com"}}});
    let without = json!({"Version": "2012-10-17", "Statement": [allow("kms:*", "*")]}).to_string();
    let with = json!({"Version": "2012-10-17", "Statement": [allow("kms:*", "*"), linked]}).to_string();
    for (name, policy, code) in [("without", without, "AccessDeniedException"), ("with", with, "ok")] {
        let caller = user(&world, A, name, &policy).await;
        let reply = world.call_by(&caller, "us-east-1", "CreateKey", json!({"MultiRegion": true})).await;
        assert_eq!(reply.code(), code, "{name}");
        world.call_by(&caller, "us-east-1", "CreateKey", json!({})).await.ok();
    }
}

/// The names of the events since there were so many.
fn names_since(world: &World, before: usize) -> Vec<Value> {
    world.events.all()[before..].iter().map(|event| event["eventName"].clone()).collect()
}

#[tokio::test]
async fn inferred_synchronizes_so_a_change_of_what_is_shared_is_told_once_where_there_are_replicas() {
    let world = World::new().await;
    for (replicas, also) in [(&[][..], &[][..]), (&[AWAY, FAR], &["SynchronizeMultiRegionKey"])] {
        let key = family(&world, replicas).await;
        for (operation, own, also) in [
            ("EnableKeyRotation", &["EnableKeyRotation"][..], also),
            ("RotateKeyOnDemand", &["RotateKeyOnDemand", "RotateKey"], also),
            ("DisableKeyRotation", &["DisableKeyRotation"], also),
            // The second time there is nothing to change.
            ("DisableKeyRotation", &["DisableKeyRotation"], &[]),
        ] {
            let before = world.events.all().len();
            world.call(operation, json!({"KeyId": key})).await.ok();
            assert_eq!(names_since(&world, before), [own, also].concat(), "{operation} with {replicas:?}");
        }
    }
}

#[tokio::test]
async fn a_synchronization_is_told_as_a_call_of_the_service_on_the_primary_key() {
    let world = World::new().await;
    let key = family(&world, &[AWAY]).await;
    world.call("EnableKeyRotation", json!({"KeyId": key, "RotationPeriodInDays": 90})).await.ok();
    world.clock.advance_days(90);
    let before = world.events.all().len();
    assert_eq!(world.turn().await, (1, 0));
    assert_eq!(names_since(&world, before), ["RotateKey", "SynchronizeMultiRegionKey"]);
    let told = world.events.last();
    assert_eq!(told["eventType"], "AwsApiCall");
    assert_eq!(told["awsRegion"], HOME);
    assert_eq!(told["userIdentity"]["invokedBy"], "AWS Internal");
    assert_eq!(told["requestParameters"], Value::Null);
    assert_eq!(told["responseElements"], json!({"keyId": arn(HOME, &key)}));
    assert_eq!(told.get("serviceEventDetails"), None);
    assert!(told["requestID"].is_string() && told["requestID"] != told["eventID"], "{told}");
    assert_eq!(told["resources"].as_array().unwrap().len(), 1);
    assert_eq!(told["resources"][0]["ARN"], arn(HOME, &key));
}
