//! Rotation, by the clock and on demand.

use crate::world::{A, B, World};
use gatekey_keyring::Quotas;
use gatekey_types::Clock;
use serde_json::{Value, json};

/// When the world begins.
const START: f64 = 1_800_000_000.0;
const DAY: f64 = 86_400.0;

/// Encrypts something.
async fn encrypt(world: &World, key: &str) -> Value {
    world.call("Encrypt", json!({"KeyId": key, "Plaintext": "c2VjcmV0"})).await.ok()["CiphertextBlob"].clone()
}

/// Decrypts it, and says with which material.
async fn material_of(world: &World, blob: &Value) -> String {
    let answer = world.call("Decrypt", json!({"CiphertextBlob": blob})).await.ok();
    assert_eq!(answer["Plaintext"], "c2VjcmV0");
    answer["KeyMaterialId"].as_str().unwrap().to_owned()
}

async fn current(world: &World, key: &str) -> String {
    let key = world.call("DescribeKey", json!({"KeyId": key})).await.ok();
    key["KeyMetadata"]["CurrentKeyMaterialId"].as_str().unwrap().to_owned()
}

async fn status(world: &World, key: &str) -> Value {
    world.call("GetKeyRotationStatus", json!({"KeyId": key})).await.ok()
}

async fn rotations(world: &World, key: &str) -> Vec<Value> {
    let input = json!({"KeyId": key, "IncludeKeyMaterial": "ALL_KEY_MATERIAL"});
    world.call("ListKeyRotations", input).await.ok()["Rotations"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_key_is_rotated_on_its_day_and_on_every_one_after_it() {
    let world = World::new().await;
    let key = world.key().await;
    assert_eq!(status(&world, &key).await, json!({"KeyId": key, "KeyRotationEnabled": false}));
    world.call("EnableKeyRotation", json!({"KeyId": key, "RotationPeriodInDays": 90})).await.ok();
    let expected = json!({"KeyId": key, "KeyRotationEnabled": true, "RotationPeriodInDays": 90,
        "NextRotationDate": START + 90.0 * DAY});
    assert_eq!(status(&world, &key).await, expected);
    let (mut blobs, mut materials) = (Vec::new(), Vec::new());
    for turn in 1..=3 {
        blobs.push(encrypt(&world, &key).await);
        materials.push(current(&world, &key).await);
        world.clock.advance_days(89);
        assert_eq!(world.turn().await, (0, 0), "not before its day");
        world.clock.advance_days(1);
        assert_eq!(world.turn().await, (1, 0));
        assert_eq!(world.turn().await, (0, 0), "once");
        let next = START + f64::from(turn + 1) * 90.0 * DAY;
        assert_eq!(status(&world, &key).await["NextRotationDate"], json!(next));
    }
    materials.push(current(&world, &key).await);
    blobs.push(encrypt(&world, &key).await);
    for (blob, material) in blobs.iter().zip(&materials) {
        assert_eq!(material_of(&world, blob).await, *material, "every material decrypts for ever");
    }
    let listed = rotations(&world, &key).await;
    let ids: Vec<&str> = listed.iter().map(|entry| entry["KeyMaterialId"].as_str().unwrap()).collect();
    assert_eq!(ids, materials, "in the order of time");
    assert_eq!(
        listed[0],
        json!({"KeyId": key, "KeyMaterialId": materials[0], "KeyMaterialState": "NON_CURRENT"})
    );
    let last = json!({"KeyId": key, "KeyMaterialId": materials[3], "KeyMaterialState": "CURRENT",
        "RotationDate": START + 270.0 * DAY, "RotationType": "AUTOMATIC"});
    assert_eq!(listed[3], last);
}

#[tokio::test]
async fn a_rotation_by_the_clock_is_an_event_of_the_service() {
    let world = World::new().await;
    let key = world.key().await;
    world.call("EnableKeyRotation", json!({"KeyId": key})).await.ok();
    let event = world.events.last();
    assert_eq!(event["requestParameters"], json!({"keyId": key}), "the period was not sent");
    let before = current(&world, &key).await;
    world.clock.advance_days(365);
    assert_eq!(world.turn().await, (1, 0));
    let event = world.events.last();
    assert_eq!((&event["eventName"], &event["eventType"]), (&json!("RotateKey"), &json!("AwsServiceEvent")));
    let details = json!({"keyId": key, "keyOrigin": "AWS_KMS", "previousKeyMaterialId": before,
        "currentKeyMaterialId": current(&world, &key).await, "rotationType": "AUTOMATIC"});
    assert_eq!(event["serviceEventDetails"], details);
}

#[tokio::test]
async fn a_disabled_key_keeps_its_status_and_catches_up_when_it_is_enabled() {
    let world = World::new().await;
    let key = world.key().await;
    world.call("EnableKeyRotation", json!({"KeyId": key, "RotationPeriodInDays": 100})).await.ok();
    world.call("DisableKey", json!({"KeyId": key})).await.ok();
    world.clock.advance_days(250);
    assert_eq!(world.turn().await, (0, 0));
    assert_eq!(status(&world, &key).await["KeyRotationEnabled"], true);
    world.call("EnableKey", json!({"KeyId": key})).await.ok();
    assert_eq!(world.turn().await, (1, 0), "at once, and once only");
    assert_eq!(world.turn().await, (0, 0));
    assert_eq!(status(&world, &key).await["NextRotationDate"], json!(START + 350.0 * DAY));
    world.call("DisableKey", json!({"KeyId": key})).await.ok();
    world.clock.advance_days(10);
    world.call("EnableKey", json!({"KeyId": key})).await.ok();
    assert_eq!(world.turn().await, (0, 0), "what was not due meanwhile goes on as before");
    assert_eq!(status(&world, &key).await["NextRotationDate"], json!(START + 350.0 * DAY));
}

#[tokio::test]
async fn a_key_that_waits_for_its_deletion_says_that_rotation_is_off_until_that_is_cancelled() {
    let world = World::new().await;
    let key = world.key().await;
    world.call("EnableKeyRotation", json!({"KeyId": key, "RotationPeriodInDays": 90})).await.ok();
    world.clock.advance_days(80);
    world.call("ScheduleKeyDeletion", json!({"KeyId": key})).await.ok();
    assert_eq!(status(&world, &key).await, json!({"KeyId": key, "KeyRotationEnabled": false}));
    world.clock.advance_days(20);
    assert_eq!(world.turn().await, (0, 0));
    world.call("CancelKeyDeletion", json!({"KeyId": key})).await.ok();
    assert_eq!(status(&world, &key).await["KeyRotationEnabled"], true);
    assert_eq!(world.turn().await, (0, 0), "it is disabled now");
    world.call("EnableKey", json!({"KeyId": key})).await.ok();
    assert_eq!(world.turn().await, (1, 0));
}

#[tokio::test]
async fn rotation_can_be_switched_off_and_its_period_changed() {
    let world = World::new().await;
    let key = world.key().await;
    world.call("EnableKeyRotation", json!({"KeyId": key})).await.ok();
    assert_eq!(status(&world, &key).await["RotationPeriodInDays"], 365);
    world.clock.advance_days(10);
    world.call("EnableKeyRotation", json!({"KeyId": key, "RotationPeriodInDays": 2560})).await.ok();
    assert_eq!(status(&world, &key).await["NextRotationDate"], json!(START + 2570.0 * DAY));
    world.call("DisableKeyRotation", json!({"KeyId": key})).await.ok();
    world.call("DisableKeyRotation", json!({"KeyId": key})).await.ok();
    assert_eq!(status(&world, &key).await["KeyRotationEnabled"], false);
    world.clock.advance_days(4000);
    assert_eq!(world.turn().await, (0, 0));
    for days in [89, 2561] {
        let reply =
            world.call("EnableKeyRotation", json!({"KeyId": key, "RotationPeriodInDays": days})).await;
        assert_eq!(reply.code(), "ValidationException", "{days}");
    }
}

#[tokio::test]
async fn inferred_schedule_of_the_same_period_keeps_its_day() {
    let world = World::new().await;
    let key = world.key().await;
    world.call("EnableKeyRotation", json!({"KeyId": key, "RotationPeriodInDays": 365})).await.ok();
    world.clock.advance_days(10);
    world.call("EnableKeyRotation", json!({"KeyId": key})).await.ok();
    assert_eq!(status(&world, &key).await["NextRotationDate"], json!(START + 365.0 * DAY));
}

#[tokio::test]
async fn inferred_period_that_is_not_sent_counts_as_365_days_in_policies() {
    let world = World::new().await;
    let key = world.key().await;
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": A}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Deny", "Principal": "*", "Action": "kms:EnableKeyRotation", "Resource": "*",
         "Condition": {"NumericGreaterThan": {"kms:RotationPeriodInDays": "180"}}}]});
    world.call("PutKeyPolicy", json!({"KeyId": key, "Policy": policy.to_string()})).await.ok();
    assert_eq!(world.call("EnableKeyRotation", json!({"KeyId": key})).await.code(), "AccessDeniedException");
    let with = |days| json!({"KeyId": key, "RotationPeriodInDays": days});
    assert_eq!(world.call("EnableKeyRotation", with(181)).await.code(), "AccessDeniedException");
    world.call("EnableKeyRotation", with(180)).await.ok();
}

#[tokio::test]
async fn a_rotation_on_demand_changes_the_material_and_not_the_schedule() {
    let world = World::new().await;
    let key = world.key().await;
    world.call("EnableKeyRotation", json!({"KeyId": key})).await.ok();
    let (first, blob) = (current(&world, &key).await, encrypt(&world, &key).await);
    world.clock.advance_days(1);
    let arn = format!("arn:aws:kms:us-east-1:{A}:key/{key}");
    assert_eq!(world.call("RotateKeyOnDemand", json!({"KeyId": key})).await.ok(), json!({"KeyId": arn}));
    let second = current(&world, &key).await;
    assert_eq!(
        world.events.all().iter().filter(|event| event["eventName"] == "RotateKeyOnDemand").count(),
        1
    );
    assert_ne!(first, second);
    let told = world.events.all().into_iter().rfind(|event| event["eventName"] == "RotateKey").unwrap();
    let details = json!({"keyId": key, "keyOrigin": "AWS_KMS", "previousKeyMaterialId": first,
        "currentKeyMaterialId": second, "rotationType": "ON_DEMAND"});
    assert_eq!(told["eventType"], "AwsServiceEvent");
    assert_eq!(told["serviceEventDetails"], details, "the rotation has an event of its own");
    assert_eq!(material_of(&world, &blob).await, first);
    assert_eq!(material_of(&world, &encrypt(&world, &key).await).await, second);
    assert_eq!(status(&world, &key).await["NextRotationDate"], json!(START + 365.0 * DAY));
    let made = json!({"CiphertextBlob": blob, "DestinationKeyId": key});
    let moved = world.call("ReEncrypt", made).await.ok();
    assert_eq!(moved["SourceKeyMaterialId"], first.as_str());
    assert_eq!(moved["DestinationKeyMaterialId"], second.as_str());
    let listed = world.call("ListKeyRotations", json!({"KeyId": key})).await.ok();
    let entry = json!({"KeyId": key, "KeyMaterialId": second, "KeyMaterialState": "CURRENT",
        "RotationDate": START + DAY, "RotationType": "ON_DEMAND"});
    assert_eq!(
        listed,
        json!({"Rotations": [entry], "Truncated": false}),
        "the first material is no rotation"
    );
}

#[tokio::test]
async fn a_key_is_rotated_on_demand_as_often_as_the_quota_says() {
    let world = World::with_quotas(Quotas { on_demand_rotations: 2, ..Quotas::default() }).await;
    let key = world.key().await;
    for _ in 0..2 {
        world.call("RotateKeyOnDemand", json!({"KeyId": key})).await.ok();
    }
    let reply = world.call("RotateKeyOnDemand", json!({"KeyId": key})).await;
    let text = format!(
        "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be \
         performed for this key: arn:aws:kms:us-east-1:{A}:key/{key}"
    );
    assert_eq!((reply.code(), reply.message()), ("LimitExceededException", text.as_str()));
    assert_eq!(Quotas::default().on_demand_rotations, 25);
}

#[tokio::test]
async fn a_rotation_on_demand_yields_to_an_automatic_one_that_is_near() {
    let world = World::new().await;
    let key = world.key().await;
    world.call("EnableKeyRotation", json!({"KeyId": key, "RotationPeriodInDays": 90})).await.ok();
    world.clock.set(world.clock.now().plus_days(90).plus_millis(-20 * 60 * 1000 - 1));
    world.call("RotateKeyOnDemand", json!({"KeyId": key})).await.ok();
    world.clock.advance_millis(1);
    assert_eq!(world.call("RotateKeyOnDemand", json!({"KeyId": key})).await.code(), "ConflictException");
    world.clock.advance_days(1);
    assert_eq!(world.turn().await, (1, 0));
    world.call("RotateKeyOnDemand", json!({"KeyId": key})).await.ok();
}

#[tokio::test]
async fn rotations_are_listed_page_by_page_and_a_marker_serves_its_own_listing() {
    let world = World::new().await;
    let (key, other) = (world.key().await, world.key().await);
    for _ in 0..5 {
        world.clock.advance_days(1);
        world.call("RotateKeyOnDemand", json!({"KeyId": key})).await.ok();
    }
    let all = rotations(&world, &key).await;
    assert_eq!(all.len(), 6);
    let (mut seen, mut marker) = (Vec::new(), Value::Null);
    loop {
        let mut input = json!({"KeyId": key, "IncludeKeyMaterial": "ALL_KEY_MATERIAL", "Limit": 4});
        if marker != Value::Null {
            input["Marker"] = marker.clone();
        }
        let page = world.call("ListKeyRotations", input).await.ok();
        seen.extend(page["Rotations"].as_array().unwrap().clone());
        marker = page["NextMarker"].clone();
        if page["Truncated"] == false {
            assert_eq!(marker, Value::Null);
            break;
        }
        let misused = json!({"KeyId": other, "IncludeKeyMaterial": "ALL_KEY_MATERIAL", "Marker": marker});
        assert_eq!(world.call("ListKeyRotations", misused).await.code(), "InvalidMarkerException");
    }
    assert_eq!(seen, all);
    let only = world.call("ListKeyRotations", json!({"KeyId": key})).await.ok();
    assert_eq!(only["Rotations"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn an_aws_managed_key_is_rotated_every_year_and_nobody_else_rotates_it() {
    let world = World::new().await;
    let made = world.call("DescribeKey", json!({"KeyId": "alias/aws/ssm"})).await.ok();
    let key = made["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned();
    let first = current(&world, &key).await;
    let expected = json!({"KeyId": key, "KeyRotationEnabled": true, "RotationPeriodInDays": 365,
        "NextRotationDate": START + 365.0 * DAY});
    assert_eq!(status(&world, &key).await, expected);
    for operation in ["EnableKeyRotation", "DisableKeyRotation", "RotateKeyOnDemand"] {
        let reply = world.call(operation, json!({"KeyId": key})).await;
        assert_eq!(reply.code(), "AccessDeniedException", "{operation}: its policy lets nobody");
    }
    world.clock.advance_days(365);
    assert_eq!(world.turn().await, (1, 0));
    assert_ne!(current(&world, &key).await, first);
    assert_eq!(status(&world, &key).await["NextRotationDate"], json!(START + 730.0 * DAY));
}

#[tokio::test]
async fn only_the_status_of_rotation_is_told_across_accounts() {
    let world = World::new().await;
    let key = world.key().await;
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": [A, B]}, "Action": "kms:*", "Resource": "*"}]});
    world.call("PutKeyPolicy", json!({"KeyId": key, "Policy": policy.to_string()})).await.ok();
    let arn = format!("arn:aws:kms:us-east-1:{A}:key/{key}");
    for (operation, code) in [
        ("GetKeyRotationStatus", "ok"),
        ("EnableKeyRotation", "AccessDeniedException"),
        ("DisableKeyRotation", "AccessDeniedException"),
        ("RotateKeyOnDemand", "AccessDeniedException"),
        ("ListKeyRotations", "AccessDeniedException"),
    ] {
        assert_eq!(world.call_as(B, operation, json!({"KeyId": arn})).await.code(), code, "{operation}");
    }
}

#[tokio::test]
async fn a_rotated_key_and_its_schedule_are_there_after_a_restart() {
    let store = std::sync::Arc::new(gatekey_store::MemoryStore::new());
    let world = World::on(store.clone(), Quotas::default()).await;
    let key = world.key().await;
    let blob = encrypt(&world, &key).await;
    world.call("EnableKeyRotation", json!({"KeyId": key})).await.ok();
    world.call("RotateKeyOnDemand", json!({"KeyId": key})).await.ok();
    let before = rotations(&world, &key).await;
    let world = world.reopened(store).await;
    assert_eq!(rotations(&world, &key).await, before);
    assert_eq!(material_of(&world, &blob).await, before[0]["KeyMaterialId"]);
    world.clock.advance_days(365);
    assert_eq!(world.turn().await, (1, 0));
}
