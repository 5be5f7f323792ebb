//! SimulateDecision: what would be decided, without a request.

use crate::world::{A, B, World};
use serde_json::{Value, json};

const USER: &str = "arn:aws:iam::111122223333:user/app";

fn allow(actions: &str) -> Value {
    json!([{"Effect": "Allow", "Action": actions, "Resource": "*"}])
}

fn question(key: &str) -> Value {
    json!({"Principal": USER, "Action": "kms:Decrypt", "KeyId": key})
}

/// A layer of an answer.
fn layer<'d>(decision: &'d Value, name: &str) -> &'d Value {
    decision["Layers"].as_array().unwrap().iter().find(|layer| layer["Name"] == name).unwrap()
}

#[tokio::test]
async fn what_it_says_is_what_then_happens_and_each_fix_is_enough() {
    let world = World::new().await;
    let key = world.key(A, None).await;
    let user = world.user(A, "app", allow("kms:Encrypt")).await;
    let sealed = world.kms(&user, "Encrypt", json!({"KeyId": key, "Plaintext": "aGk="})).await.ok();
    let decision = world.call("SimulateDecision", question(&key)).await.ok()["Decision"].take();
    assert_eq!((&decision["Outcome"], &decision["ExplicitDeny"]), (&json!("DENIED"), &json!(false)));
    assert_eq!((&decision["Principal"], &decision["Resource"]), (&json!(USER), &json!(key)));
    let statement = &layer(&decision, "identity-based")["Policies"][0]["Statements"][0];
    assert_eq!(statement["NearMiss"], "Action");
    let decrypt = json!({"CiphertextBlob": sealed["CiphertextBlob"]});
    let denied = world.kms(&user, "Decrypt", decrypt.clone()).await;
    assert_eq!(denied.message(), decision["Message"]);
    let kinds: Vec<&str> =
        decision["Fixes"].as_array().unwrap().iter().map(|fix| fix["Kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["KEY_POLICY", "IDENTITY_POLICY", "GRANT"]);
    let mut grant: Value = serde_json::from_str(decision["Fixes"][2]["Document"].as_str().unwrap()).unwrap();
    grant["KeyId"] = key.clone().into();
    world.kms(&world.root(A), "CreateGrant", grant).await.ok();
    world.kms(&user, "Decrypt", decrypt).await.ok();
    let decision = world.call("SimulateDecision", question(&key)).await.ok()["Decision"].take();
    assert_eq!((&decision["Outcome"], &decision["DecidedBy"]), (&json!("ALLOWED"), &json!("grant")));
    assert_eq!(decision["Grants"][0]["Decides"], true);
}

#[tokio::test]
async fn conditions_are_shown_with_what_they_saw() {
    let world = World::new().await;
    let key = world.key(A, None).await;
    let statement = json!([{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
        "Condition": {"StringEquals": {"kms:EncryptionContext:tenant": "acme"}}}]);
    world.user(A, "app", statement).await;
    let ask = async |context: Value| {
        let mut question = question(&key);
        question["Context"] = context;
        world.call("SimulateDecision", question).await.ok()["Decision"].take()
    };
    let without = ask(json!([])).await;
    let condition = &layer(&without, "identity-based")["Policies"][0]["Statements"][0]["Conditions"][0];
    assert_eq!((&condition["Present"], &condition["Holds"]), (&json!(false), &json!("FALSE")));
    assert!(without["Notes"][0].as_str().unwrap().contains("kms:EncryptionContext:tenant"));
    let other = ask(json!([{"Key": "kms:EncryptionContext:tenant", "Values": ["other"]}])).await;
    let condition = &layer(&other, "identity-based")["Policies"][0]["Statements"][0]["Conditions"][0];
    assert_eq!((&condition["Seen"], &condition["Wanted"]), (&json!(["other"]), &json!(["acme"])));
    let right = ask(json!([{"Key": "kms:EncryptionContext:tenant", "Values": ["acme"]}])).await;
    assert_eq!(right["Outcome"], "ALLOWED");
}

#[tokio::test]
async fn a_question_about_what_is_not_there_is_answered_with_its_name() {
    let world = World::new().await;
    let key = world.key(A, None).await;
    world.user(A, "app", allow("kms:*")).await;
    let theirs = world.key(B, None).await;
    world.user(B, "other", allow("kms:*")).await;
    let stranger = "arn:aws:iam::444455556666:user/other";
    for (name, value, code) in [
        ("Principal", "arn:aws:iam::111122223333:user/nobody", "NotFoundException"),
        ("Principal", stranger, "NotFoundException"),
        ("Principal", "somebody", "InvalidQuestionException"),
        ("KeyId", "alias/none", "NotFoundException"),
        ("KeyId", "12345678-1234-1234-1234-123456789012", "NotFoundException"),
        ("KeyId", theirs.as_str(), "NotFoundException"),
        ("Action", "kms:Decript", "InvalidQuestionException"),
        ("Action", "Decrypt", "InvalidQuestionException"),
    ] {
        let mut question = question(&key);
        question[name] = value.into();
        world.call("SimulateDecision", question).await.fails(code, value);
    }
    let mut question = question(&key);
    question["Context"] = json!([{"Key": "aws:SourceIp", "Values": ["here"]}]);
    world.call("SimulateDecision", question).await.fails("InvalidQuestionException", "aws:SourceIp");
}

#[tokio::test]
async fn whoever_may_not_ask_learns_nothing_not_even_what_there_is() {
    let world = World::new().await;
    let key = world.key(A, None).await;
    let curious = world.user(A, "curious", allow("kms:*")).await;
    world.user(A, "app", allow("kms:*")).await;
    let mut told = Vec::new();
    for asked in [key.as_str(), "12345678-1234-1234-1234-123456789012"] {
        for principal in [USER, "arn:aws:iam::111122223333:user/nobody"] {
            let question = json!({"Principal": principal, "Action": "kms:Decrypt", "KeyId": asked});
            let reply = world.by(&curious, "SimulateDecision", question).await;
            reply.fails("AccessDeniedException", "gatekey:SimulateDecision");
            told.push(reply.message().replace(asked, "KEY"));
        }
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:?}");
}

#[tokio::test]
async fn the_right_to_ask_can_be_had_for_one_key_and_the_question_is_in_the_trail() {
    let world = World::new().await;
    let (key, other) = (world.key(A, None).await, world.key(A, None).await);
    world.user(A, "app", allow("kms:Decrypt")).await;
    let auditor = json!([{"Effect": "Allow", "Action": "gatekey:Simulate*", "Resource": key}]);
    let auditor = world.user(A, "auditor", auditor).await;
    let decision = world.by(&auditor, "SimulateDecision", question(&key)).await.ok();
    assert_eq!(decision["Decision"]["Outcome"], "ALLOWED");
    let event = world.events.all().pop().unwrap();
    assert_eq!(event["eventSource"], "gatekey.internal");
    assert_eq!((&event["eventName"], &event["readOnly"]), (&json!("SimulateDecision"), &json!(true)));
    assert_eq!(event["requestParameters"]["keyId"], json!(key));
    world.by(&auditor, "SimulateDecision", question(&other)).await.fails("AccessDeniedException", "gatekey:");
}
