//! What the API does where no document says: authorization.md, `[I]`.

use crate::world::{A, World};
use serde_json::{Value, json};

async fn key_with(world: &World, statement: Value) -> String {
    let key = world.key().await;
    let own = format!("arn:aws:iam::{A}:root");
    let open = json!({"Effect": "Allow", "Principal": {"AWS": own}, "Action": "kms:*", "Resource": "*"});
    let policy = json!({"Version": "2012-10-17", "Statement": [open, statement]});
    world.call("PutKeyPolicy", json!({"KeyId": key, "Policy": policy.to_string()})).await.ok();
    key
}

fn deny(action: &str, condition: Value) -> Value {
    json!({"Effect": "Deny", "Principal": "*", "Action": action, "Resource": "*", "Condition": condition})
}

#[tokio::test]
async fn inferred_a_denial_is_reported_before_the_state_of_the_key() {
    let world = World::new().await;
    let key = key_with(&world, deny("kms:Encrypt", json!({}))).await;
    world.call("DisableKey", json!({"KeyId": key})).await.ok();
    let reply = world.call("Encrypt", json!({"KeyId": key, "Plaintext": "aGk="})).await;
    assert_eq!(reply.code(), "AccessDeniedException");
    let reply = world.call("GenerateDataKey", json!({"KeyId": key, "KeySpec": "AES_256"})).await;
    assert_eq!(reply.code(), "DisabledException");
}

#[tokio::test]
async fn inferred_the_pending_window_that_is_not_sent_counts_as_thirty_days() {
    let world = World::new().await;
    let thirty = json!({"NumericEquals": {"kms:ScheduleKeyDeletionPendingWindowInDays": "30"}});
    let key = key_with(&world, deny("kms:ScheduleKeyDeletion", thirty)).await;
    let reply = world.call("ScheduleKeyDeletion", json!({"KeyId": key})).await;
    assert_eq!(reply.code(), "AccessDeniedException");
    world.call("ScheduleKeyDeletion", json!({"KeyId": key, "PendingWindowInDays": 7})).await.ok();
}

#[tokio::test]
async fn inferred_the_lockout_check_supposes_that_the_bypass_will_not_be_asked_for_again() {
    let world = World::new().await;
    let own = format!("arn:aws:iam::{A}:root");
    let with = |absent: &str| {
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": own},
            "Action": "kms:*", "Resource": "*",
            "Condition": {"Null": {"kms:BypassPolicyLockoutSafetyCheck": absent}}}]})
        .to_string()
    };
    world.call("CreateKey", json!({"Policy": with("true")})).await.ok();
    let reply = world.call("CreateKey", json!({"Policy": with("false")})).await;
    assert_eq!(reply.code(), "MalformedPolicyDocumentException");
}

#[tokio::test]
async fn inferred_state_a_disabled_key_still_gives_its_public_half() {
    let world = World::new().await;
    let made =
        world.call("CreateKey", json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"})).await.ok();
    let key = &made["KeyMetadata"]["KeyId"];
    let before = world.call("GetPublicKey", json!({"KeyId": key})).await.ok();
    world.call("DisableKey", json!({"KeyId": key})).await.ok();
    assert_eq!(world.call("GetPublicKey", json!({"KeyId": key})).await.ok(), before);
}

#[tokio::test]
async fn inferred_message_type_that_is_not_sent_counts_as_raw() {
    let world = World::new().await;
    let made =
        world.call("CreateKey", json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"})).await.ok();
    let key = made["KeyMetadata"]["KeyId"].as_str().unwrap();
    let own = format!("arn:aws:iam::{A}:root");
    let digests = json!({"StringEquals": {"kms:MessageType": "DIGEST"}});
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": own}, "Action": ["kms:*Policy"], "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": own}, "Action": "kms:Sign", "Resource": "*", "Condition": digests},
    ]});
    world.call("PutKeyPolicy", json!({"KeyId": key, "Policy": policy.to_string()})).await.ok();
    let sign = json!({"KeyId": key, "SigningAlgorithm": "ECDSA_SHA_256", "Message": "YQ=="});
    assert_eq!(world.call("Sign", sign).await.code(), "AccessDeniedException");
}
