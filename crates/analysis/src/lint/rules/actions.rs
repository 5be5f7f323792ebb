//! GK3xxx: what may be done, to what. Actions and resources that match nothing, and those that match too much.

use crate::lint::document::{Statement, Word};
use crate::lint::glob;
use crate::lint::rule::{Check, Example, Found, Kind, Rule, Severity};
use crate::lint::subject::Subject;
use crate::lint::vocabulary::{self, Target};
use crate::nearest::{nearest, suggestion};
use gatekey_types::{AccountId, Arn};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "GK3001",
        name: "unknown-action",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "KMS has no such action. AWS stores the policy all the same, and the word matches nothing. ReEncrypt is an operation that needs two actions, ReEncryptFrom and ReEncryptTo.",
        advice: "Correct the name.",
        bad: action!("Allow", r#""Action": ["kms:Decrypt", "kms:GenerateDatakeys"]"#),
        good: action!("Allow", r#""Action": ["kms:Decrypt", "kms:GenerateDataKey"]"#),
        check: Check::Document(unknown_actions),
    },
    Rule {
        id: "GK3002",
        name: "pattern-matches-no-action",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "The pattern matches no action of KMS.",
        advice: "Correct the pattern, or remove it.",
        bad: action!("Allow", r#""Action": ["kms:Decrypt", "kms:Encryption*"]"#),
        good: action!("Allow", r#""Action": ["kms:Decrypt", "kms:Encrypt*"]"#),
        check: Check::Document(patterns_without_match),
    },
    Rule {
        id: "GK3003",
        name: "action-not-on-a-key",
        severity: Severity::Warning,
        kinds: &[Kind::Key],
        why: "CreateKey, the ListKeys and ListAliases of an account, GenerateRandom and the actions on custom key stores concern no key. Only IAM policies decide them: a key policy has no effect on them.",
        advice: "Remove the action here, and allow it in an IAM policy on Resource \"*\".",
        bad: action!("Allow", r#""Action": ["kms:DescribeKey", "kms:ListKeys"]"#),
        good: action!("Allow", r#""Action": ["kms:DescribeKey", "kms:ListGrants"]"#),
        check: Check::Document(actions_on_no_key),
    },
    Rule {
        id: "GK3004",
        name: "retire-grant-without-effect",
        severity: Severity::Warning,
        kinds: &[Kind::Key, Kind::Rcp],
        why: "Who may retire a grant is written in the grant, and in IAM policies. kms:RetireGrant has no effect in a key policy or a resource control policy.",
        advice: "Name a retiring principal in the grant, or allow kms:RevokeGrant.",
        bad: action!("Allow", r#""Action": ["kms:ListGrants", "kms:RetireGrant"]"#),
        good: action!("Allow", r#""Action": ["kms:ListGrants", "kms:RevokeGrant"]"#),
        check: Check::Document(retire_grant),
    },
    Rule {
        id: "GK3005",
        name: "statement-without-effect",
        severity: Severity::Error,
        kinds: &[Kind::Key],
        why: "A statement of a key policy without Action or without Resource is stored and does nothing.",
        advice: "Add what is missing. In a key policy Resource is \"*\".",
        bad: Example::Statement(
            r#"{"Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt"}"#,
        ),
        good: action!("Deny", r#""Action": "kms:Decrypt""#),
        check: Check::Document(ineffective_statements),
    },
    Rule {
        id: "GK3006",
        name: "action-of-another-service",
        severity: Severity::Error,
        kinds: &[Kind::Key],
        why: "A key policy decides actions of KMS alone. Those of other services match nothing here.",
        advice: "Move the action to an IAM policy.",
        bad: action!("Allow", r#""Action": ["kms:Decrypt", "s3:GetObject"]"#),
        good: action!("Allow", r#""Action": ["kms:Decrypt"]"#),
        check: Check::Document(foreign_actions),
    },
    Rule {
        id: "GK3007",
        name: "action-without-service",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "An action is SERVICE:NAME, such as kms:Decrypt; only \"*\" stands alone.",
        advice: "Put the service before the name.",
        bad: action!("Allow", r#""Action": "Decrypt""#),
        good: action!("Allow", r#""Action": "kms:Decrypt""#),
        check: Check::Document(actions_without_service),
    },
    Rule {
        id: "GK3008",
        name: "allow-not-action",
        severity: Severity::Security,
        kinds: &[Kind::Key, Kind::Identity, Kind::Resource],
        why: "NotAction with Allow gives every action but those listed: also those that AWS adds later.",
        advice: "List what is allowed, or allow a pattern and deny the exceptions.",
        bad: action!("Allow", r#""NotAction": "kms:ScheduleKeyDeletion""#),
        good: action!("Allow", r#""Action": ["kms:Encrypt", "kms:Decrypt"]"#),
        check: Check::Document(allow_not_action),
    },
    Rule {
        id: "GK3009",
        name: "never-across-accounts",
        severity: Severity::Warning,
        kinds: &[Kind::Key],
        why: "Only the use of a key, DescribeKey, GetKeyRotationStatus, GetPublicKey and the management of grants work across accounts. A principal of another account can never change the key policy, tags, aliases or state, whatever both sides allow.",
        advice: "Remove the action, or give it to a role of the key's own account that the others may assume.",
        bad: Example::Statement(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:role/partner"}, "Action": ["kms:Decrypt", "kms:EnableKey"], "Resource": "*"}"#,
        ),
        good: Example::Statement(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:role/partner"}, "Action": ["kms:Decrypt", "kms:DescribeKey"], "Resource": "*"}"#,
        ),
        check: Check::Document(never_across_accounts),
    },
];

/// Splits `service:name`.
pub(super) fn split(word: &Word) -> Option<(&str, &str)> {
    word.text.split_once(':')
}

/// The actions of KMS, named or by pattern, that the words of all statements give.
fn kms_words<'s>(subject: &Subject<'s>) -> impl Iterator<Item = (&'s Word, &'s str)> {
    let words = subject.statements().iter().flat_map(Statement::action_words);
    words.filter_map(|word| {
        split(word).filter(|(s, _)| s.eq_ignore_ascii_case("kms")).map(|(_, name)| (word, name))
    })
}

fn unknown_actions(subject: &Subject<'_>, found: &mut Found<'_>) {
    for (word, name) in kms_words(subject).filter(|(_, name)| !glob::has_wildcard(name) && !name.is_empty()) {
        if name.trim() == name && vocabulary::action(name).is_none() {
            found.word(word, format!("KMS has no action \"{name}\"{}", action_hint(name)));
        }
    }
}

fn action_hint(name: &str) -> String {
    if name.eq_ignore_ascii_case("ReEncrypt") {
        return " (ReEncrypt needs kms:ReEncryptFrom and kms:ReEncryptTo, or kms:ReEncrypt*)".to_owned();
    }
    suggestion(name, vocabulary::actions().map(|action| action.name))
}

fn patterns_without_match(subject: &Subject<'_>, found: &mut Found<'_>) {
    for (word, name) in kms_words(subject).filter(|(_, name)| glob::has_wildcard(name)) {
        if !vocabulary::actions().any(|action| glob::matches_folded(name, action.name)) {
            let stem = name.trim_end_matches('*');
            let hint = suggestion(stem, vocabulary::actions().map(|action| action.name));
            found.word(word, format!("\"{}\" matches no action of KMS{hint}", word.text));
        }
    }
}

fn actions_on_no_key(subject: &Subject<'_>, found: &mut Found<'_>) {
    let words = subject.statements().iter().flat_map(Statement::actions);
    for word in words {
        let Some(action) = split(word).and_then(|(_, name)| vocabulary::action(name)) else { continue };
        if action.target == Target::Nothing {
            found.word(word, format!("{} concerns no key: a key policy does not decide it", word.text));
        }
    }
}

fn retire_grant(subject: &Subject<'_>, found: &mut Found<'_>) {
    let words = subject.statements().iter().flat_map(Statement::actions);
    for word in words.filter(|word| word.text.eq_ignore_ascii_case("kms:RetireGrant")) {
        found.word(word, "kms:RetireGrant has no effect in a policy of this kind");
    }
}

fn ineffective_statements(subject: &Subject<'_>, found: &mut Found<'_>) {
    for statement in subject.statements() {
        let missing = match (&statement.action, &statement.resource) {
            (None, None) => "neither Action nor Resource",
            (None, Some(_)) => "no Action",
            (Some(_), None) => "no Resource",
            (Some(_), Some(_)) => continue,
        };
        found.at(&statement.at, format!("the statement has {missing}, so it does nothing"));
    }
}

fn foreign_actions(subject: &Subject<'_>, found: &mut Found<'_>) {
    for word in subject.statements().iter().flat_map(Statement::actions) {
        let Some((service, _)) = split(word) else { continue };
        if !glob::matches_folded(service, "kms") {
            let hint = nearest(service, ["kms"]).map(|_| " (did you mean \"kms\"?)").unwrap_or_default();
            found.word(word, format!("\"{}\" is no action of KMS{hint}", word.text));
        }
    }
}

fn actions_without_service(subject: &Subject<'_>, found: &mut Found<'_>) {
    for word in subject.statements().iter().flat_map(Statement::action_words) {
        if split(word).is_none() && word.text != "*" && !word.text.is_empty() {
            let hint = vocabulary::action(word.text.trim())
                .map(|action| format!(" (did you mean \"kms:{}\"?)", action.name));
            found.word(word, format!("\"{}\" names no service{}", word.text, hint.unwrap_or_default()));
        }
    }
}

fn allow_not_action(subject: &Subject<'_>, found: &mut Found<'_>) {
    for clause in subject.allows().filter_map(|s| s.action.as_ref()).filter(|clause| clause.negated) {
        found.at(&clause.name_at, "every action but those listed is allowed");
    }
}

/// Accounts of the named principals of a statement, if all are of accounts other than the policy's own.
fn foreign_account(subject: &Subject<'_>, statement: &Statement) -> Option<AccountId> {
    let account = |text: &str| text.parse().ok().or_else(|| text.parse::<Arn>().ok()?.account());
    let own = subject.own_account()?;
    let mut accounts = statement.principals().iter().map(|named| account(&named.word.text));
    let first = accounts.next()??;
    (first != own && accounts.all(|other| other.is_some_and(|other| other != own))).then_some(first)
}

fn never_across_accounts(subject: &Subject<'_>, found: &mut Found<'_>) {
    for statement in subject.allows() {
        let Some(account) = foreign_account(subject, statement) else { continue };
        for word in statement.actions() {
            let Some(action) = split(word).and_then(|(_, name)| vocabulary::action(name)) else { continue };
            if action.target != Target::Nothing && !action.cross_account {
                found.word(word, format!("{} never works from another account ({account})", word.text));
            }
        }
    }
}
