//! Deletion: with a recovery window, and at once.

use crate::world::{World, token};
use serde_json::{Value, json};

#[tokio::test]
async fn a_secret_waits_for_its_deletion_can_be_restored_and_is_gone_in_the_end() {
    let world = World::new().await;
    world.secret("s", "hush").await;
    let order = json!({"SecretId": "s", "RecoveryWindowInDays": 7});
    let ordered = world.call("DeleteSecret", order.clone()).await.ok();
    assert_eq!(ordered["DeletionDate"], json!(1_800_604_800.0));
    let told = world.call("DescribeSecret", json!({"SecretId": "s"})).await.ok();
    assert_eq!(told["DeletedDate"], ordered["DeletionDate"]);
    let marked = "because it was marked for deletion.";
    for (operation, more) in [
        ("GetSecretValue", json!({})),
        ("PutSecretValue", json!({"SecretString": "x", "ClientRequestToken": token(1)})),
        ("UpdateSecret", json!({"Description": "x"})),
        ("TagResource", json!({"Tags": [{"Key": "a", "Value": "b"}]})),
        ("GetResourcePolicy", json!({})),
    ] {
        let mut input: Value = json!({"SecretId": "s"});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.call(operation, input).await.fails("InvalidRequestException", marked);
    }
    let create = json!({"Name": "s", "SecretString": "x", "ClientRequestToken": token(2)});
    world
        .call("CreateSecret", create.clone())
        .await
        .fails("InvalidRequestException", "already scheduled for deletion");
    world.call("DeleteSecret", order.clone()).await.fails("InvalidRequestException", "already scheduled");
    world.call("RestoreSecret", json!({"SecretId": "s"})).await.ok();
    assert_eq!(world.read("s").await, "hush");
    world.call("DeleteSecret", order).await.ok();
    world.pass_days(7);
    assert_eq!(world.read("s").await, "ResourceNotFoundException");
    assert_eq!(world.gate.delete_due_secrets().await.unwrap(), 1);
    assert_eq!((world.records("secrets").await, world.records("secret-values").await), (0, 0));
    assert_eq!(world.event_names(0).last().unwrap(), "EndSecretVersionDelete");
    world.call("CreateSecret", create).await.ok();
    world.restarts().await;
}

#[tokio::test]
async fn deletion_at_once_leaves_nothing_and_does_not_mind_what_is_not_there() {
    let world = World::new().await;
    let first = world.secret("s", "hush").await;
    let force = json!({"SecretId": "s", "ForceDeleteWithoutRecovery": true});
    world.call("DeleteSecret", force.clone()).await.ok();
    assert_eq!((world.records("secrets").await, world.records("secret-values").await), (0, 0));
    let again = world.secret("s", "new").await;
    assert_ne!(first["ARN"], again["ARN"]);
    let old = world.call("GetSecretValue", json!({"SecretId": first["ARN"]})).await;
    old.fails("ResourceNotFoundException", "");
    world.call("DeleteSecret", json!({"SecretId": "s"})).await.ok();
    world.call("DeleteSecret", force.clone()).await.ok();
    world.call("DeleteSecret", force).await.ok();
    let both = json!({"SecretId": "s", "ForceDeleteWithoutRecovery": true, "RecoveryWindowInDays": 7});
    world.call("DeleteSecret", both).await.fails("InvalidParameterException", "in conjunction with");
    let short = json!({"SecretId": "s", "RecoveryWindowInDays": 6});
    world
        .call("DeleteSecret", short)
        .await
        .fails("InvalidParameterException", "between 7 and 30 days (inclusive)");
}

#[tokio::test]
async fn a_secret_with_many_versions_is_deleted_in_parts() {
    let world = World::new().await;
    world.secret("s", "zero").await;
    for n in 1..90 {
        let input = json!({"SecretId": "s", "SecretString": "x", "ClientRequestToken": token(n)});
        world.call("PutSecretValue", input).await.ok();
    }
    world.call("DeleteSecret", json!({"SecretId": "s", "ForceDeleteWithoutRecovery": true})).await.ok();
    assert_eq!(world.read("s").await, "ResourceNotFoundException");
    assert_eq!(world.gate.delete_due_secrets().await.unwrap(), 1);
    assert_eq!((world.records("secrets").await, world.records("secret-values").await), (0, 0));
    world.restarts().await;
}
