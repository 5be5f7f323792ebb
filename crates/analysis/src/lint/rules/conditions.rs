//! GK4xxx: conditions as such. Operators, keys and values that cannot mean what they say.

use crate::lint::document::{Operator, Quantifier, Statement, Test, Word};
use crate::lint::glob;
use crate::lint::rule::{Check, Example, Found, Kind, Rule, Severity};
use crate::lint::subject::Subject;
use crate::lint::vocabulary::{self, KeyFacts, KeyName, KeyType, Target};
use crate::nearest::suggestion;
use gatekey_types::AccountId;
use std::net::IpAddr;

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "GK4001",
        name: "unknown-operator",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "AWS has no such condition operator and refuses the policy. Names are compared with case; Null takes no IfExists.",
        advice: "Correct the operator's name.",
        bad: Example::Condition(r#"{"StringEqual": {"kms:CallerAccount": "111122223333"}}"#),
        good: Example::Condition(r#"{"StringEquals": {"kms:CallerAccount": "111122223333"}}"#),
        check: Check::Document(unknown_operators),
    },
    Rule {
        id: "GK4002",
        name: "unknown-condition-key",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "AWS has no such condition key. It stores the policy all the same; the key is absent from every request, so a positive test never holds and a negated one always does.",
        advice: "Correct the key's name.",
        bad: Example::Condition(r#"{"StringEquals": {"kms:ViaServices": "ssm.us-east-1.amazonaws.com"}}"#),
        good: Example::Condition(r#"{"StringEquals": {"kms:ViaService": "ssm.us-east-1.amazonaws.com"}}"#),
        check: Check::Document(unknown_keys),
    },
    Rule {
        id: "GK4003",
        name: "key-never-in-these-requests",
        severity: Severity::Error,
        kinds: &[Kind::Key, Kind::Identity, Kind::Scp, Kind::Rcp],
        why: "None of the statement's actions has this condition key in its requests: a positive test never holds, a negated one always does.",
        advice: "Use a key that the actions have, or move the test to a statement of its own.",
        bad: Example::Statement(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:DescribeKey", "Resource": "*", "Condition": {"StringEquals": {"kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}}}"#,
        ),
        good: Example::Condition(r#"{"StringEquals": {"kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}}"#),
        check: Check::Document(keys_of_no_action),
    },
    Rule {
        id: "GK4004",
        name: "key-not-in-every-request",
        severity: Severity::Warning,
        kinds: &[Kind::Key, Kind::Identity],
        why: "Some of the actions listed never have this condition key in their requests, so under this Allow they are never allowed.",
        advice: "Allow those actions in a statement without this test.",
        bad: Example::Statement(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": ["kms:Decrypt", "kms:DescribeKey"], "Resource": "*", "Condition": {"StringEquals": {"kms:EncryptionContext:app": "shop"}}}"#,
        ),
        good: Example::Condition(r#"{"StringEquals": {"kms:EncryptionContext:app": "shop"}}"#),
        check: Check::Document(keys_of_some_actions),
    },
    Rule {
        id: "GK4005",
        name: "deny-where-absent",
        severity: Severity::Warning,
        kinds: &[Kind::Key, Kind::Identity, Kind::Scp, Kind::Rcp],
        why: "A negated test holds when the key is absent. Some of the actions denied never have this key in their requests: they are always denied, to everybody whom the statement means.",
        advice: "Deny only the actions whose requests have the key, or use the operator with IfExists turned round (a Null test beside it).",
        bad: Example::Statement(
            r#"{"Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": ["kms:Decrypt", "kms:PutKeyPolicy"], "Resource": "*", "Condition": {"StringNotEquals": {"kms:EncryptionContext:app": "shop"}}}"#,
        ),
        good: Example::Statement(
            r#"{"Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt", "Resource": "*", "Condition": {"StringNotEquals": {"kms:EncryptionContext:app": "shop"}}}"#,
        ),
        check: Check::Document(deny_where_absent),
    },
    Rule {
        id: "GK4006",
        name: "quantifier-missing",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "The key can have several values. Without ForAnyValue or ForAllValues the test does not match.",
        advice: "Put ForAnyValue: (one value suffices) or ForAllValues: (all values must, and none will do too) before the operator.",
        bad: Example::Condition(r#"{"StringEquals": {"kms:EncryptionContextKeys": "app"}}"#),
        good: Example::Condition(r#"{"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "app"}}"#),
        check: Check::Document(quantifier_missing),
    },
    Rule {
        id: "GK4007",
        name: "for-all-values-on-single-value",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "ForAllValues holds when the key is absent. On a key with a single value that opens what the test seems to close; KMS refuses key policies that do it with kms:EncryptionContext: or aws:RequestTag/ (OverlyPermissiveCondition).",
        advice: "Remove ForAllValues:.",
        bad: Example::Condition(r#"{"ForAllValues:StringEquals": {"kms:EncryptionContext:app": "shop"}}"#),
        good: Example::Condition(r#"{"StringEquals": {"kms:EncryptionContext:app": "shop"}}"#),
        check: Check::Document(for_all_on_single),
    },
    Rule {
        id: "GK4008",
        name: "for-all-values-allows-absent",
        severity: Severity::Security,
        kinds: &Kind::ALL,
        why: "ForAllValues holds when the request has none of the values. In an Allow that lets requests through which lack the key.",
        advice: "Add \"Null\": {\"KEY\": \"false\"} to the condition.",
        bad: Example::Condition(
            r#"{"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["app", "stage"]}}"#,
        ),
        good: Example::Condition(
            r#"{"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["app", "stage"]}, "Null": {"kms:EncryptionContextKeys": "false"}}"#,
        ),
        check: Check::Document(for_all_allows_absent),
    },
    Rule {
        id: "GK4009",
        name: "for-any-value-negated",
        severity: Severity::Warning,
        kinds: &Kind::ALL,
        why: "ForAnyValue with a negated operator holds as soon as one value of the request is not listed, whatever the others are; and it does not hold when the key is absent.",
        advice: "To say \"none of these\", use ForAllValues with the negated operator.",
        bad: Example::Condition(r#"{"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["owner"]}}"#),
        good: Example::Condition(r#"{"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": ["owner"]}}"#),
        check: Check::Document(for_any_negated),
    },
    Rule {
        id: "GK4010",
        name: "wildcard-without-like",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "StringEquals and its kin compare letter by letter: * and ? stand for themselves, and no value of this key holds them.",
        advice: "Use StringLike, or ArnLike for ARNs.",
        bad: Example::Condition(r#"{"StringEquals": {"kms:ViaService": "*.us-east-1.amazonaws.com"}}"#),
        good: Example::Condition(r#"{"StringLike": {"kms:ViaService": "*.us-east-1.amazonaws.com"}}"#),
        check: Check::Document(wildcards_without_like),
    },
    Rule {
        id: "GK4011",
        name: "operator-does-not-fit-key",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "The operator compares another kind of value than the key has, so the test never does what it says.",
        advice: "Use an operator of the key's kind.",
        bad: Example::Condition(r#"{"StringEquals": {"aws:SourceIp": "203.0.113.0/24"}}"#),
        good: Example::Condition(r#"{"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}"#),
        check: Check::Document(operators_that_do_not_fit),
    },
    Rule {
        id: "GK4012",
        name: "value-does-not-fit-operator",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "The value is not of the kind that the operator compares (number, moment, address, ARN, true or false), so it matches nothing.",
        advice: "Correct the value.",
        bad: Example::Condition(r#"{"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/33"}}"#),
        good: Example::Condition(r#"{"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}}"#),
        check: Check::Document(values_that_do_not_fit),
    },
    Rule {
        id: "GK4013",
        name: "value-never-taken",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "AWS fixes the values of this key, and this is none of them.",
        advice: "Correct the value.",
        bad: Example::Condition(r#"{"StringEquals": {"aws:PrincipalType": "Role"}}"#),
        good: Example::Condition(r#"{"StringEquals": {"aws:PrincipalType": "AssumedRole"}}"#),
        check: Check::Document(values_never_taken),
    },
    Rule {
        id: "GK4014",
        name: "contradiction",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "All tests of a statement must hold at once. Two of them demand values of one key that have nothing in common, so the statement never matches.",
        advice: "Join the values in one test, or make two statements.",
        bad: Example::Condition(
            r#"{"StringEquals": {"kms:ViaService": "ssm.us-east-1.amazonaws.com"}, "StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}}"#,
        ),
        good: Example::Condition(
            r#"{"StringLike": {"kms:ViaService": ["ssm.us-east-1.amazonaws.com", "s3.*.amazonaws.com"]}}"#,
        ),
        check: Check::Document(contradictions),
    },
    Rule {
        id: "GK4015",
        name: "allow-where-absent",
        severity: Severity::Security,
        kinds: &Kind::ALL,
        why: "A negated test, and one with IfExists, holds when the key is absent. In an Allow that lets requests through which lack the key.",
        advice: "Use the positive operator with the values that shall pass, or add \"Null\": {\"KEY\": \"false\"}.",
        bad: Example::Condition(r#"{"StringNotEquals": {"kms:ViaService": "ssm.us-east-1.amazonaws.com"}}"#),
        good: Example::Condition(
            r#"{"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}"#,
        ),
        check: Check::Document(allow_where_absent),
    },
];

/// Every test of every statement, with the statement.
fn tests<'s>(subject: &Subject<'s>) -> impl Iterator<Item = (&'s Statement, &'s Test)> {
    subject
        .statements()
        .iter()
        .flat_map(|statement| statement.tests.iter().map(move |test| (statement, test)))
}

/// Every test on a key that is known.
fn known<'s>(subject: &Subject<'s>) -> impl Iterator<Item = (&'s Statement, &'s Test, &'static KeyFacts)> {
    tests(subject).filter_map(|(statement, test)| Some((statement, test, vocabulary::key(&test.key.text)?)))
}

fn unknown_operators(subject: &Subject<'_>, found: &mut Found<'_>) {
    let mut last = None;
    for (_, test) in tests(subject) {
        let operator = &test.operator;
        let is_known = vocabulary::OPERATORS.contains(&operator.base.as_str());
        let misused = operator.base == "Null" && (operator.if_exists || operator.quantifier.is_some());
        if (!is_known || misused) && last != Some(&test.operator_at.at) {
            let hint = suggestion(&operator.base, vocabulary::OPERATORS);
            found.word(&test.operator_at, format!("\"{}\" is no operator{hint}", test.operator_at.text));
        }
        last = Some(&test.operator_at.at);
    }
}

fn unknown_keys(subject: &Subject<'_>, found: &mut Found<'_>) {
    for (_, test) in tests(subject) {
        let text = &test.key.text;
        let service = text.split_once(':').map(|(service, _)| service.to_ascii_lowercase());
        let is_unknown = match service.as_deref() {
            Some("aws") => !vocabulary::is_global_key(text),
            Some("kms") => vocabulary::key(text).is_none(),
            Some(_) => false,
            None => true,
        };
        if is_unknown && text.trim() == text && !text.contains("${") {
            found.word(&test.key, format!("\"{text}\" is no condition key{}", key_hint(text)));
        }
    }
}

fn key_hint(text: &str) -> String {
    let family = vocabulary::key_names().find(|name| {
        name.ends_with([':', '/'])
            && name.trim_end_matches([':', '/']).eq_ignore_ascii_case(text.trim_end_matches([':', '/']))
    });
    match family {
        Some(family) => format!(" (a name must follow: \"{family}NAME\")"),
        None => suggestion(text, vocabulary::key_names()),
    }
}

/// The known actions that a statement covers and that could have the key, and those that could not.
fn split_actions(statement: &Statement, facts: &KeyFacts) -> (usize, Vec<&'static str>) {
    let covered = vocabulary::actions().filter(|action| vocabulary::is_covered(action, statement));
    let (with, without): (Vec<&vocabulary::Action>, Vec<&vocabulary::Action>) =
        covered.partition(|action| vocabulary::may_carry(action, facts));
    (with.len(), without.into_iter().map(|action| action.name).collect())
}

/// Whether the statement is about KMS alone; of other services' keys nothing is known.
fn is_about_kms(statement: &Statement) -> bool {
    let words = statement.actions();
    !words.is_empty()
        && words.iter().all(|word| word.text.get(..4).is_some_and(|s| s.eq_ignore_ascii_case("kms:")))
}

fn keys_of_no_action(subject: &Subject<'_>, found: &mut Found<'_>) {
    for (_, test, facts) in
        known(subject).filter(|(statement, ..)| is_about_kms(statement)).filter(|(s, _, facts)| {
            let (with, without) = split_actions(s, facts);
            with == 0 && !without.is_empty()
        })
    {
        found.word(&test.key, format!("no action of the statement has {} in its requests", facts.text));
    }
    for (statement, test) in tests(subject).filter(|(statement, _)| is_about_kms(statement)) {
        let foreign = test.key.text.split_once(':').is_some_and(|(service, _)| {
            !service.eq_ignore_ascii_case("kms") && !service.eq_ignore_ascii_case("aws")
        });
        // Roles carry the keys of their identity provider, so those of saml and oidc are seen by every service.
        let provider = test.is_under("saml:") || test.key.text.contains('.') || test.is_under("cognito");
        if foreign && !provider && statement.effect.is_some() {
            found.word(&test.key, format!("requests to KMS never have {}", test.key.text));
        }
    }
}

/// Actions that the statement lists by name, without wildcards.
fn listed_by_name(statement: &Statement, name: &str) -> bool {
    let wanted = format!("kms:{name}");
    statement.actions().iter().any(|word| word.text.eq_ignore_ascii_case(&wanted))
}

fn keys_of_some_actions(subject: &Subject<'_>, found: &mut Found<'_>) {
    for (statement, test, facts) in known(subject).filter(|(s, test, _)| s.allows() && test.is_positive()) {
        let (with, without) = split_actions(statement, facts);
        let listed: Vec<&str> = without.into_iter().filter(|name| listed_by_name(statement, name)).collect();
        if with > 0 && !listed.is_empty() {
            found.word(
                &test.key,
                format!("never in the requests of {}: never allowed here", listed.join(", ")),
            );
        }
    }
}

fn deny_where_absent(subject: &Subject<'_>, found: &mut Found<'_>) {
    for (statement, test, facts) in
        known(subject).filter(|(s, test, _)| s.denies() && holds_when_absent(test))
    {
        let guarded =
            statement.tests.iter().any(|other| other.is_on(&test.key.text) && demands_presence(other));
        let (with, without) = split_actions(statement, facts);
        if with > 0 && !without.is_empty() && !guarded {
            let shown: Vec<&str> = without.iter().copied().take(4).collect();
            let more = if without.len() > shown.len() { " ..." } else { "" };
            found.word(
                &test.key,
                format!("absent from the requests of {}{more}: always denied", shown.join(", ")),
            );
        }
    }
}

/// Whether a test holds for a request that lacks the key.
fn holds_when_absent(test: &Test) -> bool {
    let operator = &test.operator;
    match operator.base.as_str() {
        "Null" => test.values.iter().any(|value| value.text == "true"),
        _ => {
            operator.if_exists || operator.quantifier == Some(Quantifier::All) || is_plain_negation(operator)
        }
    }
}

fn is_plain_negation(operator: &Operator) -> bool {
    operator.is_negated() && operator.quantifier.is_none()
}

/// Whether a test fails for a request that lacks the key.
fn demands_presence(test: &Test) -> bool {
    match test.operator.base.as_str() {
        "Null" => test.values.iter().all(|value| value.text == "false"),
        _ => !holds_when_absent(test),
    }
}

/// Whether another test of the statement already demands that the key be there.
fn presence_is_demanded(statement: &Statement, test: &Test) -> bool {
    statement.tests.iter().any(|other| other.is_on(&test.key.text) && demands_presence(other))
}

fn quantifier_missing(subject: &Subject<'_>, found: &mut Found<'_>) {
    for (_, test, facts) in known(subject) {
        if facts.multivalued && test.operator.quantifier.is_none() && test.operator.base != "Null" {
            let message = format!(
                "{} has several values: the operator needs ForAnyValue: or ForAllValues:",
                facts.text
            );
            found.word(&test.operator_at, message);
        }
    }
}

fn for_all_on_single(subject: &Subject<'_>, found: &mut Found<'_>) {
    for (_, test, facts) in known(subject) {
        if !facts.multivalued && test.operator.quantifier == Some(Quantifier::All) {
            let message =
                format!("{} has a single value: ForAllValues also matches requests without it", facts.text);
            found.word(&test.operator_at, message);
        }
    }
}

fn for_all_allows_absent(subject: &Subject<'_>, found: &mut Found<'_>) {
    for (statement, test) in tests(subject).filter(|(statement, _)| statement.allows()) {
        let single = vocabulary::key(&test.key.text).is_some_and(|facts| !facts.multivalued);
        let all = test.operator.quantifier == Some(Quantifier::All) && !test.operator.is_negated();
        if all && !single && !presence_is_demanded(statement, test) {
            found.word(&test.operator_at, format!("requests without {} match too", test.key.text));
        }
    }
}

fn for_any_negated(subject: &Subject<'_>, found: &mut Found<'_>) {
    for (_, test) in tests(subject) {
        if test.operator.quantifier == Some(Quantifier::Any) && test.operator.is_negated() {
            found.word(&test.operator_at, "one value that is not listed is enough for this to hold");
        }
    }
}

fn wildcards_without_like(subject: &Subject<'_>, found: &mut Found<'_>) {
    for (_, test, facts) in known(subject).filter(|(_, test, _)| test.operator.starts_with("String")) {
        if test.operator.has_wildcards() || facts.family || facts.name == KeyName::AwsUserAgent {
            continue;
        }
        for value in test.values.iter().filter(|value| glob::has_wildcard(&without_variables(&value.text))) {
            let like = test.operator.base.replace("EqualsIgnoreCase", "Like").replace("Equals", "Like");
            found.word(
                value,
                format!("\"{}\" is compared letter by letter: {like} reads wildcards", value.text),
            );
        }
    }
}

/// A value with its `${...}` taken out: they may hold the escapes `${*}` and `${?}`.
fn without_variables(text: &str) -> String {
    let mut parts = text.split("${");
    let head = parts.next().unwrap_or_default().to_owned();
    parts.fold(head, |kept, part| kept + part.split_once('}').map_or("", |(_, rest)| rest))
}

/// Whether operators of this family can compare values of this kind.
fn fits(family: &str, kind: KeyType) -> bool {
    match kind {
        KeyType::String => matches!(family, "String" | "Arn" | "Binary"),
        KeyType::Arn => matches!(family, "Arn" | "String"),
        KeyType::Bool => matches!(family, "Bool" | "String"),
        KeyType::Numeric => matches!(family, "Numeric" | "String"),
        KeyType::Date => matches!(family, "Date" | "Numeric"),
        KeyType::Ip => family == "Ip",
    }
}

/// The family of an operator: what kind of value it compares.
fn family(operator: &Operator) -> Option<&'static str> {
    if !vocabulary::OPERATORS.contains(&operator.base.as_str()) || operator.base == "Null" {
        return None;
    }
    let base = operator.base.trim_start_matches("Not");
    ["String", "Numeric", "Date", "Bool", "Binary", "Ip", "Arn"]
        .into_iter()
        .find(|family| base.starts_with(family))
}

fn operators_that_do_not_fit(subject: &Subject<'_>, found: &mut Found<'_>) {
    for (_, test, facts) in known(subject) {
        // Both a number of seconds and a moment are documented for the epoch's time.
        let both = facts.name == KeyName::AwsEpochTime;
        if let Some(family) = family(&test.operator).filter(|family| !both && !fits(family, facts.kind)) {
            let kind = kind_of_value(facts.kind);
            found.word(
                &test.operator_at,
                format!("{} is {kind}, which {family} operators do not compare", facts.text),
            );
        }
    }
}

fn kind_of_value(kind: KeyType) -> &'static str {
    match kind {
        KeyType::String => "a text",
        KeyType::Bool => "true or false",
        KeyType::Numeric => "a number",
        KeyType::Date => "a moment",
        KeyType::Arn => "an ARN",
        KeyType::Ip => "an address",
    }
}

fn values_that_do_not_fit(subject: &Subject<'_>, found: &mut Found<'_>) {
    for (_, test) in tests(subject) {
        for value in test.values.iter().filter(|value| !value.text.contains("${")) {
            if let Some(wanted) = misfit(test, value) {
                found.word(value, format!("\"{}\" is not {wanted}", value.text));
            }
        }
    }
}

/// Condition keys that hold the number of an account.
const ACCOUNTS: [KeyName; 4] = [
    KeyName::AwsPrincipalAccount,
    KeyName::AwsResourceAccount,
    KeyName::AwsSourceAccount,
    KeyName::KmsCallerAccount,
];

/// What the value should have been, if it is something else.
fn misfit(test: &Test, value: &Word) -> Option<&'static str> {
    let text = value.text.as_str();
    if test.operator.base == "Null" {
        return (!matches!(text, "true" | "false")).then_some("true or false");
    }
    let is_account = vocabulary::key(&test.key.text).is_some_and(|facts| ACCOUNTS.contains(&facts.name));
    match family(&test.operator)? {
        "Bool" => {
            (!["true", "false"].iter().any(|b| b.eq_ignore_ascii_case(text))).then_some("true or false")
        }
        "Numeric" => (!is_number(text)).then_some("a number"),
        "Date" => (!is_moment(text)).then_some("a moment such as 2026-11-22T05:54:58Z"),
        "Ip" => (!is_network(text)).then_some("an address or a network in CIDR notation"),
        "Arn" => (!is_arn_pattern(text)).then_some("an ARN"),
        "String" if is_account && !glob::has_wildcard(text) => {
            text.parse::<AccountId>().is_err().then_some("an account: twelve digits")
        }
        _ => None,
    }
}

fn is_number(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    unsigned.split_once('.').map_or_else(|| digits(unsigned), |(whole, part)| digits(whole) && digits(part))
}

/// Seconds since 1970, a year, or a moment as ISO 8601 writes it. Which days a month has is left to AWS.
fn is_moment(text: &str) -> bool {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    let zone = |rest: &str| matches!(rest, "Z" | "+00:00" | "-00:00" | "+0000" | "-0000");
    let after_seconds = |rest: &str| {
        let rest = rest.strip_prefix('.').map_or(rest, |fraction| fraction.trim_start_matches('0'));
        zone(rest)
    };
    let timed = shape
        .strip_prefix("0000-00-00T00:00")
        .is_some_and(|rest| zone(rest) || rest.strip_prefix(":00").is_some_and(after_seconds));
    timed
        || matches!(shape.as_str(), "0000-00" | "0000-00-00")
        || (!text.is_empty() && shape.bytes().all(|b| b == b'0'))
}

fn is_network(text: &str) -> bool {
    let (address, prefix) =
        text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
    let Ok(address) = address.parse::<IpAddr>() else { return false };
    let longest = if address.is_ipv4() { 32 } else { 128 };
    prefix.is_none_or(|prefix| prefix.parse::<u8>().is_ok_and(|bits| bits <= longest))
}

/// Six parts, of which the first is `arn`; or a pattern that begins with a wildcard and so may be one.
fn is_arn_pattern(text: &str) -> bool {
    (text.starts_with("arn:") || text.starts_with(['*', '?'])) && text.splitn(6, ':').count() == 6
}

fn values_never_taken(subject: &Subject<'_>, found: &mut Found<'_>) {
    for (_, test, facts) in known(subject).filter(|(_, test, _)| test.operator.starts_with("String")) {
        let lawful = values_of(facts.name);
        let folds = test.operator.base.ends_with("IgnoreCase");
        for value in test.values.iter().filter(|value| !value.text.contains("${") && !lawful.is_empty()) {
            if !lawful.iter().any(|name| takes(test, &value.text, name, folds))
                && !is_wild_equals(test, value)
            {
                let hint = suggestion(&value.text, lawful.iter().copied());
                found.word(value, format!("{} is never \"{}\"{hint}", facts.text, value.text));
            }
        }
    }
}

fn takes(test: &Test, value: &str, lawful: &str, folds: bool) -> bool {
    match test.operator.has_wildcards() {
        true => glob::matches(value, lawful),
        false => value == lawful || (folds && value.eq_ignore_ascii_case(lawful)),
    }
}

/// Wildcards under an operator that does not read them are another rule's business.
fn is_wild_equals(test: &Test, value: &Word) -> bool {
    !test.operator.has_wildcards() && glob::has_wildcard(&value.text)
}

/// The values that AWS fixes; the grant operations are those actions that a grant can hold.
fn values_of(key: KeyName) -> Vec<&'static str> {
    match key {
        KeyName::KmsGrantOperations => {
            vocabulary::actions().filter(|a| a.grantable).map(|a| a.name).collect()
        }
        _ => vocabulary::values_of(key).to_vec(),
    }
}

/// Most tests of one statement that are compared with each other.
const MOST_TESTS: usize = 40;

fn contradictions(subject: &Subject<'_>, found: &mut Found<'_>) {
    for statement in subject.statements() {
        let comparable = |test: &&Test| {
            test.is_positive() && matches!(test.operator.base.as_str(), "StringEquals" | "StringLike")
        };
        let tests: Vec<&Test> = statement.tests.iter().filter(comparable).take(MOST_TESTS).collect();
        for (index, test) in tests.iter().enumerate() {
            let earlier = tests
                .iter()
                .take(index)
                .find(|other| other.is_on(&test.key.text) && are_disjoint(other, test));
            if let (Some(other), None) = (earlier, test.operator.quantifier) {
                let message =
                    format!("no value fits both {} and {}", other.operator_at.text, test.operator_at.text);
                found.word(&test.key, message);
            }
        }
    }
}

/// Whether no value can satisfy both tests. Of two patterns that is not known, so they are taken to overlap.
fn are_disjoint(first: &Test, second: &Test) -> bool {
    let is_pattern =
        |test: &Test, value: &Word| test.operator.has_wildcards() && glob::has_wildcard(&value.text);
    let overlap = |a: &Word, b: &Word| {
        let unknown =
            a.text.contains("${") || b.text.contains("${") || (is_pattern(first, a) && is_pattern(second, b));
        unknown
            || a.text == b.text
            || (is_pattern(first, a) && glob::matches(&a.text, &b.text))
            || (is_pattern(second, b) && glob::matches(&b.text, &a.text))
    };
    !first
        .values
        .iter()
        .take(MOST_TESTS)
        .any(|a| second.values.iter().take(MOST_TESTS).any(|b| overlap(a, b)))
}

/// Keys that every request of an IAM principal has: nothing slips through by their absence.
const ALWAYS_PRESENT: [KeyName; 10] = [
    KeyName::AwsCurrentTime,
    KeyName::AwsEpochTime,
    KeyName::AwsPrincipalAccount,
    KeyName::AwsPrincipalArn,
    KeyName::AwsPrincipalType,
    KeyName::AwsRequestedRegion,
    KeyName::AwsResourceAccount,
    KeyName::AwsSecureTransport,
    KeyName::AwsUserId,
    KeyName::AwsViaAwsService,
];

fn allow_where_absent(subject: &Subject<'_>, found: &mut Found<'_>) {
    for (statement, test, facts) in known(subject).filter(|(statement, ..)| statement.allows()) {
        let loose = is_plain_negation(&test.operator) || test.operator.if_exists;
        // The second factor has a rule of its own.
        let elsewhere =
            ALWAYS_PRESENT.contains(&facts.name) || is_mfa(facts) || is_of_every_key(subject, facts);
        if loose && !elsewhere && test.operator.quantifier.is_none() && !presence_is_demanded(statement, test)
        {
            found.word(&test.operator_at, format!("requests without {} match too", facts.text));
        }
    }
}

pub(super) fn is_mfa(facts: &KeyFacts) -> bool {
    matches!(facts.name, KeyName::AwsMultiFactorAuthPresent | KeyName::AwsMultiFactorAuthAge)
}

/// Keys that describe the key acted on are in every request that a key policy is asked about.
fn is_of_every_key(subject: &Subject<'_>, facts: &KeyFacts) -> bool {
    let described = [
        KeyName::KmsKeySpec,
        KeyName::KmsKeyUsage,
        KeyName::KmsKeyOrigin,
        KeyName::KmsMultiRegion,
        KeyName::KmsCallerAccount,
    ];
    let about_keys =
        subject.kind == Kind::Key || subject.statements().iter().all(|s| !covers_nothing_target(s));
    about_keys && described.contains(&facts.name)
}

fn covers_nothing_target(statement: &Statement) -> bool {
    vocabulary::actions()
        .any(|action| action.target == Target::Nothing && vocabulary::is_covered(action, statement))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_numbers_and_networks_are_told_from_other_texts() {
        for good in ["2026", "1700000000", "2026-11-22", "2026-11-22T05:54Z", "2026-11-22T05:54:58.123+00:00"]
        {
            assert!(is_moment(good), "{good}");
        }
        for bad in ["", "tomorrow", "2026-11-22 05:54:58", "2026-11-22T05:54:58", "22.11.2026"] {
            assert!(!is_moment(bad), "{bad}");
        }
        assert!(
            is_number("-1.5") && is_number("07") && !is_number("1e3") && !is_number(".5") && !is_number("")
        );
        assert!(
            is_network("10.0.0.1")
                && is_network("2001:db8::/32")
                && !is_network("10.0.0.0/33")
                && !is_network("10.0")
        );
    }

    #[test]
    fn escapes_are_not_wildcards() {
        assert_eq!(without_variables("a${*}b${aws:username}c"), "abc");
        assert_eq!(without_variables("a${unclosed*"), "a");
    }
}
