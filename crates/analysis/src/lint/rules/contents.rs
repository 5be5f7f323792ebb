//! GK1012 and on: the contents of a document as a whole. Size, names of statements, repetitions and empty places.

use super::form::{SOUND, statement_nodes};
use crate::lint::document::{Statement, Word};
use crate::lint::glob;
use crate::lint::rule::{Check, Example, Found, Kind, Rule, Severity, WITH_PRINCIPALS};
use crate::lint::subject::Subject;
use crate::lint::tree::{Member, Node, Value};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "GK1012",
        name: "too-large",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "A key policy holds at most 32,768 bytes. IAM counts without white space: 10,240 characters for the policies of a role, 6,144 for a managed policy.",
        advice: "Join statements that differ in one element only; give many principals their access through IAM, tags or grants.",
        bad: Example::Sized(40_000),
        good: Example::Document(SOUND),
        check: Check::Document(too_large),
    },
    Rule {
        id: "GK1013",
        name: "nearly-too-large",
        severity: Severity::Warning,
        kinds: &Kind::ALL,
        why: "The policy takes more than four fifths of what may be stored. The next addition may be refused, perhaps in a deployment at night.",
        advice: "Join statements that differ in one element only; give many principals their access through IAM, tags or grants.",
        bad: Example::Sized(30_000),
        good: Example::Document(SOUND),
        check: Check::Document(nearly_too_large),
    },
    Rule {
        id: "GK1014",
        name: "sid-clash",
        severity: Severity::Warning,
        kinds: WITH_PRINCIPALS,
        why: "Two statements have the same Sid. Tools that edit a policy by Sid, the AWS console's among them, then change or drop the wrong one.",
        advice: "Give every statement a Sid of its own.",
        bad: Example::Statements(
            r#"{"Sid": "Use", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"},
               {"Sid": "Use", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt", "Resource": "*"}"#,
        ),
        good: Example::Statements(
            r#"{"Sid": "Account", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"},
               {"Sid": "Use", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt", "Resource": "*"}"#,
        ),
        check: Check::Document(sid_clash),
    },
    Rule {
        id: "GK1015",
        name: "sid-refused",
        severity: Severity::Error,
        kinds: &[Kind::Identity],
        why: "In an IAM policy a Sid holds only letters and digits, and no two statements share one. Key policies are more lenient.",
        advice: "Use letters and digits only, and another Sid for each statement.",
        bad: Example::Statements(
            r#"{"Sid": "Use of the key", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "arn:aws:kms:us-east-1:111122223333:key/*"}"#,
        ),
        good: Example::Statements(
            r#"{"Sid": "UseOfTheKey", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "arn:aws:kms:us-east-1:111122223333:key/*"}"#,
        ),
        check: Check::Document(sid_refused),
    },
    Rule {
        id: "GK1016",
        name: "duplicate-statement",
        severity: Severity::Suggestion,
        kinds: &Kind::ALL,
        why: "Two statements say the same. Whoever removes one of them will believe that the permission is gone.",
        advice: "Remove one of them.",
        bad: Example::Statements(
            r#"{"Sid": "A", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"},
               {"Sid": "B", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"}"#,
        ),
        good: Example::Statements(
            r#"{"Sid": "A", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"}"#,
        ),
        check: Check::Document(duplicate_statements),
    },
    Rule {
        id: "GK1017",
        name: "redundant-value",
        severity: Severity::Suggestion,
        kinds: &Kind::ALL,
        why: "A value is listed twice, or a pattern beside it covers it already.",
        advice: "Remove the value; it changes nothing.",
        bad: Example::Statement(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": ["kms:ReEncrypt*", "kms:ReEncryptFrom"], "Resource": "*"}"#,
        ),
        good: Example::Statement(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": ["kms:ReEncrypt*", "kms:Decrypt"], "Resource": "*"}"#,
        ),
        check: Check::Document(redundant_values),
    },
    Rule {
        id: "GK1018",
        name: "empty-element",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "AWS refuses a policy without a statement, and an empty list or string: it matches nothing.",
        advice: "Fill in the value, or remove the element or the statement.",
        bad: Example::Statement(
            r#"{"Effect": "Deny", "Principal": {"AWS": []}, "Action": "kms:Decrypt", "Resource": "*"}"#,
        ),
        good: Example::Statement(
            r#"{"Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt", "Resource": "*"}"#,
        ),
        check: Check::Document(empty_elements),
    },
    Rule {
        id: "GK1019",
        name: "stray-space",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "White space at the ends of a name, or a no-break space within, is part of the name: it matches nothing.",
        advice: "Remove the space.",
        bad: Example::Statement(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt ", "Resource": "*"}"#,
        ),
        good: Example::Statement(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt", "Resource": "*"}"#,
        ),
        check: Check::Document(stray_spaces),
    },
    Rule {
        id: "GK1020",
        name: "refused",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "AWS refuses a policy with this fault when it is written. No other rule of the linter speaks of it, so the words are those of the evaluator that reads the policy.",
        advice: "Correct what is named.",
        bad: Example::Statements(
            r#"{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "arn:aws:kms:us-east-1"}"#,
        ),
        good: Example::Statements(
            r#"{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "arn:aws:kms:us-east-1:111122223333:key/*"}"#,
        ),
        check: Check::Elsewhere,
    },
];

/// How large a policy of this kind is, as its limit counts, and the limit: in bytes for KMS and organizations, in
/// characters without white space for IAM.
fn size_and_limit(subject: &Subject<'_>) -> (usize, usize) {
    let node = &subject.document.root;
    let bytes = node.at.span.len();
    match subject.kind {
        Kind::Key => (bytes, 32_768),
        Kind::Identity => (compact_size(node), 10_240),
        Kind::Trust => (compact_size(node), 4_096),
        Kind::Scp => (bytes, 10_240),
        Kind::Rcp => (bytes, 5_120),
        Kind::Endpoint | Kind::Resource => (bytes, 20_480),
    }
}

/// The characters of a policy without white space between its tokens.
fn compact_size(node: &Node) -> usize {
    node.canonical().to_string().chars().count()
}

fn too_large(subject: &Subject<'_>, found: &mut Found<'_>) {
    let (size, limit) = size_and_limit(subject);
    if size > limit {
        found.whole(subject.document, format!("the policy has {size} characters, and {limit} is the most"));
    }
}

fn nearly_too_large(subject: &Subject<'_>, found: &mut Found<'_>) {
    let (size, limit) = size_and_limit(subject);
    if size * 5 > limit * 4 && size <= limit {
        found.whole(subject.document, format!("the policy has {size} of at most {limit} characters"));
    }
}

fn sid_clash(subject: &Subject<'_>, found: &mut Found<'_>) {
    for (sid, first) in sids_given_before(subject.statements()) {
        found.word(sid, format!("the Sid \"{}\" is also that of {first}", sid.text));
    }
}

/// Every Sid that an earlier statement has, with the pointer of that statement.
fn sids_given_before(statements: &[Statement]) -> impl Iterator<Item = (&Word, &str)> {
    let mut seen = std::collections::BTreeMap::new();
    statements.iter().filter_map(move |statement| {
        let sid = statement.sid.as_ref()?;
        let first: &str = seen.entry(sid.text.as_str()).or_insert(statement.at.pointer.as_str());
        (first != statement.at.pointer).then_some((sid, first))
    })
}

fn sid_refused(subject: &Subject<'_>, found: &mut Found<'_>) {
    for sid in subject.statements().iter().filter_map(|statement| statement.sid.as_ref()) {
        if !sid.text.bytes().all(|b| b.is_ascii_alphanumeric()) {
            found.word(sid, format!("the Sid \"{}\" holds more than letters and digits", sid.text));
        }
    }
    for (sid, first) in sids_given_before(subject.statements()) {
        found.word(sid, format!("the Sid \"{}\" is also that of {first}", sid.text));
    }
}

fn duplicate_statements(subject: &Subject<'_>, found: &mut Found<'_>) {
    let mut seen = std::collections::BTreeMap::new();
    for statement in subject.statements() {
        let mut meaning = statement.canonical.clone();
        meaning.as_object_mut().map(|members| members.remove("Sid"));
        let first = seen.entry(meaning.to_string()).or_insert(&statement.at);
        if *first != &statement.at {
            found.at(&statement.at, format!("the statement says the same as {}", first.pointer));
        }
    }
}

/// Longest list that is searched for redundant values: the search compares all pairs.
const LONGEST_LIST: usize = 100;
/// Longest pattern that is compared with others: comparing two costs the product of their lengths.
const LONGEST_PATTERN: usize = 256;

fn redundant_values(subject: &Subject<'_>, found: &mut Found<'_>) {
    for statement in subject.statements() {
        let (actions, resources) = (statement.action_words(), statement.resource_words());
        for (words, fold) in [(actions, true), (resources, false)] {
            for (index, word) in words.iter().enumerate().take(LONGEST_LIST) {
                if let Some(other) = covering(words, index, fold) {
                    found.word(word, format!("\"{}\" is covered by \"{other}\"", word.text));
                }
            }
        }
    }
}

/// Another of the words that matches all that this one does; of two equal ones, the second is covered.
fn covering(words: &[Word], index: usize, fold: bool) -> Option<&str> {
    let word = &words.get(index)?.text;
    let covers = |(at, other): &(usize, &Word)| {
        let matches = if fold { glob::matches_folded } else { glob::matches };
        let same = if fold { other.text.eq_ignore_ascii_case(word) } else { other.text == *word };
        let short = other.text.len() <= LONGEST_PATTERN && word.len() <= LONGEST_PATTERN;
        short && *at != index && matches(&other.text, word) && (!same || *at < index)
    };
    words.iter().enumerate().take(LONGEST_LIST).find(covers).map(|(_, other)| other.text.as_str())
}

fn empty_elements(subject: &Subject<'_>, found: &mut Found<'_>) {
    let member = subject.document.root.member("Statement");
    if let Some(member) = member.filter(|member| member.node.one_or_many().is_empty()) {
        found.at(&member.node.at, "the policy has no statement");
    }
    for statement in statement_nodes(subject.document) {
        for member in statement.members().iter().filter(|member| member.name != "Sid") {
            empty_within(member, found);
        }
    }
}

/// Reports empty values at any depth of an element.
fn empty_within(member: &Member, found: &mut Found<'_>) {
    match &member.node.value {
        Value::List(nodes) if nodes.is_empty() => {
            found.at(&member.node.at, format!("the list of {} is empty", member.name));
        }
        Value::Members(members) if members.is_empty() && member.name != "Condition" => {
            found.at(&member.node.at, format!("{} is empty", member.name));
        }
        Value::Members(members) => members.iter().for_each(|inner| empty_within(inner, found)),
        Value::Text(text) if text.is_empty() && !is_condition_value(member) => {
            found.at(&member.node.at, format!("{} is empty", member.name));
        }
        Value::List(_) | Value::Text(_) | Value::Scalar(_) => {}
    }
}

/// A condition may compare with the empty string.
fn is_condition_value(member: &Member) -> bool {
    member.name_at.pointer.contains("/Condition/")
}

fn stray_spaces(subject: &Subject<'_>, found: &mut Found<'_>) {
    for statement in subject.statements() {
        let principals = statement.principal.iter().flat_map(|p| p.entries.iter().map(|named| &named.word));
        let tests = statement.tests.iter().flat_map(|test| [&test.operator_at, &test.key]);
        let names = statement.action_words().iter().chain(statement.resource_words());
        for word in names.chain(principals).chain(tests) {
            if word.text.trim() != word.text || word.text.contains('\u{a0}') {
                found.word(word, format!("\"{}\" holds a stray space", word.text));
            }
        }
    }
}
