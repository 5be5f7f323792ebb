//! ExplainDecision: why a request was answered as it was.

use crate::world::{A, B, Reply, World, policy};
use gatekey_testkit::Signer;
use gatekey_types::Timestamp;
use serde_json::{Value, json};

fn allow(actions: &str) -> Value {
    json!([{"Effect": "Allow", "Action": actions, "Resource": "*"}])
}

async fn explain(world: &World, who: &Signer, reply: &Reply) -> Value {
    world.by(who, "ExplainDecision", json!({"DecisionId": reply.decision})).await.ok()
}

fn only(answer: &Value) -> &Value {
    let decisions = answer["Decisions"].as_array().unwrap();
    assert_eq!(decisions.len(), 1, "{answer}");
    &decisions[0]
}

fn layer<'d>(decision: &'d Value, name: &str) -> &'d Value {
    decision["Layers"].as_array().unwrap().iter().find(|layer| layer["Name"] == name).unwrap()
}

#[tokio::test]
async fn every_answer_has_a_decision_and_it_is_explained_as_it_was_after_the_policy_changed() {
    let world = World::new().await;
    let key = world.key(A, None).await;
    let user = world.user(A, "app", allow("kms:Encrypt")).await;
    let denied = world.kms(&user, "DescribeKey", json!({"KeyId": key})).await;
    denied.fails("AccessDeniedException", "kms:DescribeKey");
    let open = json!([{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}]);
    let put = json!({"KeyId": key, "Policy": policy(open)});
    let changed = world.kms(&world.root(A), "PutKeyPolicy", put).await;
    let allowed = world.kms(&user, "DescribeKey", json!({"KeyId": key})).await;
    assert_eq!((changed.status, allowed.status), (200, 200));
    let answer = explain(&world, &world.root(A), &denied).await;
    assert_eq!(
        (&answer["EventName"], &answer["DecisionId"]),
        (&json!("DescribeKey"), &json!(denied.decision))
    );
    assert_eq!(answer["EventSource"], "kms.amazonaws.com");
    let decision = only(&answer);
    assert_eq!((&decision["Outcome"], &decision["Message"]), (&json!("DENIED"), &json!(denied.message())));
    let kinds: Vec<&Value> = decision["Fixes"].as_array().unwrap().iter().map(|fix| &fix["Kind"]).collect();
    assert_eq!(kinds, ["KEY_POLICY", "IDENTITY_POLICY", "GRANT"]);
    for fix in decision["Fixes"].as_array().unwrap() {
        assert_eq!(fix["AllowedTo"], json!(["arn:aws:iam::111122223333:root"]), "{fix}");
    }
    let answer = explain(&world, &world.root(A), &allowed).await;
    assert_eq!((&only(&answer)["Outcome"], &only(&answer)["Fixes"]), (&json!("ALLOWED"), &json!([])));
    let answer = explain(&world, &world.root(A), &changed).await;
    assert_eq!(only(&answer)["Action"], "kms:PutKeyPolicy");
}

#[tokio::test]
async fn a_caller_sees_its_own_decision_without_the_policies_of_others() {
    let world = World::new().await;
    let mut statements = json!([
        {"Sid": "Concealed", "Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*",
         "Condition": {"StringNotEquals": {"kms:EncryptionContext:secret-name": "secret-value"}}},
        {"Effect": "Allow", "Principal": {"AWS": A}, "Action": "kms:*", "Resource": "*"}]);
    let key = world.key(A, Some(statements.take())).await;
    let user = world.user(A, "app", allow("kms:*crypt")).await;
    let tag = json!({"KeyId": key, "Tags": [{"TagKey": "project", "TagValue": "hush"}]});
    world.kms(&world.root(A), "TagResource", tag).await.ok();
    let sealed = world.kms(&user, "Encrypt", json!({"KeyId": key, "Plaintext": "aGk="})).await.ok();
    let decrypt = json!({"CiphertextBlob": sealed["CiphertextBlob"]});
    let denied = world.kms(&user, "Decrypt", decrypt).await;
    denied.fails("AccessDeniedException", "explicit deny");
    let answer = explain(&world, &user, &denied).await;
    let decision = only(&answer);
    let resource = layer(decision, "resource-based");
    assert_eq!((&resource["Hidden"], &resource["Decides"]), (&json!(true), &json!(true)));
    let own = &layer(decision, "identity-based")["Policies"][0]["Statements"][0];
    assert_eq!(own["Applies"], "TRUE");
    let text = answer.to_string();
    for secret in ["Concealed", "secret-name", "secret-value", "hush"] {
        assert!(!text.contains(secret), "{text}");
    }
    let whole = explain(&world, &world.root(A), &denied).await.to_string();
    for told in ["Concealed", "secret-name", "secret-value", "hush"] {
        assert!(whole.contains(told), "{whole}");
    }
}

#[tokio::test]
async fn who_may_read_the_key_policy_sees_it_in_the_explanation() {
    let world = World::new().await;
    let key = world.key(A, None).await;
    let user = world.user(A, "app", allow("kms:Get*")).await;
    let denied = world.kms(&user, "DescribeKey", json!({"KeyId": key})).await;
    let answer = explain(&world, &user, &denied).await;
    let resource = layer(only(&answer), "resource-based");
    assert_eq!(resource["Hidden"], json!(false));
    assert_eq!(resource["Policies"][0]["Statements"][0]["PrincipalMatchedBy"], "delegating to the account");
}

#[tokio::test]
async fn decisions_of_others_take_a_right_and_whoever_lacks_it_learns_nothing() {
    let world = World::new().await;
    let key = world.key(A, None).await;
    let user = world.user(A, "app", allow("kms:Encrypt")).await;
    let denied = world.kms(&user, "DescribeKey", json!({"KeyId": key})).await;
    let curious = world.user(A, "curious", allow("kms:*")).await;
    let auditor = world.user(A, "auditor", allow("gatekey:ExplainDecision")).await;
    let stranger = world.user(B, "auditor", allow("gatekey:*")).await;
    let none = json!({"DecisionId": "00000000-0000-4000-8000-000000000000"});
    let theirs = json!({"DecisionId": denied.decision});
    let mut told = Vec::new();
    for question in [&none, &theirs] {
        let reply = world.by(&curious, "ExplainDecision", question.clone()).await;
        reply.fails("AccessDeniedException", "gatekey:ExplainDecision");
        told.push(reply.message().to_owned());
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(only(&explain(&world, &auditor, &denied).await)["Outcome"], "DENIED");
    for question in [none, theirs] {
        let id = question["DecisionId"].as_str().unwrap().to_owned();
        world.by(&stranger, "ExplainDecision", question).await.fails("DecisionNotFoundException", &id);
    }
}

#[tokio::test]
async fn a_namesake_is_not_the_one_who_asked() {
    let world = World::new().await;
    let key = world.key(A, None).await;
    let user = world.user(A, "app", allow("kms:Encrypt")).await;
    let denied = world.kms(&user, "DescribeKey", json!({"KeyId": key})).await;
    world.forget_user(A, "app").await;
    let namesake = world.user(A, "app", allow("kms:Encrypt")).await;
    let reply = world.by(&namesake, "ExplainDecision", json!({"DecisionId": denied.decision})).await;
    reply.fails("AccessDeniedException", "gatekey:ExplainDecision");
}

#[tokio::test]
async fn a_key_of_another_account_is_named_and_its_policy_shown_to_nobody() {
    let world = World::new().await;
    let statements = json!([{"Sid": "Theirs", "Effect": "Allow", "Principal": {"AWS": B},
        "Action": "kms:*", "Resource": "*"}]);
    let key = world.key(B, Some(statements)).await;
    let denied = world.kms(&world.root(A), "DescribeKey", json!({"KeyId": key})).await;
    let answer = explain(&world, &world.root(A), &denied).await;
    assert_eq!(only(&answer)["Resource"], json!(key));
    assert_eq!(layer(only(&answer), "resource-based")["Hidden"], json!(true));
    assert!(!answer.to_string().contains("Theirs"));
}

#[tokio::test]
async fn a_request_that_asks_several_questions_has_several_decisions() {
    let world = World::new().await;
    let (from, to) = (world.key(A, None).await, world.key(A, None).await);
    let root = world.root(A);
    let sealed = world.kms(&root, "Encrypt", json!({"KeyId": from, "Plaintext": "aGk="})).await.ok();
    let input = json!({"CiphertextBlob": sealed["CiphertextBlob"], "DestinationKeyId": to,
        "DestinationEncryptionContext": {"a": "b"}});
    let again = world.kms(&root, "ReEncrypt", input).await;
    let answer = explain(&world, &root, &again).await;
    let actions: Vec<&Value> =
        answer["Decisions"].as_array().unwrap().iter().map(|decision| &decision["Action"]).collect();
    assert_eq!(actions, ["kms:ReEncryptFrom", "kms:ReEncryptTo"]);
    let context = answer["Decisions"][1]["Context"].to_string();
    assert!(context.contains("kms:EncryptionContext:a") && context.contains("aws:SourceIp"), "{context}");
}

#[tokio::test]
async fn what_a_service_asked_of_kms_belongs_to_the_request() {
    let world = World::new().await;
    let user = world.user(A, "app", allow("ssm:*")).await;
    let key = world.key(A, None).await;
    let input = json!({"Name": "p", "Value": "v", "Type": "SecureString", "KeyId": key});
    let denied = world.send(&user, "ssm", "AmazonSSM.PutParameter", input).await;
    assert_ne!(denied.status, 200);
    let answer = explain(&world, &user, &denied).await;
    let decisions = answer["Decisions"].as_array().unwrap();
    let actions: Vec<&Value> = decisions.iter().map(|decision| &decision["Action"]).collect();
    assert_eq!(actions.first(), Some(&&json!("ssm:PutParameter")));
    let last = decisions.last().unwrap();
    assert_eq!(last["Outcome"], "DENIED");
    assert!(last["Context"].to_string().contains("kms:ViaService"), "{last}");
}

#[tokio::test]
async fn a_denial_outlives_a_flood_of_what_was_allowed_and_not_the_day() {
    let world = World::new().await;
    let key = world.key(A, None).await;
    let user = world.user(A, "app", allow("kms:Encrypt")).await;
    let denied = world.kms(&user, "DescribeKey", json!({"KeyId": key})).await;
    let first = world.kms(&world.root(A), "DescribeKey", json!({"KeyId": key})).await;
    for _ in 0..100 {
        world.kms(&world.root(A), "DescribeKey", json!({"KeyId": key})).await.ok();
    }
    let gone = json!({"DecisionId": first.decision});
    world.call("ExplainDecision", gone).await.fails("DecisionNotFoundException", &first.decision);
    explain(&world, &world.root(A), &denied).await;
    world.clock.set(world.gate.now().plus_days(1));
    let gone = json!({"DecisionId": denied.decision});
    world.call("ExplainDecision", gone).await.fails("DecisionNotFoundException", &denied.decision);
}

/// Of what is allowed in a tenth of a second by the hundred, what is kept stays long enough to be asked about.
#[tokio::test]
async fn what_was_allowed_just_now_makes_no_room_for_a_flood_and_a_denial_is_kept_in_the_midst_of_it() {
    let world = World::new().await;
    let (key, root) = (world.key(A, None).await, world.root(A));
    let user = world.user(A, "app", allow("kms:Decrypt")).await;
    let encrypt = json!({"KeyId": key, "Plaintext": "aGk="});
    let at = |millis| world.clock.set(Timestamp::from_seconds(1_900_000_000).plus_millis(millis));
    at(0);
    let first = world.kms(&root, "Encrypt", encrypt.clone()).await;
    for _ in 0..64 {
        world.kms(&root, "Encrypt", encrypt.clone()).await.ok();
    }
    at(99);
    let early = world.kms(&root, "Encrypt", encrypt.clone()).await;
    let denied = world.kms(&user, "Encrypt", encrypt.clone()).await;
    denied.clone().fails("AccessDeniedException", "kms:Encrypt");
    explain(&world, &root, &first).await;
    let gone = json!({"DecisionId": early.decision});
    world.call("ExplainDecision", gone).await.fails("DecisionNotFoundException", &early.decision);
    let told = explain(&world, &root, &denied).await;
    assert_eq!(told["Decisions"][0]["Outcome"], "DENIED");
    at(100);
    let late = world.kms(&root, "Encrypt", encrypt).await;
    let told = explain(&world, &root, &late).await;
    assert_eq!(told["Decisions"][0]["Outcome"], "ALLOWED");
}

#[tokio::test]
async fn an_answer_of_every_service_names_its_decision_even_a_refused_one() {
    let world = World::new().await;
    let root = world.root(A);
    for (service, target) in [
        ("kms", "TrentService.ListKeys"),
        ("kms", "TrentService.DescribeKey"),
        ("ssm", "AmazonSSM.DescribeParameters"),
        ("secretsmanager", "secretsmanager.ListSecrets"),
        ("tagging", "ResourceGroupsTaggingAPI_20170126.GetTagKeys"),
        ("organizations", "AWSOrganizationsV20161128.DescribeOrganization"),
        ("gatekey", "Gatekey.ExplainDecision"),
    ] {
        let reply = world.send(&root, service, target, json!({})).await;
        assert_eq!(reply.decision.len(), 36, "{target}: {reply:?}");
    }
}
