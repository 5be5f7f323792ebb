use super::{Ask, Choices, names::*};
use serde_json::{Map, Value, json};

/// A condition key with the operators that suit it and the values that collide, in policies and in requests.
struct Key {
    name: &'static str,
    operators: &'static [&'static str],
    values: &'static [&'static str],
    /// Values that a request may have; none where the key is derived.
    held: &'static [&'static str],
    is_multivalued: bool,
}

const TEXT: &[&str] = &[
    "StringEquals",
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLike",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
];
const ARN: &[&str] =
    &["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "StringLike", "StringEquals", "StringNotLike"];
const NUMBER: &[&str] = &[
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
];
const DATE: &[&str] = &[
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
];

const fn single(
    name: &'static str,
    operators: &'static [&'static str],
    values: &'static [&'static str],
    held: &'static [&'static str],
) -> Key {
    Key { name, operators, values, held, is_multivalued: false }
}

const fn multiple(name: &'static str, values: &'static [&'static str], held: &'static [&'static str]) -> Key {
    Key { name, operators: TEXT, values, held, is_multivalued: true }
}

const LETTERS: &[&str] = &[
    "1",
    "1",
    "2",
    "A",
    "a*",
    "?",
    "${aws:PrincipalTag/t}",
    "${aws:PrincipalTag/t, '1'}",
    "${aws:username}",
    "${aws:username,'x'}",
    "${ aws:username }",
    "x${aws:PrincipalTag/n}y",
    "${*}",
    "a${?}",
    "${aws:TagKeys}",
    "${aws:PrincipalAccount}",
];
const HELD: &[&str] = &["1", "1", "2", "a", "a1", "*", "a?", "u", "x1y", "", "111122223333"];

static KEYS: &[Key] = &[
    single(
        "aws:PrincipalArn",
        ARN,
        &[
            USER,
            ROLE,
            ROLE_2,
            SESSION,
            ROOT_A,
            FEDERATED,
            "arn:aws:iam::*:role/*",
            "arn:aws:iam::111122223333:*",
            "*",
            "arn:aws:*:role/r",
            "arn:aws:iam::${aws:PrincipalAccount}:user/${aws:username}",
            "arn:aws:iam::?11122223333:user/*",
        ],
        &[],
    ),
    single(
        "aws:PrincipalType",
        TEXT,
        &["User", "AssumedRole", "Account", "FederatedUser", "Anonymous", "*"],
        &[],
    ),
    single("aws:principalaccount", TEXT, &[ACCOUNT_A, ACCOUNT_B, "${aws:ResourceAccount}"], &[]),
    single("aws:ResourceAccount", TEXT, &[ACCOUNT_A, ACCOUNT_B, "${aws:PrincipalAccount}"], &[]),
    single("kms:CallerAccount", TEXT, &[ACCOUNT_A, ACCOUNT_B], &[]),
    single("aws:username", TEXT, &["u", "v", "team/v"], &[]),
    single(
        "aws:userid",
        TEXT,
        &[USER_ID, "AROARRRRRRRRRRRRRRRR1:s", "AROARRRRRRRRRRRRRRRR1:*", ACCOUNT_A, "111122223333:f"],
        &[],
    ),
    single(
        "kms:ViaService",
        TEXT,
        &["ec2.us-east-1.amazonaws.com", "ec2.*.amazonaws.com", "s3.us-east-1.amazonaws.com"],
        &[],
    ),
    single("aws:RequestedRegion", TEXT, &["us-east-1", "eu-west-1"], &[]),
    single("aws:ViaAWSService", &["Bool"], &["true", "false", "TRUE"], &[]),
    single("aws:PrincipalIsAWSService", &["Bool"], &["true", "false"], &[]),
    single("aws:AssumedRoot", &["Bool"], &["true", "false"], &[]),
    single("aws:SecureTransport", &["Bool"], &["true", "false"], &["true", "false"]),
    single("aws:MultiFactorAuthPresent", &["Bool"], &["true", "false"], &["true", "false", "True"]),
    single(
        "aws:MultiFactorAuthAge",
        NUMBER,
        &["5", "300", "300.0", "-1", "1000"],
        &["5", "300", "0300", "299.5", "1000", "x"],
    ),
    single("kms:EncryptionContext:a", TEXT, LETTERS, HELD),
    single("kms:EncryptionContext:B", TEXT, LETTERS, HELD),
    single("aws:ResourceTag/t", TEXT, LETTERS, HELD),
    single("aws:PrincipalTag/t", TEXT, LETTERS, HELD),
    single("aws:PrincipalTag/n", TEXT, &["1", "2"], &["1", "2"]),
    single("aws:PrincipalTag/k", TEXT, &["1"], &["0a1b2c3d-0000-4000-8000-000000000001", "*", "0a1b"]),
    single(
        "aws:SourceArn",
        ARN,
        &["arn:aws:logs:*:*:log-group:*", "arn:aws:logs:us-east-1:111122223333:log-group:app", "arn:aws:*"],
        SOURCES,
    ),
    single(
        "aws:SourceIp",
        &["IpAddress", "NotIpAddress"],
        &["203.0.113.0/24", "203.0.113.7", "0.0.0.0/0", "2001:db8::/32", "::/0"],
        &["203.0.113.7", "203.0.114.7", "2001:db8::1"],
    ),
    single(
        "aws:CurrentTime",
        DATE,
        &["2026-07-01T00:00:00Z", "2026-07-01", "2026", "2026-07-01T02:00:00+02:00", "1782864000"],
        &["2026-07-01T00:00:00Z", "2026-06-30T23:59:59Z", "2026-07-01T00:00:01Z"],
    ),
    single("aws:EpochTime", NUMBER, &["1782864000", "1782864001"], &["1782864000", "1782864002"]),
    multiple("aws:TagKeys", LETTERS, HELD),
    single(
        "my:Bytes",
        &["BinaryEquals", "StringEquals"],
        &["QQ==", "QmluYXJ5", "QQ"],
        &["QQ==", "QmluYXJ5", "QQ"],
    ),
    multiple("kms:ResourceAliases", &["alias/app", "alias/*"], &["alias/app", "alias/b"]),
    multiple("kms:GrantOperations", &["Decrypt", "Encrypt", "*"], &["Decrypt", "Encrypt"]),
    multiple("aws:CalledVia", &["ec2.amazonaws.com", "s3.amazonaws.com"], &[]),
    multiple("kms:EncryptionContextKeys", &["a", "B"], &["a", "B", "c"]),
];

fn key(from: &mut impl Choices) -> Option<&'static Key> {
    KEYS.get(from.below(KEYS.len()))
}

/// A `Condition` of one to three entries.
pub(super) fn block(from: &mut impl Choices, _: &Ask) -> Value {
    let mut operators: Map<String, Value> = Map::new();
    for _ in 0..1 + from.below(3) / 2 + from.below(4) / 3 {
        let Some(key) = key(from) else { continue };
        let operator = operator(from, key);
        let values =
            if operator == "Null" { json!(from.pick(&["true", "false"])) } else { values(from, key) };
        let entry = operators.entry(operator).or_insert_with(|| json!({}));
        entry.as_object_mut().map(|entry| entry.insert(key.name.to_owned(), values));
    }
    Value::Object(operators)
}

/// Every operator that is not negated by name alone; some suit no key.
const ANY: &[&str] = &[
    "StringEquals",
    "StringLike",
    "NumericLessThan",
    "NumericNotEquals",
    "DateGreaterThan",
    "DateNotEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnLike",
    "ArnNotEquals",
    "StringNotEqualsIgnoreCase",
    "StringNotLike",
];

/// Texts that are almost something: numbers, moments, addresses, ARNs, variables.
const ODD: &[&str] = &[
    "",
    "*",
    "?",
    "true",
    "False",
    "TRUE",
    "0",
    "-0",
    "1.0",
    "01",
    "1e3",
    "+1",
    ".5",
    "5.",
    " 1",
    "1783000000000",
    "-5",
    "99999999999999999999.5",
    "2026",
    "2026-13",
    "2026-02-29",
    "2026-07-01T00:00",
    "2026-07-01T00:00:00.5Z",
    "2026-07-01T24:00:00Z",
    "2026-07-01t00:00:00z",
    "2026-07-01T00:00:00+00:00",
    "20260701",
    "1782864000.5",
    "203.0.113.7/32",
    "203.0.113.7/33",
    "203.0.113.07",
    "203.0.113.0/+8",
    "::ffff:203.0.113.7",
    "2001:DB8::1/128",
    "arn:aws",
    "arn:aws:iam::111122223333",
    "arn:*:*:*:*:*",
    "*:*:*:*:*:*",
    "arn:aws:iam::111122223333:user/u:x",
    "QQ==",
    "QQ",
    "QR==",
    "QmluYXJ5",
    "${",
    "${}",
    "${aws:username",
    "${aws:username}}",
    "$${aws:username}",
    "${aws:username, 'x}",
    "${aws:nothing, ''}",
    "${aws:nothing, 'a*'}",
    "${$}{*}",
    "${**}",
    "a$",
    "{u}",
    "é",
    "É",
    "a\tb",
    "aaaaaaaaaaaaaaaaab",
    "*a*a*a*a*c",
    "a*b*?",
    "${aws:PrincipalArn}",
    "${AWS:USERNAME}",
    "${kms:ResourceAliases, '1'}",
    "${aws:userid}",
];

fn operator(from: &mut impl Choices, key: &Key) -> String {
    if from.chance(8) {
        return "Null".to_owned();
    }
    // AWS refuses ForAllValues on an encryption context or request tag, each of which has one value.
    let is_alone = key.name.starts_with("kms:EncryptionContext:");
    let set = match from.below(if key.is_multivalued { 5 } else { 20 }) {
        0 | 1 if !is_alone => "ForAllValues:",
        2 | 3 => "ForAnyValue:",
        _ => "",
    };
    let if_exists = if from.chance(15) { "IfExists" } else { "" };
    let operators = if from.chance(15) { ANY } else { key.operators };
    format!("{set}{}{if_exists}", from.pick(operators))
}

fn values(from: &mut impl Choices, key: &Key) -> Value {
    match from.below(5) {
        0 => json!([value(from, key), value(from, key)]),
        1 => json!([value(from, key)]),
        _ => value(from, key),
    }
}

/// A value as a policy writes it, now and then as a JSON boolean or number.
fn value(from: &mut impl Choices, key: &Key) -> Value {
    match from.below(20) {
        0 | 1 => json!(from.pick(ODD)),
        2 => json!(from.chance(50)),
        3 => json!(from.below(3)),
        4 => json!(from.pick(&[
            "1",
            "u",
            "203.0.113.7",
            "2026-07-01T00:00:00Z",
            "arn:aws:iam::111122223333:user/u"
        ])),
        _ => json!(from.pick(key.values)),
    }
}

/// What the request knows beyond what is derived.
pub(super) fn context(from: &mut impl Choices, ask: &Ask) -> Value {
    let mut context = Map::new();
    for key in KEYS {
        // Tags of the caller are only there for principals of an account.
        let is_possible = is_iam_principal(ask.caller) || !key.name.starts_with("aws:PrincipalTag/");
        if is_possible && !key.held.is_empty() && from.chance(45) {
            context.insert(key.name.to_owned(), held(from, key));
        }
    }
    if from.chance(10) {
        context.extend(overrides(from));
    }
    Value::Object(context)
}

fn held(from: &mut impl Choices, key: &Key) -> Value {
    // A known multivalued key may be given one value, and the other way round.
    if key.is_multivalued == from.chance(4) {
        return match from.below(16) {
            0 => json!(from.pick(ODD)),
            1 => json!(from.chance(50)),
            2 => json!(from.below(400)),
            _ => json!(from.pick(key.held)),
        };
    }
    let count = from.below(3);
    (0..count).map(|_| if from.chance(10) { from.pick(ODD) } else { from.pick(key.held) }).collect()
}

/// Entries that replace or remove what is derived.
fn overrides(from: &mut impl Choices) -> Map<String, Value> {
    let mut context = Map::new();
    for (name, values) in [
        ("aws:PrincipalArn", &[USER, ROLE, "x"][..]),
        ("AWS:username", &["u", "*", "w"]),
        ("aws:PrincipalType", &["User"]),
        ("aws:RequestedRegion", &["eu-west-1"]),
        ("kms:CallerAccount", &[ACCOUNT_B]),
        ("aws:ViaAWSService", &["true"]),
    ] {
        if from.chance(15) {
            context.insert(
                name.to_owned(),
                if from.chance(40) { Value::Null } else { json!(from.pick(values)) },
            );
        }
    }
    context
}
