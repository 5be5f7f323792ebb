//! ReplayPolicy: what was recorded, decided again.

use crate::{
    remembered::{counts, of, world},
    world::{A, B, World, policy},
};
use gatekey_testkit::Signer;
use serde_json::{Value, json};

const ROOT: &str = "arn:aws:iam::111122223333:root";
const APP: &str = "arn:aws:iam::111122223333:user/app";

/// The account's own statement, and these.
fn with(statements: &[Value]) -> Value {
    let mut all = vec![allow(ROOT, "kms:*")];
    all.extend(statements.iter().cloned());
    all.into()
}

fn allow(principal: &str, actions: &str) -> Value {
    json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": actions, "Resource": "*"})
}

fn allow_if(principal: &str, actions: &str, condition: Value) -> Value {
    let mut statement = allow(principal, actions);
    statement["Condition"] = condition;
    statement
}

fn can(actions: &str) -> Value {
    json!([{"Effect": "Allow", "Action": actions, "Resource": "*"}])
}

async fn encrypt(world: &World, who: &Signer, key: &str) -> Value {
    encrypt_for(world, who, key, json!({})).await
}

async fn encrypt_for(world: &World, who: &Signer, key: &str, context: Value) -> Value {
    let input = json!({"KeyId": key, "Plaintext": "aGk=", "EncryptionContext": context});
    world.kms(who, "Encrypt", input).await.body.clone()
}

#[tokio::test]
async fn calls_that_would_be_denied_and_that_would_be_allowed_are_counted_and_shown() {
    let world = world().await;
    let (app, other) = (world.user(A, "app", json!([])).await, world.user(A, "other", json!([])).await);
    let key = world.key(A, Some(with(&[allow(APP, "kms:Encrypt")]))).await;
    let sealed = encrypt(&world, &app, &key).await;
    world.clock.advance_seconds(60);
    encrypt(&world, &app, &key).await;
    world.clock.advance_seconds(60);
    encrypt(&world, &other, &key).await;
    let opened = world.kms(&app, "Decrypt", json!({"CiphertextBlob": sealed["CiphertextBlob"]})).await;
    assert_eq!(opened.code(), "AccessDeniedException");
    let new = with(&[allow("arn:aws:iam::111122223333:user/other", "kms:Encrypt")]);
    let answer = world.replay(&key, &new).await;
    assert_eq!((&answer["Calls"], &answer["KeyArn"]), (&json!(4), &json!(key)));
    assert_eq!(counts(&answer), [("WOULD_DENY", 2), ("WOULD_ALLOW", 1), ("UNCHANGED", 1)]);
    let denied = of(&answer, "WOULD_DENY");
    let first = &denied["Earliest"];
    assert_eq!((&first["Principal"], &first["Recorded"]), (&json!(APP), &json!("ALLOWED")));
    assert_eq!((&first["EventName"], &first["Actions"]), (&json!("Encrypt"), &json!(["kms:Encrypt"])));
    assert_eq!(first["EventTime"].as_f64(), Some(1_800_000_000.0));
    let times: Vec<_> =
        denied["Newest"].as_array().unwrap().iter().map(|call| call["EventTime"].as_f64().unwrap()).collect();
    assert_eq!(times, [1_800_000_060.0, 1_800_000_000.0], "the newest first");
    let same = world.replay(&key, &with(&[allow(APP, "kms:Encrypt")])).await;
    assert_eq!(counts(&same), [("UNCHANGED", 4)]);
}

#[tokio::test]
async fn what_the_event_does_not_tell_is_not_guessed_and_is_named() {
    let world = world().await;
    let role = world.role("worker", json!([])).await;
    let key = world.key(A, Some(with(&[allow(&role, "kms:*")]))).await;
    let user = world.user(A, "app", can("sts:*")).await;
    let named = [("RoleArn", role.as_str()), ("RoleSessionName", "ss")];
    let session = world.session(&user, "AssumeRole", &named).await;
    let input = json!({"KeyId": key, "Plaintext": "aGk="});
    assert_eq!(world.kms_in(&session, "Encrypt", &input).await.status, 200);
    let tagged = json!({"StringEquals": {"aws:PrincipalTag/team": "payments"}});
    let answer = world.replay(&key, &with(&[allow_if(&role, "kms:*", tagged)])).await;
    assert_eq!(counts(&answer), [("UNTOLD", 1)]);
    let call = &of(&answer, "UNTOLD")["Earliest"];
    assert_eq!(call["MissingKeys"], json!(["aws:PrincipalTag/team"]));
    assert!(call["Why"].as_str().unwrap().contains("aws:PrincipalTag/team"), "{call}");
    let provider = json!({"StringEquals": {"aws:FederatedProvider": "accounts.example.com"}});
    let both = with(&[allow_if(&role, "kms:Decrypt", provider)]);
    assert_eq!(
        counts(&world.replay(&key, &both).await),
        [("WOULD_DENY", 1)],
        "what is open is about Decrypt"
    );
    let put = json!({"KeyId": key, "Policy": policy(with(&[allow(&role, "kms:*")]))});
    world.kms(&world.root(A), "PutKeyPolicy", put).await.ok();
    let bypass =
        allow_if(ROOT, "kms:PutKeyPolicy", json!({"Bool": {"kms:BypassPolicyLockoutSafetyCheck": "false"}}));
    let answer = world.replay(&key, &json!([bypass, allow(&role, "kms:*")])).await;
    let untold = &of(&answer, "UNTOLD")["Earliest"];
    assert_eq!(untold["MissingKeys"], json!(["kms:BypassPolicyLockoutSafetyCheck"]), "{answer}");
}

#[tokio::test]
async fn calls_of_who_is_gone_are_counted_apart_and_a_namesake_is_not_taken_for_them() {
    let world = world().await;
    let app = world.user(A, "app", can("kms:*")).await;
    let key = world.key(A, None).await;
    encrypt(&world, &app, &key).await;
    world.forget_user(A, "app").await;
    world.user(A, "app", can("kms:*")).await;
    let answer = world.replay(&key, &with(&[])).await;
    assert_eq!(counts(&answer), [("PRINCIPAL_GONE", 1)]);
    assert_eq!(of(&answer, "PRINCIPAL_GONE")["Newest"][0]["Principal"], json!(APP));
}

#[tokio::test]
async fn sessions_of_roles_are_decided_and_those_with_policies_of_their_own_only_where_these_do_not_matter() {
    let world = world().await;
    let role = world.role("worker", can("kms:*")).await;
    let user = world.user(A, "app", can("sts:*")).await;
    let key = world.key(A, None).await;
    let input = json!({"KeyId": key, "Plaintext": "aGk="});
    let named = [("RoleArn", role.as_str()), ("RoleSessionName", "plain")];
    let plain = world.session(&user, "AssumeRole", &named).await;
    assert_eq!(world.kms_in(&plain, "Encrypt", &input).await.status, 200);
    let own = policy(can("kms:Encrypt"));
    let limited = [("RoleArn", role.as_str()), ("RoleSessionName", "limited"), ("Policy", own.as_str())];
    let limited = world.session(&user, "AssumeRole", &limited).await;
    assert_eq!(world.kms_in(&limited, "Encrypt", &input).await.status, 200);
    assert_eq!(world.events.all().last().unwrap()["gatekey"]["sessionPolicies"], 1);
    let answer = world.replay(&key, &with(&[])).await;
    assert_eq!(counts(&answer), [("UNCHANGED", 1), ("UNTOLD", 1)]);
    let untold = &of(&answer, "UNTOLD")["Earliest"];
    assert!(untold["Principal"].as_str().unwrap().ends_with("assumed-role/worker/limited"), "{untold}");
    assert!(untold["Why"].as_str().unwrap().contains("policies of the session"), "{untold}");
    let only_plain = json!({"StringLike": {"aws:userid": "*:plain"}});
    let answer = world.replay(&key, &json!([allow_if(ROOT, "kms:*", only_plain)])).await;
    assert_eq!(counts(&answer), [("WOULD_DENY", 1), ("UNCHANGED", 1)], "whatever the session's policies are");
}

#[tokio::test]
async fn federated_users_are_decided_only_where_their_own_policies_do_not_matter() {
    let world = world().await;
    let key = world.key(A, None).await;
    let user = world.user(A, "app", can("*")).await;
    let own = policy(can("kms:Encrypt"));
    let asked = [("Name", "fed"), ("Policy", own.as_str())];
    let session = world.session(&user, "GetFederationToken", &asked).await;
    let input = json!({"KeyId": key, "Plaintext": "aGk="});
    assert_eq!(world.kms_in(&session, "Encrypt", &input).await.status, 200);
    assert_eq!(counts(&world.replay(&key, &with(&[])).await), [("UNTOLD", 1)]);
    let narrow = json!([allow(ROOT, "kms:Decrypt")]);
    assert_eq!(counts(&world.replay(&key, &narrow).await), [("WOULD_DENY", 1)]);
    world.forget_user(A, "app").await;
    assert_eq!(counts(&world.replay(&key, &narrow).await), [("PRINCIPAL_GONE", 1)], "the user who began it");
}

#[tokio::test]
async fn calls_that_a_service_made_for_somebody_have_its_condition_keys_and_not_the_address() {
    let world = world().await;
    let app = world.user(A, "app", can("*")).await;
    let key = world.key(A, None).await;
    encrypt(&world, &app, &key).await;
    let put = json!({"Name": "p", "Value": "v", "Type": "SecureString", "KeyId": key});
    world.send(&app, "ssm", "AmazonSSM.PutParameter", put).await.ok();
    let via = json!({"StringEquals": {"kms:ViaService": "ssm.us-east-1.amazonaws.com"}});
    let answer = world.replay(&key, &json!([allow_if(ROOT, "kms:*", via)])).await;
    assert_eq!(of(&answer, "WOULD_DENY")["Count"], 1, "{answer}");
    assert_eq!(of(&answer, "WOULD_DENY")["Earliest"]["EventName"], "Encrypt");
    let direct = json!({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}});
    let answer = world.replay(&key, &json!([allow_if(ROOT, "kms:*", direct)])).await;
    let of_service: Vec<&Value> = of(&answer, "WOULD_DENY")["Newest"].as_array().unwrap().iter().collect();
    assert!(!of_service.is_empty() && of(&answer, "UNCHANGED")["Count"] == 1, "{answer}");
}

#[tokio::test]
async fn grants_count_as_they_are_now_and_one_that_is_gone_denies_already() {
    let world = world().await;
    let app = world.user(A, "app", json!([])).await;
    let key = world.key(A, None).await;
    let grant = json!({"KeyId": key, "GranteePrincipal": APP, "Operations": ["Encrypt"]});
    let grant = world.kms(&world.root(A), "CreateGrant", grant).await.ok();
    encrypt(&world, &app, &key).await;
    let of_app = |answer: &Value, effect: &str| {
        let newest = of(answer, effect)["Newest"].as_array().cloned().unwrap_or_default();
        newest.iter().filter(|call| call["Principal"] == APP).count()
    };
    let silent = world.replay(&key, &with(&[])).await;
    assert_eq!(counts(&silent), [("UNCHANGED", 2)], "the grant's making and its use");
    let mut deny = allow(APP, "kms:Encrypt");
    deny["Effect"] = "Deny".into();
    assert_eq!(of_app(&world.replay(&key, &with(&[deny])).await, "WOULD_DENY"), 1);
    let revoke = json!({"KeyId": key, "GrantId": grant["GrantId"]});
    world.kms(&world.root(A), "RevokeGrant", revoke).await.ok();
    let after = world.replay(&key, &with(&[])).await;
    assert_eq!((of_app(&after, "DENIED_TODAY"), of_app(&after, "WOULD_DENY")), (1, 0), "{after}");
}

#[tokio::test]
async fn rights_that_came_since_are_told_apart_from_those_that_the_policy_brings() {
    let world = world().await;
    let app = world.user(A, "app", json!([])).await;
    let key = world.key(A, None).await;
    encrypt(&world, &app, &key).await;
    let document = policy(can("kms:Encrypt"));
    let put = [("UserName", "app"), ("PolicyName", "p"), ("PolicyDocument", document.as_str())];
    world.form(&world.root(A), "iam", "PutUserPolicy", &put).await;
    assert_eq!(counts(&world.replay(&key, &with(&[])).await), [("ALLOWED_TODAY", 1)]);
}

#[tokio::test]
async fn conditions_on_the_encryption_context_the_algorithm_and_the_alias_see_what_was_sent() {
    let world = world().await;
    let app = world.user(A, "app", can("kms:*")).await;
    let key = world.key(A, None).await;
    world.kms(&world.root(A), "CreateAlias", json!({"AliasName": "alias/a", "TargetKeyId": key})).await.ok();
    encrypt_for(&world, &app, &key, json!({"tenant": "acme"})).await;
    encrypt_for(&world, &app, &key, json!({"tenant": "other"})).await;
    encrypt_for(&world, &app, "alias/a", json!({})).await;
    let denied = async |condition: Value| {
        let answer = world.replay(&key, &json!([allow_if(ROOT, "kms:Encrypt", condition)])).await;
        let newest = of(&answer, "WOULD_DENY")["Newest"].as_array().cloned().unwrap_or_default();
        newest.iter().filter(|call| call["EventName"] == "Encrypt").count()
    };
    assert_eq!(denied(json!({"StringEquals": {"kms:EncryptionContext:tenant": "acme"}})).await, 2);
    assert_eq!(denied(json!({"Null": {"kms:EncryptionContextKeys": "true"}})).await, 2);
    assert_eq!(denied(json!({"StringEquals": {"kms:RequestAlias": "alias/a"}})).await, 2);
    assert_eq!(denied(json!({"StringEquals": {"kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}})).await, 0);
    assert_eq!(denied(json!({"StringEquals": {"kms:EncryptionAlgorithm": "RSAES_OAEP_SHA_1"}})).await, 3);
    assert_eq!(denied(json!({"StringEquals": {"aws:username": "app"}})).await, 0);
    assert_eq!(denied(json!({"Bool": {"aws:SecureTransport": "true"}})).await, 3);
    assert_eq!(denied(json!({"DateLessThan": {"aws:CurrentTime": "2027-01-15T08:00:01Z"}})).await, 0);
    world.clock.advance_days(1);
    assert_eq!(denied(json!({"DateLessThan": {"aws:CurrentTime": "2027-01-15T08:00:01Z"}})).await, 0);
}

#[tokio::test]
async fn of_a_re_encryption_each_key_is_asked_for_its_half() {
    let world = world().await;
    let app = world.user(A, "app", can("kms:*")).await;
    let (from, to) = (world.key(A, None).await, world.key(A, None).await);
    let sealed = encrypt(&world, &app, &from).await;
    let input = json!({"CiphertextBlob": sealed["CiphertextBlob"], "DestinationKeyId": to});
    world.kms(&app, "ReEncrypt", input).await.ok();
    let no_from = json!([allow(ROOT, "kms:Encrypt"), allow(ROOT, "kms:ReEncryptTo")]);
    let answer = world.replay(&from, &no_from).await;
    assert_eq!(of(&answer, "WOULD_DENY")["Earliest"]["Actions"], json!(["kms:ReEncryptFrom"]));
    assert_eq!(counts(&world.replay(&to, &no_from).await), [("UNCHANGED", 1)]);
}

#[tokio::test]
async fn callers_of_another_account_are_decided_by_this_side_alone_and_shown_by_their_account() {
    let world = world().await;
    let theirs = world.user(B, "friend", can("kms:*")).await;
    let stranger = world.user(B, "stranger", json!([])).await;
    let key = world.key(A, Some(with(&[allow(B, "kms:Encrypt")]))).await;
    encrypt(&world, &theirs, &key).await;
    encrypt(&world, &stranger, &key).await;
    assert_eq!(
        counts(&world.replay(&key, &with(&[allow(B, "kms:*")])).await),
        [("UNCHANGED", 1), ("UNTOLD", 1)]
    );
    world.forget_user(B, "friend").await;
    let answer = world.replay(&key, &with(&[])).await;
    assert_eq!(
        counts(&answer),
        [("WOULD_DENY", 1), ("UNCHANGED", 1)],
        "whether they are still there is not told"
    );
    assert_eq!(of(&answer, "WOULD_DENY")["Earliest"]["Principal"], json!(B));
    assert!(!answer.to_string().contains("friend"), "{answer}");
}

#[tokio::test]
async fn calls_that_failed_for_another_reason_do_not_count() {
    let world = world().await;
    let app = world.user(A, "app", can("kms:*")).await;
    let key = world.key(A, None).await;
    world.kms(&world.root(A), "DisableKey", json!({"KeyId": key})).await.ok();
    assert_eq!(encrypt(&world, &app, &key).await["__type"], "DisabledException");
    assert_eq!(world.replay(&key, &with(&[])).await["Calls"], 1, "DisableKey");
}

#[tokio::test]
async fn pages_add_up_to_the_whole_and_a_token_is_of_its_own_replay() {
    let world = world().await;
    let app = world.user(A, "app", can("kms:*")).await;
    let key = world.key(A, None).await;
    for _ in 0..7 {
        encrypt(&world, &app, &key).await;
        world.clock.advance_seconds(60);
    }
    let new = policy(json!([allow(ROOT, "kms:Decrypt")]));
    let whole = world.call("ReplayPolicy", json!({"KeyId": key, "Policy": new})).await.ok();
    assert_eq!(counts(&whole), [("WOULD_DENY", 7)]);
    let mut question = json!({"KeyId": key, "Policy": new, "MaxResults": 2});
    let (mut calls, mut pages, mut reached) = (0, 0, f64::MAX);
    loop {
        let page = world.call("ReplayPolicy", question.clone()).await.ok();
        calls += of(&page, "WOULD_DENY")["Count"].as_i64().unwrap_or_default();
        pages += 1;
        assert!(page["Calls"].as_i64().unwrap() <= 2);
        assert_eq!((&page["StartTime"], &page["EndTime"]), (&whole["StartTime"], &whole["EndTime"]));
        let now = page["ReachedTime"].as_f64().unwrap();
        assert!(now < reached, "it gets on");
        reached = now;
        // What happens meanwhile is not of this replay.
        world.clock.advance_seconds(60);
        encrypt(&world, &app, &key).await;
        if page["NextToken"].is_null() {
            break;
        }
        question["NextToken"] = page["NextToken"].clone();
    }
    assert_eq!((calls, pages), (7, 4));
    assert_eq!(Some(reached), whole["StartTime"].as_f64());
    question["Policy"] = policy(with(&[])).into();
    world.call("ReplayPolicy", question).await.fails("InvalidQuestionException", "NextToken");
}

#[tokio::test]
async fn the_time_of_a_replay_includes_both_ends_to_the_second() {
    let world = world().await;
    let app = world.user(A, "app", can("kms:*")).await;
    let key = world.key(A, None).await;
    for _ in 0..3 {
        encrypt(&world, &app, &key).await;
        world.clock.advance_days(10);
    }
    let calls = async |span: Value| {
        let mut question = json!({"KeyId": key, "Policy": policy(with(&[]))});
        span.as_object().unwrap().iter().for_each(|(name, value)| question[name] = value.clone());
        world.call("ReplayPolicy", question).await
    };
    let day = |days: i64| 1_800_000_000 + days * 86_400;
    for (span, count) in [
        (json!({}), 3),
        (json!({"Days": 20}), 2),
        (json!({"Days": 10}), 1),
        (json!({"Days": 9}), 0),
        (json!({"StartTime": day(10), "EndTime": day(20)}), 2),
        (json!({"StartTime": day(10) + 1, "EndTime": day(20) - 1}), 0),
        (json!({"EndTime": day(0)}), 1),
    ] {
        assert_eq!(calls(span.clone()).await.ok()["Calls"], count, "{span}");
    }
    for span in [json!({"StartTime": day(2), "EndTime": day(1)}), json!({"Days": 1, "StartTime": day(1)})] {
        calls(span).await.fails("InvalidQuestionException", "Time");
    }
}

#[tokio::test]
async fn wrong_questions_are_named_and_both_rights_are_needed() {
    let world = world().await;
    let key = world.key(A, None).await;
    let theirs = world.key(B, None).await;
    let good = policy(with(&[]));
    for (asked, policy, code, named) in [
        (key.as_str(), "{", "InvalidQuestionException", "Policy is not a key policy"),
        (key.as_str(), r#"{"Statement":[{"Effect":"Maybe"}]}"#, "InvalidQuestionException", "Policy"),
        ("alias/none", good.as_str(), "NotFoundException", "alias/none"),
        (theirs.as_str(), good.as_str(), "NotFoundException", theirs.as_str()),
    ] {
        let question = json!({"KeyId": asked, "Policy": policy});
        world.call("ReplayPolicy", question).await.fails(code, named);
    }
    let replays = world.user(A, "replays", can("gatekey:*")).await;
    let looks = world.user(A, "looks", can("cloudtrail:*")).await;
    let both = json!([{"Effect": "Allow", "Action": ["gatekey:ReplayPolicy", "cloudtrail:LookupEvents"], "Resource": "*"}]);
    let both = world.user(A, "both", both).await;
    for asked in [key.as_str(), "alias/none", theirs.as_str()] {
        let question = json!({"KeyId": asked, "Policy": good});
        let reply = world.by(&replays, "ReplayPolicy", question.clone()).await;
        reply.fails("AccessDeniedException", "cloudtrail:LookupEvents");
        let reply = world.by(&looks, "ReplayPolicy", question).await;
        reply.fails("AccessDeniedException", "gatekey:ReplayPolicy");
    }
    world.by(&both, "ReplayPolicy", json!({"KeyId": key, "Policy": good})).await.ok();
}
