//! Who may do what: identity policies, resource policies, other accounts, and the rights on the KMS key.

use crate::world::{A, B, World, policy, token};
use serde_json::{Value, json};

const GET: &str = "secretsmanager:GetSecretValue";

fn allow(actions: Value, resource: &str) -> Value {
    json!([{"Effect": "Allow", "Action": actions, "Resource": resource}])
}

#[tokio::test]
async fn nobody_is_told_whether_a_secret_exists_without_the_right_to_it() {
    let world = World::new().await;
    world.secret("s", "hush").await;
    let nobody = world.user(A, "nobody", allow(json!("sts:*"), "*")).await;
    for name in ["s", "none"] {
        let reply = world.by(&nobody, "GetSecretValue", json!({"SecretId": name})).await;
        let text = format!(
            "User: arn:aws:iam::{A}:user/nobody is not authorized to perform: {GET} on resource: {name} because no \
             identity-based policy allows the {GET} action"
        );
        reply.fails("AccessDeniedException", &text);
    }
    let other = world.root(B);
    for end in ["s", "none"] {
        let arn = format!("arn:aws:secretsmanager:us-east-1:{A}:secret:{end}");
        let reply = world.by(&other, "GetSecretValue", json!({"SecretId": arn})).await;
        reply.fails("AccessDeniedException", "no resource-based policies allow access");
    }
}

#[tokio::test]
async fn a_right_to_names_with_six_characters_more_matches_the_arn() {
    let world = World::new().await;
    world.secret("app", "hush").await;
    let arn = format!("arn:aws:secretsmanager:us-east-1:{A}:secret:app-??????");
    let reader = world.user(A, "reader", allow(json!(GET), &arn)).await;
    assert_eq!(world.by(&reader, "GetSecretValue", json!({"SecretId": "app"})).await.code(), "ok");
    let other = world.by(&reader, "GetSecretValue", json!({"SecretId": "app2"})).await;
    other.fails("AccessDeniedException", "");
}

#[tokio::test]
async fn under_a_customer_managed_key_the_reader_needs_kms_decrypt_and_under_the_default_one_not() {
    let world = World::new().await;
    let key = world.key().await;
    let input = json!({"Name": "own", "SecretString": "x", "KmsKeyId": key, "ClientRequestToken": token(1)});
    world.call("CreateSecret", input).await.ok();
    world.secret("default", "x").await;
    let all = allow(json!("secretsmanager:*"), "*");
    let keyless = world.user(A, "keyless", all.clone()).await;
    assert_eq!(world.by(&keyless, "GetSecretValue", json!({"SecretId": "default"})).await.code(), "ok");
    let put = |name: &str, n| json!({"SecretId": name, "SecretString": "y", "ClientRequestToken": token(n)});
    assert_eq!(world.by(&keyless, "PutSecretValue", put("default", 5)).await.code(), "ok");
    let denied = "Access to KMS is not allowed";
    let read = world.by(&keyless, "GetSecretValue", json!({"SecretId": "own"})).await;
    assert_eq!((read.code(), read.message()), ("AccessDeniedException", denied));
    let written = world.by(&keyless, "PutSecretValue", put("own", 6)).await;
    assert_eq!((written.code(), written.message()), ("AccessDeniedException", denied));
    let via = json!([
        {"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key, "Condition": {"StringEquals": {
            "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com",
            "kms:EncryptionContext:SecretVersionId": token(1)}}},
    ]);
    let reader = world.user(A, "reader", via).await;
    assert_eq!(world.by(&reader, "GetSecretValue", json!({"SecretId": "own"})).await.code(), "ok");
    let reply = world.by(&reader, "PutSecretValue", put("own", 7)).await;
    assert_eq!(reply.message(), denied, "to write it takes kms:GenerateDataKey");
}

#[tokio::test]
async fn the_default_key_is_made_on_first_use_even_for_whoever_has_no_right_to_kms() {
    let world = World::new().await;
    let maker = world.user(A, "maker", allow(json!("secretsmanager:*"), "*")).await;
    let input = json!({"Name": "first", "SecretString": "x", "ClientRequestToken": token(1)});
    let reply = world.by(&maker, "CreateSecret", input).await;
    if reply.code() != "ok" {
        // The key policy of the key to be made decides: through the service everybody of the account may.
        panic!("{}", reply.body);
    }
    let key = world.kms("DescribeKey", json!({"KeyId": "alias/aws/secretsmanager"})).await.ok();
    assert_eq!(key["KeyMetadata"]["KeyManager"], "AWS");
}

#[tokio::test]
async fn another_account_reads_with_both_sides_and_the_key_and_never_under_the_default_key() {
    let world = World::new().await;
    let key = world.key().await;
    let input =
        json!({"Name": "shared", "SecretString": "x", "KmsKeyId": key, "ClientRequestToken": token(1)});
    let arn = world.call("CreateSecret", input).await.ok()["ARN"].clone();
    let default = world.secret("default", "x").await["ARN"].clone();
    let may = json!([{"Effect": "Allow", "Principal": {"AWS": B}, "Action": GET, "Resource": "*"}]);
    for name in ["shared", "default"] {
        let input = json!({"SecretId": name, "ResourcePolicy": policy(may.clone())});
        world.call("PutResourcePolicy", input).await.ok();
    }
    let get = |id: &Value| json!({"SecretId": id});
    let reader = world.user(B, "reader", allow(json!(GET), "*")).await;
    let outsider = world.user(B, "outsider", allow(json!("kms:*"), "*")).await;
    let reply = world.by(&reader, "GetSecretValue", get(&arn)).await;
    assert_eq!((reply.code(), reply.message()), ("AccessDeniedException", "Access to KMS is not allowed"));
    world.by(&outsider, "GetSecretValue", get(&arn)).await.fails("AccessDeniedException", "identity-based");
    let statements = json!([
        {"Effect": "Allow", "Principal": {"AWS": A}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": B}, "Action": "kms:Decrypt", "Resource": "*"},
    ]);
    world.kms("PutKeyPolicy", json!({"KeyId": key, "Policy": policy(statements)})).await.ok();
    world.by(&reader, "GetSecretValue", get(&arn)).await.fails("AccessDeniedException", "KMS is not allowed");
    let both = world.user(B, "both", allow(json!([GET, "kms:Decrypt"]), "*")).await;
    assert_eq!(world.by(&both, "GetSecretValue", get(&arn)).await.ok()["SecretString"], "x");
    let reply = world.by(&both, "GetSecretValue", get(&default)).await;
    reply.fails("InvalidRequestException", "if you encrypt the secret with the default KMS service key");
    world.call("DeleteResourcePolicy", json!({"SecretId": "shared"})).await.ok();
    world
        .by(&both, "GetSecretValue", get(&arn))
        .await
        .fails("AccessDeniedException", "no resource-based policies allow");
}

#[tokio::test]
async fn a_key_without_an_arn_is_the_secrets_owners_in_conditions_whoever_asks() {
    let world = World::new().await;
    let key = world.key().await;
    let arn = world.secret("s", "x").await["ARN"].clone();
    let id = key.rsplit_once('/').unwrap().1;
    let update = "secretsmanager:UpdateSecret";
    for (named, told) in [(id, key.clone()), ("alias/own", format!("arn:aws:kms:us-east-1:{A}:alias/own"))] {
        let statements = json!([
            {"Effect": "Allow", "Principal": {"AWS": B}, "Action": update, "Resource": "*"},
            {"Effect": "Deny", "Principal": "*", "Action": update, "Resource": "*",
                "Condition": {"StringEquals": {"secretsmanager:KmsKeyArn": told}}},
        ]);
        let input = json!({"SecretId": "s", "ResourcePolicy": policy(statements)});
        world.call("PutResourcePolicy", input).await.ok();
        for who in [world.root(A), world.root(B)] {
            let reply = world.by(&who, "UpdateSecret", json!({"SecretId": arn, "KmsKeyId": named})).await;
            reply.fails("AccessDeniedException", "is not authorized to perform: secretsmanager:UpdateSecret");
        }
        let other = json!({"SecretId": arn, "Description": "changed"});
        world.by(&world.root(B), "UpdateSecret", other).await.ok();
    }
}

#[tokio::test]
async fn conditions_see_names_labels_tags_and_what_the_request_asks() {
    let world = World::new().await;
    let statements = json!([
        {"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "secretsmanager:CreateSecret", "Resource": "*",
            "Condition": {"StringLike": {"secretsmanager:Name": "forbidden*"}}},
        {"Effect": "Deny", "Action": "secretsmanager:CreateSecret", "Resource": "*",
            "Condition": {"StringEquals": {"aws:RequestTag/team": "red"}}},
        {"Effect": "Deny", "Action": "secretsmanager:GetSecretValue", "Resource": "*",
            "Condition": {"StringEquals": {"secretsmanager:VersionStage": "AWSPREVIOUS"}}},
        {"Effect": "Deny", "Action": "secretsmanager:GetSecretValue", "Resource": "*",
            "Condition": {"StringEquals": {"secretsmanager:ResourceTag/team": "blue"}}},
        {"Effect": "Deny", "Action": "secretsmanager:DeleteSecret", "Resource": "*",
            "Condition": {"Bool": {"secretsmanager:ForceDeleteWithoutRecovery": "true"}}},
        {"Effect": "Deny", "Action": "secretsmanager:DeleteSecret", "Resource": "*",
            "Condition": {"NumericLessThan": {"secretsmanager:RecoveryWindowInDays": "10"}}},
        {"Effect": "Deny", "Action": "secretsmanager:PutResourcePolicy", "Resource": "*",
            "Condition": {"Null": {"secretsmanager:BlockPublicPolicy": "true"}}},
        {"Effect": "Deny", "Action": "secretsmanager:DescribeSecret", "Resource": "*",
            "Condition": {"StringEquals": {"aws:ResourceTag/team": "blue"}}},
        {"Effect": "Deny", "Action": "secretsmanager:RestoreSecret", "Resource": "*",
            "Condition": {"StringEquals": {"secretsmanager:SecretId": "s"}}},
    ]);
    let user = world.user(A, "u", statements).await;
    let denied = async |operation: &str, input: Value| {
        let reply = world.by(&user, operation, input.clone()).await;
        reply.fails("AccessDeniedException", "with an explicit deny in an identity-based policy");
    };
    let create = |name: &str, tag: &str| {
        json!({"Name": name, "SecretString": "x", "ClientRequestToken": token(1),
        "Tags": [{"Key": "team", "Value": tag}]})
    };
    denied("CreateSecret", create("forbidden-1", "green")).await;
    denied("CreateSecret", create("s", "red")).await;
    world.by(&user, "CreateSecret", create("s", "green")).await.ok();
    denied("GetSecretValue", json!({"SecretId": "s", "VersionStage": "AWSPREVIOUS"})).await;
    world.by(&user, "GetSecretValue", json!({"SecretId": "s"})).await.ok();
    denied("RestoreSecret", json!({"SecretId": "s"})).await;
    denied("DeleteSecret", json!({"SecretId": "s", "ForceDeleteWithoutRecovery": true})).await;
    denied("DeleteSecret", json!({"SecretId": "s", "RecoveryWindowInDays": 7})).await;
    let own = json!([{"Effect": "Allow", "Principal": {"AWS": A}, "Action": GET, "Resource": "*"}]);
    denied("PutResourcePolicy", json!({"SecretId": "s", "ResourcePolicy": policy(own)})).await;
    world
        .call("TagResource", json!({"SecretId": "s", "Tags": [{"Key": "team", "Value": "blue"}]}))
        .await
        .ok();
    denied("GetSecretValue", json!({"SecretId": "s"})).await;
    denied("DescribeSecret", json!({"SecretId": "s"})).await;
    world.call("UntagResource", json!({"SecretId": "s", "TagKeys": ["team", "none"]})).await.ok();
    world.by(&user, "DescribeSecret", json!({"SecretId": "s"})).await.ok();
}

#[tokio::test]
async fn tags_that_differ_in_case_evade_no_deny() {
    let world = World::new().await;
    world.secret("s", "x").await;
    let denies = |key: &str| {
        json!([
            {"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"},
            {"Effect": "Deny", "Action": GET, "Resource": "*", "Condition": {"StringEquals": {key: "blue"}}},
        ])
    };
    let tags = json!([{"Key": "Team", "Value": "blue"}, {"Key": "team", "Value": "red"}]);
    world.call("TagResource", json!({"SecretId": "s", "Tags": tags})).await.ok();
    for (name, key) in [("a", "secretsmanager:ResourceTag/Team"), ("b", "aws:ResourceTag/team")] {
        let user = world.user(A, name, denies(key)).await;
        let reply = world.by(&user, "GetSecretValue", json!({"SecretId": "s"})).await;
        reply.fails("AccessDeniedException", "with an explicit deny");
    }
}

#[tokio::test]
async fn a_tag_on_a_new_secret_needs_the_right_to_tag() {
    let world = World::new().await;
    let maker = world.user(A, "maker", allow(json!("secretsmanager:CreateSecret"), "*")).await;
    let input =
        |tags: Value| json!({"Name": "t", "SecretString": "x", "ClientRequestToken": token(1), "Tags": tags});
    let reply = world.by(&maker, "CreateSecret", input(json!([{"Key": "a", "Value": "b"}]))).await;
    reply.fails("AccessDeniedException", "secretsmanager:TagResource");
    world.by(&maker, "CreateSecret", input(json!([]))).await.ok();
}

#[tokio::test]
async fn policies_are_put_shown_checked_and_taken_away() {
    let world = World::new().await;
    world.secret("s", "x").await;
    let put = |text: &str, block: bool| json!({"SecretId": "s", "ResourcePolicy": text, "BlockPublicPolicy": block});
    let public = policy(json!([{"Effect": "Allow", "Principal": "*", "Action": GET, "Resource": "*"}]));
    world.call("PutResourcePolicy", put(&public, true)).await.fails("PublicPolicyException", "broad access");
    world.call("PutResourcePolicy", put(&public, false)).await.ok();
    let shown = world.call("GetResourcePolicy", json!({"SecretId": "s"})).await.ok();
    assert_eq!(shown["ResourcePolicy"], json!(public));
    world
        .call("PutResourcePolicy", put("{", false))
        .await
        .fails("MalformedPolicyDocumentException", "invalid Json");
    let nobody =
        policy(json!([{"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{A}:user/none")},
        "Action": GET, "Resource": "*"}]));
    let reply = world.call("PutResourcePolicy", put(&nobody, false)).await;
    reply
        .fails("MalformedPolicyDocumentException", "This resource policy contains an unsupported principal.");
    let lockout =
        policy(json!([{"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*"}]));
    for (text, failed) in [(&public, "PUBLIC_POLICY"), (&lockout, "LOCKOUT"), (&nobody, "SYNTAX")] {
        let input = json!({"SecretId": "s", "ResourcePolicy": text});
        let told = world.call("ValidateResourcePolicy", input).await.ok();
        assert_eq!(told["PolicyValidationPassed"], false);
        assert_eq!(told["ValidationErrors"][0]["CheckName"], failed);
    }
    let sound = policy(json!([{"Effect": "Allow", "Principal": {"AWS": B}, "Action": GET, "Resource": "*"}]));
    let told = world.call("ValidateResourcePolicy", json!({"ResourcePolicy": sound})).await.ok();
    assert_eq!(told, json!({"PolicyValidationPassed": true, "ValidationErrors": []}));
    world.call("DeleteResourcePolicy", json!({"SecretId": "s"})).await.ok();
    let shown = world.call("GetResourcePolicy", json!({"SecretId": "s"})).await.ok();
    assert!(shown.get("ResourcePolicy").is_none());
    let named = json!({"SecretId": "s", "PolicyName": "other", "ResourcePolicy": sound});
    world.call("PutResourcePolicy", named).await.fails("InvalidParameterException", "policy name");
}
