//! GK15xx: `${...}`. Policy variables, and the holes of templates that look like them.

use crate::lint::document::{Statement, Word};
use crate::lint::rule::{Check, Example, Found, Kind, Rule, Severity};
use crate::lint::subject::Subject;
use crate::lint::vocabulary;
use crate::nearest::suggestion;

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "GK1501",
        name: "template-hole",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "A placeholder was never filled in. Stored as it is, it matches nothing: ${NAME} without a colon is no policy variable.",
        advice: "Put the value in the place of the hole.",
        bad: Example::Condition(
            r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::${ACCOUNT_ID}:role/app"}}"#,
        ),
        good: Example::Condition(
            r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/app"}}"#,
        ),
        check: Check::Document(holes),
    },
    Rule {
        id: "GK1502",
        name: "variable-in-old-version",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "Policy variables are replaced only in policies of version 2012-10-17. In others ${...} is plain text and matches nothing.",
        advice: "Write \"Version\": \"2012-10-17\".",
        bad: Example::Document(
            r#"{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:Decrypt", "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}}]}"#,
        ),
        good: Example::Condition(r#"{"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}"#),
        check: Check::Document(in_old_version),
    },
    Rule {
        id: "GK1503",
        name: "variable-out-of-place",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "Policy variables are replaced in condition values and in the last part of a Resource. In principals, actions, condition keys, and the first five parts of an ARN they are plain text.",
        advice: "Put the variable in a condition.",
        bad: Example::Statement(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/${aws:username}"}, "Action": "kms:Decrypt", "Resource": "*"}"#,
        ),
        good: Example::Condition(r#"{"StringEquals": {"kms:EncryptionContext:owner": "${aws:username}"}}"#),
        check: Check::Document(out_of_place),
    },
    Rule {
        id: "GK1504",
        name: "unknown-variable",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "AWS has no condition key of this name, so the variable has no value: what holds it matches nothing.",
        advice: "Correct the name.",
        bad: Example::Condition(r#"{"StringEquals": {"aws:ResourceTag/owner": "${aws:userName2}"}}"#),
        good: Example::Condition(r#"{"StringEquals": {"aws:ResourceTag/owner": "${aws:username}"}}"#),
        check: Check::Document(unknown),
    },
    Rule {
        id: "GK1505",
        name: "multivalued-variable",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "Only keys with a single value can be variables. A multivalued one has no value here.",
        advice: "Compare with ForAnyValue or ForAllValues instead.",
        bad: Example::Condition(r#"{"StringEquals": {"aws:ResourceTag/path": "${aws:PrincipalOrgPaths}"}}"#),
        good: Example::Condition(
            r#"{"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*"}}"#,
        ),
        check: Check::Document(multivalued),
    },
];

/// The `${...}` of a text: what stands between the braces. One that is never closed runs to the end.
fn variables(text: &str) -> impl Iterator<Item = &str> {
    text.split("${").skip(1).map(|rest| rest.split('}').next().unwrap_or(rest))
}

/// `${*}`, `${?}` and `${$}` are the characters themselves.
fn is_escape(variable: &str) -> bool {
    matches!(variable, "*" | "?" | "$")
}

/// The key that a variable names, without a default: `aws:PrincipalTag/team, 'none'`.
fn key_of(variable: &str) -> &str {
    variable.split(',').next().unwrap_or(variable).trim()
}

/// Whether this is a hole of a template: a policy variable has one colon, after a service in lower case.
fn is_hole(variable: &str) -> bool {
    let key = key_of(variable);
    let is_key = key.split_once(':').is_some_and(|(service, name)| {
        let service = !service.is_empty() && service.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        service && !name.is_empty() && !name.starts_with(':')
    });
    !is_escape(variable) && !is_key
}

/// Condition values, and resources: where variables are replaced.
fn words_with_variables(statement: &Statement) -> impl Iterator<Item = &Word> {
    statement.resource_words().iter().chain(statement.tests.iter().flat_map(|test| &test.values))
}

/// Everything else that is compared.
fn words_without_variables(statement: &Statement) -> impl Iterator<Item = &Word> {
    let principals = statement.principal.iter().flat_map(|p| p.entries.iter().map(|named| &named.word));
    let tests = statement.tests.iter().flat_map(|test| [&test.operator_at, &test.key]);
    statement.action_words().iter().chain(principals).chain(tests)
}

fn holes(subject: &Subject<'_>, found: &mut Found<'_>) {
    for statement in subject.statements() {
        for word in words_with_variables(statement).chain(words_without_variables(statement)) {
            if let Some(hole) = hole_in(&word.text) {
                found.word(word, format!("{hole} was never filled in"));
            }
        }
    }
}

/// The first hole of a template in a text, as it is written there.
fn hole_in(text: &str) -> Option<String> {
    if let Some(hole) = variables(text).find(|variable| is_hole(variable)) {
        return Some(format!("${{{hole}}}"));
    }
    let between = |open: &str, close: &str| {
        let inner = text.split_once(open)?.1.split_once(close)?.0;
        let named = !inner.is_empty()
            && inner.trim() == inner
            && inner.bytes().all(|b| b.is_ascii_alphanumeric() || b" ._-".contains(&b));
        named.then(|| format!("{open}{inner}{close}"))
    };
    between("{{", "}}").or_else(|| between("<", ">")).or_else(|| account_hole(text))
}

/// The account of an ARN, if it is a word in capitals (`ACCOUNT_ID`) or a row of the same letter.
fn account_hole(text: &str) -> Option<String> {
    let account = text.strip_prefix("arn:")?.split(':').nth(3)?;
    let shouted = account.bytes().all(|b| b.is_ascii_uppercase() || matches!(b, b'_' | b'-' | b'$'));
    let crossed = account.len() == 12 && account.bytes().all(|b| matches!(b, b'x' | b'X'));
    (!account.is_empty() && (shouted || crossed)).then(|| account.to_owned())
}

fn in_old_version(subject: &Subject<'_>, found: &mut Found<'_>) {
    if subject.document.has_variables() {
        return;
    }
    for word in subject.statements().iter().flat_map(words_with_variables) {
        if let Some(variable) = variables(&word.text).find(|variable| !is_hole(variable)) {
            found.word(word, format!("${{{variable}}} is plain text in this version"));
        }
    }
}

fn out_of_place(subject: &Subject<'_>, found: &mut Found<'_>) {
    for statement in subject.statements() {
        for word in words_without_variables(statement) {
            report_first(word, &word.text, found);
        }
        for word in statement.resource_words().iter().filter(|word| word.text.starts_with("arn:")) {
            let head: usize = word.text.splitn(6, ':').take(5).map(|part| part.len() + 1).sum();
            // A colon inside a variable would end its part too early, so the part's head is taken up to the variable.
            if word.text.find("${").is_some_and(|at| at < head) {
                report_first(word, &word.text, found);
            }
        }
    }
}

fn report_first(word: &Word, text: &str, found: &mut Found<'_>) {
    if let Some(variable) = variables(text).find(|variable| !is_hole(variable)) {
        found.word(word, format!("${{{variable}}} is plain text here"));
    }
}

fn unknown(subject: &Subject<'_>, found: &mut Found<'_>) {
    for word in subject.statements().iter().flat_map(words_with_variables) {
        for key in variables(&word.text).filter(|v| !is_hole(v) && !is_escape(v)).map(key_of) {
            let ours = key
                .get(..4)
                .is_some_and(|s| s.eq_ignore_ascii_case("aws:") || s.eq_ignore_ascii_case("kms:"));
            if ours && vocabulary::key(key).is_none() && !vocabulary::is_global_key(key) {
                let hint = suggestion(key, vocabulary::key_names());
                found.word(word, format!("${{{key}}} is no variable{hint}"));
            }
        }
    }
}

fn multivalued(subject: &Subject<'_>, found: &mut Found<'_>) {
    for word in subject.statements().iter().flat_map(words_with_variables) {
        for key in variables(&word.text).map(key_of) {
            if vocabulary::key(key).is_some_and(|facts| facts.multivalued) {
                found.word(word, format!("{key} has several values, so ${{{key}}} has none"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_told_from_variables() {
        for hole in [
            "${ACCOUNT_ID}",
            "${AWS::AccountId}",
            "${data.aws_caller_identity.me.account_id}",
            "${}",
            "arn:aws:iam::ACCOUNT_ID:root",
            "arn:aws:iam::<account>:root",
            "arn:aws:iam::{{account}}:root",
            "arn:aws:iam::xxxxxxxxxxxx:root",
            "${unclosed",
        ] {
            assert!(hole_in(hole).is_some(), "{hole}");
        }
        for fine in [
            "${aws:username}",
            "${aws:PrincipalTag/team, 'none'}",
            "${*}${?}${$}",
            "${saml:sub}",
            "a < b > c!",
            "arn:aws:s3:::bucket",
            "arn:aws:iam::aws:policy/X",
            "*",
        ] {
            assert_eq!(hole_in(fine), None, "{fine}");
        }
    }
}
