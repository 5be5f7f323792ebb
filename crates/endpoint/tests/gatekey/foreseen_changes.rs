//! Changes of identities and organizations: what ForecastChange says before, and the server while they are made, is what then
//! happens.

use crate::world::{A, B, Reply, World, policy};
use gatekey_gatekey::Foreseer;
use serde_json::{Value, json};

const USER: &str = "arn:aws:iam::111122223333:user/keeper";
const ROLE: &str = "arn:aws:iam::111122223333:role/keeper";
const GROUP: &str = "arn:aws:iam::111122223333:group/keepers";
const MANAGED: &str = "arn:aws:iam::111122223333:policy/all";
const ALL: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*"}}"#;
const NONE: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"kms:Put*","Resource":"*"}}"#;
const ASSUME: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}}"#;
const TAGGED: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*",
    "Condition":{"StringEquals":{"aws:PrincipalTag/team":"keys"}}}}"#;
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},
    "Action":"sts:AssumeRole"}}"#;
const TRUST_IN_NOBODY: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*",
    "Action":"sts:AssumeRole"}}"#;

type Call = (&'static str, &'static [(&'static str, &'static str)]);

/// A change that takes the last one away who can change the policy of the key.
struct Case {
    /// Who can: everyone whom IAM lets but the root user, or this one alone.
    keeper: Option<&'static str>,
    before: &'static [Call],
    change: Call,
    /// The same as a question; nothing where there is none.
    question: fn() -> Option<Value>,
}

const CREATE_USER: Call = ("CreateUser", &[("UserName", "keeper")]);
const CREATE_ROLE: Call = ("CreateRole", &[("RoleName", "keeper"), ("AssumeRolePolicyDocument", TRUST)]);
const CREATE_GROUP: Call = ("CreateGroup", &[("GroupName", "keepers")]);
const JOIN: Call = ("AddUserToGroup", &[("GroupName", "keepers"), ("UserName", "keeper")]);
const CREATE_POLICY: Call = ("CreatePolicy", &[("PolicyName", "all"), ("PolicyDocument", ALL)]);
const CREATE_DENIAL: Call = ("CreatePolicy", &[("PolicyName", "all"), ("PolicyDocument", NONE)]);
const ATTACH: Call = ("AttachUserPolicy", &[("UserName", "keeper"), ("PolicyArn", MANAGED)]);
const OF_USER: &[(&str, &str)] = &[("UserName", "keeper"), ("PolicyName", "p")];
const PUT_ALL: Call =
    ("PutUserPolicy", &[("UserName", "keeper"), ("PolicyName", "p"), ("PolicyDocument", ALL)]);

const MAY_ASSUME: Call =
    ("PutUserPolicy", &[("UserName", "keeper"), ("PolicyName", "q"), ("PolicyDocument", ASSUME)]);

const CASES: [Case; 20] = [
    Case {
        keeper: Some(USER),
        before: &[CREATE_USER],
        change: ("DeleteUser", &[("UserName", "keeper")]),
        question: || Some(json!({"DeletePrincipal": USER})),
    },
    Case {
        keeper: Some(ROLE),
        before: &[CREATE_ROLE, CREATE_USER, MAY_ASSUME],
        change: ("DeleteRole", &[("RoleName", "keeper")]),
        question: || Some(json!({"DeletePrincipal": ROLE})),
    },
    Case {
        keeper: Some(ROLE),
        before: &[CREATE_ROLE, CREATE_USER, MAY_ASSUME],
        change: ("UpdateAssumeRolePolicy", &[("RoleName", "keeper"), ("PolicyDocument", TRUST_IN_NOBODY)]),
        question: || None,
    },
    Case {
        keeper: None,
        before: &[CREATE_USER, PUT_ALL],
        change: ("DeleteUserPolicy", OF_USER),
        question: || Some(json!({"ChangeInlinePolicy": {"Holder": USER, "PolicyName": "p"}})),
    },
    Case {
        keeper: Some(USER),
        before: &[CREATE_USER],
        change: ("PutUserPolicy", &[("UserName", "keeper"), ("PolicyName", "p"), ("PolicyDocument", NONE)]),
        question: || {
            Some(json!({"ChangeInlinePolicy": {"Holder": USER, "PolicyName": "p", "Document": NONE}}))
        },
    },
    Case {
        keeper: None,
        before: &[CREATE_USER, CREATE_POLICY, ATTACH],
        change: ("DetachUserPolicy", &[("UserName", "keeper"), ("PolicyArn", MANAGED)]),
        question: || Some(json!({"DetachPolicy": {"Policy": MANAGED, "Target": USER}})),
    },
    Case {
        keeper: Some(USER),
        before: &[CREATE_USER, CREATE_DENIAL],
        change: ATTACH,
        question: || Some(json!({"AttachPolicy": {"Policy": MANAGED, "Target": USER}})),
    },
    Case {
        keeper: None,
        before: &[
            CREATE_ROLE,
            CREATE_USER,
            CREATE_POLICY,
            ("AttachRolePolicy", &[("RoleName", "keeper"), ("PolicyArn", MANAGED)]),
            MAY_ASSUME,
        ],
        change: ("DetachRolePolicy", &[("RoleName", "keeper"), ("PolicyArn", MANAGED)]),
        question: || Some(json!({"DetachPolicy": {"Policy": MANAGED, "Target": ROLE}})),
    },
    Case {
        keeper: None,
        before: &[
            CREATE_USER,
            CREATE_GROUP,
            JOIN,
            ("PutGroupPolicy", &[("GroupName", "keepers"), ("PolicyName", "p"), ("PolicyDocument", ALL)]),
        ],
        change: ("DeleteGroupPolicy", &[("GroupName", "keepers"), ("PolicyName", "p")]),
        question: || Some(json!({"ChangeInlinePolicy": {"Holder": GROUP, "PolicyName": "p"}})),
    },
    Case {
        keeper: None,
        before: &[
            CREATE_USER,
            CREATE_GROUP,
            JOIN,
            CREATE_POLICY,
            ("AttachGroupPolicy", &[("GroupName", "keepers"), ("PolicyArn", MANAGED)]),
        ],
        change: ("DetachGroupPolicy", &[("GroupName", "keepers"), ("PolicyArn", MANAGED)]),
        question: || Some(json!({"DetachPolicy": {"Policy": MANAGED, "Target": GROUP}})),
    },
    Case {
        keeper: None,
        before: &[
            CREATE_USER,
            CREATE_GROUP,
            JOIN,
            ("PutGroupPolicy", &[("GroupName", "keepers"), ("PolicyName", "p"), ("PolicyDocument", ALL)]),
        ],
        change: ("RemoveUserFromGroup", &[("GroupName", "keepers"), ("UserName", "keeper")]),
        question: || None,
    },
    Case {
        keeper: None,
        before: &[CREATE_USER, CREATE_POLICY, ATTACH],
        change: (
            "CreatePolicyVersion",
            &[("PolicyArn", MANAGED), ("PolicyDocument", NONE), ("SetAsDefault", "true")],
        ),
        question: || Some(json!({"ChangePolicy": {"Policy": MANAGED, "Document": NONE}})),
    },
    Case {
        keeper: None,
        before: &[
            CREATE_USER,
            CREATE_POLICY,
            ATTACH,
            ("CreatePolicyVersion", &[("PolicyArn", MANAGED), ("PolicyDocument", NONE)]),
        ],
        change: ("SetDefaultPolicyVersion", &[("PolicyArn", MANAGED), ("VersionId", "v2")]),
        question: || Some(json!({"ChangePolicy": {"Policy": MANAGED, "VersionId": "v2"}})),
    },
    Case {
        keeper: Some(USER),
        before: &[CREATE_USER, CREATE_DENIAL],
        change: ("PutUserPermissionsBoundary", &[("UserName", "keeper"), ("PermissionsBoundary", MANAGED)]),
        question: || Some(json!({"ChangeBoundary": {"Principal": USER, "Policy": MANAGED}})),
    },
    Case {
        keeper: Some(ROLE),
        before: &[CREATE_ROLE, CREATE_USER, MAY_ASSUME],
        change: ("DeleteUserPolicy", &[("UserName", "keeper"), ("PolicyName", "q")]),
        question: || Some(json!({"ChangeInlinePolicy": {"Holder": USER, "PolicyName": "q"}})),
    },
    Case {
        keeper: Some(ROLE),
        before: &[CREATE_ROLE, CREATE_USER, MAY_ASSUME, CREATE_DENIAL],
        change: ("PutRolePermissionsBoundary", &[("RoleName", "keeper"), ("PermissionsBoundary", MANAGED)]),
        question: || Some(json!({"ChangeBoundary": {"Principal": ROLE, "Policy": MANAGED}})),
    },
    Case {
        keeper: None,
        before: &[
            CREATE_ROLE,
            CREATE_USER,
            MAY_ASSUME,
            ("PutRolePolicy", &[("RoleName", "keeper"), ("PolicyName", "p"), ("PolicyDocument", ALL)]),
        ],
        change: ("DeleteRolePolicy", &[("RoleName", "keeper"), ("PolicyName", "p")]),
        question: || Some(json!({"ChangeInlinePolicy": {"Holder": ROLE, "PolicyName": "p"}})),
    },
    Case {
        keeper: Some(USER),
        before: &[
            CREATE_USER,
            CREATE_GROUP,
            ("PutGroupPolicy", &[("GroupName", "keepers"), ("PolicyName", "p"), ("PolicyDocument", NONE)]),
        ],
        change: JOIN,
        question: || None,
    },
    Case {
        keeper: Some(USER),
        before: &[CREATE_USER, CREATE_GROUP, JOIN, CREATE_DENIAL],
        change: ("AttachGroupPolicy", &[("GroupName", "keepers"), ("PolicyArn", MANAGED)]),
        question: || Some(json!({"AttachPolicy": {"Policy": MANAGED, "Target": GROUP}})),
    },
    Case {
        keeper: None,
        before: &[
            CREATE_USER,
            (
                "TagUser",
                &[("UserName", "keeper"), ("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "keys")],
            ),
            ("PutUserPolicy", &[("UserName", "keeper"), ("PolicyName", "p"), ("PolicyDocument", TAGGED)]),
        ],
        change: ("UntagUser", &[("UserName", "keeper"), ("TagKeys.member.1", "team")]),
        question: || None,
    },
];

async fn ok(world: &World, (operation, parameters): Call) -> Reply {
    let reply = world.iam(operation, parameters).await;
    assert_eq!(reply.code(), "ok", "{operation}: {reply:?}");
    reply
}

/// A key of this policy.
async fn key_under(world: &World, statements: Value) -> String {
    let key = world.key(A, None).await;
    let put = json!({"KeyId": key, "Policy": policy(statements), "BypassPolicyLockoutSafetyCheck": true});
    world.kms(&world.root(A), "PutKeyPolicy", put).await.ok();
    key
}

/// A world as before the change, and its key.
async fn before(case: &Case, denies: Option<bool>) -> (World, String) {
    let world = World::foreseeing(denies).await;
    for call in case.before {
        ok(&world, *call).await;
    }
    let statements = match case.keeper {
        Some(keeper) => {
            json!([{"Effect": "Allow", "Principal": {"AWS": keeper}, "Action": "kms:*", "Resource": "*"}])
        }
        None => json!([{"Effect": "Allow", "Principal": {"AWS": A}, "Action": "kms:*", "Resource": "*",
            "Condition": {"StringNotEquals": {"aws:PrincipalType": "Account"}}}]),
    };
    let key = key_under(&world, statements).await;
    (world, key)
}

async fn distance(world: &World) -> Value {
    world.call("KeyHealth", json!({})).await.ok()["Keys"][0]["Distance"].clone()
}

#[tokio::test]
async fn each_change_that_leaves_nobody_is_forecast_told_of_while_it_is_made_and_refused_where_that_is_set() {
    for case in &CASES {
        let operation = case.change.0;
        let (world, key) = before(case, Some(false)).await;
        assert_ne!(distance(&world).await, "LOCKED_OUT", "{operation}");
        if let Some(change) = (case.question)() {
            let told = world.call("ForecastChange", json!({"Change": change})).await.ok();
            let forecast = &told["Forecasts"][0];
            assert_eq!(
                (&forecast["Lockout"], &forecast["KeyArn"]),
                (&json!(true), &json!(key)),
                "{operation}"
            );
        }
        let reply = ok(&world, case.change).await;
        let text = format!("nobody can change the policy of 1 key any more: {key}");
        assert_eq!(reply.forecast, text, "{operation}");
        let event = world.events.all().pop().unwrap();
        assert_eq!(event["additionalEventData"]["gatekeyForecast"], text, "{event}");
        assert_eq!(distance(&world).await, "LOCKED_OUT", "{operation}");

        let (world, _) = before(case, Some(true)).await;
        let revision = world.gate.snapshot().revision;
        let reply = world.iam(case.change.0, case.change.1).await;
        reply.fails("AccessDenied", "forecast = deny");
        assert!(reply.forecast.contains("nobody can change the policy of 1 key"), "{reply:?}");
        assert_eq!(world.gate.snapshot().revision, revision, "{operation}: nothing was changed");
        assert_ne!(distance(&world).await, "LOCKED_OUT", "{operation}");

        let (world, _) = before(case, None).await;
        assert_eq!(ok(&world, case.change).await.forecast, "", "{operation}");
    }
}

#[tokio::test]
async fn a_change_that_leaves_the_root_user_or_anybody_else_is_silent() {
    let delete = ("DeleteUser", &[("UserName", "keeper")][..]);
    for other in [A, "arn:aws:iam::111122223333:user/second"] {
        let world = World::foreseeing(Some(true)).await;
        ok(&world, CREATE_USER).await;
        ok(&world, ("CreateUser", &[("UserName", "second")])).await;
        key_under(&world, json!([{"Effect": "Allow", "Principal": {"AWS": [USER, other]}, "Action": "kms:*", "Resource": "*"}])).await;
        assert_eq!(ok(&world, delete).await.forecast, "");
    }
}

#[tokio::test]
async fn a_change_that_takes_nothing_from_anybody_s_key_is_silent() {
    let world = World::foreseeing(Some(true)).await;
    let bound =
        ("PutUserPermissionsBoundary", &[("UserName", "keeper"), ("PermissionsBoundary", MANAGED)][..]);
    for call in [CREATE_USER, CREATE_ROLE, CREATE_GROUP, CREATE_POLICY, bound] {
        ok(&world, call).await;
    }
    key_under(
        &world,
        json!([{"Effect": "Allow", "Principal": {"AWS": USER}, "Action": "kms:*", "Resource": "*"}]),
    )
    .await;
    let denial = ("CreatePolicyVersion", &[("PolicyArn", MANAGED), ("PolicyDocument", NONE)][..]);
    for call in [
        denial,
        ("DeletePolicyVersion", &[("PolicyArn", MANAGED), ("VersionId", "v2")]),
        ("DeleteUserPermissionsBoundary", &[("UserName", "keeper")]),
        PUT_ALL,
        ("DeleteUserPolicy", OF_USER),
        ("DeletePolicy", &[("PolicyArn", MANAGED)]),
        JOIN,
        ("RemoveUserFromGroup", &[("GroupName", "keepers"), ("UserName", "keeper")]),
        ("DeleteGroup", &[("GroupName", "keepers")]),
        ("DeleteRole", &[("RoleName", "keeper")]),
        (
            "TagUser",
            &[("UserName", "keeper"), ("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "keys")],
        ),
    ] {
        assert_eq!(ok(&world, call).await.forecast, "", "{call:?}");
        let event = world.events.all().pop().unwrap();
        assert!(event["additionalEventData"]["gatekeyForecast"].is_null(), "{event}");
    }
}

#[tokio::test]
async fn a_key_that_nobody_could_change_before_is_no_reason_to_refuse() {
    let world = World::foreseeing(Some(false)).await;
    ok(&world, CREATE_USER).await;
    key_under(
        &world,
        json!([{"Effect": "Allow", "Principal": {"AWS": USER}, "Action": "kms:Decrypt", "Resource": "*"}]),
    )
    .await;
    assert_eq!(ok(&world, ("DeleteUser", &[("UserName", "keeper")])).await.forecast, "");
}

#[tokio::test]
async fn many_keys_are_counted_and_the_first_are_named() {
    let world = World::foreseeing(Some(false)).await;
    ok(&world, CREATE_USER).await;
    let to_keeper =
        json!([{"Effect": "Allow", "Principal": {"AWS": USER}, "Action": "kms:*", "Resource": "*"}]);
    for _ in 0..7 {
        key_under(&world, to_keeper.clone()).await;
    }
    let told = ok(&world, ("DeleteUser", &[("UserName", "keeper")])).await.forecast;
    assert!(told.contains("of 7 keys") && told.contains("among them"), "{told}");
    assert_eq!(told.matches(":key/").count(), 5, "{told}");
}

#[tokio::test]
async fn where_there_is_too_much_to_look_at_that_is_said_and_nothing_is_refused_for_the_rest() {
    let (few_keys, few_decisions) = (
        Foreseer { most_keys: 1, ..Foreseer::default() },
        Foreseer { most_decisions: 3, ..Foreseer::default() },
    );
    for (foreseer, told) in [
        (few_keys, "nobody can change the policy of 1 key any more: {first}; not every key was looked at"),
        (few_decisions, "not every key was looked at"),
    ] {
        for denies in [false, true] {
            let world = World::foreseeing_by(foreseer, Some(denies)).await;
            ok(&world, CREATE_USER).await;
            let to_keeper =
                json!([{"Effect": "Allow", "Principal": {"AWS": USER}, "Action": "kms:*", "Resource": "*"}]);
            let mut keys = [key_under(&world, to_keeper.clone()).await, key_under(&world, to_keeper).await];
            keys.sort_unstable();
            let told = told.replace("{first}", &keys[0]);
            let deleted = world.iam("DeleteUser", &[("UserName", "keeper")]).await;
            assert_eq!(deleted.forecast, told);
            assert_eq!(deleted.code() == "ok", !(denies && told.contains("nobody")), "{deleted:?}");
        }
    }
}

/// A world in which `A` manages an organization, to which `B` belongs, who has a key; the ids of the root and of a policy.
async fn organized(denies: Option<bool>, kind: &str, content: Value) -> (World, String, String, String) {
    let world = World::foreseeing(denies).await;
    world
        .gate
        .found_organization(A.parse().unwrap(), &[A.parse().unwrap(), B.parse().unwrap()])
        .await
        .unwrap();
    let roots = world.organize("ListRoots", json!({})).await.ok();
    let root = roots["Roots"][0]["Id"].as_str().unwrap().to_owned();
    let made = json!({"Name": "p", "Description": "", "Type": kind, "Content": policy(content)});
    let made = world.organize("CreatePolicy", made).await.ok();
    let id = made["Policy"]["PolicySummary"]["Id"].as_str().unwrap().to_owned();
    let key = world.key(B, None).await;
    world.key(A, None).await;
    (world, root, id, key)
}

fn denying(principal: Option<&str>) -> Value {
    let mut statement = json!({"Effect": "Deny", "Action": "kms:PutKeyPolicy", "Resource": "*"});
    if let Some(principal) = principal {
        statement["Principal"] = principal.into();
    }
    json!([statement])
}

#[tokio::test]
async fn what_an_organization_takes_from_its_accounts_root_users_too_is_foreseen() {
    for (kind, principal) in [("SERVICE_CONTROL_POLICY", None), ("RESOURCE_CONTROL_POLICY", Some("*"))] {
        for denies in [None, Some(false), Some(true)] {
            let (world, root, id, key) = organized(denies, kind, denying(principal)).await;
            let change = json!({"Change": {"AttachPolicy": {"Policy": id, "Target": root}}});
            let told = world.call("ForecastChange", change).await.ok();
            let forecasts = told["Forecasts"].as_array().unwrap();
            assert_eq!(forecasts.len(), 1, "the management account is bound by none: {told}");
            assert_eq!((&forecasts[0]["KeyArn"], &forecasts[0]["Lockout"]), (&json!(key), &json!(true)));
            let reply = world.organize("AttachPolicy", json!({"PolicyId": id, "TargetId": root})).await;
            match denies {
                None => assert_eq!((reply.code(), reply.forecast.as_str()), ("ok", "")),
                Some(false) => {
                    assert_eq!(reply.code(), "ok");
                    assert!(reply.forecast.contains(&key), "{reply:?}");
                }
                Some(true) => reply.fails("AccessDeniedException", "forecast = deny"),
            }
            let put = json!({"KeyId": key, "Policy": policy(json!([{"Effect": "Allow", "Principal": {"AWS": B},
                "Action": "kms:*", "Resource": "*"}]))});
            let then = world.kms(&world.root(B), "PutKeyPolicy", put).await;
            assert_eq!(then.code() == "ok", denies == Some(true), "{then:?}");
        }
    }
}

#[tokio::test]
async fn a_control_policy_that_says_something_else_or_goes_is_foreseen() {
    let harmless = json!([{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]);
    let (world, root, id, key) = organized(Some(false), "SERVICE_CONTROL_POLICY", harmless).await;
    let attached = world.organize("AttachPolicy", json!({"PolicyId": id, "TargetId": root})).await;
    assert_eq!((attached.code(), attached.forecast.as_str()), ("ok", ""));
    let content = policy(denying(None));
    let question = json!({"Change": {"ChangePolicy": {"Policy": id, "Document": content}}});
    let told = world.call("ForecastChange", question).await.ok();
    assert_eq!(
        (&told["Forecasts"][0]["KeyArn"], &told["Forecasts"][0]["Lockout"]),
        (&json!(key), &json!(true))
    );
    let changed = world.organize("UpdatePolicy", json!({"PolicyId": id, "Content": content})).await;
    assert!(changed.code() == "ok" && changed.forecast.contains(&key), "{changed:?}");
    // Without the policy that allows everything nothing is allowed; the denial goes first, so that somebody can again.
    world.organize("DetachPolicy", json!({"PolicyId": id, "TargetId": root})).await.ok();
    world.organize("AttachPolicy", json!({"PolicyId": id, "TargetId": B})).await.ok();
    world
        .organize(
            "UpdatePolicy",
            json!({"PolicyId": id, "Content": policy(json!([{"Effect": "Allow",
        "Action": "s3:*", "Resource": "*"}]))}),
        )
        .await
        .ok();
    let question = json!({"Change": {"DetachPolicy": {"Policy": "p-FullAWSAccess", "Target": B}}});
    let told = world.call("ForecastChange", question).await.ok();
    assert_eq!(
        (&told["Forecasts"][0]["KeyArn"], &told["Forecasts"][0]["Lockout"]),
        (&json!(key), &json!(true))
    );
    let detached =
        world.organize("DetachPolicy", json!({"PolicyId": "p-FullAWSAccess", "TargetId": B})).await;
    assert!(detached.code() == "ok" && detached.forecast.contains(&key), "{detached:?}");
}

#[tokio::test]
async fn the_policy_of_a_key_that_is_not_made_yet_is_forecast_for_whoever_would_make_it() {
    let world = World::new().await;
    ok(&world, CREATE_USER).await;
    let to_keeper =
        policy(json!([{"Effect": "Allow", "Principal": {"AWS": USER}, "Action": "kms:*", "Resource": "*"}]));
    let told = world.call("ForecastChange", json!({"Policy": to_keeper})).await.ok();
    assert_eq!((&told["Forecasts"][0]["Gains"], &told["Creator"]), (&json!([USER]), &Value::Null));
    assert_eq!(told["Forecasts"][0]["After"]["Distance"], "EXACT");
    let of_keeper = json!({"Change": {"CreateKey": {"Policy": to_keeper, "As": USER}}});
    let told = world.call("ForecastChange", of_keeper).await.ok();
    assert_eq!((&told["Creator"]["Principal"], &told["Creator"]["Always"]), (&json!(USER), &json!(true)));
    // As AWS's own check has it.
    let make = json!({"Policy": to_keeper});
    world
        .kms(&world.root(A), "CreateKey", make)
        .await
        .fails("MalformedPolicyDocumentException", "update the key policy");
}

#[tokio::test]
async fn a_change_that_is_none_or_more_than_one_or_of_what_is_not_there_is_named() {
    let world = World::new().await;
    ok(&world, CREATE_USER).await;
    let nobody = "arn:aws:iam::111122223333:group/nobody";
    for (change, code, named) in [
        (json!({}), "InvalidQuestionException", "one change"),
        (
            json!({"DeletePrincipal": USER, "ChangeBoundary": {"Principal": USER}}),
            "InvalidQuestionException",
            "one change",
        ),
        (json!({"DetachPolicy": {"Policy": MANAGED, "Target": USER}}), "NotFoundException", MANAGED),
        (json!({"AttachPolicy": {"Policy": MANAGED, "Target": USER}}), "NotFoundException", MANAGED),
        (json!({"DetachPolicy": {"Policy": MANAGED, "Target": nobody}}), "NotFoundException", nobody),
        (json!({"ChangeInlinePolicy": {"Holder": USER, "PolicyName": "p"}}), "NotFoundException", "'p'"),
        (
            json!({"ChangeInlinePolicy": {"Holder": USER, "PolicyName": "p", "Document": "{"}}),
            "InvalidQuestionException",
            "Document",
        ),
        (json!({"ChangeBoundary": {"Principal": USER}}), "NotFoundException", "permissions boundary"),
        (
            json!({"AttachPolicy": {"Policy": "p-12345678", "Target": "r-1"}}),
            "NotFoundException",
            "organization",
        ),
        (
            json!({"ChangePolicy": {"Policy": "arn:aws:iam::aws:policy/AdministratorAccess", "Document": ALL}}),
            "InvalidQuestionException",
            "AdministratorAccess",
        ),
    ] {
        world.call("ForecastChange", json!({"Change": change})).await.fails(code, named);
    }
}

#[tokio::test]
async fn of_two_deletions_at_once_that_together_leave_nobody_one_is_refused() {
    let world = World::foreseeing(Some(true)).await;
    ok(&world, CREATE_USER).await;
    ok(&world, ("CreateUser", &[("UserName", "second")])).await;
    let both = [USER, "arn:aws:iam::111122223333:user/second"];
    key_under(
        &world,
        json!([{"Effect": "Allow", "Principal": {"AWS": both}, "Action": "kms:*", "Resource": "*"}]),
    )
    .await;
    let (one, other) = tokio::join!(
        world.iam("DeleteUser", &[("UserName", "keeper")]),
        world.iam("DeleteUser", &[("UserName", "second")]),
    );
    let mut codes = [one.code(), other.code()];
    codes.sort_unstable();
    assert_eq!(codes, ["AccessDenied", "ok"]);
}

#[tokio::test]
async fn a_policy_that_is_put_while_its_only_administrator_is_deleted_leaves_somebody() {
    for is_put_first in [true, false] {
        let world = World::foreseeing(Some(true)).await;
        ok(&world, CREATE_USER).await;
        let to = |whom: &str| json!([{"Effect": "Allow", "Principal": {"AWS": whom}, "Action": "kms:*", "Resource": "*"}]);
        let key = key_under(&world, to(A)).await;
        let put = json!({"KeyId": key, "Policy": policy(to(USER)), "BypassPolicyLockoutSafetyCheck": true});
        let root = world.root(A);
        let put = world.kms(&root, "PutKeyPolicy", put);
        let delete = world.iam("DeleteUser", &[("UserName", "keeper")]);
        let (put, deleted) = match is_put_first {
            true => tokio::join!(put, delete),
            false => {
                let (deleted, put) = tokio::join!(delete, put);
                (put, deleted)
            }
        };
        assert!((put.code() == "ok") != (deleted.code() == "ok"), "{put:?} {deleted:?}");
        assert_ne!(distance(&world).await, "LOCKED_OUT");
    }
}
