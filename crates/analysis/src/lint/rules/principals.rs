//! GK2xxx: who is meant. Principals that are refused, that match nobody, or that match more than was meant.

use crate::lint::document::{Named, Statement, Test, Word};
use crate::lint::glob;
use crate::lint::rule::{Check, Example, Found, Kind, Rule, Severity, WITH_PRINCIPALS};
use crate::lint::subject::Subject;
use gatekey_types::{AccountId, Arn, Partition, PrincipalArn, ServicePrincipal, UniqueId};

/// A statement about `role/app`, whole but for its principal.
macro_rules! principal {
    ($effect:literal, $principal:literal) => {
        principal!($effect, $principal, "")
    };
    ($effect:literal, $principal:literal, $rest:literal) => {
        Example::Statement(concat!(
            r#"{"Effect": ""#,
            $effect,
            r#"", "#,
            $principal,
            r#", "Action": "kms:Decrypt", "Resource": "*""#,
            $rest,
            "}"
        ))
    };
}

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
    Rule {
        id: "GK2011",
        name: "principal-in-identity-policy",
        severity: Severity::Error,
        kinds: &[Kind::Identity, Kind::Scp],
        why: "A policy of an identity or an organization applies to what it is attached to; AWS refuses a Principal in it.",
        advice: "Remove Principal, or put the statement in the resource's policy.",
        bad: Example::Statements(
            r#"{"Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"}"#,
        ),
        good: Example::Statements(r#"{"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*"}"#),
        check: Check::Document(principal_in_identity_policy),
    },
    Rule {
        id: "GK2012",
        name: "kind-of-principal",
        severity: Severity::Error,
        kinds: &[Kind::Key],
        why: "A caller of KMS is an IAM principal or an AWS service. Federated and CanonicalUser principals never call KMS.",
        advice: "Name the role that the federated users assume.",
        bad: principal!(
            "Allow",
            r#""Principal": {"Federated": "arn:aws:iam::111122223333:saml-provider/idp"}"#
        ),
        good: principal!("Allow", r#""Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}"#),
        check: Check::Document(kinds_of_principal),
    },
    Rule {
        id: "GK2013",
        name: "confused-deputy",
        severity: Severity::Security,
        kinds: &[Kind::Key, Kind::Resource],
        why: "A service principal calls for all of its customers. Without a condition on where the call comes from, somebody else's resource can make the service use this one.",
        advice: "Add a condition on aws:SourceArn or aws:SourceAccount (or aws:SourceOrgID, or on the encryption context that the service sets).",
        bad: principal!("Allow", r#""Principal": {"Service": "logs.us-east-1.amazonaws.com"}"#),
        good: principal!(
            "Allow",
            r#""Principal": {"Service": "logs.us-east-1.amazonaws.com"}"#,
            r#", "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:logs:us-east-1:111122223333:*"}}"#
        ),
        check: Check::Document(confused_deputies),
    },
    Rule {
        id: "GK2014",
        name: "malformed-service",
        severity: Severity::Error,
        kinds: WITH_PRINCIPALS,
        why: "A service principal is a name such as sns.amazonaws.com. There are no wildcards, no ARNs and no URLs.",
        advice: "Write the service's name as its documentation gives it.",
        bad: principal!("Allow", r#""Principal": {"Service": "sns"}"#),
        good: principal!(
            "Allow",
            r#""Principal": {"Service": "sns.amazonaws.com"}"#,
            r#", "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}"#
        ),
        check: Check::Document(malformed_services),
    },
    Rule {
        id: "GK2015",
        name: "session-principal",
        severity: Severity::Warning,
        kinds: &[Kind::Key, Kind::Resource],
        why: "The Principal is one session of a role. Whoever may assume the role chooses the session's name, and nobody else of the role matches.",
        advice: "Name the role. To tell people apart, use a condition on aws:SourceIdentity or aws:PrincipalTag.",
        bad: principal!("Allow", r#""Principal": {"AWS": "arn:aws:sts::111122223333:assumed-role/app/i-1"}"#),
        good: principal!("Allow", r#""Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}"#),
        check: Check::Document(session_principals),
    },
    Rule {
        id: "GK2016",
        name: "wrong-partition",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "The parts of AWS (aws, aws-cn, aws-us-gov) know nothing of each other: an ARN of another partition, or of none, matches nothing here.",
        advice: "Use the partition that the Region belongs to.",
        bad: principal!("Allow", r#""Principal": {"AWS": "arn:amazon:iam::111122223333:role/app"}"#),
        good: principal!("Allow", r#""Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}"#),
        check: Check::Document(wrong_partitions),
    },
    Rule {
        id: "GK2017",
        name: "identity-center-role-pinned",
        severity: Severity::Warning,
        kinds: &[Kind::Key, Kind::Resource, Kind::Trust],
        why: "Roles named AWSReservedSSO_... belong to IAM Identity Center. It makes them anew when a permission set is provisioned again, and the Principal stays bound to the old one: its users are locked out.",
        advice: "Use \"AWS\": \"*\" with a condition: \"ArnLike\": {\"aws:PrincipalArn\": \"arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_Admin_*\"}.",
        bad: principal!(
            "Allow",
            r#""Principal": {"AWS": "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef"}"#
        ),
        good: principal!(
            "Allow",
            r#""Principal": {"AWS": "*"}"#,
            r#", "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_Admin_*"}}"#
        ),
        check: Check::Document(identity_center_roles),
    },
];

/// Every entry of `Principal` and `NotPrincipal` of this kind, with its statement.
fn entries<'s>(
    subject: &Subject<'s>,
    kinds: &'static [&'static str],
) -> impl Iterator<Item = (&'s Statement, &'s Named)> {
    subject.statements().iter().flat_map(move |statement| {
        let all = statement.principal.iter().flat_map(|principal| &principal.entries);
        all.filter(|named| kinds.contains(&named.kind.as_str())).map(move |named| (statement, named))
    })
}

/// The entries under `AWS`, the wildcard aside.
fn aws_names<'s>(subject: &Subject<'s>) -> impl Iterator<Item = &'s Word> {
    entries(subject, &["AWS"]).map(|(_, named)| &named.word).filter(|word| word.text != "*")
}

fn arn(word: &Word) -> Option<Arn> {
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

/// What bounds the callers that a statement for everybody matches: the test that does it, in words.
pub(in crate::lint) fn bound_of(statement: &Statement) -> Option<String> {
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

fn principal_in_identity_policy(subject: &Subject<'_>, found: &mut Found<'_>) {
    for principal in subject.statements().iter().filter_map(|statement| statement.principal.as_ref()) {
        found.at(&principal.name_at, "a policy of this kind has no Principal");
    }
}

fn kinds_of_principal(subject: &Subject<'_>, found: &mut Found<'_>) {
    for (_, named) in entries(subject, &["Federated", "CanonicalUser"]) {
        found.word(&named.word, format!("a {} principal never calls KMS", named.kind));
    }
}

/// Condition keys that tie a service's call to where it comes from.
fn ties_to_source(test: &Test) -> bool {
    ["aws:SourceArn", "aws:SourceAccount", "aws:SourceOrgID", "aws:SourceOrgPaths", "kms:CallerAccount"]
        .iter()
        .any(|key| test.is_on(key))
        || test.is_under("kms:EncryptionContext:")
        || test.is_on("kms:EncryptionContextKeys")
}

fn confused_deputies(subject: &Subject<'_>, found: &mut Found<'_>) {
    for (statement, named) in entries(subject, &["Service"]) {
        let open = statement.allows() && !statement.tests.iter().any(ties_to_source);
        if open && statement.principal.as_ref().is_some_and(|principal| !principal.negated) {
            found.word(&named.word, format!("{} may act for any of its customers", named.word.text));
        }
    }
}

fn malformed_services(subject: &Subject<'_>, found: &mut Found<'_>) {
    for (_, named) in entries(subject, &["Service"]) {
        let text = &named.word.text;
        let suffixed = [".amazonaws.com", ".amazonaws.com.cn", ".amazon.com", ".aws.internal", ".api.aws"]
            .iter()
            .any(|suffix| text.ends_with(suffix));
        if text.parse::<ServicePrincipal>().is_err() && !(text.split('.').count() == 2 && suffixed) {
            found.word(&named.word, format!("\"{text}\" is no service principal{}", service_hint(text)));
        } else if !suffixed {
            found.word(&named.word, format!("\"{text}\" does not end in .amazonaws.com"));
        }
    }
}

fn service_hint(text: &str) -> String {
    let word = !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    if word { format!(" (did you mean \"{text}.amazonaws.com\"?)") } else { String::new() }
}

fn session_principals(subject: &Subject<'_>, found: &mut Found<'_>) {
    for statement in subject.allows() {
        for named in statement.principals() {
            if let Ok(PrincipalArn::AssumedRole(..)) = named.word.text.parse() {
                found.word(&named.word, format!("\"{}\" is one session of a role", named.word.text));
            }
        }
    }
}

fn wrong_partitions(subject: &Subject<'_>, found: &mut Found<'_>) {
    let names = aws_names(subject);
    let resources = subject.statements().iter().flat_map(Statement::resource_words);
    for word in names.chain(resources) {
        let mut parts = word.text.split(':');
        let (Some("arn"), Some(partition)) = (parts.next(), parts.next()) else { continue };
        let region = parts.nth(1).unwrap_or_default();
        if let Some(message) = partition_problem(subject, partition, region) {
            found.word(word, message);
        }
    }
}

fn partition_problem(subject: &Subject<'_>, partition: &str, region: &str) -> Option<String> {
    if partition.contains(['*', '?', '$', '<', '{']) {
        return None;
    }
    let Ok(partition) = partition.parse::<Partition>() else {
        return Some(format!("\"{partition}\" is no partition: there are aws, aws-cn and aws-us-gov"));
    };
    let of_region = region.parse::<gatekey_types::Region>().ok().map(|region| region.partition());
    let own = of_region.or(subject.partition())?;
    (own != partition).then(|| format!("the partition is {partition}, and the Region is in {own}"))
}

fn identity_center_roles(subject: &Subject<'_>, found: &mut Found<'_>) {
    for word in aws_names(subject).filter(|word| word.text.contains("AWSReservedSSO_")) {
        found.word(word, "Identity Center makes this role anew, and the policy stays bound to the old one");
    }
}
