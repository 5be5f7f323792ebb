//! IAM Access Analyzer's checks of policies, over restJson.

use crate::world::{A, World, policy};
use serde_json::{Value, json};

fn statement(principal: Value, action: &str) -> Value {
    json!([{"Sid": "S", "Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"}])
}

#[tokio::test]
async fn a_policy_is_validated_with_places_and_types_of_findings() {
    let world = World::new().await;
    let document = policy(json!([{"Effect": "Allow", "Action": "kms:Decript", "Resource": "*"}]));
    let input = json!({"policyDocument": document, "policyType": "IDENTITY_POLICY"});
    let answer = world.rest(&world.root(A), "/policy/validation", input).await.ok();
    let findings = answer["findings"].as_array().unwrap();
    let place = findings
        .iter()
        .find(|finding| finding["findingDetails"].as_str().unwrap().contains("Decript"))
        .unwrap_or_else(|| panic!("{answer}"));
    assert_eq!(place["locations"][0]["path"][0], json!({"key": "Statement"}));
    assert_eq!(place["locations"][0]["span"]["start"]["line"], 1);
    let clean = policy(json!([{"Effect": "Allow", "Action": "kms:Decrypt",
        "Resource": "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"}]));
    let input = json!({"policyDocument": clean, "policyType": "IDENTITY_POLICY"});
    let answer = world.rest(&world.root(A), "/policy/validation", input).await.ok();
    assert_eq!(answer["findings"], json!([]));
}

#[tokio::test]
async fn checks_pass_and_fail_with_their_reasons() {
    let world = World::new().await;
    let root = world.root(A);
    let own = policy(statement(json!({"AWS": A}), "kms:*"));
    let public = policy(statement(json!("*"), "kms:Decrypt"));
    let check =
        async |path: &'static str, input: Value| world.rest(&root, path, input).await.ok()["result"].take();
    let no_public = |document: &str| json!({"policyDocument": document, "resourceType": "AWS::KMS::Key"});
    assert_eq!(check("/policy/check-no-public-access", no_public(&own)).await, "PASS");
    assert_eq!(check("/policy/check-no-public-access", no_public(&public)).await, "FAIL");
    let no_new = |new: &str, old: &str| json!({"newPolicyDocument": new, "existingPolicyDocument": old, "policyType": "RESOURCE_POLICY"});
    assert_eq!(check("/policy/check-no-new-access", no_new(&own, &own)).await, "PASS");
    assert_eq!(check("/policy/check-no-new-access", no_new(&public, &own)).await, "FAIL");
    let not_granted = |document: &str, action: &str| json!({"policyDocument": document, "policyType": "RESOURCE_POLICY", "access": [{"actions": [action]}]});
    assert_eq!(check("/policy/check-access-not-granted", not_granted(&public, "kms:Encrypt")).await, "PASS");
    assert_eq!(check("/policy/check-access-not-granted", not_granted(&public, "kms:Decrypt")).await, "FAIL");
    let answer = world.rest(&root, "/policy/check-no-public-access", no_public(&public)).await.ok();
    assert_eq!(
        (&answer["reasons"][0]["statementId"], &answer["reasons"][0]["statementIndex"]),
        (&json!("S"), &json!(0))
    );
}

#[tokio::test]
async fn who_may_not_check_is_denied_and_a_broken_document_is_told() {
    let world = World::new().await;
    let nobody = world.user(A, "nobody", json!([])).await;
    let broken = json!({"policyDocument": "{", "resourceType": "AWS::KMS::Key"});
    let denied = world.rest(&nobody, "/policy/check-no-public-access", broken.clone()).await;
    assert_eq!(denied.status, 403);
    assert!(denied.message().contains("access-analyzer:CheckNoPublicAccess"), "{denied:?}");
    let told = world.rest(&world.root(A), "/policy/check-no-public-access", broken).await;
    assert_eq!(told.status, 400);
    assert!(told.message().contains("not valid"), "{told:?}");
    let event = world.events.all().pop().unwrap();
    assert_eq!(
        (&event["eventSource"], &event["errorCode"]),
        (&json!("access-analyzer.amazonaws.com"), &json!("InvalidParameterException"))
    );
}
