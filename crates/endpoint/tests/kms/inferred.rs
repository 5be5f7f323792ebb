//! What the API does where no document says: authorization.md, `[I]`.

use crate::{
    supposed::user_with,
    world::{A, Reply, World},
};
use gatekey_directory::{NewAccessKey, Permissions};
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
async fn inferred_state_after_permission_so_a_denial_is_reported_before_the_state_of_the_key() {
    let world = World::new().await;
    let key = key_with(&world, deny("kms:Encrypt", json!({}))).await;
    world.call("DisableKey", json!({"KeyId": key})).await.ok();
    let reply = world.call("Encrypt", json!({"KeyId": key, "Plaintext": "aGk="})).await;
    assert_eq!(reply.code(), "AccessDeniedException");
    let reply = world.call("GenerateDataKey", json!({"KeyId": key, "KeySpec": "AES_256"})).await;
    assert_eq!(reply.code(), "DisabledException");
}

#[tokio::test]
async fn inferred_window_that_is_not_sent_counts_as_thirty_days() {
    let world = World::new().await;
    let thirty = json!({"NumericEquals": {"kms:ScheduleKeyDeletionPendingWindowInDays": "30"}});
    let key = key_with(&world, deny("kms:ScheduleKeyDeletion", thirty)).await;
    let reply = world.call("ScheduleKeyDeletion", json!({"KeyId": key})).await;
    assert_eq!(reply.code(), "AccessDeniedException");
    world.call("ScheduleKeyDeletion", json!({"KeyId": key, "PendingWindowInDays": 7})).await.ok();
}

#[tokio::test]
async fn inferred_next_put_without_bypass_is_what_the_lockout_check_supposes() {
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

/// The text of a key policy that allows one principal everything.
fn opening_to(principal: &str) -> String {
    let open =
        json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "kms:*", "Resource": "*"});
    json!({"Version": "2012-10-17", "Statement": [open]}).to_string()
}

/// A user of `A` whose own policy allows these actions.
async fn user(world: &World, name: &str, actions: &[&str], boundary: Option<&str>) -> NewAccessKey {
    let allow = json!({"Effect": "Allow", "Action": actions, "Resource": "*"});
    let document = json!({"Version": "2012-10-17", "Statement": [allow]}).to_string();
    let mut permissions = Permissions::default();
    permissions.inline.insert("p".into(), document.as_str().into());
    permissions.boundary = boundary.map(|arn| arn.parse().unwrap());
    user_with(world, A, name, permissions).await
}

fn is_locked_out(reply: &Reply) -> bool {
    reply.message() == "The new key policy will not allow you to update the key policy in the future."
}

#[tokio::test]
async fn inferred_lockout_check_asks_every_layer_the_permissions_boundary_too() {
    let world = World::new().await;
    // A boundary that is gone allows nothing.
    let silent = format!("arn:aws:iam::{A}:policy/gone");
    let bounded = user(&world, "bounded", &["kms:*"], Some(&silent)).await;
    let free = user(&world, "free", &["kms:*"], None).await;
    for (name, signer, survives) in [("bounded", &bounded, false), ("free", &free, true)] {
        let own = opening_to(&format!("arn:aws:iam::{A}:user/{name}"));
        let key = world.key().await;
        let put = |policy: &str| {
            let input = json!({"KeyId": key, "Policy": policy});
            world.call_by(signer, "us-east-1", "PutKeyPolicy", input)
        };
        let bypassing = json!({"KeyId": key, "Policy": own, "BypassPolicyLockoutSafetyCheck": true});
        world.call("PutKeyPolicy", bypassing).await.ok();
        put(&own).await.ok();
        let reply = put(&opening_to(A)).await;
        assert_eq!(
            (reply.status == 200, is_locked_out(&reply)),
            (survives, !survives),
            "{name} {}",
            reply.body
        );
    }
}

#[tokio::test]
async fn inferred_unchecked_default_is_what_a_key_without_a_policy_gets() {
    let world = World::new().await;
    let maker = user(&world, "maker", &["kms:CreateKey"], None).await;
    world.call_by(&maker, "us-east-1", "CreateKey", json!({})).await.ok();
    let reply = world.call_by(&maker, "us-east-1", "CreateKey", json!({"Policy": opening_to(A)})).await;
    assert!(is_locked_out(&reply), "the same policy, given, is checked: {}", reply.body);
    let both = user(&world, "both", &["kms:CreateKey", "kms:PutKeyPolicy"], None).await;
    world.call_by(&both, "us-east-1", "CreateKey", json!({"Policy": opening_to(A)})).await.ok();
}

#[tokio::test]
async fn inferred_present_to_describe_takes_what_is_no_token_for_one_of_no_grant() {
    let world = World::new().await;
    let key = world.key().await;
    let with = |operation, more: Value| {
        let mut input = json!({"KeyId": key, "GrantTokens": ["bm8gdG9rZW4="]});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.call(operation, input)
    };
    with("DescribeKey", json!({})).await.ok();
    let reply = with("Encrypt", json!({"Plaintext": "aGk="})).await;
    assert_eq!(reply.code(), "InvalidGrantTokenException", "where the model has the error, it is given");
}

#[tokio::test]
async fn inferred_constraint_type_of_a_grant_with_both_is_the_stricter() {
    let world = World::new().await;
    let kind = |kind: &str| json!({"StringEquals": {"kms:GrantConstraintType": kind}});
    let (equals, subset) = ("EncryptionContextEquals", "EncryptionContextSubset");
    let both = json!({equals: {"a": "b"}, subset: {"a": "b"}});
    for (refused, constraints, denied) in
        [(equals, &both, true), (subset, &both, false), (subset, &json!({subset: {"a": "b"}}), true)]
    {
        let key = key_with(&world, deny("kms:CreateGrant", kind(refused))).await;
        let grantee = format!("arn:aws:iam::{A}:root");
        let input = json!({"KeyId": key, "GranteePrincipal": grantee, "Operations": ["Decrypt"],
            "Constraints": constraints});
        let reply = world.call("CreateGrant", input).await;
        assert_eq!(
            reply.code(),
            if denied { "AccessDeniedException" } else { "ok" },
            "{refused} {constraints}"
        );
    }
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
