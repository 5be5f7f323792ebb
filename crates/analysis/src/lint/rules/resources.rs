//! GK3010 and on: on what it may be done. Resources that match nothing, those that match too much, and what belongs together.

use super::actions::split;
use crate::lint::document::{Statement, Word};
use crate::lint::glob;
use crate::lint::rule::{Check, Example, Found, Kind, Rule, Severity};
use crate::lint::subject::Subject;
use crate::lint::vocabulary::{self, Action, Target};
use gatekey_types::{Arn, KeyArn};

/// An identity policy of one Allow.
macro_rules! identity {
    ($actions_and_resources:literal) => {
        Example::Statements(concat!(r#"{"Effect": "Allow", "#, $actions_and_resources, "}"))
    };
}

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "GK3010",
        name: "alias-as-resource",
        severity: Severity::Warning,
        kinds: &Kind::ALL,
        why: "An alias ARN as Resource stands for the alias, not for the key behind it: it only matters to CreateAlias, UpdateAlias and DeleteAlias.",
        advice: "Write the key's ARN. To control keys by alias, use the condition keys kms:RequestAlias or kms:ResourceAliases.",
        bad: identity!(
            r#""Action": "kms:Decrypt", "Resource": "arn:aws:kms:us-east-1:111122223333:alias/app""#
        ),
        good: identity!(
            r#""Action": "kms:Decrypt", "Resource": "arn:aws:kms:us-east-1:111122223333:key/*", "Condition": {"StringEquals": {"kms:RequestAlias": "alias/app"}}"#
        ),
        check: Check::Document(aliases_as_resource),
    },
    Rule {
        id: "GK3011",
        name: "resource-is-no-arn",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "A Resource is compared with whole ARNs. A key id or an alias name alone matches nothing.",
        advice: "Write the whole ARN: arn:aws:kms:REGION:ACCOUNT:key/ID.",
        bad: identity!(r#""Action": "kms:Decrypt", "Resource": "0a1b2c3d-0000-4000-8000-000000000001""#),
        good: identity!(
            r#""Action": "kms:Decrypt", "Resource": "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001""#
        ),
        check: Check::Document(resources_without_arn),
    },
    Rule {
        id: "GK3012",
        name: "resource-of-another-key",
        severity: Severity::Error,
        kinds: &[Kind::Key],
        why: "A key policy is about its own key. A Resource that is not \"*\" and does not match the key's own ARN makes the statement match nothing.",
        advice: "Write \"Resource\": \"*\".",
        bad: Example::Statement(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt", "Resource": "arn:aws:s3:::bucket/*"}"#,
        ),
        good: action!("Allow", r#""Action": "kms:Decrypt""#),
        check: Check::Document(resources_of_other_keys),
    },
    Rule {
        id: "GK3013",
        name: "resource-not-star",
        severity: Severity::Suggestion,
        kinds: &[Kind::Key],
        why: "In a key policy \"*\" means this key. A spelled-out ARN makes the document wrong for every other key that it is copied to, replicas among them.",
        advice: "Write \"Resource\": \"*\".",
        bad: Example::Statement(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt", "Resource": "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001"}"#,
        ),
        good: action!("Allow", r#""Action": "kms:Decrypt""#),
        check: Check::Document(resources_not_star),
    },
    Rule {
        id: "GK3014",
        name: "action-does-not-fit-resource",
        severity: Severity::Error,
        kinds: &[Kind::Identity, Kind::Scp],
        why: "CreateKey, ListKeys, ListAliases, GenerateRandom and the actions on custom key stores have no resource: a statement about them on key ARNs never matches.",
        advice: "Give these actions a statement of their own with Resource \"*\".",
        bad: identity!(
            r#""Action": "kms:CreateKey", "Resource": "arn:aws:kms:us-east-1:111122223333:key/*""#
        ),
        good: identity!(r#""Action": "kms:CreateKey", "Resource": "*""#),
        check: Check::Document(actions_without_resource),
    },
    Rule {
        id: "GK3015",
        name: "allow-not-resource",
        severity: Severity::Security,
        kinds: &[Kind::Identity, Kind::Resource],
        why: "NotResource with Allow gives the action on every resource but those listed, in every account that lets this one in.",
        advice: "List the resources, or allow a pattern and deny the exceptions.",
        bad: identity!(
            r#""Action": "kms:Decrypt", "NotResource": "arn:aws:kms:us-east-1:111122223333:key/*""#
        ),
        good: identity!(r#""Action": "kms:Decrypt", "Resource": "arn:aws:kms:us-east-1:111122223333:key/*""#),
        check: Check::Document(allow_not_resource),
    },
    Rule {
        id: "GK3016",
        name: "decrypt-with-every-key",
        severity: Severity::Security,
        kinds: &[Kind::Identity],
        why: "The policy lets its holder decrypt with every key that delegates to the account, and with every key of other accounts that lets this account in.",
        advice: "Name the key ARNs, or bound the statement by aws:ResourceTag, kms:ResourceAliases or aws:ResourceAccount.",
        bad: identity!(r#""Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": "*""#),
        good: identity!(
            r#""Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001""#
        ),
        check: Check::Document(decrypt_with_every_key),
    },
    Rule {
        id: "GK3017",
        name: "everything-to-one-principal",
        severity: Severity::Security,
        kinds: &[Kind::Key],
        why: "kms:* for a user or role is both the use and the management of the key: whoever holds it can decrypt, lock the others out and delete the key.",
        advice: "List the actions: management to one role, use to another.",
        bad: action!("Allow", r#""Action": "kms:*""#),
        good: action!("Allow", r#""Action": ["kms:Encrypt", "kms:Decrypt"]"#),
        check: Check::Document(everything_to_one),
    },
    Rule {
        id: "GK3018",
        name: "half-of-an-alias",
        severity: Severity::Warning,
        kinds: &[Kind::Identity],
        why: "Creating, changing or deleting an alias needs the permission twice: on the alias (IAM only) and on the key.",
        advice: "Add the other ARN: .../alias/NAME beside .../key/ID.",
        bad: identity!(
            r#""Action": "kms:CreateAlias", "Resource": "arn:aws:kms:us-east-1:111122223333:key/*""#
        ),
        good: identity!(
            r#""Action": "kms:CreateAlias", "Resource": ["arn:aws:kms:us-east-1:111122223333:key/*", "arn:aws:kms:us-east-1:111122223333:alias/app"]"#
        ),
        check: Check::Document(half_of_an_alias),
    },
    Rule {
        id: "GK3019",
        name: "no-way-back",
        severity: Severity::Suggestion,
        kinds: &[Kind::Key],
        why: "The statement lets somebody disable the key or schedule its deletion, but not undo it. After a slip they have to find somebody else in a hurry.",
        advice: "Add kms:CancelKeyDeletion beside kms:ScheduleKeyDeletion, kms:EnableKey beside kms:DisableKey.",
        bad: action!("Allow", r#""Action": ["kms:DescribeKey", "kms:ScheduleKeyDeletion"]"#),
        good: action!(
            "Allow",
            r#""Action": ["kms:DescribeKey", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"]"#
        ),
        check: Check::Document(no_way_back),
    },
    Rule {
        id: "GK3020",
        name: "foreign-resource",
        severity: Severity::Warning,
        kinds: &[Kind::Key, Kind::Identity],
        why: "The Resource is a key of another account than the policy's own (given with --account or --key). That key's own policy must let this account in, and only the use of a key works across accounts.",
        advice: "Replace the account, if it is not meant.",
        bad: identity!(r#""Action": "kms:Decrypt", "Resource": "arn:aws:kms:us-east-1:444455556666:key/*""#),
        good: identity!(r#""Action": "kms:Decrypt", "Resource": "arn:aws:kms:us-east-1:111122223333:key/*""#),
        check: Check::Document(foreign_resources),
    },
];

/// The KMS ARNs among the resources of a statement, split at their resource part.
fn kms_resources(statement: &Statement) -> impl Iterator<Item = (&Word, Arn)> {
    let arns =
        statement.resource_words().iter().filter_map(|word| Some((word, word.text.parse::<Arn>().ok()?)));
    arns.filter(|(_, arn)| arn.service() == "kms")
}

fn aliases_as_resource(subject: &Subject<'_>, found: &mut Found<'_>) {
    for statement in subject.statements() {
        let for_alias = vocabulary::actions()
            .any(|a| a.target == Target::KeyAndAlias && vocabulary::is_covered(a, statement));
        for (word, _) in kms_resources(statement).filter(|(_, arn)| arn.resource().starts_with("alias/")) {
            if !for_alias {
                found.word(word, format!("\"{}\" is the alias, not the key behind it", word.text));
            }
        }
    }
}

fn resources_without_arn(subject: &Subject<'_>, found: &mut Found<'_>) {
    for word in subject.statements().iter().flat_map(Statement::resource_words) {
        let text = word.text.trim();
        let plain =
            !text.starts_with(['*', '?', '$', '<', '{']) && !text.starts_with("arn:") && !text.is_empty();
        if plain {
            found.word(word, format!("\"{text}\" is no ARN, so it matches nothing"));
        }
    }
}

/// Whether a Resource of a key policy can match the key's own ARN.
fn is_own_key(subject: &Subject<'_>, text: &str) -> bool {
    match subject.key() {
        Some(key) => glob::matches(text, &key.to_string()),
        // Without knowing the key: whether it can be a key of the account.
        None => text.starts_with('*') || text.parse::<Arn>().is_ok_and(|arn| can_be_a_key(subject, &arn)),
    }
}

fn can_be_a_key(subject: &Subject<'_>, arn: &Arn) -> bool {
    let own = subject.own_account().is_none_or(|own| glob::matches(arn.account_text(), own.as_str()));
    glob::matches(arn.service(), "kms") && own && !arn.resource().starts_with("alias/")
}

fn resources_of_other_keys(subject: &Subject<'_>, found: &mut Found<'_>) {
    for word in subject.statements().iter().flat_map(Statement::resource_words) {
        let is_arn = word.text.starts_with("arn:") && !word.text.contains(":alias/");
        if is_arn && !word.text.contains("${") && !is_own_key(subject, &word.text) {
            found.word(word, format!("\"{}\" is not this key", word.text));
        }
    }
}

fn resources_not_star(subject: &Subject<'_>, found: &mut Found<'_>) {
    for word in subject.statements().iter().flat_map(Statement::resource_words) {
        if word.text != "*" && word.text.parse::<KeyArn>().is_ok() && is_own_key(subject, &word.text) {
            found.word(word, "a key policy names its key as \"*\"");
        }
    }
}

/// Whether every resource of the statement is the ARN of a key or an alias: none can stand for "no resource".
fn names_only_kms_arns(statement: &Statement) -> bool {
    let words = statement.resource_words();
    statement.resource.as_ref().is_some_and(|clause| !clause.negated)
        && !words.is_empty()
        && words.iter().all(|word| word.text.starts_with("arn:"))
}

fn actions_without_resource(subject: &Subject<'_>, found: &mut Found<'_>) {
    for statement in subject.statements().iter().filter(|statement| names_only_kms_arns(statement)) {
        for word in statement.actions() {
            let Some(action) = split(word).and_then(|(_, name)| vocabulary::action(name)) else { continue };
            if action.target == Target::Nothing {
                found.word(word, format!("{} has no resource, and matches \"*\" only", word.text));
            }
        }
    }
}

fn allow_not_resource(subject: &Subject<'_>, found: &mut Found<'_>) {
    for clause in subject.allows().filter_map(|s| s.resource.as_ref()).filter(|clause| clause.negated) {
        found.at(&clause.name_at, "every resource but those listed is allowed");
    }
}

/// Condition keys by which an identity policy picks keys.
fn picks_keys(statement: &Statement) -> bool {
    statement.tests.iter().any(|test| {
        test.is_under("aws:ResourceTag/")
            || ["kms:ResourceAliases", "kms:RequestAlias", "aws:ResourceAccount", "aws:ResourceOrgID"]
                .iter()
                .any(|key| test.is_on(key))
    })
}

fn decrypt_with_every_key(subject: &Subject<'_>, found: &mut Found<'_>) {
    for statement in subject.allows().filter(|s| s.covers("kms:Decrypt") && !picks_keys(s)) {
        for word in statement.resource_words().iter().filter(|word| is_every_key(&word.text)) {
            found.word(word, "kms:Decrypt is allowed with every key");
        }
    }
}

fn is_every_key(text: &str) -> bool {
    text == "*"
        || text
            .parse::<Arn>()
            .is_ok_and(|arn| arn.account_text() == "*" && arn.resource().starts_with("key/*"))
}

fn everything_to_one(subject: &Subject<'_>, found: &mut Found<'_>) {
    for statement in subject.allows() {
        let one =
            |text: &str| text.parse::<gatekey_types::PrincipalArn>().is_ok() && !text.ends_with(":root");
        if !statement.principals().iter().any(|named| one(&named.word.text)) {
            continue;
        }
        for word in statement.actions().iter().filter(|word| matches!(word.text.as_str(), "*" | "kms:*")) {
            found.word(word, "use and management of the key are both in one hand");
        }
    }
}

fn half_of_an_alias(subject: &Subject<'_>, found: &mut Found<'_>) {
    for statement in subject.allows().filter(|statement| names_only_kms_arns(statement)) {
        for word in statement.actions() {
            let Some(action) = split(word).and_then(|(_, name)| vocabulary::action(name)) else { continue };
            if action.target == Target::KeyAndAlias && !has_both_halves(subject, action) {
                found.word(word, format!("{} is needed on the alias and on the key", word.text));
            }
        }
    }
}

/// Whether the policy allows the action on some alias and on some key.
fn has_both_halves(subject: &Subject<'_>, action: &Action) -> bool {
    let allows_on = |example: &str| {
        let mut covering = subject.allows().filter(|statement| vocabulary::is_covered(action, statement));
        covering.any(|s| s.resource_words().iter().any(|w| w.text == "*" || w.text.contains(example)))
    };
    allows_on(":alias/") && allows_on(":key/")
}

const UNDONE_BY: [(&str, &str); 2] =
    [("kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"), ("kms:DisableKey", "kms:EnableKey")];

fn no_way_back(subject: &Subject<'_>, found: &mut Found<'_>) {
    for statement in subject.allows() {
        for (act, undo) in UNDONE_BY {
            if statement.covers(act)
                && !subject.allows().any(|s| s.covers(undo) && same_principals(s, statement))
            {
                let clause = statement.action.as_ref().map(|clause| &clause.name_at);
                found.at(clause.unwrap_or(&statement.at), format!("{act} is allowed, and {undo} is not"));
            }
        }
    }
}

/// Whether all whom the second statement names are named by the first.
fn same_principals(first: &Statement, second: &Statement) -> bool {
    let names =
        |statement: &Statement, text: &str| statement.principals().iter().any(|n| n.word.text == text);
    second.principals().iter().all(|named| names(first, &named.word.text))
}

fn foreign_resources(subject: &Subject<'_>, found: &mut Found<'_>) {
    let Some(own) = subject.account() else { return };
    for statement in subject.statements() {
        for (word, arn) in kms_resources(statement) {
            if let Some(account) = arn.account().filter(|account| *account != own) {
                found.word(word, format!("account {account} is not {own}, which the policy belongs to"));
            }
        }
    }
}
