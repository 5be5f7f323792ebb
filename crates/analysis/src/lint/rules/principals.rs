//! GK2xxx: who is meant. Principals that are refused, that match nobody, or that match more than was meant.

use crate::lint::document::{Named, Statement, Word};
use crate::lint::glob;
use crate::lint::rule::{Check, Example, Found, Kind, Rule, Severity, WITH_PRINCIPALS};
use crate::lint::subject::Subject;
use gatekey_types::{AccountId, Arn, PrincipalArn, UniqueId};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "GK2001",
        name: "group-principal",
        severity: Severity::Error,
        kinds: WITH_PRINCIPALS,
        why: "IAM groups are not principals. AWS refuses a policy that names one.",
        advice: "Name the users or, better, a role; or delegate to the account and attach an IAM policy to the group.",
        bad: principal!("Allow", r#""Principal": {"AWS": "arn:aws:iam::111122223333:group/devs"}"#),
        good: principal!("Allow", r#""Principal": {"AWS": "arn:aws:iam::111122223333:user/dev"}"#),
        check: Check::Document(groups),
    },
    Rule {
        id: "GK2002",
        name: "wildcard-in-principal",
        severity: Severity::Error,
        kinds: WITH_PRINCIPALS,
        why: "A Principal is \"*\" or a whole name. AWS refuses \"role/*\" and the like.",
        advice: "Use \"AWS\": \"*\" with a condition: \"ArnLike\": {\"aws:PrincipalArn\": \"arn:aws:iam::111122223333:role/team-*\"}.",
        bad: principal!("Allow", r#""Principal": {"AWS": "arn:aws:iam::111122223333:role/team-*"}"#),
        good: principal!(
            "Allow",
            r#""Principal": {"AWS": "*"}"#,
            r#", "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/team-*"}}"#
        ),
        check: Check::Document(wildcards),
    },
    Rule {
        id: "GK2003",
        name: "malformed-principal",
        severity: Severity::Error,
        kinds: WITH_PRINCIPALS,
        why: "A principal under \"AWS\" is a 12-digit account, or the ARN of an account (:root), user, role, role session or federated user.",
        advice: "Write the whole ARN. A session's is arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION, without the role's path.",
        bad: principal!("Allow", r#""Principal": {"AWS": "arn:aws:iam:us-east-1:111122223333:role/app"}"#),
        good: principal!("Allow", r#""Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}"#),
        check: Check::Document(malformed),
    },
    Rule {
        id: "GK2004",
        name: "orphaned-id",
        severity: Severity::Error,
        kinds: WITH_PRINCIPALS,
        why: "AIDA... and AROA... are the ids of users and roles. A policy shows one in place of a name once the user or role is deleted: the entry matches nobody, and AWS refuses the policy when it is put back.",
        advice: "Remove the entry, or name the principal that took its place. To outlive deletions, use \"AWS\": \"*\" with a condition on aws:PrincipalArn.",
        bad: principal!("Allow", r#""Principal": {"AWS": "AROAJQABLZS4A3QDU576Q"}"#),
        good: principal!("Allow", r#""Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}"#),
        check: Check::Document(orphaned_ids),
    },
    Rule {
        id: "GK2005",
        name: "foreign-account",
        severity: Severity::Warning,
        kinds: &[Kind::Key, Kind::Resource, Kind::Trust],
        why: "The statement names a principal of another account than the policy's own (given with --account or --key). Copied examples bring such accounts along. Another account's principals also need an IAM policy at home.",
        advice: "Replace the account, if it is not meant. If it is, say so in the Sid.",
        bad: principal!("Allow", r#""Principal": {"AWS": "arn:aws:iam::444455556666:root"}"#),
        good: principal!("Allow", r#""Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}"#),
        check: Check::Document(foreign_accounts),
    },
];

/// Every entry of `Principal` and `NotPrincipal` of this kind, with its statement.
pub(super) fn entries<'s>(
    subject: &Subject<'s>,
    kinds: &'static [&'static str],
) -> impl Iterator<Item = (&'s Statement, &'s Named)> {
    subject.statements().iter().flat_map(move |statement| {
        let all = statement.principal.iter().flat_map(|principal| &principal.entries);
        all.filter(|named| kinds.contains(&named.kind.as_str())).map(move |named| (statement, named))
    })
}

/// The entries under `AWS`, the wildcard aside.
pub(super) fn aws_names<'s>(subject: &Subject<'s>) -> impl Iterator<Item = &'s Word> {
    entries(subject, &["AWS"]).map(|(_, named)| &named.word).filter(|word| word.text != "*")
}

pub(super) fn arn(word: &Word) -> Option<Arn> {
    word.text.parse().ok()
}

/// Whether the resource part of an IAM ARN is of this kind.
fn is_iam(word: &Word, kind: &str) -> bool {
    arn(word).is_some_and(|arn| arn.service() == "iam" && arn.resource().starts_with(kind))
}

fn groups(subject: &Subject<'_>, found: &mut Found<'_>) {
    for word in aws_names(subject).filter(|word| is_iam(word, "group/")) {
        found.word(word, format!("\"{}\" is a group, and a group is no principal", word.text));
    }
}

fn wildcards(subject: &Subject<'_>, found: &mut Found<'_>) {
    for word in aws_names(subject).filter(|word| glob::has_wildcard(&word.text)) {
        found.word(word, format!("\"{}\" holds a wildcard, and only \"*\" alone may", word.text));
    }
}

/// The principals that some other rule speaks about: groups, wildcards, ids, and variables, which are plain text here.
fn is_spoken_for(word: &Word) -> bool {
    let text = &word.text;
    is_iam(word, "group/")
        || glob::has_wildcard(text)
        || text.contains(['$', '<', '{'])
        || text.trim() != text
}

fn malformed(subject: &Subject<'_>, found: &mut Found<'_>) {
    for word in aws_names(subject).filter(|word| !is_spoken_for(word) && !word.text.is_empty()) {
        let text = &word.text;
        let lawful = text.parse::<PrincipalArn>().is_ok()
            || text.parse::<AccountId>().is_ok()
            || text.parse::<UniqueId>().is_ok();
        if !lawful {
            found.word(word, format!("\"{text}\" is no principal{}", what_is_wrong(text)));
        }
    }
}

/// The usual slips in a principal's ARN.
fn what_is_wrong(text: &str) -> &'static str {
    let Ok(arn) = text.parse::<Arn>() else {
        return if text.bytes().all(|b| b.is_ascii_digit()) { ": an account has twelve digits" } else { "" };
    };
    match (arn.service(), arn.resource()) {
        ("iam" | "sts", _) if !arn.region().is_empty() => ": the ARNs of IAM have no Region",
        ("iam" | "sts", _) if arn.account().is_none() => ": its account is not twelve digits",
        ("iam", r) if r.starts_with("assumed-role/") => ": a session's ARN is one of sts, not of iam",
        ("sts", r) if r.starts_with("assumed-role/") => {
            ": a session's ARN is assumed-role/ROLE/SESSION, without the role's path"
        }
        ("sts", _) => ": users and roles are of iam, not of sts",
        ("iam", "root/") | ("iam", "user") | ("iam", "role") => ": its name is missing",
        ("iam", r) if r.starts_with("instance-profile/") => {
            ": an instance profile is no principal, but its role is"
        }
        ("iam", r) if r.starts_with("policy/") => ": a policy is no principal",
        _ => "",
    }
}

fn orphaned_ids(subject: &Subject<'_>, found: &mut Found<'_>) {
    for word in aws_names(subject) {
        let Ok(id) = word.text.parse::<UniqueId>() else { continue };
        let of = match () {
            () if id.is_user() => "a user",
            () if id.is_role() => "a role",
            () => "something",
        };
        found.word(word, format!("\"{}\" is the id of {of} that was deleted", word.text));
    }
}

/// The account of a principal as a policy names it.
fn account_of(text: &str) -> Option<AccountId> {
    text.parse().ok().or_else(|| text.parse::<Arn>().ok()?.account())
}

fn foreign_accounts(subject: &Subject<'_>, found: &mut Found<'_>) {
    let Some(own) = subject.account() else { return };
    for word in aws_names(subject) {
        if let Some(account) = account_of(&word.text).filter(|account| *account != own) {
            let message = format!("account {account} is not {own}, which the policy belongs to");
            found.word(word, message);
        }
    }
}
