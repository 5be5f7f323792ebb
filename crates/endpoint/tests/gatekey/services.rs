//! SimulateService: what AWS services would be told.

use crate::world::{A, B, World};
use serde_json::{Value, json};

/// The steps' actions and outcomes.
fn outcomes(answer: &Value) -> Vec<(String, bool)> {
    let steps = answer["Steps"].as_array().unwrap().iter().map(|step| &step["Decision"]);
    steps.map(|one| (one["Action"].as_str().unwrap().to_owned(), one["Outcome"] == "ALLOWED")).collect()
}

fn denied(answer: &Value) -> Vec<String> {
    outcomes(answer).into_iter().filter(|(_, allowed)| !allowed).map(|(action, _)| action).collect()
}

/// The account's statement and these.
fn policy(statements: &Value) -> Value {
    let mut all = vec![json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        "Action": "kms:*", "Resource": "*"})];
    all.extend(statements.as_array().unwrap().iter().cloned());
    all.into()
}

#[tokio::test]
async fn a_volume_is_attached_by_a_grant_that_is_used_and_retired_and_none_is_left() {
    let world = World::new().await;
    let key = world.key(A, None).await;
    let answer = world.call("SimulateService", json!({"Scenario": "ebs-attach", "KeyId": key})).await.ok();
    assert_eq!(answer["Allowed"], true, "{answer:#}");
    let actions: Vec<String> = outcomes(&answer).into_iter().map(|(action, _)| action).collect();
    let wanted = ["kms:GenerateDataKeyWithoutPlaintext", "kms:CreateGrant", "kms:Decrypt", "kms:RetireGrant"];
    assert_eq!(actions, wanted);
    let opened = &answer["Steps"][2]["Decision"];
    assert_eq!(opened["DecidedBy"], "grant");
    assert_eq!(
        opened["Principal"],
        "arn:aws:sts::111122223333:assumed-role/aws:ec2-infrastructure/i-0123456789abcdef0"
    );
    let grants = world.kms(&world.root(A), "ListGrants", json!({"KeyId": key})).await.ok();
    assert_eq!(grants["Grants"], json!([]));
}

#[tokio::test]
async fn a_user_who_may_grant_for_aws_resources_only_can_attach_and_cannot_grant() {
    let world = World::new().await;
    let key = world.key(A, None).await;
    let rights = json!([
        {"Effect": "Allow", "Action": "kms:GenerateDataKeyWithoutPlaintext", "Resource": "*"},
        {"Effect": "Allow", "Action": "kms:CreateGrant", "Resource": "*",
         "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"},
                       "StringEquals": {"kms:ViaService": "ec2.us-east-1.amazonaws.com"}}}]);
    let user = world.user(A, "builder", rights).await;
    let ask = json!({"Scenario": "ebs-attach", "KeyId": key, "Principal": "arn:aws:iam::111122223333:user/builder"});
    let answer = world.call("SimulateService", ask).await.ok();
    assert_eq!(answer["Allowed"], true, "{answer:#}");
    let grant = json!({"KeyId": key, "GranteePrincipal": "arn:aws:iam::111122223333:user/builder",
        "Operations": ["Decrypt"]});
    world.kms(&user, "CreateGrant", grant).await.fails("AccessDeniedException", "kms:CreateGrant");
}

#[tokio::test]
async fn whoever_lacks_a_right_is_denied_that_step_alone_with_what_would_allow_it() {
    let world = World::new().await;
    let key = world.key(A, None).await;
    let rights = json!([{"Effect": "Allow", "Action": "kms:GenerateDataKey*", "Resource": "*"}]);
    world.user(A, "builder", rights).await;
    let ask = json!({"Scenario": "ebs-attach", "KeyId": key, "Principal": "arn:aws:iam::111122223333:user/builder"});
    let answer = world.call("SimulateService", ask).await.ok();
    assert_eq!(answer["Allowed"], false);
    assert_eq!(denied(&answer), ["kms:CreateGrant"]);
    assert!(!answer["Steps"][1]["Decision"]["Fixes"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn a_service_is_let_in_by_the_key_policy_for_the_resource_that_this_names() {
    let world = World::new().await;
    let statement = json!([{"Effect": "Allow", "Principal": {"Service": "logs.us-east-1.amazonaws.com"},
        "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"], "Resource": "*",
        "Condition": {"ArnLike":
            {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:us-east-1:111122223333:log-group:orders"}}}]);
    let bare = world.key(A, None).await;
    let key = world.key(A, Some(policy(&statement))).await;
    let ask = async |key: &str, group: &str| {
        let resource = format!("arn:aws:logs:us-east-1:111122223333:log-group:{group}");
        let question = json!({"Scenario": "logs", "KeyId": key, "Resource": resource});
        denied(&world.call("SimulateService", question).await.ok())
    };
    // DescribeKey carries no encryption context, so a statement that wants one does not let it.
    assert_eq!(ask(&key, "orders").await, ["kms:DescribeKey"]);
    let all = ["kms:DescribeKey", "kms:GenerateDataKey", "kms:Decrypt"];
    assert_eq!(ask(&key, "other").await, all);
    assert_eq!(ask(&bare, "orders").await, all);
}

#[tokio::test]
async fn a_topic_reaches_an_encrypted_queue_only_from_the_account_that_the_policy_names() {
    let world = World::new().await;
    let of = |account: &str| {
        policy(&json!([{"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"},
            "Action": ["kms:GenerateDataKey*", "kms:Decrypt"], "Resource": "*",
            "Condition": {"StringEquals": {"aws:SourceAccount": account}}}]))
    };
    for (account, allowed) in [("111122223333", true), ("444455556666", false)] {
        let key = world.key(A, Some(of(account))).await;
        let question = json!({"Scenario": "sns-sqs", "KeyId": key});
        let answer = world.call("SimulateService", question).await.ok();
        assert_eq!(answer["Allowed"], allowed, "{account}");
    }
}

#[tokio::test]
async fn objects_need_the_rights_of_whoever_comes_through_s3() {
    let world = World::new().await;
    let key = world.key(A, None).await;
    let through = |service: &str| {
        json!([{"Effect": "Allow", "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": "*",
            "Condition": {"StringEquals": {"kms:ViaService": service}}}])
    };
    world.user(A, "writer", through("s3.us-east-1.amazonaws.com")).await;
    world.user(A, "other", through("sqs.us-east-1.amazonaws.com")).await;
    let ask = async |name: &str| {
        let user = format!("arn:aws:iam::111122223333:user/{name}");
        let question = json!({"Scenario": "s3", "KeyId": key, "Principal": user});
        denied(&world.call("SimulateService", question).await.ok())
    };
    assert!(ask("writer").await.is_empty());
    assert_eq!(ask("other").await, ["kms:GenerateDataKey", "kms:Decrypt"]);
}

#[tokio::test]
async fn a_bucket_reaches_an_encrypted_queue_only_if_the_key_policy_lets_it_for_its_account() {
    let world = World::new().await;
    let statement = json!([{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Resource": "*",
        "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
        "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"},
                      "ArnLike": {"aws:SourceArn": "arn:aws:s3:::orders"}}}]);
    let (bare, key) = (world.key(A, None).await, world.key(A, Some(policy(&statement))).await);
    let ask = async |key: &str, bucket: &str| {
        let resource = format!("arn:aws:s3:::{bucket}");
        let question = json!({"Scenario": "s3-events", "KeyId": key, "Resource": resource});
        denied(&world.call("SimulateService", question).await.ok())
    };
    assert!(ask(&key, "orders").await.is_empty());
    let all = ["kms:GenerateDataKey", "kms:Decrypt"];
    assert_eq!(ask(&key, "other").await, all);
    assert_eq!(ask(&bare, "orders").await, all);
}

#[tokio::test]
async fn a_trail_is_let_in_as_itself_and_its_reader_through_s3() {
    let world = World::new().await;
    let trail = "arn:aws:cloudtrail:us-east-1:111122223333:trail/all";
    let statements = json!([
        {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Resource": "*",
         "Action": "kms:DescribeKey"},
        {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Resource": "*",
         "Action": "kms:GenerateDataKey*",
         "Condition": {"StringEquals": {"aws:SourceArn": trail},
             "StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": "arn:aws:cloudtrail:*:111122223333:trail/*"}}}]);
    let key = world.key(A, Some(policy(&statements))).await;
    let rights = json!([{"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"}]);
    world.user(A, "stranger", rights).await;
    let question = json!({"Scenario": "cloudtrail", "KeyId": key, "Resource": trail});
    assert_eq!(world.call("SimulateService", question.clone()).await.ok()["Allowed"], true);
    let mut by = question.clone();
    by["Principal"] = "arn:aws:iam::111122223333:user/stranger".into();
    assert_eq!(denied(&world.call("SimulateService", by).await.ok()), ["kms:Decrypt"]);
    let mut other = question;
    other["Resource"] = "arn:aws:cloudtrail:us-east-1:111122223333:trail/other".into();
    assert_eq!(denied(&world.call("SimulateService", other).await.ok()), ["kms:GenerateDataKey"]);
}

#[tokio::test]
async fn auto_scaling_needs_its_linked_role_and_the_key_policy_must_let_that() {
    let world = World::new().await;
    let key = world.key(A, None).await;
    let question = json!({"Scenario": "autoscaling", "KeyId": key});
    let missing = world.call("SimulateService", question.clone()).await;
    missing.fails(
        "NotFoundException",
        "create-service-linked-role --aws-service-name autoscaling.amazonaws.com",
    );
    world.linked_role(A, "AWSServiceRoleForAutoScaling", "autoscaling.amazonaws.com").await;
    let answer = world.call("SimulateService", question.clone()).await.ok();
    assert_eq!(denied(&answer), ["kms:GenerateDataKeyWithoutPlaintext", "kms:CreateGrant"]);
    let role = "arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling";
    let statements = policy(&json!([
        {"Effect": "Allow", "Principal": {"AWS": role}, "Resource": "*",
         "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]},
        {"Effect": "Allow", "Principal": {"AWS": role}, "Resource": "*", "Action": "kms:CreateGrant",
         "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}}}]));
    let statements = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    let put = json!({"KeyId": key, "PolicyName": "default", "Policy": statements});
    world.kms(&world.root(A), "PutKeyPolicy", put).await.ok();
    assert_eq!(world.call("SimulateService", question).await.ok()["Allowed"], true);
}

#[tokio::test]
async fn bad_questions_are_named_and_whoever_may_not_ask_learns_nothing() {
    let world = World::new().await;
    let key = world.key(A, None).await;
    let theirs = world.key(B, None).await;
    let ask = |scenario: &str, key: &str| json!({"Scenario": scenario, "KeyId": key});
    world
        .call("SimulateService", ask("lambda", &key))
        .await
        .fails("InvalidQuestionException", "ebs-attach, autoscaling");
    world.call("SimulateService", ask("logs", "alias/none")).await.fails("NotFoundException", "alias/none");
    world.call("SimulateService", ask("logs", &theirs)).await.fails("NotFoundException", "no key");
    world.kms(&world.root(A), "DisableKey", json!({"KeyId": key})).await.ok();
    world.call("SimulateService", ask("logs", &key)).await.fails("InvalidQuestionException", "disabled");
    let rights = json!([{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]);
    let curious = world.user(A, "curious", rights).await;
    for asked in [key.as_str(), "alias/none"] {
        let reply = world.by(&curious, "SimulateService", ask("logs", asked)).await;
        reply.fails("AccessDeniedException", "gatekey:SimulateService");
    }
}
