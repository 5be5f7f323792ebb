//! Versions and their staging labels.

use crate::world::{World, token};
use serde_json::{Value, json};

async fn put(world: &World, text: &str, n: usize, stages: Value) -> Value {
    let mut input = json!({"SecretId": "s", "SecretString": text, "ClientRequestToken": token(n)});
    if !stages.is_null() {
        input["VersionStages"] = stages;
    }
    world.call("PutSecretValue", input).await.ok()
}

async fn read(world: &World, more: Value) -> Result<String, String> {
    let mut input = json!({"SecretId": "s"});
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let reply = world.call("GetSecretValue", input).await;
    match reply.body["SecretString"].as_str() {
        Some(text) => Ok(text.to_owned()),
        None => Err(format!("{}: {}", reply.code(), reply.message())),
    }
}

#[tokio::test]
async fn each_version_is_read_by_its_label_or_its_id() {
    let world = World::new().await;
    world.secret("s", "zero").await;
    put(&world, "one", 1, Value::Null).await;
    let pending = put(&world, "two", 2, json!(["AWSPENDING", "mine"])).await;
    assert_eq!(pending["VersionStages"], json!(["AWSPENDING", "mine"]));
    for (more, expected) in [
        (json!({}), Ok("one")),
        (json!({"VersionStage": "AWSPREVIOUS"}), Ok("zero")),
        (json!({"VersionStage": "mine"}), Ok("two")),
        (json!({"VersionId": token(0)}), Ok("zero")),
        (json!({"VersionId": token(2), "VersionStage": "mine"}), Ok("two")),
        (
            json!({"VersionId": token(2), "VersionStage": "AWSCURRENT"}),
            Err(
                "InvalidRequestException: You provided a VersionStage that is not associated to the provided VersionId.",
            ),
        ),
        (
            json!({"VersionStage": "none"}),
            Err(
                "ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: none",
            ),
        ),
    ] {
        let expected = expected.map(str::to_owned).map_err(str::to_owned);
        assert_eq!(read(&world, more.clone()).await, expected, "{more}");
    }
    let missing = read(&world, json!({"VersionId": token(5)})).await.unwrap_err();
    assert!(missing.contains("can't find the specified secret value for VersionId"), "{missing}");
}

#[tokio::test]
async fn the_same_request_twice_changes_nothing_and_a_version_never_changes() {
    let world = World::new().await;
    let create = json!({"Name": "s", "SecretString": "zero", "ClientRequestToken": token(0)});
    let first = world.call("CreateSecret", create.clone()).await.ok();
    assert_eq!(world.call("CreateSecret", create).await.ok(), first);
    put(&world, "one", 1, Value::Null).await;
    let again = put(&world, "one", 1, Value::Null).await;
    assert_eq!(again["VersionStages"], json!(["AWSCURRENT"]));
    for (operation, text) in [("PutSecretValue", "other"), ("UpdateSecret", "other")] {
        let input = json!({"SecretId": "s", "SecretString": text, "ClientRequestToken": token(1)});
        let arn = first["ARN"].as_str().unwrap();
        let expected = format!(
            "You can't use ClientRequestToken {} because that value is already in use for a version of secret {arn}.",
            token(1)
        );
        world.call(operation, input).await.fails("ResourceExistsException", &expected);
    }
    assert_eq!(world.records("secret-values").await, 2);
}

#[tokio::test]
async fn labels_are_moved_and_a_rollback_reads_the_old_value() {
    let world = World::new().await;
    world.secret("s", "zero").await;
    put(&world, "one", 1, Value::Null).await;
    let unnamed = json!({"SecretId": "s", "VersionStage": "AWSCURRENT", "MoveToVersionId": token(0)});
    let reply = world.call("UpdateSecretVersionStage", unnamed.clone()).await;
    reply.fails("InvalidParameterException", &format!("currently attached to version {}", token(1)));
    let mut named = unnamed;
    named["RemoveFromVersionId"] = token(1).into();
    world.call("UpdateSecretVersionStage", named).await.ok();
    assert_eq!(world.read("s").await, "zero");
    assert_eq!(read(&world, json!({"VersionStage": "AWSPREVIOUS"})).await.unwrap(), "one");
    let away = json!({"SecretId": "s", "VersionStage": "AWSPREVIOUS", "RemoveFromVersionId": token(1)});
    world.call("UpdateSecretVersionStage", away).await.ok();
    let listed = |outdated: bool| json!({"SecretId": "s", "IncludeDeprecated": outdated});
    let few = world.call("ListSecretVersionIds", listed(false)).await.ok();
    assert_eq!(few["Versions"].as_array().unwrap().len(), 1);
    let all = world.call("ListSecretVersionIds", listed(true)).await.ok();
    assert_eq!(all["Versions"].as_array().unwrap().len(), 2);
    assert_eq!(all["Versions"][0]["KmsKeyIds"], json!(["DefaultEncryptionKey"]));
}

#[tokio::test]
async fn another_key_encrypts_what_is_in_use_anew_and_old_versions_stay_under_theirs() {
    let world = World::new().await;
    let (old, new) = (world.key().await, world.key().await);
    let input = json!({"Name": "s", "SecretString": "zero", "KmsKeyId": old, "ClientRequestToken": token(0)});
    world.call("CreateSecret", input).await.ok();
    for n in 1..4 {
        put(&world, &format!("v{n}"), n, Value::Null).await;
    }
    world.call("UpdateSecret", json!({"SecretId": "s", "KmsKeyId": new})).await.ok();
    assert_eq!(world.records("secret-values").await, 4);
    let told = world.call("DescribeSecret", json!({"SecretId": "s"})).await.ok();
    assert_eq!(told["KmsKeyId"], json!(new));
    world.kms("DisableKey", json!({"KeyId": old})).await.ok();
    assert_eq!(world.read("s").await, "v3");
    assert_eq!(read(&world, json!({"VersionStage": "AWSPREVIOUS"})).await.unwrap(), "v2");
    let stale = read(&world, json!({"VersionId": token(0)})).await.unwrap_err();
    assert!(stale.starts_with("DecryptionFailure: Secrets Manager can't decrypt"), "{stale}");
    world.kms("DisableKey", json!({"KeyId": new})).await.ok();
    let input = json!({"SecretId": "s", "SecretString": "x", "ClientRequestToken": token(9)});
    world.call("PutSecretValue", input).await.fails("EncryptionFailure", "can't encrypt");
    world.restarts().await;
}

#[tokio::test]
async fn outdated_versions_go_when_there_are_more_than_a_hundred() {
    let world = World::new().await;
    world.secret("s", "zero").await;
    for n in 1..100 {
        put(&world, &n.to_string(), n, Value::Null).await;
    }
    let input = json!({"SecretId": "s", "SecretString": "x", "ClientRequestToken": token(100)});
    world.call("PutSecretValue", input.clone()).await.fails("LimitExceededException", "quota");
    world.pass_days(2);
    world.call("PutSecretValue", input).await.ok();
    assert_eq!(world.records("secret-values").await, 100);
    assert!(read(&world, json!({"VersionId": token(0)})).await.is_err());
    world.restarts().await;
}
