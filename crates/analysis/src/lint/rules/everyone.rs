//! GK2006 and on: statements about everyone, and about everyone but some.

use super::principals::arn;
use crate::lint::document::{Named, Statement, Test, Word};
use crate::lint::glob;
use crate::lint::rule::{Check, Example, Found, Kind, Rule, Severity, WITH_PRINCIPALS};
use crate::lint::subject::Subject;
use gatekey_types::{AccountId, PrincipalArn};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "GK2006",
        name: "public",
        severity: Severity::Security,
        kinds: &[Kind::Key, Kind::Resource, Kind::Trust],
        why: "Principal \"*\" means every principal of every account, and no condition of the statement holds it to known ones. Those of the own account need no IAM policy, and neither boundary nor session policy limits them.",
        advice: "Name the principals, or add a condition that bounds who can call: aws:PrincipalArn, aws:PrincipalAccount, kms:CallerAccount, aws:PrincipalOrgID or aws:SourceAccount with fixed values.",
        bad: principal!("Allow", r#""Principal": "*""#),
        good: principal!(
            "Allow",
            r#""Principal": "*""#,
            r#", "Condition": {"StringEquals": {"kms:CallerAccount": "111122223333"}}"#
        ),
        check: Check::Document(public),
    },
    Rule {
        id: "GK2007",
        name: "bounded-wildcard",
        severity: Severity::Suggestion,
        kinds: &[Kind::Key],
        why: "Principal \"*\" is bounded by a condition: only the callers shown match. Such an Allow needs no IAM policy, and neither permissions boundary nor session policy limits it. Scanners that do not read conditions report it.",
        advice: "Nothing needs to change. Where the principals are never made anew, naming them also brings boundaries to bear.",
        bad: principal!(
            "Allow",
            r#""Principal": {"AWS": "*"}"#,
            r#", "Condition": {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/app"}}"#
        ),
        good: principal!("Allow", r#""Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}"#),
        check: Check::Document(bounded),
    },
    Rule {
        id: "GK2008",
        name: "allow-not-principal",
        severity: Severity::Security,
        kinds: WITH_PRINCIPALS,
        why: "NotPrincipal with Allow gives the permission to everybody else: to every other principal of every account.",
        advice: "Name with Principal those who shall have the permission.",
        bad: principal!("Allow", r#""NotPrincipal": {"AWS": "arn:aws:iam::111122223333:role/app"}"#),
        good: principal!("Allow", r#""Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}"#),
        check: Check::Document(allow_not_principal),
    },
    Rule {
        id: "GK2009",
        name: "deny-not-principal",
        severity: Severity::Warning,
        kinds: WITH_PRINCIPALS,
        why: "NotPrincipal with Deny always denies users and roles that have a permissions boundary, whoever is listed.",
        advice: "Deny \"Principal\": \"*\" with the condition \"ArnNotEquals\": {\"aws:PrincipalArn\": [...]}.",
        bad: principal!(
            "Deny",
            r#""NotPrincipal": {"AWS": ["arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:user/admin"]}"#
        ),
        good: principal!(
            "Deny",
            r#""Principal": "*""#,
            r#", "Condition": {"ArnNotEquals": {"aws:PrincipalArn": ["arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:user/admin"]}}"#
        ),
        check: Check::Document(deny_not_principal),
    },
    Rule {
        id: "GK2010",
        name: "deny-not-principal-incomplete",
        severity: Severity::Error,
        kinds: WITH_PRINCIPALS,
        why: "To spare somebody, NotPrincipal must list all the names that the caller goes by: the account and the user; or the account, the role and the session. A role alone spares nobody, since its sessions make the calls.",
        advice: "List the account (:root) and, for a role, each session ARN too; or deny \"*\" with a condition on aws:PrincipalArn.",
        bad: principal!("Deny", r#""NotPrincipal": {"AWS": "arn:aws:iam::111122223333:role/admin"}"#),
        good: principal!(
            "Deny",
            r#""NotPrincipal": {"AWS": ["arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:role/admin", "arn:aws:sts::111122223333:assumed-role/admin/ann"]}"#
        ),
        check: Check::Document(incomplete_exception),
    },
];

/// What bounds the callers that a statement for everybody matches: the test that does it, in words.
fn bound_of(statement: &Statement) -> Option<String> {
    let bounding = statement.tests.iter().find(|test| bounds(test))?;
    let values: Vec<&str> = bounding.values.iter().take(3).map(|value| value.text.as_str()).collect();
    let more = if bounding.values.len() > 3 { " ..." } else { "" };
    Some(format!("{} is {}{more}", bounding.key.text, values.join(" or ")))
}

/// Condition keys whose value tells whose call it is: a statement that demands fixed values of one is not public.
const BOUNDING: [&str; 12] = [
    "aws:PrincipalArn",
    "aws:PrincipalAccount",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:userid",
    "kms:CallerAccount",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "aws:SourceVpce",
    "aws:SourceVpc",
];

/// Whether a test holds only for callers that its values fix: the key must be there, and every value must say who.
fn bounds(test: &Test) -> bool {
    let positive =
        test.is_positive() && (test.operator.starts_with("String") || test.operator.starts_with("Arn"));
    let on_identity = BOUNDING.iter().any(|key| test.is_on(key));
    positive
        && on_identity
        && !test.values.is_empty()
        && test.values.iter().all(|value| is_fixed(test, value))
}

/// Whether a value says who. An ARN must fix its account; other values, with two exceptions, hold no wildcard.
fn is_fixed(test: &Test, value: &Word) -> bool {
    if value.text.contains("${") {
        return false;
    }
    if !test.operator.has_wildcards() || !glob::has_wildcard(&value.text) {
        return true;
    }
    // For StringLike a `*` also swallows colons, so the account must stand in the text before the first wildcard.
    let fixed = value.text.split(['*', '?']).next().unwrap_or_default();
    match arn(value) {
        Some(arn) if test.operator.starts_with("Arn") => arn.account().is_some(),
        _ if value.text.starts_with("arn:") => {
            fixed.split(':').nth(4).is_some_and(|account| account.parse::<AccountId>().is_ok())
        }
        // An id before the session's name, an organization before its units.
        _ => {
            (test.is_on("aws:userid") && fixed.len() >= 16)
                || (test.is_on("aws:PrincipalOrgPaths") && fixed.contains('/'))
        }
    }
}

/// The Allow statements for everybody.
fn allows_for_everybody<'s>(subject: &Subject<'s>) -> impl Iterator<Item = &'s Statement> {
    subject.allows().filter(|statement| statement.names_everybody())
}

/// The place of the wildcard.
fn wildcard_of(statement: &Statement) -> Option<&Word> {
    statement.principals().iter().find(|named| named.is_everybody()).map(|named| &named.word)
}

fn public(subject: &Subject<'_>, found: &mut Found<'_>) {
    for statement in allows_for_everybody(subject).filter(|statement| bound_of(statement).is_none()) {
        let Some(word) = wildcard_of(statement) else { continue };
        let why = if statement.tests.is_empty() { "there is no condition" } else { "no condition says who" };
        found.word(word, format!("everybody of every account is allowed: {why}"));
    }
}

fn bounded(subject: &Subject<'_>, found: &mut Found<'_>) {
    for statement in allows_for_everybody(subject) {
        if let (Some(bound), Some(word)) = (bound_of(statement), wildcard_of(statement)) {
            found.word(word, format!("not public: the statement matches only callers of whom {bound}"));
        }
    }
}

fn allow_not_principal(subject: &Subject<'_>, found: &mut Found<'_>) {
    for principal in subject.allows().filter_map(|s| s.principal.as_ref()).filter(|p| p.negated) {
        found.at(&principal.name_at, "everybody but those listed is allowed, of every account");
    }
}

fn deny_not_principal(subject: &Subject<'_>, found: &mut Found<'_>) {
    for principal in subject.denies().filter_map(|s| s.principal.as_ref()).filter(|p| p.negated) {
        found.at(&principal.name_at, "principals that have a permissions boundary are denied even if listed");
    }
}

fn incomplete_exception(subject: &Subject<'_>, found: &mut Found<'_>) {
    for statement in subject.denies() {
        let listed = statement.excepted_principals();
        for named in listed {
            if let Some(missing) = named.word.text.parse().ok().and_then(|name| missing_name(&name, listed)) {
                found.word(&named.word, format!("{} is denied all the same: {missing}", named.word.text));
            }
        }
    }
}

/// Which name a NotPrincipal lacks to spare this principal.
fn missing_name(principal: &PrincipalArn, listed: &[Named]) -> Option<String> {
    let names = || listed.iter().filter_map(|named| named.word.text.parse::<PrincipalArn>().ok());
    let account = principal.account();
    let has_account = listed.iter().any(|named| named.word.text == account.as_str())
        || names().any(|name| matches!(name, PrincipalArn::Root(_, listed) if listed == account));
    let same_role = |other: &PrincipalArn| other.account() == account && other.name() == principal.name();
    match principal {
        PrincipalArn::Root(..) => None,
        _ if !has_account => Some(format!("its account, {account}, is not listed too")),
        PrincipalArn::Role(..) if !names().any(|n| n.session_name().is_some() && same_role(&n)) => {
            Some("none of its sessions is listed too".to_owned())
        }
        PrincipalArn::AssumedRole(..)
            if !names().any(|n| matches!(n, PrincipalArn::Role(..)) && same_role(&n)) =>
        {
            Some("its role is not listed too".to_owned())
        }
        _ => None,
    }
}
