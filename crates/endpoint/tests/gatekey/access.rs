//! WhoCan, WhatCan and AccessMatrix.

use crate::world::{A, B, World};
use serde_json::{Value, json};

const APP: &str = "arn:aws:iam::111122223333:user/app";

fn allow(actions: &str) -> Value {
    json!([{"Effect": "Allow", "Action": actions, "Resource": "*"}])
}

/// The names of those who can.
fn names(answer: &Value) -> Vec<&str> {
    answer["Holders"].as_array().unwrap().iter().map(|holder| holder["Principal"].as_str().unwrap()).collect()
}

fn holder<'a>(answer: &'a Value, name: &str) -> &'a Value {
    let all = answer["Holders"].as_array().unwrap();
    all.iter().find(|holder| holder["Principal"] == name).unwrap_or_else(|| panic!("{answer}"))
}

#[tokio::test]
async fn everyone_who_can_is_named_with_what_is_left_over() {
    let world = World::new().await;
    let key = world.key(A, None).await;
    let statement = json!([{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]);
    world.user(A, "app", statement).await;
    world.user(A, "writer", allow("kms:Encrypt")).await;
    let question = json!({"Action": "kms:Decrypt", "KeyId": key});
    let answer = world.call("WhoCan", question).await.ok();
    assert_eq!(names(&answer), ["arn:aws:iam::111122223333:root", APP]);
    let access = &holder(&answer, APP)["Access"][0];
    assert_eq!((&access["Always"], &access["Conditions"]), (&json!(false), &json!(["only with MFA"])));
    assert_eq!(answer["KeyArn"], json!(key));
    let matrix = world.call("AccessMatrix", json!({"KeyId": key})).await.ok();
    let writer = holder(&matrix, "arn:aws:iam::111122223333:user/writer");
    assert_eq!(writer["Access"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&writer["Access"][0]["Action"], &writer["Access"][0]["Always"]),
        (&json!("kms:Encrypt"), &json!(true))
    );
    let can = world.call("WhatCan", json!({"Principal": APP})).await.ok();
    assert_eq!(can["Keys"][0]["KeyArn"], json!(key));
    assert_eq!(can["Keys"][0]["Access"][0]["Action"], "kms:Decrypt");
}

#[tokio::test]
async fn whom_the_key_names_elsewhere_is_told_of_and_nobody_else_of_that_account() {
    let world = World::new().await;
    world.user(B, "friend", allow("kms:*")).await;
    world.user(B, "other", allow("kms:*")).await;
    let statements = json!([
        {"Effect": "Allow", "Principal": {"AWS": A}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:user/friend"},
         "Action": "kms:Decrypt", "Resource": "*"}]);
    let key = world.key(A, Some(statements)).await;
    let answer = world.call("WhoCan", json!({"Action": "kms:Decrypt", "KeyId": key})).await.ok();
    assert_eq!(names(&answer).len(), 2, "{answer}");
    assert!(answer.to_string().contains("user/friend"));
    assert!(!answer.to_string().contains("user/other"));
}

#[tokio::test]
async fn answers_come_in_pages() {
    let world = World::new().await;
    let key = world.key(A, None).await;
    for name in ["a", "b", "c"] {
        world.user(A, name, allow("kms:Decrypt")).await;
    }
    let (mut all, mut marker) = (Vec::new(), Value::Null);
    loop {
        let mut question = json!({"Action": "kms:Decrypt", "KeyId": key, "Limit": 3});
        if !marker.is_null() {
            question["Marker"] = marker;
        }
        let answer = world.call("WhoCan", question).await.ok();
        all.extend(names(&answer).into_iter().map(str::to_owned));
        marker = answer["NextMarker"].clone();
        assert_eq!(answer["Truncated"], json!(!marker.is_null()));
        if marker.is_null() {
            break;
        }
    }
    assert_eq!(all.len(), 4, "{all:?}");
}

#[tokio::test]
async fn pages_are_of_one_answer_whatever_changes_meanwhile_unless_it_is_gone_or_somebody_elses() {
    let world = World::new().await;
    let key = world.key(A, None).await;
    for name in ["a", "b", "c"] {
        world.user(A, name, allow("kms:Decrypt")).await;
    }
    let page = |marker: &Value| {
        let question = json!({"Action": "kms:Decrypt", "KeyId": key, "Limit": 2, "Marker": marker});
        let first = json!({"Action": "kms:Decrypt", "KeyId": key, "Limit": 2});
        if marker.is_null() { first } else { question }
    };
    let first = world.call("WhoCan", page(&Value::Null)).await.ok();
    let marker = first["NextMarker"].clone();
    world.user(A, "aa", allow("kms:Decrypt")).await;
    let second = world.call("WhoCan", page(&marker)).await.ok();
    let told = |page: &Value| names(page).into_iter().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(
        (told(&second).len(), &second["Truncated"]),
        (2, &json!(false)),
        "who came later is not in it"
    );
    let another = world.user(A, "another", allow("gatekey:*")).await;
    let theirs = world.by(&another, "WhoCan", page(&marker)).await.ok();
    assert_eq!(theirs["Truncated"], true, "another caller has an answer of its own");
    let mut of_another_action = page(&marker);
    of_another_action["Action"] = json!("kms:Encrypt");
    assert_eq!(told(&world.call("WhoCan", of_another_action).await.ok()), Vec::<String>::new());
    world.clock.advance_seconds(60);
    let late = world.call("WhoCan", page(&marker)).await.ok();
    assert_eq!(late["Truncated"], true, "after a minute it is worked out anew");
}

#[tokio::test]
async fn wrong_questions_are_named_and_who_may_not_ask_learns_nothing() {
    let world = World::new().await;
    let key = world.key(A, None).await;
    let theirs = world.key(B, None).await;
    world.user(A, "app", allow("kms:*")).await;
    for (operation, question, code, named) in [
        (
            "WhoCan",
            json!({"Action": "kms:ListKeys", "KeyId": key}),
            "InvalidQuestionException",
            "kms:ListKeys",
        ),
        (
            "WhoCan",
            json!({"Action": "s3:GetObject", "KeyId": key}),
            "InvalidQuestionException",
            "s3:GetObject",
        ),
        ("WhoCan", json!({"Action": "kms:Decrypt", "KeyId": theirs}), "NotFoundException", &theirs),
        ("AccessMatrix", json!({"KeyId": "alias/none"}), "NotFoundException", "alias/none"),
        ("WhatCan", json!({"Principal": "arn:aws:iam::111122223333:role/x"}), "NotFoundException", "role/x"),
        ("WhatCan", json!({"Principal": "x"}), "InvalidQuestionException", "'x'"),
    ] {
        world.call(operation, question).await.fails(code, named);
    }
    let curious = world.user(A, "curious", allow("kms:*")).await;
    for (operation, question) in [
        ("WhoCan", json!({"Action": "kms:Decrypt", "KeyId": key})),
        ("AccessMatrix", json!({"KeyId": key})),
        ("WhatCan", json!({"Principal": APP})),
        ("WhatCan", json!({"Principal": "arn:aws:iam::111122223333:role/x"})),
    ] {
        let right = format!("gatekey:{operation}");
        world.by(&curious, operation, question).await.fails("AccessDeniedException", &right);
    }
}

#[tokio::test]
async fn who_could_give_themselves_the_right_is_told_with_the_steps() {
    let world = World::new().await;
    let key = world.key(A, None).await;
    let user = world.user(A, "app", allow("kms:CreateGrant")).await;
    world.user(A, "idle", json!([])).await;
    let question = json!({"Action": "kms:Decrypt", "KeyId": key});
    let answer = world.call("Escalations", question.clone()).await.ok();
    let found = answer["Escalations"].as_array().unwrap();
    let who: Vec<&Value> = found.iter().map(|one| &one["Principal"]).collect();
    assert_eq!(who, [&json!(APP)], "{answer}");
    assert_eq!(found[0]["Path"][0]["Action"], "kms:CreateGrant");
    let grant = json!({"KeyId": key, "GranteePrincipal": APP, "Operations": ["Decrypt"]});
    world.kms(&user, "CreateGrant", grant).await.ok();
    let after = world.call("WhoCan", question.clone()).await.ok();
    assert!(names(&after).contains(&APP), "{after}");
    world.by(&user, "Escalations", question).await.fails("AccessDeniedException", "gatekey:Escalations");
}
