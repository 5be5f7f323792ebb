//! The history of key policies, and the way back to an earlier one.

use crate::world::{A, World};
use serde_json::{Value, json};

const ROOT: &str = "arn:aws:iam::111122223333:root";

fn keeping(principals: &[&str]) -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": principals}, "Action": "kms:*", "Resource": "*"}]})
}

async fn put(world: &World, key: &str, policy: &Value) {
    let put = json!({"KeyId": key, "PolicyName": "default", "Policy": policy.to_string()});
    world.kms(&world.root(A), "PutKeyPolicy", put).await.ok();
}

async fn history(world: &World, key: &str) -> Vec<Value> {
    let answer = world.call("ListKeyPolicyVersions", json!({"KeyId": key})).await.ok();
    answer["Versions"].as_array().unwrap().clone()
}

async fn policy(world: &World, key: &str) -> Value {
    let answer = world.kms(&world.root(A), "GetKeyPolicy", json!({"KeyId": key})).await.ok();
    serde_json::from_str(answer["Policy"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn every_version_is_told_with_author_reason_and_effect_and_can_be_read_and_come_back() {
    let world = World::new().await;
    let key = world.key(A, None).await;
    let user = json!([{"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"}]);
    world.user(A, "app", user).await;
    let app = "arn:aws:iam::111122223333:user/app";
    let first = policy(&world, &key).await;
    put(&world, &key, &keeping(&[ROOT, app])).await;
    let told = history(&world, &key).await;
    let numbers: Vec<i64> = told.iter().map(|version| version["Number"].as_i64().unwrap()).collect();
    assert_eq!(numbers, [2, 1]);
    assert_eq!((&told[0]["Present"], &told[0]["Author"]), (&json!(true), &json!(ROOT)));
    assert_eq!((&told[0]["Why"], &told[0]["Keeper"]), (&json!("PutKeyPolicy"), &json!(ROOT)));
    let old = world.call("GetKeyPolicyVersion", json!({"KeyId": key, "Number": 1})).await.ok();
    assert_eq!(serde_json::from_str::<Value>(old["Policy"].as_str().unwrap()).unwrap(), first);
    let back = json!({"KeyId": key, "Number": 1, "Reason": "a mistake"});
    assert_eq!(world.call("RollbackKeyPolicy", back).await.ok()["Number"], 3);
    assert_eq!(policy(&world, &key).await, first);
    let told = history(&world, &key).await;
    assert_eq!(told[0]["Why"], "RollbackKeyPolicy to version 1: a mistake");
    let event =
        world.events.all().into_iter().rfind(|event| event["eventName"] == "RollbackKeyPolicy").unwrap();
    assert_eq!((&event["readOnly"], &event["requestParameters"]["number"]), (&json!(false), &json!(1)));
    assert_eq!(event["requestParameters"]["reason"], "a mistake");
}

#[tokio::test]
async fn a_rollback_opens_nothing_that_put_key_policy_would_not() {
    let world = World::new().await;
    let key = world.key(A, None).await;
    let rights = json!([{"Effect": "Allow", "Action": ["gatekey:*", "kms:GetKeyPolicy"], "Resource": "*"}]);
    let curious = world.user(A, "curious", rights).await;
    put(&world, &key, &keeping(&[ROOT])).await;
    let back = json!({"KeyId": key, "Number": 1});
    world
        .by(&curious, "RollbackKeyPolicy", back.clone())
        .await
        .fails("AccessDeniedException", "kms:PutKeyPolicy");
    let rights = json!([{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]);
    let keeper = world.user(A, "keeper", rights).await;
    world
        .by(&keeper, "RollbackKeyPolicy", back)
        .await
        .fails("AccessDeniedException", "gatekey:RollbackKeyPolicy");
    assert_eq!(history(&world, &key).await.len(), 2);
}

#[tokio::test]
async fn a_version_that_names_who_is_gone_is_refused_and_a_namesake_gets_nothing() {
    let world = World::new().await;
    let key = world.key(A, None).await;
    let rights = json!([{"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"}]);
    world.user(A, "app", rights.clone()).await;
    let app = "arn:aws:iam::111122223333:user/app";
    put(&world, &key, &keeping(&[ROOT, app])).await;
    put(&world, &key, &keeping(&[ROOT])).await;
    world.forget_user(A, "app").await;
    world.user(A, "app", rights).await;
    let reply = world.call("RollbackKeyPolicy", json!({"KeyId": key, "Number": 2})).await;
    reply.fails("InvalidQuestionException", "names who no longer exists: arn:aws:iam::111122223333:user/app");
    reply.fails("InvalidQuestionException", "nearest that could come back is version 1");
    let old = world.call("GetKeyPolicyVersion", json!({"KeyId": key, "Number": 2})).await.ok();
    assert_eq!(old["Gone"], json!([app]));
    assert!(old["Policy"].as_str().unwrap().contains("AIDA"), "{old}");
    assert_eq!(history(&world, &key).await.len(), 3);
}

#[tokio::test]
async fn a_version_that_would_lock_its_caller_out_is_refused() {
    let world = World::new().await;
    let key = world.key(A, None).await;
    let rights = json!([{"Effect": "Allow", "Action": ["kms:*", "gatekey:*"], "Resource": "*"}]);
    let keeper = world.user(A, "keeper", rights).await;
    let user = "arn:aws:iam::111122223333:user/keeper";
    let only = json!({"KeyId": key, "PolicyName": "default", "Policy": keeping(&[user]).to_string()});
    world.kms(&keeper, "PutKeyPolicy", only).await.ok();
    let both = json!({"KeyId": key, "PolicyName": "default", "Policy": keeping(&[user, ROOT]).to_string()});
    world.kms(&keeper, "PutKeyPolicy", both).await.ok();
    let reply = world.call("RollbackKeyPolicy", json!({"KeyId": key, "Number": 2})).await;
    reply.fails("InvalidQuestionException", "you could not put the policy again");
    reply.fails("InvalidQuestionException", "version 1");
    assert_eq!(
        world.by(&keeper, "RollbackKeyPolicy", json!({"KeyId": key, "Number": 2})).await.ok()["Number"],
        4
    );
}

#[tokio::test]
async fn versions_that_are_not_there_are_told_and_whoever_may_not_ask_learns_nothing() {
    let world = World::new().await;
    let key = world.key(A, None).await;
    for number in [2, 1_000_000] {
        for operation in ["GetKeyPolicyVersion", "RollbackKeyPolicy"] {
            let reply = world.call(operation, json!({"KeyId": key, "Number": number})).await;
            reply.fails("NotFoundException", "from 1 to 1 are kept");
        }
    }
    let rights = json!([{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]);
    let curious = world.user(A, "curious", rights).await;
    for operation in ["ListKeyPolicyVersions", "GetKeyPolicyVersion", "RollbackKeyPolicy"] {
        for asked in [key.as_str(), "alias/none"] {
            let reply = world.by(&curious, operation, json!({"KeyId": asked, "Number": 1})).await;
            reply.fails("AccessDeniedException", operation);
        }
    }
}
