//! Secrets Manager through the endpoint, in one process.
#![cfg(test)]

#[path = "../common/asked.rs"]
mod asked;
#[path = "../common/root_key.rs"]
mod root_key;
#[path = "../common/server.rs"]
mod server;

mod deletion;
mod listing;
mod replication;
mod rights;
mod rotation;
mod versions;
mod world;

use serde_json::json;
use world::{World, token};

/// What no event may hold.
const CANARY: &str = "canary-7f3a9b2c";

#[tokio::test]
async fn a_secret_is_made_read_and_told_of_by_name_arn_and_partial_arn() {
    let world = World::new().await;
    let made = world.secret("prod/db", "hush").await;
    let arn = made["ARN"].as_str().unwrap();
    let (partial, suffix) = arn.rsplit_once('-').unwrap();
    assert_eq!(partial, "arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/db");
    assert!(suffix.len() == 6 && suffix.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    for id in ["prod/db", arn, partial] {
        let read = world.call("GetSecretValue", json!({"SecretId": id})).await.ok();
        assert_eq!(read["SecretString"], "hush");
        assert_eq!((&read["ARN"], &read["Name"]), (&made["ARN"], &json!("prod/db")));
        assert_eq!((&read["VersionId"], &read["VersionStages"]), (&json!(token(0)), &json!(["AWSCURRENT"])));
    }
    let told = world.call("DescribeSecret", json!({"SecretId": arn})).await.ok();
    assert_eq!(told["VersionIdsToStages"], json!({token(0): ["AWSCURRENT"]}));
    assert_eq!(told["LastAccessedDate"], json!(1_799_971_200.0), "the day of the read");
    assert!(told.get("KmsKeyId").is_none());
    world.restarts().await;
}

#[tokio::test]
async fn bytes_come_back_as_bytes_and_values_of_any_length_up_to_64_kib() {
    let world = World::new().await;
    let input = json!({"Name": "b", "SecretBinary": "AAEC", "ClientRequestToken": token(1)});
    world.call("CreateSecret", input).await.ok();
    let read = world.call("GetSecretValue", json!({"SecretId": "b"})).await.ok();
    assert_eq!(read["SecretBinary"], "AAEC");
    assert!(read.get("SecretString").is_none());
    let longest = "x".repeat(65_536);
    let put = |text: &str, n| json!({"SecretId": "b", "SecretString": text, "ClientRequestToken": token(n)});
    world.call("PutSecretValue", put(&longest, 2)).await.ok();
    assert_eq!(world.read("b").await, longest);
    let longer = world.call("PutSecretValue", put(&format!("{longest}x"), 3)).await;
    longer.fails("ValidationException", "length less than or equal to 65536");
    let wide = world.call("PutSecretValue", put(&"ä".repeat(40_000), 3)).await;
    wide.fails("InvalidParameterException", "65536 bytes");
    world.restarts().await;
}

#[tokio::test]
async fn bad_requests_are_refused_in_awss_words() {
    let world = World::new().await;
    world.secret("taken", "a").await;
    let create = |more: serde_json::Value| {
        let mut input = json!({"Name": "new", "SecretString": "s", "ClientRequestToken": token(9)});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let long = "a".repeat(513);
    let cases = [
        (create(json!({"Name": "a b"})), "InvalidParameterException", "Invalid name. Must be a valid name"),
        (create(json!({"Name": long})), "ValidationException", "length less than or equal to 512"),
        (
            create(json!({"ClientRequestToken": "short"})),
            "ValidationException",
            "greater than or equal to 32",
        ),
        (
            create(json!({"SecretBinary": "AA=="})),
            "InvalidParameterException",
            "both a binary secret value and",
        ),
        (
            create(json!({"Name": "taken"})),
            "ResourceExistsException",
            "because the secret taken already exists.",
        ),
        (
            create(json!({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]})),
            "InvalidParameterException",
            "same tag key twice",
        ),
        (create(json!({"Tags": [{"Key": "AWS:a", "Value": ""}]})), "InvalidParameterException", "reserved"),
        (
            create(json!({"KmsKeyId": "alias/none"})),
            "EncryptionFailure",
            "can't encrypt the protected secret text",
        ),
        (create(json!({"Type": "x"})), "UnsupportedOperationException", "not served"),
    ];
    for (input, code, text) in cases {
        world.call("CreateSecret", input).await.fails(code, text);
    }
    let none = json!({"Name": "new", "SecretString": "s"});
    world.call("CreateSecret", none).await.fails("InvalidParameterException", "ClientRequestToken value");
    for operation in
        ["GetSecretValue", "DescribeSecret", "DeleteSecret", "RestoreSecret", "GetResourcePolicy"]
    {
        let reply = world.call(operation, json!({"SecretId": "none"})).await;
        reply.fails("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
    }
    let wrong = json!({"SecretId": "arn:aws:kms:us-east-1:111122223333:key/a"});
    world.call("GetSecretValue", wrong).await.fails("InvalidParameterException", "name or the ARN");
    let empty = json!({"SecretId": "taken", "ClientRequestToken": token(9)});
    world.call("PutSecretValue", empty).await.fails("InvalidParameterException", "either SecretString or");
}

#[tokio::test]
async fn kms_is_asked_with_the_version_in_the_context_and_events_of_its_own() {
    let world = World::new().await;
    let key = world.key().await;
    let before = world.events.all().len();
    let input = json!({"Name": "k", "SecretString": CANARY, "KmsKeyId": key, "ClientRequestToken": token(1)});
    let arn = world.call("CreateSecret", input).await.ok()["ARN"].clone();
    world.call("GetSecretValue", json!({"SecretId": "k"})).await.ok();
    let events: Vec<_> = world.events.all().into_iter().skip(before).collect();
    let of_kms: Vec<_> = events.iter().filter(|event| event["eventSource"] == "kms.amazonaws.com").collect();
    let names: Vec<_> = of_kms.iter().map(|event| event["eventName"].as_str().unwrap()).collect();
    assert_eq!(names, ["GenerateDataKey", "Decrypt", "GenerateDataKey", "Decrypt"]);
    for (event, version) in of_kms.iter().zip(["RequestToValidateKeyAccess", "", &token(1), &token(1)]) {
        let context = &event["requestParameters"]["encryptionContext"];
        let version = if version.is_empty() { "RequestToValidateKeyAccess" } else { version };
        assert_eq!(context, &json!({"SecretARN": arn, "SecretVersionId": version}));
        assert_eq!(event["userIdentity"]["invokedBy"], "secretsmanager.amazonaws.com");
    }
    assert_eq!(world.records("secret-values").await, 1);
}

#[tokio::test]
async fn a_value_is_in_no_event_whatever_is_done_with_it() {
    let world = World::new().await;
    let value = |operation: &str, n: usize| {
        let mut input = json!({"SecretString": format!("{CANARY}-{n}"), "ClientRequestToken": token(n)});
        input[if operation == "CreateSecret" { "Name" } else { "SecretId" }] = "c".into();
        input
    };
    for (n, operation) in
        ["CreateSecret", "PutSecretValue", "UpdateSecret", "PutSecretValue"].iter().enumerate()
    {
        world.call(operation, value(operation, n)).await.ok();
    }
    // Refused ones, too.
    world.call("CreateSecret", value("CreateSecret", 7)).await.fails("ResourceExistsException", "");
    world.call("PutSecretValue", value("PutSecretValue", 0)).await.ok();
    let mut bad = value("PutSecretValue", 0);
    bad["SecretString"] = format!("{CANARY}-other").into();
    world.call("PutSecretValue", bad).await.fails("ResourceExistsException", "already in use for a version");
    let mut unknown = value("PutSecretValue", 8);
    unknown["RotationToken"] = CANARY.into();
    world.call("PutSecretValue", unknown).await;
    world.call("GetSecretValue", json!({"SecretId": "c"})).await.ok();
    world.call("BatchGetSecretValue", json!({"SecretIdList": ["c"]})).await.ok();
    let password = world.call("GetRandomPassword", json!({})).await.ok();
    let password = password["RandomPassword"].as_str().unwrap().to_owned();
    let events = world.events.texts();
    assert!(events.len() > 15);
    for event in events {
        assert!(!event.contains(CANARY), "{event}");
        assert!(!event.contains(&password), "{event}");
    }
}
