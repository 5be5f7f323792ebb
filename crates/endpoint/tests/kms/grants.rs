//! Grants through the endpoint: what a clock, a low quota, many requests at once or two accounts are needed for.

use crate::world::{A, B, Reply, World};
use base64::{Engine, engine::general_purpose::STANDARD};
use gatekey_keyring::Quotas;
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc};

const GRANTEE: &str = "arn:aws:iam::444455556666:root";

fn with(mut input: Value, more: Value) -> Value {
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

fn wanted(key: &str, more: Value) -> Value {
    let input = json!({"KeyId": key, "GranteePrincipal": GRANTEE, "Operations": ["Encrypt", "Decrypt", "DescribeKey"]});
    with(input, more)
}

async fn create(world: &World, key: &str, more: Value) -> (String, String) {
    let made = world.call("CreateGrant", wanted(key, more)).await.ok();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (text("GrantId"), text("GrantToken"))
}

async fn use_as(world: &World, account: &str, key: &str, more: Value) -> Reply {
    let arn = format!("arn:aws:kms:us-east-1:{A}:key/{key}");
    world
        .call_as(account, "Encrypt", with(json!({"KeyId": arn, "Plaintext": STANDARD.encode("x")}), more))
        .await
}

/// Many requests at the same moment.
async fn crowd(world: &Arc<World>, account: &'static str, count: usize, input: Value) -> Vec<Reply> {
    let ask = |_| {
        let (world, input) = (world.clone(), input.clone());
        tokio::spawn(async move { world.call_as(account, "CreateGrant", input).await })
    };
    let asked: Vec<_> = (0..count).map(ask).collect();
    let mut replies = Vec::new();
    for task in asked {
        replies.push(task.await.unwrap());
    }
    replies
}

async fn ids(world: &World, key: &str) -> BTreeSet<String> {
    let listed = world.call("ListGrants", json!({"KeyId": key, "Limit": 100})).await.ok();
    let grants = listed["Grants"].as_array().unwrap();
    grants.iter().map(|grant| grant["GrantId"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_grant_opens_the_key_until_it_is_revoked_and_its_token_then_opens_nothing() {
    let world = World::new().await;
    let key = world.key().await;
    assert_eq!(use_as(&world, B, &key, json!({})).await.code(), "AccessDeniedException");
    let (id, token) = create(&world, &key, json!({})).await;
    use_as(&world, B, &key, json!({})).await.ok();
    use_as(&world, B, &key, json!({"GrantTokens": [token]})).await.ok();
    world.call("RevokeGrant", json!({"KeyId": key, "GrantId": id})).await.ok();
    for tokens in [json!([]), json!([token])] {
        let reply = use_as(&world, B, &key, json!({"GrantTokens": tokens})).await;
        assert_eq!(reply.code(), "AccessDeniedException");
    }
    let again = world.call("RevokeGrant", json!({"KeyId": key, "GrantId": id})).await;
    assert_eq!(
        (again.code(), again.message()),
        ("NotFoundException", &*format!("Grant '{id}' does not exist"))
    );
}

#[tokio::test]
async fn the_same_name_and_parameters_give_the_same_grant_and_another_token() {
    let world = World::new().await;
    let key = world.key().await;
    let (first, token) = create(&world, &key, json!({"Name": "n"})).await;
    let (second, other) =
        create(&world, &key, json!({"Name": "n", "Operations": ["DescribeKey", "Decrypt", "Encrypt"]})).await;
    assert_eq!(first, second, "the order of operations tells nothing");
    assert_ne!(token, other);
    for more in [
        json!({"Name": "m"}),
        json!({"Name": "n", "Operations": ["Decrypt"]}),
        json!({"Name": "n", "RetiringPrincipal": GRANTEE}),
        json!({"Name": "n", "Constraints": {"EncryptionContextSubset": {"a": "1"}}}),
        json!({"Name": "n", "GranteePrincipal": format!("arn:aws:iam::{A}:root")}),
        json!({}),
        json!({}),
    ] {
        create(&world, &key, more).await;
    }
    assert_eq!(ids(&world, &key).await.len(), 8);
    world.call("RevokeGrant", json!({"KeyId": key, "GrantId": first})).await.ok();
    let (third, _) = create(&world, &key, json!({"Name": "n"})).await;
    assert_ne!(first, third, "what was revoked does not come back");
    assert_eq!(
        use_as(&world, B, &key, json!({"GrantTokens": [token]})).await.status,
        200,
        "by the new grant"
    );
}

#[tokio::test]
async fn of_equal_requests_at_the_same_moment_one_makes_the_grant_and_all_are_told_of_it() {
    let world = Arc::new(World::new().await);
    let key = world.key().await;
    let made = crowd(&world, A, 24, wanted(&key, json!({"Name": "n"}))).await;
    let texts = |name: &str| -> BTreeSet<String> {
        made.iter().map(|reply| reply.body[name].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((texts("GrantId").len(), texts("GrantToken").len()), (1, 24));
    assert_eq!(ids(&world, &key).await, texts("GrantId"));
}

#[tokio::test]
async fn no_crowd_gets_past_the_quota() {
    let world = Arc::new(World::with_quotas(Quotas { grants_per_key: 10, ..Quotas::default() }).await);
    let key = world.key().await;
    let replies = crowd(&world, A, 24, wanted(&key, json!({}))).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 10);
    let refused: Vec<_> = replies.iter().filter(|reply| reply.status != 200).collect();
    assert!(refused.iter().all(|reply| reply.code() == "LimitExceededException"));
    assert_eq!(refused[0].message(), "Grants per key quota is 10, current usage is 10.");
    assert_eq!(ids(&world, &key).await.len(), 10);
    let one = ids(&world, &key).await.pop_first().unwrap();
    world.call("RevokeGrant", json!({"KeyId": key, "GrantId": one})).await.ok();
    create(&world, &key, json!({})).await;
}

#[tokio::test]
async fn while_grants_are_delayed_a_token_is_needed_and_is_nobodys_right_but_the_grantees() {
    let world = World::delaying(300).await;
    let key = world.key().await;
    let (_, token) = create(&world, &key, json!({})).await;
    assert_eq!(use_as(&world, B, &key, json!({})).await.code(), "AccessDeniedException", "not spread yet");
    use_as(&world, B, &key, json!({"GrantTokens": [token]})).await.ok();
    let (_, not_its_own) =
        create(&world, &key, json!({"GranteePrincipal": format!("arn:aws:iam::{A}:root")})).await;
    let reply = use_as(&world, B, &key, json!({"GrantTokens": [not_its_own]})).await;
    assert_eq!(reply.code(), "AccessDeniedException", "the token of another grantee is no right");
    let describe = json!({"KeyId": format!("arn:aws:kms:us-east-1:{A}:key/{key}")});
    assert_eq!(world.call_as(B, "DescribeKey", describe.clone()).await.code(), "AccessDeniedException");
    world
        .call_as(B, "DescribeKey", with(describe.clone(), json!({"GrantTokens": ["nonsense", token]})))
        .await
        .ok();
    world.clock.advance_days(1);
    use_as(&world, B, &key, json!({})).await.ok();
}

#[tokio::test]
async fn a_token_that_was_forged_damaged_or_made_in_another_region_is_invalid() {
    let world = World::new().await;
    let key = world.key().await;
    let (_, token) = create(&world, &key, json!({})).await;
    let mut bytes = STANDARD.decode(&token).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    let damaged = [STANDARD.encode(&bytes), token[..token.len() - 4].to_owned(), format!("{token}AAAA")];
    for bad in damaged.into_iter().chain(["x".into(), "A".repeat(8192)]) {
        for tokens in [json!([bad]), json!([token, bad])] {
            let reply = use_as(&world, B, &key, json!({"GrantTokens": tokens})).await;
            assert_eq!(reply.code(), "InvalidGrantTokenException", "{bad}");
        }
        assert_eq!(
            world.call("RetireGrant", json!({"GrantToken": bad})).await.code(),
            "InvalidGrantTokenException"
        );
    }
    let elsewhere = world.send(
        B,
        "eu-west-1",
        "TrentService.RetireGrant",
        json!({"GrantToken": token}).to_string().into(),
    );
    assert_eq!(elsewhere.await.code(), "InvalidGrantTokenException", "another Region");
    assert_eq!(
        use_as(&world, B, &key, json!({"GrantTokens": vec![&token; 11]})).await.code(),
        "ValidationException"
    );
    use_as(&world, B, &key, json!({"GrantTokens": vec![&token; 10]})).await.ok();
}

#[tokio::test]
async fn what_is_too_long_for_a_token_is_named_by_it_all_the_same() {
    let world = World::delaying(300).await;
    let key = world.key().await;
    let pairs: Value = (0..8)
        .map(|n| (format!("name-{n}"), json!("ä".repeat(384))))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let constraints = json!({"EncryptionContextSubset": pairs, "EncryptionContextEquals": pairs});
    let (_, token) = create(&world, &key, json!({"Constraints": constraints})).await;
    assert!(token.len() <= 8192);
    let used = use_as(&world, B, &key, json!({"EncryptionContext": pairs, "GrantTokens": [token]})).await;
    used.ok();
    assert_eq!(
        use_as(&world, B, &key, json!({"GrantTokens": [token]})).await.code(),
        "AccessDeniedException"
    );
}

#[tokio::test]
async fn a_key_takes_its_grants_with_it_however_many() {
    let world = Arc::new(World::new().await);
    let (key, other) = (world.key().await, world.key().await);
    let made = crowd(&world, A, 150, wanted(&key, json!({"RetiringPrincipal": GRANTEE}))).await;
    assert!(made.iter().all(|reply| reply.status == 200));
    let (left, _) = create(&world, &other, json!({"RetiringPrincipal": GRANTEE, "Name": "n"})).await;
    let retirable =
        || world.call_as(B, "ListRetirableGrants", json!({"RetiringPrincipal": GRANTEE, "Limit": 100}));
    let page = retirable().await.ok();
    assert_eq!((page["Grants"].as_array().unwrap().len(), &page["Truncated"]), (100, &json!(true)));
    world.call("ScheduleKeyDeletion", json!({"KeyId": key, "PendingWindowInDays": 7})).await.ok();
    world.clock.advance_days(7);
    let page = retirable().await.ok();
    assert_eq!(page["Grants"].as_array().unwrap().len(), 1, "gone before the sweep has come");
    assert_eq!(page["Grants"][0]["GrantId"], json!(left));
    assert_eq!(world.sweep().await, 1);
    assert!(
        world
            .gate
            .snapshot()
            .keyring
            .stored(&format!("arn:aws:kms:us-east-1:{A}:key/{key}").parse().unwrap())
            .is_none()
    );
    assert_eq!(retirable().await.ok()["Grants"][0]["GrantId"], json!(left));
    assert_eq!(use_as(&world, B, &other, json!({})).await.status, 200);
}

#[tokio::test]
async fn a_listing_goes_on_from_page_to_page_and_knows_its_own_markers() {
    let world = World::new().await;
    let key = world.key().await;
    for n in 0..7 {
        let grantee = format!("arn:aws:iam::{}:root", if n % 2 == 0 { A } else { B });
        create(&world, &key, json!({"GranteePrincipal": grantee})).await;
    }
    for (filter, count) in [(json!({}), 7), (json!({"GranteePrincipal": GRANTEE}), 3)] {
        let mut seen = Vec::new();
        let mut marker = json!({});
        loop {
            let input = with(with(json!({"KeyId": key, "Limit": 2}), filter.clone()), marker.clone());
            let page = world.call("ListGrants", input).await.ok();
            seen.extend(page["Grants"].as_array().unwrap().iter().map(|grant| grant["GrantId"].to_string()));
            if page["Truncated"] == json!(false) {
                assert!(page.get("NextMarker").is_none());
                break;
            }
            marker = json!({"Marker": page["NextMarker"]});
        }
        assert_eq!((seen.len(), seen.iter().collect::<BTreeSet<_>>().len()), (count, count));
        if filter != json!({}) {
            let reply = world.call("ListGrants", with(json!({"KeyId": key}), marker)).await;
            assert_eq!(reply.code(), "InvalidMarkerException", "of another listing");
        }
    }
    let reply = world.call("ListGrants", json!({"KeyId": key, "Marker": "x"})).await;
    assert_eq!(reply.code(), "InvalidMarkerException");
}

#[tokio::test]
async fn events_tell_of_grants_as_cloudtrail_does() {
    let world = World::new().await;
    let key = world.key().await;
    let arn = format!("arn:aws:kms:us-east-1:{A}:key/{key}");
    let constraints = json!({"EncryptionContextSubset": {"Department": "IT"}});
    let (id, token) = create(&world, &key, json!({"Name": "n", "Constraints": constraints})).await;
    let event = world.events.last();
    let parameters = json!({
        "keyId": key, "name": "n", "granteePrincipal": GRANTEE, "operations": ["Encrypt", "Decrypt", "DescribeKey"],
        "constraints": {"encryptionContextSubset": {"Department": "IT"}},
    });
    assert_eq!((&event["requestParameters"], &event["readOnly"]), (&parameters, &json!(false)));
    assert_eq!(event["responseElements"], json!({"grantId": id, "keyId": arn}));
    assert_eq!(event["resources"][0]["ARN"], json!(arn));
    assert!(!event.to_string().contains(&token), "a token is not told");
    world.call("RetireGrant", json!({"GrantToken": token})).await.ok();
    let event = world.events.last();
    assert_eq!(event["requestParameters"], Value::Null);
    assert_eq!(event["responseElements"], json!({"keyId": arn}));
    assert_eq!(event["additionalEventData"]["grantId"], json!(id));
    let (id, _) = create(&world, &key, json!({})).await;
    world.call("RevokeGrant", json!({"KeyId": key, "GrantId": id})).await.ok();
    let event = world.events.last();
    assert_eq!(event["requestParameters"], json!({"keyId": key, "grantId": id}));
    assert_eq!(event["responseElements"], json!({"keyId": arn}));
}

#[tokio::test]
async fn what_a_grant_cannot_be_is_refused() {
    let world = World::new().await;
    let key = world.key().await;
    let nine: Value = (0..9).map(|n| (n.to_string(), json!("x"))).collect::<serde_json::Map<_, _>>().into();
    let service = json!({"GranteePrincipal": null, "GranteeServicePrincipal": "rds.amazonaws.com"});
    let source = json!({"Constraints": {"SourceArn": "arn:aws:rds:us-east-1:111122223333:db:a"}});
    let group = format!("arn:aws:iam::{A}:group/g");
    for (more, code, text) in [
        (json!({"Operations": []}), "ValidationException", "operation"),
        (
            json!({"Operations": ["CreateGrant"]}),
            "ValidationException",
            "Grants must not contain only the CreateGrant operation.",
        ),
        (json!({"Operations": ["PutKeyPolicy"]}), "ValidationException", "enum value set"),
        (
            json!({"Operations": ["Sign", "GetPublicKey", "Encrypt"]}),
            "ValidationException",
            "Operations [GetPublicKey, Sign] are not supported when creating a grant for a symmetric KMS key with key usage \
             ENCRYPT_DECRYPT. Valid operations are [CreateGrant, Decrypt, DescribeKey, Encrypt, GenerateDataKey, \
             GenerateDataKeyPair, GenerateDataKeyPairWithoutPlaintext, GenerateDataKeyWithoutPlaintext, ReEncryptFrom, \
             ReEncryptTo, RetireGrant]",
        ),
        (json!({"Constraints": {"EncryptionContextEquals": nine}}), "ValidationException", "at most 8"),
        (
            json!({"Constraints": {"EncryptionContextSubset": {"a": "x".repeat(385)}}}),
            "ValidationException",
            "384",
        ),
        (
            json!({"GranteePrincipal": null}),
            "ValidationException",
            "either GranteePrincipal or GranteeServicePrincipal",
        ),
        (json!({"GranteeServicePrincipal": "rds.amazonaws.com"}), "ValidationException", "not both"),
        (
            json!({"RetiringPrincipal": GRANTEE, "RetiringServicePrincipal": "rds.amazonaws.com"}),
            "ValidationException",
            "not both",
        ),
        (service.clone(), "ValidationException", "SourceArn"),
        (with(service.clone(), source.clone()), "ValidationException", "RetiringPrincipal"),
        (
            json!({"GranteePrincipal": group}),
            "InvalidArnException",
            &*format!("ARN does not refer to a valid principal: {group}"),
        ),
        (
            json!({"GranteePrincipal": "arn:aws:iam::999999999999:root"}),
            "InvalidArnException",
            "999999999999",
        ),
        (json!({"GranteePrincipal": "rds.amazonaws.com"}), "InvalidArnException", "rds"),
        (
            json!({"RetiringPrincipal": format!("arn:aws:iam::{A}:role/none")}),
            "InvalidArnException",
            "role/none",
        ),
        (
            json!({"KeyId": "alias/a"}),
            "InvalidArnException",
            "Key Aliases are not supported for this operation.",
        ),
        (json!({"GrantTokens": ["x"]}), "InvalidGrantTokenException", ""),
        (json!({"DryRun": true}), "DryRunOperationException", "The request would have succeeded"),
    ] {
        let reply = world.call("CreateGrant", wanted(&key, more.clone())).await;
        assert_eq!(reply.code(), code, "{more}: {}", reply.message());
        assert!(reply.message().contains(text), "{more}: {}", reply.message());
    }
    assert!(ids(&world, &key).await.is_empty());
    let whole = with(with(service, source), json!({"RetiringServicePrincipal": "rds.amazonaws.com"}));
    create(&world, &key, whole).await;
    let listed = world.call("ListGrants", json!({"KeyId": key})).await.ok();
    let grant = &listed["Grants"][0];
    assert_eq!(
        (&grant["GranteeServicePrincipal"], &grant["RetiringServicePrincipal"]),
        (&json!("rds.amazonaws.com"), &json!("rds.amazonaws.com"))
    );
    assert!(grant.get("GranteePrincipal").is_none() && grant.get("RetiringPrincipal").is_none());
    assert_eq!(grant["Constraints"], json!({"SourceArn": "arn:aws:rds:us-east-1:111122223333:db:a"}));
}

#[tokio::test]
async fn a_retirement_is_asked_for_by_token_or_by_key_and_id_and_tells_strangers_nothing() {
    let world = World::new().await;
    let key = world.key().await;
    let arn = format!("arn:aws:kms:us-east-1:{A}:key/{key}");
    let (id, token) = create(&world, &key, json!({})).await;
    let nobodys = "0".repeat(64);
    for input in [
        json!({}),
        json!({"KeyId": arn}),
        json!({"GrantId": id}),
        json!({"KeyId": arn, "GrantId": id, "GrantToken": token}),
    ] {
        assert_eq!(world.call("RetireGrant", input).await.code(), "ValidationException");
    }
    for (operation, input) in [
        ("RetireGrant", json!({"KeyId": arn, "GrantId": "x"})),
        ("RevokeGrant", json!({"KeyId": arn, "GrantId": "x"})),
        ("ListGrants", json!({"KeyId": arn, "GrantId": "x"})),
    ] {
        assert_eq!(world.call(operation, input).await.code(), "InvalidGrantIdException", "{operation}");
    }
    let retire = |account: &'static str, input: Value| world.call_as(account, "RetireGrant", input);
    assert_eq!(retire(A, json!({"KeyId": arn, "GrantId": nobodys})).await.code(), "NotFoundException");
    let refused = retire(B, json!({"KeyId": arn, "GrantId": id})).await;
    let unknown = retire(B, json!({"KeyId": arn, "GrantId": nobodys})).await;
    let missing =
        retire(B, json!({"KeyId": format!("arn:aws:kms:us-east-1:{A}:key/{}", uuid()), "GrantId": id})).await;
    assert_eq!(refused.code(), "AccessDeniedException", "the grantee, without the operation");
    assert_eq!((refused.message(), refused.message()), (unknown.message(), missing.message()));
    assert_eq!(
        retire(A, json!({"GrantToken": token, "DryRun": true})).await.code(),
        "DryRunOperationException"
    );
    assert_eq!(ids(&world, &key).await.len(), 1);
    retire(A, json!({"KeyId": key, "GrantId": id})).await.ok();
    assert_eq!(retire(A, json!({"GrantToken": token})).await.code(), "NotFoundException");
    assert_eq!(retire(B, json!({"GrantToken": token})).await.code(), "AccessDeniedException");
    let (_, token) = create(&world, &key, json!({"RetiringPrincipal": GRANTEE})).await;
    retire(B, json!({"GrantToken": token})).await.ok();
    assert_eq!(
        retire(B, json!({"GrantToken": token})).await.code(),
        "NotFoundException",
        "it could have retired it"
    );
    let (_, token) = create(&world, &key, json!({"Operations": ["RetireGrant", "Decrypt"]})).await;
    retire(B, json!({"GrantToken": token})).await.ok();
    assert!(ids(&world, &key).await.is_empty());
}

fn uuid() -> &'static str {
    "00000000-0000-4000-8000-000000000000"
}

#[tokio::test]
async fn of_many_who_use_and_make_by_a_grant_while_it_is_revoked_none_makes_one_after() {
    let world = Arc::new(World::new().await);
    let key = world.key().await;
    let arn = format!("arn:aws:kms:us-east-1:{A}:key/{key}");
    for _ in 0..6 {
        let operations = json!({"Operations": ["CreateGrant", "Decrypt"]});
        let (parent, _) = create(&world, &key, operations).await;
        let child = json!({"KeyId": arn, "GranteePrincipal": GRANTEE, "Operations": ["Decrypt"]});
        let makers = crowd(&world, B, 8, child.clone());
        let revoked = world.call("RevokeGrant", json!({"KeyId": key, "GrantId": parent}));
        let (made, revoked) = tokio::join!(makers, revoked);
        revoked.ok();
        assert!(made.iter().all(|reply| ["ok", "AccessDeniedException"].contains(&reply.code())), "{made:?}");
        assert_eq!(world.call_as(B, "CreateGrant", child).await.code(), "AccessDeniedException");
        for id in ids(&world, &key).await {
            world.call("RevokeGrant", json!({"KeyId": key, "GrantId": id})).await.ok();
        }
    }
}

#[tokio::test]
async fn a_child_has_no_more_than_its_parent_and_outlives_it() {
    let world = World::new().await;
    let key = world.key().await;
    let arn = format!("arn:aws:kms:us-east-1:{A}:key/{key}");
    let constraints = json!({"EncryptionContextSubset": {"a": "1"}});
    let (parent, _) = create(
        &world,
        &key,
        json!({"Operations": ["CreateGrant", "Encrypt", "RetireGrant"], "Constraints": constraints}),
    )
    .await;
    let child = |more: Value| {
        let input = json!({"KeyId": arn, "GranteePrincipal": GRANTEE, "Operations": ["Encrypt"], "Constraints": constraints});
        world.call_as(B, "CreateGrant", with(input, more))
    };
    for more in [
        json!({"Operations": ["Encrypt", "Decrypt"]}),
        json!({"Constraints": {}}),
        json!({"Constraints": {"EncryptionContextSubset": {"a": "2"}}}),
        json!({"Constraints": {"EncryptionContextEquals": {"b": "1"}}}),
    ] {
        assert_eq!(child(more.clone()).await.code(), "AccessDeniedException", "{more}");
    }
    for more in [
        json!({}),
        json!({"Operations": ["Encrypt", "RetireGrant"]}),
        json!({"Constraints": {"EncryptionContextEquals": {"a": "1"}}}),
        json!({"Constraints": {"EncryptionContextSubset": {"a": "1", "b": "2"}}}),
    ] {
        child(more).await.ok();
    }
    let listed = world.call("ListGrants", json!({"KeyId": key})).await.ok();
    let issuers: BTreeSet<_> = listed["Grants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|grant| grant["IssuingAccount"].to_string())
        .collect();
    assert_eq!(issuers.len(), 2, "a child's issuer is the account that made it");
    world.call("RevokeGrant", json!({"KeyId": key, "GrantId": parent})).await.ok();
    assert_eq!(child(json!({})).await.code(), "AccessDeniedException");
    use_as(&world, B, &key, json!({"EncryptionContext": {"a": "1"}})).await.ok();
    assert_eq!(
        use_as(&world, B, &key, json!({"EncryptionContext": {"a": "2"}})).await.code(),
        "AccessDeniedException"
    );
}

#[tokio::test]
async fn grants_are_there_again_after_a_restart_and_so_are_their_names() {
    let store = Arc::new(gatekey_store::MemoryStore::new());
    let world = World::on(store.clone(), Quotas::default()).await;
    let key = world.key().await;
    let (named, _) = create(&world, &key, json!({"Name": "n", "RetiringPrincipal": GRANTEE})).await;
    let (other, _) = create(&world, &key, json!({})).await;
    let again = world.reopened(store).await;
    assert_eq!(ids(&again, &key).await, [named.clone(), other].into());
    use_as(&again, B, &key, json!({})).await.ok();
    let retirable = again.call_as(B, "ListRetirableGrants", json!({"RetiringPrincipal": GRANTEE})).await.ok();
    assert_eq!(retirable["Grants"][0]["GrantId"], json!(named));
    assert_eq!(create(&again, &key, json!({"Name": "n", "RetiringPrincipal": GRANTEE})).await.0, named);
    create(&again, &key, json!({"Name": "m"})).await;
}
