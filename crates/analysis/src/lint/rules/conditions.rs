//! GK4xxx: conditions as such. Operators, keys and values that cannot mean what they say.

use crate::lint::document::{Operator, Quantifier, Statement, Test};
use crate::lint::rule::{Check, Example, Found, Kind, Rule, Severity};
use crate::lint::subject::Subject;
use crate::lint::vocabulary::{self, KeyFacts};
use crate::nearest::{nearest, suggestion};

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
];

/// Every test of every statement, with the statement.
pub(super) fn tests<'s>(subject: &Subject<'s>) -> impl Iterator<Item = (&'s Statement, &'s Test)> {
    subject
        .statements()
        .iter()
        .flat_map(|statement| statement.tests.iter().map(move |test| (statement, test)))
}

/// Every test on a key that is known.
pub(super) fn known<'s>(
    subject: &Subject<'s>,
) -> impl Iterator<Item = (&'s Statement, &'s Test, &'static KeyFacts)> {
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
            // One that is like no known key may be newer than the linter: that is a warning of its own.
            Some("aws") => {
                !vocabulary::is_global_key(text) && nearest(text, vocabulary::key_names()).is_some()
            }
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

pub(super) fn is_plain_negation(operator: &Operator) -> bool {
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
pub(super) fn presence_is_demanded(statement: &Statement, test: &Test) -> bool {
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
