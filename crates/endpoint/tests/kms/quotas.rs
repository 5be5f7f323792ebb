//! Quotas of resources, and request rates.

use crate::{
    key_stores,
    world::{A, B, Reply, World},
};
use gatekey_keyring::Quotas;
use serde_json::{Value, json};

/// A resource quota: what AWS allows, and how to ask for one more than a server that allows two.
struct Quota {
    what: &'static str,
    aws: usize,
    of: fn(&mut Quotas) -> &mut usize,
    /// The request that makes the one with this number; on a key that is there.
    operation: &'static str,
    input: fn(&str, usize) -> Value,
    /// How one too many is told.
    error: &'static str,
}

fn tags(count: usize) -> Value {
    (0..count).map(|n| json!({"TagKey": format!("t{n}"), "TagValue": ""})).collect()
}

/// A policy of so many bytes.
fn sized(bytes: usize) -> String {
    let open = format!(
        r#"{{"Statement":[{{"Sid":"","Effect":"Allow","Principal":{{"AWS":"{A}"}},"Action":"kms:*","Resource":"*"}}]}}"#
    );
    let padding = "s".repeat(bytes - open.len());
    open.replacen(r#""Sid":"""#, &format!(r#""Sid":"{padding}""#), 1)
}

const QUOTAS: &[Quota] = &[
    Quota {
        what: "keys of an account in a Region",
        aws: 100_000,
        of: |quotas| &mut quotas.keys,
        operation: "CreateKey",
        // One is there already.
        input: |_, n| if n == 1 { Value::Null } else { json!({}) },
        error: "LimitExceededException",
    },
    Quota {
        what: "aliases of a key",
        aws: 50,
        of: |quotas| &mut quotas.aliases_per_key,
        operation: "CreateAlias",
        input: |key, n| json!({"AliasName": format!("alias/a{n}"), "TargetKeyId": key}),
        error: "LimitExceededException",
    },
    Quota {
        what: "grants of a key",
        aws: 50_000,
        of: |quotas| &mut quotas.grants_per_key,
        operation: "CreateGrant",
        input: |key, _| {
            let grantee = format!("arn:aws:iam::{A}:root");
            json!({"KeyId": key, "GranteePrincipal": grantee, "Operations": ["Decrypt"]})
        },
        error: "LimitExceededException",
    },
    Quota {
        what: "custom key stores of an account in a Region",
        aws: 10,
        of: |quotas| &mut quotas.key_stores,
        operation: "CreateCustomKeyStore",
        input: |_, n| {
            key_stores::proxy(&format!("store {n}"), &format!("https://xks{n}.example.com"), key_stores::PATH)
        },
        error: "LimitExceededException",
    },
    Quota {
        what: "tags of a key",
        aws: 50,
        of: |quotas| &mut quotas.tags_per_key,
        operation: "TagResource",
        input: |key, n| json!({"KeyId": key, "Tags": tags(n)}),
        error: "TagException",
    },
];

#[tokio::test]
async fn the_table_of_resource_quotas_is_awss_and_one_more_is_refused() {
    for Quota { what, aws, of, operation, input, error } in QUOTAS {
        assert_eq!(of(&mut Quotas::default()), aws, "{what}");
        let mut quotas = Quotas::default();
        *of(&mut quotas) = 2;
        let world = World::with_quotas(quotas).await;
        let key = world.key().await;
        for n in 1..=2 {
            let input = input(&key, n);
            if !input.is_null() {
                world.call(operation, input).await.ok();
            }
        }
        let reply = world.call(operation, input(&key, 3)).await;
        assert_eq!((reply.code(), reply.status), (*error, 400), "{what}: {}", reply.body);
    }
}

#[tokio::test]
async fn a_key_policy_has_at_most_32_768_bytes_whatever_the_operation() {
    let world = World::new().await;
    let key = world.key().await;
    for (bytes, code) in [(32_768, "ok"), (32_769, "LimitExceededException")] {
        let policy = sized(bytes);
        assert_eq!(policy.len(), bytes);
        assert_eq!(world.call("PutKeyPolicy", json!({"KeyId": key, "Policy": policy})).await.code(), code);
        assert_eq!(world.call("CreateKey", json!({"Policy": policy})).await.code(), code);
    }
}

const TOO_OFTEN: (&str, &str) = (
    "ThrottlingException",
    "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.",
);

async fn alias(world: &World, account: &str, key: &str, n: usize) -> Reply {
    let input = json!({"AliasName": format!("alias/a{n}"), "TargetKeyId": key});
    world.call_as(account, "CreateAlias", input).await
}

#[tokio::test]
async fn request_rates_are_not_limited_unless_asked_for() {
    let world = World::new().await;
    for _ in 0..20 {
        world.key().await;
    }
}

#[tokio::test]
async fn where_rates_are_awss_one_more_in_a_second_is_throttled_and_only_that() {
    let world = World::limited().await;
    let key = world.key().await;
    for n in 0..5 {
        alias(&world, A, &key, n).await.ok();
    }
    let reply = alias(&world, A, &key, 5).await;
    assert_eq!((reply.code(), reply.message(), reply.status), (TOO_OFTEN.0, TOO_OFTEN.1, 400));
    let told = world.events.last();
    assert_eq!(told["errorCode"], "ThrottlingException", "it is recorded: {told}");
    // Each operation is counted for itself, and each account.
    world.call("DescribeKey", json!({"KeyId": key})).await.ok();
    world.call_as(B, "CreateKey", json!({})).await.ok();
    world.clock.advance_millis(200);
    alias(&world, A, &key, 5).await.ok();
    assert_eq!(alias(&world, A, &key, 6).await.code(), TOO_OFTEN.0);
    let listed = world.call("ListAliases", json!({"KeyId": key})).await.ok();
    assert_eq!(listed["Aliases"].as_array().unwrap().len(), 6, "what is throttled is not done");
}

#[tokio::test]
async fn of_another_accounts_key_the_caller_is_throttled_and_denials_count() {
    let world = World::limited().await;
    let key = world.key().await;
    let arn = format!("arn:aws:kms:us-east-1:{A}:key/{key}");
    // Denied, since it never works across accounts; and counted against the one who asks.
    for _ in 0..5 {
        let reply = world.call_as(B, "DisableKey", json!({"KeyId": arn})).await;
        assert_eq!(reply.code(), "AccessDeniedException");
    }
    assert_eq!(world.call_as(B, "DisableKey", json!({"KeyId": arn})).await.code(), TOO_OFTEN.0);
    world.call("DisableKey", json!({"KeyId": arn})).await.ok();
}

/// One row of the page for each resource.
fn resources() -> String {
    let mut table = String::from("| at most | how many | one more is told | by |\n|---|---|---|---|\n");
    let mut row = |what: &str, aws: usize, error: &str, operation: &str| {
        table += &format!("| {what} | {aws} | `{error}` | {operation} |\n");
    };
    for Quota { what, aws, operation, error, .. } in QUOTAS {
        row(what, *aws, error, operation);
    }
    let Quotas { policy_bytes, on_demand_rotations, .. } = Quotas::default();
    let limit = "LimitExceededException";
    row("bytes of a key policy", policy_bytes, limit, "PutKeyPolicy, CreateKey, ReplicateKey");
    row("rotations on demand of a key, ever", on_demand_rotations.into(), limit, "RotateKeyOnDemand");
    table
}

#[test]
fn the_page_of_quotas_has_the_table() {
    let holds = gatekey_testkit::page::holds("quotas.md", "resources", &resources());
    assert!(holds.unwrap(), "GATEKEY_UPDATE_DOCS=1 writes it anew");
}
