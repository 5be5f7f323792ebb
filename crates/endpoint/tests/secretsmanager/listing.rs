//! Listings: filters, order, pages; many values at once.

use crate::world::{A, World, token};
use serde_json::{Value, json};

async fn world() -> World {
    let world = World::new().await;
    for (name, description, tag) in [
        ("prod/db", "The Database", "blue"),
        ("prod/api", "An API key", "green"),
        ("dev/db", "database", "blue"),
    ] {
        let input = json!({"Name": name, "Description": description, "SecretString": name,
            "ClientRequestToken": token(1), "Tags": [{"Key": "team", "Value": tag}]});
        world.call("CreateSecret", input).await.ok();
        world.clock.set(world.gate.now().plus_millis(1000));
    }
    world
}

fn names(listed: &Value) -> Vec<&str> {
    listed["SecretList"].as_array().unwrap().iter().map(|entry| entry["Name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn filters_admit_by_prefix_and_all_must_match() {
    let world = world().await;
    let filter = |key: &str, values: Value| json!({"Key": key, "Values": values});
    for (filters, expected) in [
        (vec![filter("name", json!(["prod"]))], vec!["prod/api", "prod/db"]),
        (vec![filter("name", json!(["Prod"]))], vec![]),
        (vec![filter("name", json!(["!prod"]))], vec!["dev/db"]),
        (vec![filter("name", json!(["dev", "prod/api"]))], vec!["dev/db", "prod/api"]),
        (vec![filter("description", json!(["DATA"]))], vec!["dev/db", "prod/db"]),
        (vec![filter("tag-key", json!(["team"])), filter("tag-value", json!(["green"]))], vec!["prod/api"]),
        (vec![filter("all", json!(["blue prod"]))], vec!["prod/db"]),
        (vec![filter("primary-region", json!(["eu-"]))], vec![]),
    ] {
        let input = json!({"Filters": filters, "SortBy": "name"});
        let listed = world.call("ListSecrets", input.clone()).await.ok();
        assert_eq!(names(&listed), expected, "{input}");
    }
    let bad = world.call("ListSecrets", json!({"Filters": [{"Key": "name"}]})).await;
    bad.fails("InvalidParameterException", "at least one value");
}

#[tokio::test]
async fn pages_follow_one_another_in_either_order_and_dying_secrets_are_listed_on_demand() {
    let world = world().await;
    for (order, expected) in
        [("asc", ["prod/db", "prod/api", "dev/db"]), ("desc", ["dev/db", "prod/api", "prod/db"])]
    {
        let mut input = json!({"MaxResults": 2, "SortOrder": order, "SortBy": "created-date"});
        let first = world.call("ListSecrets", input.clone()).await.ok();
        input["NextToken"] = first["NextToken"].clone();
        let second = world.call("ListSecrets", input).await.ok();
        assert_eq!([names(&first), names(&second)].concat(), expected);
        assert!(second.get("NextToken").is_none());
    }
    world.call("ListSecrets", json!({"NextToken": "zz"})).await.fails("InvalidNextTokenException", "");
    world.call("DeleteSecret", json!({"SecretId": "dev/db"})).await.ok();
    let living = world.call("ListSecrets", json!({})).await.ok();
    assert_eq!(names(&living), ["prod/api", "prod/db"]);
    let all = world.call("ListSecrets", json!({"IncludePlannedDeletion": true})).await.ok();
    assert_eq!(all["SecretList"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn many_values_are_read_at_once_and_what_is_refused_is_told_apart() {
    let world = world().await;
    let may = json!([
        {"Effect": "Allow", "Action": ["secretsmanager:BatchGetSecretValue", "secretsmanager:ListSecrets"], "Resource": "*"},
        {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "arn:aws:secretsmanager:*:*:secret:prod/*"},
    ]);
    let reader = world.user(A, "reader", may).await;
    let input = json!({"SecretIdList": ["prod/db", "dev/db", "prod/none"]});
    let read = world.by(&reader, "BatchGetSecretValue", input).await.ok();
    assert_eq!(read["SecretValues"].as_array().unwrap().len(), 1);
    assert_eq!(read["SecretValues"][0]["SecretString"], "prod/db");
    let codes: Vec<_> = read["Errors"].as_array().unwrap().iter().map(|error| &error["ErrorCode"]).collect();
    assert_eq!(codes, ["AccessDeniedException", "ResourceNotFoundException"]);
    let filtered = json!({"Filters": [{"Key": "name", "Values": ["prod"]}], "MaxResults": 1});
    let first = world.by(&reader, "BatchGetSecretValue", filtered).await.ok();
    assert_eq!(first["SecretValues"][0]["Name"], "prod/api");
    assert!(first["NextToken"].is_string());
    let both = json!({"SecretIdList": ["a"], "Filters": []});
    world.by(&reader, "BatchGetSecretValue", both).await.fails("InvalidParameterException", "but not both");
}
