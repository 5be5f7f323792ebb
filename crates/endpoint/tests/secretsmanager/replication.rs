//! Replicas in other Regions.

use crate::world::{A, HERE, Reply, World, policy, token};
use serde_json::{Value, json};

const THERE: &str = "eu-west-1";

async fn there(world: &World, operation: &str, input: Value) -> Reply {
    world.at(&world.root(A), THERE, operation, input).await
}

async fn read_there(world: &World) -> String {
    let reply = there(world, "GetSecretValue", json!({"SecretId": "s"})).await;
    reply.body["SecretString"].as_str().map_or_else(|| reply.code().to_owned(), str::to_owned)
}

fn put(text: &str, n: usize) -> Value {
    json!({"SecretId": "s", "SecretString": text, "ClientRequestToken": token(n)})
}

async fn status(world: &World) -> (String, String) {
    let told = world.call("DescribeSecret", json!({"SecretId": "s"})).await.ok();
    let replica = &told["ReplicationStatus"][0];
    let text = |name: &str| replica[name].as_str().unwrap_or_default().to_owned();
    (text("Status"), text("StatusMessage"))
}

#[tokio::test]
async fn a_replica_follows_its_primary_and_is_changed_only_through_it() {
    let world = World::new().await;
    let made = world.secret("s", "zero").await;
    let input = json!({"SecretId": "s", "AddReplicaRegions": [{"Region": THERE}]});
    let answer = world.call("ReplicateSecretToRegions", input).await.ok();
    assert_eq!(answer["ReplicationStatus"][0]["Status"], "InSync");
    assert_eq!(read_there(&world).await, "zero");
    world.call("PutSecretValue", put("one", 1)).await.ok();
    let tags = json!({"SecretId": "s", "Tags": [{"Key": "a", "Value": "b"}]});
    world.call("TagResource", tags.clone()).await.ok();
    let allows = policy(
        json!([{"Effect": "Allow", "Principal": {"AWS": A}, "Action": "secretsmanager:*", "Resource": "*"}]),
    );
    world.call("PutResourcePolicy", json!({"SecretId": "s", "ResourcePolicy": allows})).await.ok();
    assert_eq!(read_there(&world).await, "one");
    let told = there(&world, "DescribeSecret", json!({"SecretId": "s"})).await.ok();
    assert_eq!(told["ARN"].as_str().unwrap(), made["ARN"].as_str().unwrap().replace(HERE, THERE));
    assert_eq!((&told["PrimaryRegion"], &told["Tags"][0]["Key"]), (&json!(HERE), &json!("a")));
    assert_eq!(told["VersionIdsToStages"][token(0)], json!(["AWSPREVIOUS"]));
    let shown = there(&world, "GetResourcePolicy", json!({"SecretId": "s"})).await.ok();
    assert_eq!(shown["ResourcePolicy"], json!(allows));
    for (operation, input) in [
        ("PutSecretValue", put("x", 2)),
        ("TagResource", tags),
        ("DeleteSecret", json!({"SecretId": "s"})),
        ("UpdateSecret", json!({"SecretId": "s", "Description": "x"})),
    ] {
        let reply = there(&world, operation, input).await;
        reply.fails("InvalidRequestException", "Operation not permitted on a replica secret.");
    }
    let delete = json!({"SecretId": "s", "ForceDeleteWithoutRecovery": true});
    let reply = world.call("DeleteSecret", delete.clone()).await;
    reply.fails("InvalidParameterException", "still has replica regions eu-west-1");
    let remove = json!({"SecretId": "s", "RemoveReplicaRegions": [THERE]});
    world.call("RemoveRegionsFromReplication", remove.clone()).await.ok();
    assert_eq!(read_there(&world).await, "ResourceNotFoundException");
    world
        .call("RemoveRegionsFromReplication", remove)
        .await
        .fails("InvalidParameterException", "isn't replicated");
    world.call("DeleteSecret", delete).await.ok();
    assert_eq!((world.records("secrets").await, world.records("secret-values").await), (0, 0));
    world.restarts().await;
}

#[tokio::test]
async fn a_promoted_replica_is_a_secret_of_its_own() {
    let world = World::new().await;
    let input = json!({"Name": "s", "SecretString": "zero", "ClientRequestToken": token(0),
        "AddReplicaRegions": [{"Region": THERE}]});
    let made = world.call("CreateSecret", input).await.ok();
    assert_eq!(made["ReplicationStatus"][0]["Status"], "InSync");
    let own = json!({"SecretId": "s"});
    world
        .call("StopReplicationToReplica", own.clone())
        .await
        .fails("InvalidRequestException", "isn't a replica");
    there(&world, "StopReplicationToReplica", own).await.ok();
    there(&world, "PutSecretValue", put("there", 5)).await.ok();
    world.call("PutSecretValue", put("here", 6)).await.ok();
    assert_eq!((world.read("s").await.as_str(), read_there(&world).await.as_str()), ("here", "there"));
    assert_eq!(status(&world).await.0, "", "no replica any more");
    world.restarts().await;
}

#[tokio::test]
async fn what_is_in_the_way_is_told_and_overwritten_only_on_demand() {
    let world = World::new().await;
    world.secret("s", "zero").await;
    let other = json!({"Name": "s", "SecretString": "other", "ClientRequestToken": token(9)});
    there(&world, "CreateSecret", other).await.ok();
    let mut input = json!({"SecretId": "s", "AddReplicaRegions": [{"Region": THERE}]});
    world.call("ReplicateSecretToRegions", input.clone()).await.ok();
    let taken = ("Failed".to_owned(), "Secret with this name already exists in this region".to_owned());
    assert_eq!(status(&world).await, taken);
    world.call("PutSecretValue", put("one", 1)).await.ok();
    assert_eq!(read_there(&world).await, "other", "a failed replica is left alone");
    input["ForceOverwriteReplicaSecret"] = true.into();
    world.call("ReplicateSecretToRegions", input).await.ok();
    assert_eq!((status(&world).await.0.as_str(), read_there(&world).await.as_str()), ("InSync", "one"));
    for (region, code) in [
        ("nowhere", "ValidationException"),
        (HERE, "InvalidParameterException"),
        ("cn-north-1", "InvalidParameterException"),
    ] {
        let input = json!({"SecretId": "s", "AddReplicaRegions": [{"Region": region}]});
        world.call("ReplicateSecretToRegions", input).await.fails(code, "egion");
    }
    world.restarts().await;
}

#[tokio::test]
async fn a_replica_has_its_own_key_and_fails_alone_when_kms_refuses() {
    let world = World::new().await;
    let key = world.key_in(THERE).await;
    let input = json!({"Name": "s", "SecretString": "zero", "ClientRequestToken": token(0),
        "AddReplicaRegions": [{"Region": THERE, "KmsKeyId": key}]});
    world.call("CreateSecret", input).await.ok();
    let keyless = json!([{"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"}]);
    let keyless = world.user(A, "keyless", keyless).await;
    world.by(&keyless, "PutSecretValue", put("one", 1)).await.ok();
    assert_eq!(status(&world).await, ("Failed".into(), "Access to KMS is not allowed".into()));
    assert_eq!((world.read("s").await.as_str(), read_there(&world).await.as_str()), ("one", "zero"));
    world.call("UpdateSecret", json!({"SecretId": "s", "Description": "again"})).await.ok();
    assert_eq!((status(&world).await.0.as_str(), read_there(&world).await.as_str()), ("InSync", "one"));
    let limited = json!([
        {"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "secretsmanager:ReplicateSecretToRegions", "Resource": "*"},
    ]);
    let limited = world.user(A, "limited", limited).await;
    let input = json!({"Name": "t", "SecretString": "x", "ClientRequestToken": token(0),
        "AddReplicaRegions": [{"Region": THERE}]});
    world.by(&limited, "CreateSecret", input).await.fails("AccessDeniedException", "explicit deny");
}

#[tokio::test]
async fn the_tagging_api_finds_and_tags_secrets_and_their_replicas() {
    let world = World::new().await;
    let arn = world.secret("s", "zero").await["ARN"].clone();
    let input = json!({"SecretId": "s", "AddReplicaRegions": [{"Region": THERE}]});
    world.call("ReplicateSecretToRegions", input).await.ok();
    let tagging = async |region: &'static str, operation: &str, input: Value| {
        let target = format!("ResourceGroupsTaggingAPI_20170126.{operation}");
        world.send(&world.root(A), ("tagging", region), &target, input).await.ok()
    };
    let input = json!({"ResourceARNList": [arn], "Tags": {"team": "red"}});
    assert_eq!(tagging(HERE, "TagResources", input).await["FailedResourcesMap"], json!({}));
    let input = json!({"ResourceTypeFilters": ["secretsmanager:secret"], "TagFilters": [{"Key": "team"}]});
    let found = tagging(HERE, "GetResources", input.clone()).await;
    assert_eq!(found["ResourceTagMappingList"][0]["ResourceARN"], arn);
    let there_arn = arn.as_str().unwrap().replace(HERE, THERE);
    let found = tagging(THERE, "GetResources", input).await;
    assert_eq!(found["ResourceTagMappingList"][0]["ResourceARN"], json!(there_arn));
    let input = json!({"ResourceARNList": [there_arn], "TagKeys": ["team"]});
    let failed = tagging(THERE, "UntagResources", input).await;
    assert_eq!(failed["FailedResourcesMap"][&there_arn]["ErrorCode"], "InvalidRequestException");
    let input = json!({"ResourceARNList": [arn], "TagKeys": ["team"]});
    assert_eq!(tagging(HERE, "UntagResources", input).await["FailedResourcesMap"], json!({}));
    let told = world.call("DescribeSecret", json!({"SecretId": "s"})).await.ok();
    assert!(told.get("Tags").is_none());
}
