//! Principals who are gone: they are listed, and another is named instead only where it is said, of whom it is said.

use crate::world::{A, Reply, World};
use gatekey_testkit::Signer;
use serde_json::{Value, json};

const ROOT: &str = "arn:aws:iam::111122223333:root";
const ONE: &str = "arn:aws:iam::111122223333:user/one";
const TWO: &str = "arn:aws:iam::111122223333:user/two";
const NEW: &str = "arn:aws:iam::111122223333:user/new";

fn nothing() -> Value {
    json!([{"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"}])
}

fn all(names: &[&str]) -> Value {
    json!({"Effect": "Allow", "Principal": {"AWS": names}, "Action": "kms:*", "Resource": "*"})
}

/// A key of whose policy these are the statements.
async fn key(world: &World, statements: Value) -> String {
    world.key(A, Some(statements)).await
}

async fn users(world: &World, names: &[&str]) {
    for name in names {
        world.user(A, name, nothing()).await;
    }
}

async fn orphans(world: &World, key: &str) -> Vec<Value> {
    let answer = world.call("ListOrphans", json!({"KeyId": key})).await.ok();
    answer["Orphans"].as_array().unwrap().clone()
}

fn members(orphans: &[Value], name: &str) -> Vec<String> {
    orphans.iter().map(|orphan| orphan[name].as_str().unwrap_or_default().to_owned()).collect()
}

/// The policy as GetKeyPolicy shows it.
async fn shown(world: &World, key: &str) -> String {
    let answer = world.kms(&world.root(A), "GetKeyPolicy", json!({"KeyId": key})).await.ok();
    answer["Policy"].as_str().unwrap().to_owned()
}

async fn describes(world: &World, who: &Signer, key: &str) -> bool {
    world.kms(who, "DescribeKey", json!({"KeyId": key})).await.status == 200
}

/// Rebinds, the root user asking.
async fn rebind(world: &World, key: &str, from: &str, to: &str, rest: Value) -> Reply {
    let mut input = json!({"KeyId": key, "From": from, "To": to});
    for (name, value) in rest.as_object().into_iter().flatten() {
        input[name] = value.clone();
    }
    world.call("RebindPrincipal", input).await
}

#[tokio::test]
async fn whoever_is_gone_is_listed_with_place_and_proposal() {
    let world = World::new().await;
    users(&world, &["one", "two"]).await;
    let deny = json!({"Sid": "not two", "Effect": "Deny", "NotPrincipal": {"AWS": [ROOT, TWO]},
                      "Action": "kms:Sign", "Resource": "*"});
    let key = key(&world, json!([all(&[ROOT, ONE]), deny])).await;
    assert!(orphans(&world, &key).await.is_empty());
    let grant = json!({"KeyId": key, "GranteePrincipal": ONE, "RetiringPrincipal": ROOT, "Operations": ["Decrypt"],
                       "Constraints": {"EncryptionContextSubset": {"a": "b"}}, "Name": "n"});
    let grant = world.kms(&world.root(A), "CreateGrant", grant).await.ok()["GrantId"].clone();
    world.forget_user(A, "one").await;
    world.forget_user(A, "two").await;
    world.user(A, "two", nothing()).await;
    let found = orphans(&world, &key).await;
    assert_eq!(members(&found, "Written"), [ONE, TWO, ONE]);
    assert!(found.iter().all(|orphan| orphan["KeyArn"] == key.as_str()));
    assert!(members(&found, "UniqueId").iter().all(|id| id.starts_with("AIDA")));
    assert_eq!(
        found[0]["Place"],
        json!({"Kind": "STATEMENT", "Statement": 1, "Effect": "ALLOW", "Negated": false})
    );
    assert_eq!(found[0]["Proposal"], json!({"Kind": "NOBODY"}));
    assert_eq!(
        found[1]["Place"],
        json!({"Kind": "STATEMENT", "Statement": 2, "Sid": "not two", "Effect": "DENY", "Negated": true})
    );
    assert_eq!(
        (&found[1]["Proposal"]["Kind"], &found[1]["Proposal"]["Arn"]),
        (&json!("SAME_NAME"), &json!(TWO))
    );
    assert_ne!(found[1]["Proposal"]["UniqueId"], found[1]["UniqueId"]);
    assert_eq!(found[2]["Place"], json!({"Kind": "GRANTEE", "GrantId": grant}));
    assert_eq!(
        found[2]["Grant"],
        json!({"Name": "n", "Retiring": ROOT, "Operations": ["Decrypt"], "EncryptionContextSubset": {"a": "b"}})
    );
}

#[tokio::test]
async fn all_keys_are_looked_at_in_pages_and_what_is_in_grants_is_told_to_whom_kms_would_tell_it() {
    let world = World::new().await;
    users(&world, &["one"]).await;
    let first = key(&world, json!([all(&[ROOT, ONE])])).await;
    let second = key(&world, json!([all(&[ROOT])])).await;
    let grant = json!({"KeyId": second, "GranteePrincipal": ONE, "Operations": ["Decrypt"]});
    world.kms(&world.root(A), "CreateGrant", grant).await.ok();
    world.forget_user(A, "one").await;
    let mut found = Vec::new();
    let mut page = world.call("ListOrphans", json!({"Limit": 1})).await.ok();
    loop {
        assert_eq!(page["Complete"], true);
        found.extend(page["Orphans"].as_array().unwrap().clone());
        let Some(marker) = page["NextMarker"].as_str() else { break };
        page = world.call("ListOrphans", json!({"Limit": 1, "Marker": marker})).await.ok();
    }
    let mut keys = members(&found, "KeyArn");
    keys.sort();
    let mut expected = [first, second];
    expected.sort();
    assert_eq!(keys, expected);
    let rights = json!([{"Effect": "Allow", "Action": "gatekey:ListOrphans", "Resource": "*"}]);
    let auditor = world.user(A, "auditor", rights).await;
    let seen = world.by(&auditor, "ListOrphans", json!({})).await.ok();
    let seen = seen["Orphans"].as_array().unwrap().clone();
    assert!(seen.len() == 2 && seen.iter().all(|orphan| orphan["Grant"].is_null()), "{seen:?}");
}

#[tokio::test]
async fn one_who_is_gone_is_replaced_and_nobody_else_is() {
    let world = World::new().await;
    users(&world, &["one", "two"]).await;
    let condition = json!({"Effect": "Allow", "Principal": {"AWS": ONE}, "Action": "kms:Sign", "Resource": "*",
                           "Condition": {"StringEquals": {"aws:PrincipalArn": ONE}}});
    let key = key(&world, json!([all(&[ROOT, ONE, TWO]), condition])).await;
    world.forget_user(A, "one").await;
    world.forget_user(A, "two").await;
    let two = world.user(A, "two", nothing()).await;
    let new = world.user(A, "new", nothing()).await;
    let before = shown(&world, &key).await;
    let ids = members(&orphans(&world, &key).await, "UniqueId");
    let dry = rebind(&world, &key, &ids[0], NEW, json!({"DryRun": true})).await.ok();
    assert_eq!(shown(&world, &key).await, before, "a dry run writes nothing");
    assert_eq!(dry["Policy"], before.replace(&ids[0], NEW).as_str());
    let changes = dry["Changes"].as_array().unwrap();
    assert!(!changes.is_empty() && dry["Untold"] == json!([]), "{dry}");
    for change in changes {
        assert_eq!((&change["Effect"], &change["Principals"]), (&json!("GAINED"), &json!([NEW])), "{change}");
    }
    let approved = json!({"Approval": dry["Approval"], "Reason": "the one has left"});
    let done = rebind(&world, &key, &ids[0], NEW, approved).await.ok();
    assert_eq!((&done["Number"], &done["To"]), (&json!(2), &json!(NEW)));
    assert_eq!(done["Places"].as_array().unwrap().len(), 2);
    assert_eq!(dry["Policy"], shown(&world, &key).await.as_str());
    assert!(describes(&world, &new, &key).await);
    assert!(!describes(&world, &two, &key).await, "the namesake of another gets nothing");
    let left = orphans(&world, &key).await;
    assert_eq!(
        (members(&left, "Written"), members(&left, "UniqueId")),
        (vec![TWO.to_owned()], vec![ids[1].clone()])
    );
    let history = world.call("ListKeyPolicyVersions", json!({"KeyId": key})).await.ok();
    let why = format!("RebindPrincipal of {} to {NEW}: the one has left", ids[0]);
    assert_eq!(history["Versions"][0]["Why"], why.as_str());
    let event =
        world.events.all().into_iter().rfind(|event| event["eventName"] == "RebindPrincipal").unwrap();
    assert_eq!((&event["readOnly"], &event["requestParameters"]["to"]), (&json!(false), &json!(NEW)));
}

#[tokio::test]
async fn one_made_again_under_the_name_is_named_only_once_it_is_said() {
    let world = World::new().await;
    users(&world, &["one"]).await;
    let key = key(&world, json!([all(&[ROOT, ONE])])).await;
    world.forget_user(A, "one").await;
    let again = world.user(A, "one", nothing()).await;
    assert!(!describes(&world, &again, &key).await);
    let found = orphans(&world, &key).await;
    let proposed = found[0]["Proposal"]["Arn"].as_str().unwrap();
    rebind(&world, &key, ONE, proposed, json!({})).await.ok();
    assert!(describes(&world, &again, &key).await);
    assert!(orphans(&world, &key).await.is_empty());
    world.forget_user(A, "one").await;
    let third = world.user(A, "one", nothing()).await;
    assert!(!describes(&world, &third, &key).await, "and it is pinned to that one");
}

#[tokio::test]
async fn a_name_that_means_another_who_is_gone_is_refused() {
    let world = World::new().await;
    users(&world, &["one", "two"]).await;
    let key = key(&world, json!([all(&[ROOT, ONE]), all(&[TWO])])).await;
    world.forget_user(A, "one").await;
    world.forget_user(A, "two").await;
    let two = world.user(A, "two", nothing()).await;
    let reply = rebind(&world, &key, ONE, TWO, json!({})).await;
    reply.fails("InvalidQuestionException", "means one who is gone by it. Rebind that one first.");
    assert!(!describes(&world, &two, &key).await);
    assert_eq!(orphans(&world, &key).await.len(), 2);
}

#[tokio::test]
async fn whoever_a_not_principal_excepts_is_changed_only_if_that_is_said() {
    let world = World::new().await;
    users(&world, &["one", "new"]).await;
    let deny = json!({"Effect": "Deny", "NotPrincipal": {"AWS": [ROOT, ONE]}, "Action": "kms:Sign", "Resource": "*"});
    let key = key(&world, json!([all(&[ROOT]), deny])).await;
    world.forget_user(A, "one").await;
    rebind(&world, &key, ONE, NEW, json!({"DryRun": true}))
        .await
        .fails("InvalidQuestionException", "IncludeNotPrincipal");
    rebind(&world, &key, ONE, NEW, json!({})).await.fails("InvalidQuestionException", "excepted");
    let said = rebind(&world, &key, ONE, NEW, json!({"IncludeNotPrincipal": true})).await.ok();
    assert_eq!((&said["Places"][0]["Negated"], &said["Places"][0]["Effect"]), (&json!(true), &json!("DENY")));
    assert!(shown(&world, &key).await.contains(NEW));
}

#[tokio::test]
async fn a_rebind_opens_nothing_that_put_key_policy_would_not() {
    let world = World::new().await;
    users(&world, &["one", "new"]).await;
    let key = key(&world, json!([all(&[ROOT, ONE])])).await;
    world.forget_user(A, "one").await;
    let rights = json!([{"Effect": "Allow", "Action": ["gatekey:*", "kms:GetKeyPolicy"], "Resource": "*"}]);
    let curious = world.user(A, "curious", rights).await;
    let rights = json!([{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]);
    let keeper = world.user(A, "keeper", rights).await;
    for dry in [true, false] {
        let input = json!({"KeyId": key, "From": ONE, "To": NEW, "DryRun": dry});
        let reply = world.by(&curious, "RebindPrincipal", input.clone()).await;
        reply.fails("AccessDeniedException", "kms:PutKeyPolicy");
        let reply = world.by(&keeper, "RebindPrincipal", input).await;
        reply.fails("AccessDeniedException", "gatekey:RebindPrincipal");
    }
    assert_eq!(orphans(&world, &key).await.len(), 1);
}

#[tokio::test]
async fn a_dry_run_shows_the_policy_only_to_whom_get_key_policy_would() {
    let world = World::new().await;
    users(&world, &["one", "new"]).await;
    let key = key(&world, json!([all(&[ROOT, ONE])])).await;
    world.forget_user(A, "one").await;
    let actions = ["gatekey:RebindPrincipal", "kms:PutKeyPolicy"];
    let blind =
        world.user(A, "blind", json!([{"Effect": "Allow", "Action": actions, "Resource": "*"}])).await;
    let input = json!({"KeyId": key, "From": ONE, "To": NEW, "DryRun": true});
    let seen = world.by(&blind, "RebindPrincipal", input.clone()).await.ok();
    assert!(seen["Policy"].is_null() && !seen["Changes"].is_null(), "{seen}");
    assert!(world.call("RebindPrincipal", input).await.ok()["Policy"].is_string());
}

#[tokio::test]
async fn whoever_may_not_ask_learns_nothing_not_even_whether_there_is_a_key() {
    let world = World::new().await;
    let key = key(&world, json!([all(&[ROOT])])).await;
    let rights = json!([{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]);
    let curious = world.user(A, "curious", rights).await;
    for operation in ["ListOrphans", "RebindPrincipal"] {
        let mut told = Vec::new();
        let none = key.split_at(key.len() - 12).0.to_owned() + "000000000000";
        for asked in [&key, &none] {
            let input = json!({"KeyId": asked, "From": ONE, "To": NEW});
            let reply = world.by(&curious, operation, input).await;
            reply.fails("AccessDeniedException", operation);
            told.push(reply.message().replace(&**asked, "KEY"));
        }
        assert_eq!(told[0], told[1]);
    }
    let reply = world.by(&curious, "ListOrphans", json!({})).await;
    reply.fails("AccessDeniedException", "gatekey:ListOrphans");
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let world = World::new().await;
    users(&world, &["one", "two", "new"]).await;
    let key = key(&world, json!([all(&[ROOT, ONE, TWO])])).await;
    world.forget_user(A, "one").await;
    world.call("ListOrphans", json!({"KeyId": "alias/none"})).await.fails("NotFoundException", "alias/none");
    for (key, from, to, code, text) in [
        ("alias/none", ONE, NEW, "NotFoundException", "alias/none"),
        (&key, ONE, "arn:aws:iam::111122223333:user/none", "NotFoundException", "user/none"),
        (&key, ONE, "arn:aws:iam::999900001111:user/none", "NotFoundException", "999900001111"),
        (&key, ONE, ROOT, "InvalidQuestionException", "not the ARN of a user or a role"),
        (&key, ONE, "*", "InvalidQuestionException", "not the ARN of a user or a role"),
        (&key, TWO, NEW, "NotFoundException", "names nobody who is gone as"),
        (&key, ROOT, NEW, "NotFoundException", "names nobody who is gone as"),
        (&key, "AIDAAAAAAAAAAAAAAAAAA", NEW, "NotFoundException", "names nobody who is gone as"),
    ] {
        rebind(&world, key, from, to, json!({})).await.fails(code, text);
    }
    assert_eq!(orphans(&world, &key).await.len(), 1);
}

#[tokio::test]
async fn a_rebind_that_would_lock_its_caller_out_is_refused() {
    let world = World::new().await;
    users(&world, &["one"]).await;
    let rights = json!([{"Effect": "Allow", "Action": "gatekey:*", "Resource": "*"}]);
    let keeper = world.user(A, "keeper", rights).await;
    let user = "arn:aws:iam::111122223333:user/keeper";
    let deny =
        json!({"Effect": "Deny", "Principal": {"AWS": ONE}, "Action": "kms:PutKeyPolicy", "Resource": "*"});
    let key = key(&world, json!([all(&[ROOT, user]), deny])).await;
    world.forget_user(A, "one").await;
    let input = json!({"KeyId": key, "From": ONE, "To": user});
    world
        .by(&keeper, "RebindPrincipal", input.clone())
        .await
        .fails("InvalidQuestionException", "you could not put the policy again");
    world.call("RebindPrincipal", input).await.ok();
}

#[tokio::test]
async fn what_was_approved_is_what_is_done_or_nothing_is() {
    let world = World::new().await;
    users(&world, &["one", "new"]).await;
    let key = key(&world, json!([all(&[ROOT, ONE])])).await;
    let second = json!({"KeyId": key, "PolicyName": "default",
                        "Policy": json!({"Version": "2012-10-17", "Statement": [all(&[ROOT, ONE])]}).to_string()});
    world.forget_user(A, "new").await;
    world.user(A, "new", nothing()).await;
    world.kms(&world.root(A), "PutKeyPolicy", second).await.ok();
    world.forget_user(A, "one").await;
    let dry = rebind(&world, &key, ONE, NEW, json!({"DryRun": true})).await.ok();
    world.forget_user(A, "new").await;
    world.user(A, "new", nothing()).await;
    let reply = rebind(&world, &key, ONE, NEW, json!({"Approval": dry["Approval"]})).await;
    reply.fails("InvalidQuestionException", "no longer the one that was approved");
    let dry = rebind(&world, &key, ONE, NEW, json!({"DryRun": true})).await.ok();
    world.call("RollbackKeyPolicy", json!({"KeyId": key, "Number": 2})).await;
    rebind(&world, &key, ONE, NEW, json!({"Approval": dry["Approval"]})).await.ok();
}

#[tokio::test]
async fn the_policy_of_a_key_of_aws_is_nobodys_to_change() {
    let world = World::new().await;
    users(&world, &["one", "new"]).await;
    let put = json!({"Name": "p", "Value": "v", "Type": "SecureString"});
    world.send(&world.root(A), "ssm", "AmazonSSM.PutParameter", put).await.ok();
    world.forget_user(A, "one").await;
    let reply = rebind(&world, "alias/aws/ssm", ONE, NEW, json!({})).await;
    assert!(["InvalidQuestionException", "AccessDeniedException"].contains(&reply.code()), "{reply:?}");
}

#[tokio::test]
async fn a_policy_as_long_as_can_be_that_names_only_who_is_gone_is_listed_and_rebound() {
    let world = World::new().await;
    let mut names = Vec::new();
    while names.len() * 64 < 31_000 {
        let name = format!("u{:0>30}", names.len());
        world.user(A, &name, nothing()).await;
        names.push(format!("arn:aws:iam::111122223333:user/{name}"));
    }
    let all_of_them: Vec<&str> = [ROOT].into_iter().chain(names.iter().map(String::as_str)).collect();
    let key = key(&world, json!([all(&all_of_them)])).await;
    for name in &names {
        world.forget_user(A, name.rsplit('/').next().unwrap()).await;
    }
    let long = "n".repeat(64);
    users(&world, &["new", &long]).await;
    let found = world.call("ListOrphans", json!({"KeyId": key, "Limit": 1000})).await.ok();
    assert_eq!(found["Orphans"].as_array().unwrap().len(), names.len());
    rebind(&world, &key, &names[0], NEW, json!({})).await.ok();
    let mut refused = None;
    let long = format!("arn:aws:iam::111122223333:user/{long}");
    for name in &names[1..] {
        let reply = rebind(&world, &key, name, &long, json!({})).await;
        if reply.status != 200 {
            refused = Some(reply);
            break;
        }
    }
    refused
        .expect("the longest policy is not exceeded")
        .fails("InvalidQuestionException", "length breached: the limit is 32768.");
}
