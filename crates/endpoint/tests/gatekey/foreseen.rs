//! ForecastChange, KeyHealth, DiffPolicy and Prove: what they say is what then happens.

use crate::world::{A, World, policy};
use serde_json::{Value, json};

const ADMIN: &str = "arn:aws:iam::111122223333:user/admin";
const ROOT: &str = "arn:aws:iam::111122223333:root";

fn allow(actions: &str) -> Value {
    json!([{"Effect": "Allow", "Action": actions, "Resource": "*"}])
}

/// Statements that let this principal do everything.
fn all_to(principal: &str) -> Value {
    json!([{"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "kms:*", "Resource": "*"}])
}

#[tokio::test]
async fn a_policy_that_locks_out_is_foreseen_and_so_it_happens() {
    let world = World::new().await;
    world.user(A, "reader", json!([])).await;
    let key = world.key(A, None).await;
    let locking = json!([{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/reader"},
        "Action": "kms:Decrypt", "Resource": "*"}]);
    let question = json!({"KeyId": key, "Policy": policy(locking.clone())});
    let answer = world.call("ForecastChange", question).await.ok();
    let forecast = &answer["Forecasts"][0];
    assert_eq!((&forecast["Lockout"], &forecast["Loses"]), (&json!(true), &json!([ROOT])));
    assert_eq!(forecast["Before"]["Distance"], "UNREACHABLE");
    assert_eq!(forecast["After"]["Distance"], "LOCKED_OUT");
    let put = json!({"KeyId": key, "Policy": policy(locking), "BypassPolicyLockoutSafetyCheck": true});
    world.kms(&world.root(A), "PutKeyPolicy", put.clone()).await.ok();
    world.kms(&world.root(A), "PutKeyPolicy", put).await.fails("AccessDeniedException", "kms:PutKeyPolicy");
    let health = world.call("KeyHealth", json!({})).await.ok();
    assert_eq!(health["Keys"][0]["Distance"], "LOCKED_OUT");
}

#[tokio::test]
async fn the_deletion_of_the_last_administrator_is_foreseen() {
    let world = World::new().await;
    world.user(A, "admin", json!([])).await;
    world.user(A, "other", allow("kms:*")).await;
    let key = world.key(A, None).await;
    let put = json!({"KeyId": key, "Policy": policy(all_to(ADMIN)), "BypassPolicyLockoutSafetyCheck": true});
    world.kms(&world.root(A), "PutKeyPolicy", put).await.ok();
    let health = world.call("KeyHealth", json!({})).await.ok();
    let standing = &health["Keys"][0];
    assert_eq!((&standing["Distance"], &standing["Deletions"]), (&json!("EXACT"), &json!([ADMIN])));
    assert!(standing["Admins"][0]["DependsOn"].to_string().contains("only one"), "{standing}");
    let answer = world.call("ForecastChange", json!({"DeletePrincipal": ADMIN})).await.ok();
    assert_eq!(
        (&answer["Forecasts"][0]["Lockout"], &answer["Forecasts"][0]["KeyArn"]),
        (&json!(true), &json!(key))
    );
    let harmless = json!({"DeletePrincipal": "arn:aws:iam::111122223333:user/other"});
    assert_eq!(world.call("ForecastChange", harmless).await.ok()["Forecasts"], json!([]));
}

#[tokio::test]
async fn a_difference_is_told_with_requests_that_decide_as_it_says() {
    let world = World::new().await;
    world.user(A, "app", json!([])).await;
    let app = "arn:aws:iam::111122223333:user/app";
    let key = world.key(A, None).await;
    let mut statements = all_to(A);
    let extra = json!({"Effect": "Allow", "Principal": {"AWS": app}, "Action": "kms:Decrypt", "Resource": "*",
        "Condition": {"StringEquals": {"kms:EncryptionContext:tenant": "acme"}}});
    statements.as_array_mut().unwrap().push(extra);
    let question = json!({"KeyId": key, "NewPolicy": policy(statements.clone())});
    let answer = world.call("DiffPolicy", question).await.ok();
    assert_eq!(answer["Changes"].as_array().unwrap().len(), 1, "{answer}");
    let change = &answer["Changes"][0];
    assert_eq!((&change["Effect"], &change["Action"]), (&json!("GAINED"), &json!("kms:Decrypt")));
    assert_eq!(change["Principals"], json!([app]));
    assert_eq!(answer["Untold"], json!([]));
    let simulate = json!({"Principal": app, "Action": "kms:Decrypt", "KeyId": key, "Context": change["Witness"]["Context"]});
    let before = world.call("SimulateDecision", simulate.clone()).await.ok();
    world.kms(&world.root(A), "PutKeyPolicy", json!({"KeyId": key, "Policy": policy(statements)})).await.ok();
    let after = world.call("SimulateDecision", simulate).await.ok();
    assert_eq!(
        (&before["Decision"]["Outcome"], &after["Decision"]["Outcome"]),
        (&json!("DENIED"), &json!("ALLOWED"))
    );
    let same = json!({"KeyId": key, "NewPolicy": policy(all_to(A)), "OldPolicy": policy(all_to(A))});
    assert_eq!(world.call("DiffPolicy", same).await.ok()["Changes"], json!([]));
}

#[tokio::test]
async fn what_cannot_happen_is_proved_and_what_can_is_shown() {
    let world = World::new().await;
    world.user(A, "app", allow("kms:Encrypt")).await;
    let app = "arn:aws:iam::111122223333:user/app";
    let key = world.key(A, None).await;
    let prove = async |principal: &str, action: &str| {
        world.call("Prove", json!({"KeyId": key, "Principal": principal, "Action": action})).await.ok()
    };
    assert_eq!(prove(app, "kms:Decrypt").await["Result"], "PROVED");
    let shown = prove(app, "kms:Encrypt").await;
    assert_eq!((&shown["Result"], &shown["Witness"]["Principal"]), (&json!("COUNTEREXAMPLE"), &json!(app)));
    assert_eq!(prove("*", "kms:Decrypt").await["Result"], "COUNTEREXAMPLE", "the root user can");
    assert_eq!(prove(A, "kms:Decrypt").await["Result"], "COUNTEREXAMPLE");
}

#[tokio::test]
async fn wrong_questions_are_named_and_who_may_not_ask_learns_nothing() {
    let world = World::new().await;
    let key = world.key(A, None).await;
    let curious = world.user(A, "curious", allow("kms:*")).await;
    let nobody = "arn:aws:iam::111122223333:user/nobody";
    for (operation, question, code, named) in [
        ("ForecastChange", json!({}), "InvalidQuestionException", "KeyId and Policy"),
        ("ForecastChange", json!({"KeyId": key, "Policy": "{"}), "InvalidQuestionException", "Policy"),
        ("ForecastChange", json!({"DeletePrincipal": nobody}), "NotFoundException", nobody),
        ("ForecastChange", json!({"DeletePrincipal": ROOT}), "InvalidQuestionException", ROOT),
        ("DiffPolicy", json!({"KeyId": "alias/none", "NewPolicy": "{}"}), "NotFoundException", "alias/none"),
        ("DiffPolicy", json!({"KeyId": key, "NewPolicy": "{}"}), "InvalidQuestionException", "NewPolicy"),
        (
            "Prove",
            json!({"KeyId": key, "Principal": nobody, "Action": "kms:Decrypt"}),
            "NotFoundException",
            nobody,
        ),
        (
            "Prove",
            json!({"KeyId": key, "Principal": "x", "Action": "kms:Decrypt"}),
            "InvalidQuestionException",
            "'x'",
        ),
        (
            "Prove",
            json!({"KeyId": key, "Principal": "*", "Action": "kms:ListKeys"}),
            "InvalidQuestionException",
            "kms:ListKeys",
        ),
    ] {
        world.call(operation, question.clone()).await.fails(code, named);
        let right = format!("gatekey:{operation}");
        world.by(&curious, operation, question).await.fails("AccessDeniedException", &right);
    }
    world.by(&curious, "KeyHealth", json!({})).await.fails("AccessDeniedException", "gatekey:KeyHealth");
}

#[tokio::test]
async fn a_put_that_leaves_hardly_anybody_is_told_of_and_a_lockout_refused_where_that_is_set() {
    for (denies, locked_out) in
        [(None, "ok"), (Some(false), "ok"), (Some(true), "MalformedPolicyDocumentException")]
    {
        let world = World::foreseeing(denies).await;
        world.user(A, "admin", json!([])).await;
        let key = world.key(A, None).await;
        let put = |statements: Value| json!({"KeyId": key, "Policy": policy(statements), "BypassPolicyLockoutSafetyCheck": true});
        let harmless = world.kms(&world.root(A), "PutKeyPolicy", put(all_to(A))).await;
        assert_eq!((harmless.code(), harmless.forecast.as_str()), ("ok", ""));
        let reader = json!([{"Effect": "Allow", "Principal": {"AWS": ADMIN}, "Action": "kms:Decrypt", "Resource": "*"}]);
        if denies != Some(true) {
            let world = World::foreseeing(denies).await;
            world.user(A, "admin", json!([])).await;
            let key = world.key(A, None).await;
            let mut one = put(all_to(ADMIN));
            one["KeyId"] = key.into();
            let frail = world.kms(&world.root(A), "PutKeyPolicy", one).await;
            assert_eq!(
                frail.forecast.contains("only arn:aws:iam::111122223333:user/admin"),
                denies.is_some()
            );
        }
        let reply = world.kms(&world.root(A), "PutKeyPolicy", put(reader)).await;
        assert_eq!(reply.code(), locked_out, "{reply:?}");
        assert_eq!(reply.forecast.contains("nobody can change this policy"), denies.is_some());
        let event = world.events.all().pop().unwrap().to_string();
        assert_eq!(event.contains("gatekeyForecast"), denies == Some(false), "{event}");
    }
}
