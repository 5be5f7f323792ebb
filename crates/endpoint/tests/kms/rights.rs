//! Who may do what, where the wrong answer would be an Allow.

use crate::world::{A, B, World};
use gatekey_gate::CommitFault;
use gatekey_model::kms::Operation;
use gatekey_policy::{Context, KmsAction};
use serde_json::{Value, json};

fn statement(effect: &str, action: &str, condition: Value) -> Value {
    json!({"Effect": effect, "Principal": {"AWS": A}, "Action": action, "Resource": "*", "Condition": condition})
}

/// Puts a policy of these statements, and one that lets the owner put another.
async fn put_policy(world: &World, key: &str, mut statements: Vec<Value>) {
    statements.push(statement("Allow", "kms:*Policy", json!({})));
    let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    world.call("PutKeyPolicy", json!({"KeyId": key, "Policy": policy})).await.ok();
}

#[tokio::test]
async fn another_accounts_aliases_are_not_listed_whoever_the_key_policy_allows() {
    let world = World::new().await;
    let key = world.key().await;
    world.call("CreateAlias", json!({"AliasName": "alias/secret-project", "TargetKeyId": key})).await.ok();
    let open = json!({"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"});
    put_policy(&world, &key, vec![open]).await;
    let there = format!("arn:aws:kms:us-east-1:{A}:key/{key}");
    let missing = format!("arn:aws:kms:us-east-1:{A}:key/00000000-0000-4000-8000-000000000000");
    let list = |arn: String| world.call_as(B, "ListAliases", json!({"KeyId": arn}));
    let reply = list(there).await;
    assert_eq!(reply.code(), "AccessDeniedException");
    assert_eq!(reply, list(missing).await, "whether the key exists is not told");
}

#[tokio::test]
async fn tags_whose_names_differ_in_case_only_do_not_hide_each_other() {
    let world = World::new().await;
    let key = world.key().await;
    let tag = |name: &str, value: &str| json!({"TagKey": name, "TagValue": value});
    let tags = json!([tag("Env", "prod"), tag("env", "dev")]);
    world.call("TagResource", json!({"KeyId": key, "Tags": tags})).await.ok();
    for env in ["Env", "env", "ENV"] {
        let is = |value: &str| json!({"StringEquals": {format!("aws:ResourceTag/{env}"): value}});
        for (statements, allowed) in [
            (
                vec![statement("Allow", "kms:*", json!({})), statement("Deny", "kms:Describe*", is("prod"))],
                false,
            ),
            (
                vec![statement("Allow", "kms:*", json!({})), statement("Deny", "kms:Describe*", is("dev"))],
                false,
            ),
            (vec![statement("Allow", "kms:Describe*", is("dev"))], false),
            (vec![statement("Allow", "kms:Describe*", is("prod"))], false),
            (
                vec![statement("Allow", "kms:*", json!({})), statement("Deny", "kms:Describe*", is("test"))],
                true,
            ),
        ] {
            put_policy(&world, &key, statements.clone()).await;
            let code = if allowed { "ok" } else { "AccessDeniedException" };
            let reply = world.call("DescribeKey", json!({"KeyId": key})).await;
            assert_eq!(reply.code(), code, "{env} {statements:?}");
        }
    }
}

#[tokio::test]
async fn a_right_that_is_taken_away_is_not_used_once_more_by_a_request_under_way() {
    let world = World::new().await;
    let key = world.key().await;
    let arrival = world.arrival(A, "TrentService.DisableKey");
    let mut passage = world.gate.enter(&arrival, Operation::DisableKey.info(), false).unwrap();
    let found = passage.find_by_id(&key, KmsAction::DisableKey).unwrap();
    let allowed = passage.authorize(KmsAction::DisableKey, &found, Context::new()).unwrap();
    // Meanwhile, and acknowledged:
    put_policy(&world, &key, vec![statement("Allow", "kms:Describe*", json!({}))]).await;
    let edit = found.key.changed(|record| record.description = "too late".into());
    let outcome = passage.commit(&allowed, vec![edit], ()).await;
    assert_eq!(outcome.unwrap_err(), CommitFault::Conflict, "it must be decided again");
    let reply = world.call("DescribeKey", json!({"KeyId": key})).await.ok();
    assert_eq!(reply["KeyMetadata"]["Description"], "");
}

#[tokio::test]
async fn an_alias_at_its_keys_quota_can_be_pointed_at_the_same_key_again() {
    let quotas = gatekey_keyring::Quotas { aliases_per_key: 1, ..Default::default() };
    let world = World::with_quotas(quotas).await;
    let (one, two) = (world.key().await, world.key().await);
    let alias = |operation: &'static str, name: &str, key: &str| {
        world.call(operation, json!({"AliasName": name, "TargetKeyId": key}))
    };
    alias("CreateAlias", "alias/one", &one).await.ok();
    alias("CreateAlias", "alias/two", &two).await.ok();
    alias("UpdateAlias", "alias/one", &one).await.ok();
    assert_eq!(alias("UpdateAlias", "alias/one", &two).await.code(), "LimitExceededException");
}

#[tokio::test]
async fn an_alias_stands_for_a_key_and_never_for_an_alias() {
    let world = World::new().await;
    let key = world.key().await;
    world.call("CreateAlias", json!({"AliasName": "alias/a", "TargetKeyId": key})).await.ok();
    for target in ["alias/a".to_owned(), format!("arn:aws:kms:us-east-1:{A}:alias/a")] {
        for (operation, alias) in [("CreateAlias", "alias/b"), ("UpdateAlias", "alias/a")] {
            let reply = world.call(operation, json!({"AliasName": alias, "TargetKeyId": target})).await;
            let expected = ("ValidationException", "Aliases must refer to keys. Not aliases");
            assert_eq!((reply.code(), reply.message()), expected, "{operation} {target}");
        }
    }
}

#[tokio::test]
async fn a_dry_run_that_ignores_the_ciphertext_reads_none_and_needs_the_key() {
    let world = World::new().await;
    let key = world.key().await;
    let dry = json!({"DryRun": true, "DryRunModifiers": ["IGNORE_CIPHERTEXT"]});
    for (operation, source) in [("Decrypt", "KeyId"), ("ReEncrypt", "SourceKeyId")] {
        for blob in [None, Some("bm90IGEgYmxvYg==")] {
            let mut input = dry.clone();
            input["DestinationKeyId"] = key.as_str().into();
            if let Some(blob) = blob {
                input["CiphertextBlob"] = blob.into();
            }
            assert_eq!(
                world.call(operation, input.clone()).await.code(),
                "ValidationException",
                "{operation} {blob:?}"
            );
            input[source] = key.as_str().into();
            assert_eq!(
                world.call(operation, input).await.code(),
                "DryRunOperationException",
                "{operation} {blob:?}"
            );
        }
    }
}
