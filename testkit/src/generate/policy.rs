use super::{Ask, Choices, condition, names::*};
use serde_json::{Map, Value, json};

/// A policy of the caller: identity, boundary, session or SCP.
pub(super) fn caller_policy(from: &mut impl Choices, ask: &Ask) -> Value {
    policy(from, |from| statement(from, ask, Who::Caller))
}

/// A key policy, trust policy or other resource policy.
pub(super) fn resource_policy(from: &mut impl Choices, ask: &Ask) -> Value {
    policy(from, |from| statement(from, ask, Who::Named))
}

/// An endpoint policy, whose principal is everyone.
pub(super) fn open_policy(from: &mut impl Choices, ask: &Ask) -> Value {
    policy(from, |from| statement(from, ask, Who::Everyone))
}

/// An RCP: it only denies, everyone, and has the newer Version.
pub(super) fn denying_policy(from: &mut impl Choices, ask: &Ask) -> Value {
    let mut statement = json!({
        "Effect": "Deny", "Principal": "*", "Action": action(from, ask, true), "Resource": resource(from, ask, false),
    });
    if let Some(map) = statement.as_object_mut().filter(|_| from.chance(80)) {
        map.insert("Condition".to_owned(), condition::block(from, ask));
    }
    json!({"Version": "2012-10-17", "Statement": [statement]})
}

/// A policy that allows everything.
pub(super) fn full_access(has_principal: bool) -> Value {
    let mut statement = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    if let Some(map) = statement.as_object_mut().filter(|_| has_principal) {
        map.insert("Principal".to_owned(), json!("*"));
    }
    json!({"Version": "2012-10-17", "Statement": [statement]})
}

/// A grantee: more often than not one of the caller's names.
pub(super) fn grantee(from: &mut impl Choices, ask: &Ask) -> &'static str {
    // A grant names ARNs and unique ids; the account only as an ARN.
    match if from.chance(65) { from.pick(names_of(ask.caller)) } else { from.pick(NAMES) } {
        ACCOUNT_A => ROOT_A,
        ACCOUNT_B => ROOT_B,
        name => name,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Caller,
    Named,
    Everyone,
}

fn policy<C: Choices>(from: &mut C, mut one: impl FnMut(&mut C) -> Value) -> Value {
    let count = 1 + from.below(3);
    let statements: Vec<Value> = (0..count).map(|_| one(from)).collect();
    let mut policy = Map::new();
    match from.below(10) {
        0 => (),
        1 => drop(policy.insert("Version".to_owned(), json!("2008-10-17"))),
        _ => drop(policy.insert("Version".to_owned(), json!("2012-10-17"))),
    }
    let is_alone = statements.len() == 1 && from.chance(30);
    policy
        .insert("Statement".to_owned(), if is_alone { json!(statements.first()) } else { json!(statements) });
    Value::Object(policy)
}

fn statement(from: &mut impl Choices, ask: &Ask, who: Who) -> Value {
    let mut statement = Map::new();
    let is_deny = from.chance(18);
    let mut put = |name: &str, value: Value| statement.insert(name.to_owned(), value);
    put("Effect", json!(if is_deny { "Deny" } else { "Allow" }));
    match who {
        Who::Caller => (),
        Who::Everyone => drop(put("Principal", json!("*"))),
        // Trust policies know no NotPrincipal.
        Who::Named if ask.mode != "trust" && from.chance(if is_deny { 30 } else { 5 }) => {
            put("NotPrincipal", not_principal(from, ask));
        }
        Who::Named => drop(put("Principal", principal(from, ask))),
    }
    let is_partial = who == Who::Named && ask.mode == "kms";
    if !(is_partial && from.chance(2)) {
        put(if from.chance(8) { "NotAction" } else { "Action" }, action(from, ask, is_deny));
    }
    let has_resource = !(who == Who::Named && ask.mode == "trust");
    if has_resource && !(is_partial && from.chance(2)) {
        put(if from.chance(6) { "NotResource" } else { "Resource" }, resource(from, ask, is_partial));
    }
    if from.chance(if is_deny { 70 } else { 40 }) {
        put("Condition", condition::block(from, ask));
    }
    Value::Object(statement)
}

fn principal(from: &mut impl Choices, ask: &Ask) -> Value {
    match from.below(12) {
        0 => json!("*"),
        1 => json!({"AWS": "*"}),
        2 => json!({"AWS": ["*"]}),
        3 if ask.mode == "trust" && from.chance(30) => {
            json!({"Federated": from.pick(PROVIDERS), "AWS": name(from, ask)})
        }
        3 => json!({"Service": from.pick(SERVICES)}),
        4 => json!({"AWS": name(from, ask), "Service": [from.pick(SERVICES)]}),
        5 if ask.mode == "trust" => json!({"Federated": from.pick(PROVIDERS)}),
        6..8 => json!({"AWS": name(from, ask)}),
        _ => json!({"AWS": names(from, ask)}),
    }
}

/// Mostly the complete list of the caller's names, so that some callers are spared.
fn not_principal(from: &mut impl Choices, ask: &Ask) -> Value {
    match from.below(8) {
        0 => json!({"Service": from.pick(SERVICES)}),
        1 => json!("*"),
        2..5 => json!({"AWS": names(from, ask)}),
        _ => {
            json!({"AWS": names_of(ask.caller).iter().filter(|_| from.chance(92)).chain([&ORPHAN_ID]).collect::<Vec<_>>()})
        }
    }
}

fn name(from: &mut impl Choices, ask: &Ask) -> &'static str {
    if from.chance(65) { from.pick(names_of(ask.caller)) } else { from.pick(NAMES) }
}

fn names(from: &mut impl Choices, ask: &Ask) -> Vec<&'static str> {
    let count = 1 + from.below(3);
    (0..count).map(|_| name(from, ask)).collect()
}

fn action(from: &mut impl Choices, ask: &Ask, is_deny: bool) -> Value {
    let service = ask.action.split(':').next().unwrap_or_default();
    let all = format!("{service}:*");
    if from.chance(if is_deny { 25 } else { 50 }) {
        return json!(if from.chance(50) { "*" } else { all.as_str() });
    }
    let upper = ask.action.to_uppercase();
    let start = format!("{}*", ask.action.get(..service.len() + 3).unwrap_or_default());
    let hole = ask.action.replacen('e', "?", 1);
    let some = [
        ask.action,
        ask.action,
        &upper,
        &start,
        &hole,
        "kms:*Key*",
        "kms:?ecrypt",
        "s3:*",
        "kms:Encrypt",
        "kms:*Grant",
        "*:*",
    ];
    let count = 1 + from.below(2);
    json!((0..count).map(|_| from.pick(&some)).collect::<Vec<_>>())
}

/// Resources; a key policy may have an ARN with too few parts, which elsewhere is malformed.
fn resource(from: &mut impl Choices, ask: &Ask, is_key_policy: bool) -> Value {
    let some = [
        "*",
        "*",
        "*",
        "*",
        "*",
        ask.resource,
        ask.resource,
        KEY_2,
        ALIAS,
        SECRET,
        "arn:aws:kms:*:111122223333:key/*",
        "arn:aws:kms:us-east-?:*:key/0a1b*",
        "arn:aws:kms:us-east-1:111122223333:key/${aws:PrincipalTag/k}",
        "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-0000-4000-8000-00000000000${aws:PrincipalTag/n, '1'}",
        "arn:aws:kms:us-east-1:${aws:PrincipalAccount}:*",
        "arn:aws:iam::111122223333:role/*",
        "arn:aws:*:us-east-1:*:s-AbCdEf",
        if is_key_policy { "arn:aws:kms:*" } else { "*" },
    ];
    match from.below(5) {
        0 => json!([from.pick(&some), from.pick(&some)]),
        _ => json!(from.pick(&some)),
    }
}
