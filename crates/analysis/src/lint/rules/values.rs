//! GK4010 and on: the values of conditions, and whether operators can compare them.

use super::conditions::{is_plain_negation, known, presence_is_demanded, tests};
use crate::lint::document::{Operator, Statement, Test, Word};
use crate::lint::glob;
use crate::lint::rule::{Check, Example, Found, Kind, Rule, Severity};
use crate::lint::subject::Subject;
use crate::lint::vocabulary::{self, KeyFacts, KeyName, KeyType, Target};
use crate::nearest::{nearest, suggestion};
use gatekey_types::AccountId;
use std::net::IpAddr;

pub(super) static RULES: &[Rule] = &[
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
    Rule {
        id: "GK4016",
        name: "unheard-of-global-key",
        severity: Severity::Warning,
        kinds: &Kind::ALL,
        why: "The linter knows no global condition key of this name, nor one like it. If AWS has none either, the key is absent from every request; and Gatekey never sets it.",
        advice: "Look the name up in AWS's list of global condition keys.",
        bad: Example::Condition(r#"{"StringEquals": {"aws:Weekday": "Sunday"}}"#),
        good: Example::Condition(r#"{"StringEquals": {"aws:PrincipalType": "AssumedRole"}}"#),
        check: Check::Document(unheard_of_keys),
    },
];

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
        // Comparing costs the product of the lengths, and nothing that is a value is as long.
        let long = a.text.len().max(b.text.len()) > 1024;
        let variable = a.text.contains("${") || b.text.contains("${");
        let unknown = long || variable || (is_pattern(first, a) && is_pattern(second, b));
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

/// Whether a global key is unknown and like none that is known. One that is like a known one is a slip of the pen, an error.
fn unheard_of_keys(subject: &Subject<'_>, found: &mut Found<'_>) {
    for (_, test) in tests(subject).filter(|(_, test)| test.is_under("aws:")) {
        let text = &test.key.text;
        if !vocabulary::is_global_key(text) && nearest(text, vocabulary::key_names()).is_none() {
            found.word(&test.key, format!("\"{text}\" is no global condition key that is known"));
        }
    }
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
