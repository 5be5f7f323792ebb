//! GK5xxx: who is in control of the key. Lockouts that are waiting to happen, and separations that do not hold.
//!
//! The evaluator itself is asked (see `control`), so that delegation, denials and conditions count as they will.

use crate::lint::control::{Candidate, CandidateKind, Control, Right, open_keys};
use crate::lint::document::{Statement, Test};
use crate::lint::rule::{Check, Example, Found, Kind, Rule, Severity};
use crate::lint::subject::Subject;
use crate::lint::vocabulary;

const PUT: &str = "PutKeyPolicy";

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "GK5001",
        name: "nobody-can-change-the-policy",
        severity: Severity::Error,
        kinds: &[Kind::Key],
        why: "Nobody of the key's account is allowed kms:PutKeyPolicy. AWS refuses such a policy, unless BypassPolicyLockoutSafetyCheck is set; then the key cannot be managed by anyone, the root user included.",
        advice: "Allow kms:PutKeyPolicy to a role, or to the account (\"AWS\": \"arn:aws:iam::ACCOUNT:root\"), which delegates it to IAM.",
        bad: Example::Statements(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": "*"}"#,
        ),
        good: Example::Statements(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}"#,
        ),
        check: Check::Control(nobody),
    },
    Rule {
        id: "GK5002",
        name: "only-a-session-can-change-the-policy",
        severity: Severity::Error,
        kinds: &[Kind::Key],
        why: "Only a session of a certain name is allowed kms:PutKeyPolicy. The next session of the same role has another name, and is locked out.",
        advice: "Name the role instead of its session.",
        bad: Example::Statements(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:sts::111122223333:assumed-role/admin/ann"}, "Action": ["kms:GetKeyPolicy", "kms:PutKeyPolicy"], "Resource": "*"}"#,
        ),
        good: Example::Statements(
            r#"{"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::111122223333:role/admin", "arn:aws:iam::111122223333:role/break-glass"]}, "Action": ["kms:GetKeyPolicy", "kms:PutKeyPolicy"], "Resource": "*"}"#,
        ),
        check: Check::Control(only_a_session),
    },
    Rule {
        id: "GK5003",
        name: "policy-change-only-under-conditions",
        severity: Severity::Warning,
        kinds: &[Kind::Key],
        why: "Whoever is allowed kms:PutKeyPolicy is so under conditions only: on a time, an address, a second factor, a tag or the like. The lockout check of AWS looks at this very request; when the condition fails later, everybody is locked out.",
        advice: "Allow kms:PutKeyPolicy to somebody without such a condition: a break-glass role, or the root user (\"aws:PrincipalType\": \"Account\").",
        bad: Example::Statements(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}"#,
        ),
        good: Example::Statements(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalType": "Account"}}}"#,
        ),
        check: Check::Control(only_under_conditions),
    },
    Rule {
        id: "GK5004",
        name: "only-another-account-could-change-the-policy",
        severity: Severity::Error,
        kinds: &[Kind::Key],
        why: "kms:PutKeyPolicy is allowed only to another account, and it never works across accounts: nobody can change the policy.",
        advice: "Allow kms:PutKeyPolicy to a role of the key's own account that the others may assume.",
        bad: Example::Statements(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"}, "Action": "kms:*", "Resource": "*"}"#,
        ),
        good: Example::Statements(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}"#,
        ),
        check: Check::Control(only_foreign),
    },
    Rule {
        id: "GK5005",
        name: "deny-hits-everybody",
        severity: Severity::Error,
        kinds: &[Kind::Key],
        why: "A Deny takes kms:PutKeyPolicy from everybody who is allowed it, the root user included: nobody can change the policy any more.",
        advice: "Exempt an administrator: \"ArnNotEquals\": {\"aws:PrincipalArn\": \"...\"} in the condition of the Deny.",
        bad: Example::Statement(
            r#"{"Effect": "Deny", "Principal": "*", "Action": "kms:Put*", "Resource": "*"}"#,
        ),
        good: Example::Statement(
            r#"{"Effect": "Deny", "Principal": "*", "Action": "kms:Put*", "Resource": "*", "Condition": {"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:root"}}}"#,
        ),
        check: Check::Control(deny_hits_everybody),
    },
    Rule {
        id: "GK5006",
        name: "administrator-can-become-user",
        severity: Severity::Suggestion,
        kinds: &[Kind::Key],
        why: "The principal manages the key and may not use it, but kms:PutKeyPolicy lets it give itself the use. The separation of duties is effective only as long as it wants it to be.",
        advice: "Give kms:PutKeyPolicy to few, apart from the daily administration, and watch it in the audit trail.",
        bad: Example::Statement(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/key-admin"}, "Action": ["kms:Describe*", "kms:Get*", "kms:Put*"], "Resource": "*"}"#,
        ),
        good: Example::Statement(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/key-admin"}, "Action": ["kms:Describe*", "kms:Get*", "kms:EnableKeyRotation"], "Resource": "*"}"#,
        ),
        check: Check::Control(administrators_can_use),
    },
    Rule {
        id: "GK5007",
        name: "delegation-undoes-separation",
        severity: Severity::Warning,
        kinds: &[Kind::Key],
        why: "The policy separates those who manage the key from those who use it, and also delegates everything to the account: whoever may write IAM policies there can give anybody both.",
        advice: "Bound the delegation: to the root user (\"aws:PrincipalType\": \"Account\"), or to the actions of management.",
        bad: Example::Statement(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/key-admin"}, "Action": ["kms:PutKeyPolicy", "kms:GetKeyPolicy"], "Resource": "*"}, {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": "*"}"#,
        ),
        good: Example::Statements(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalType": "Account"}}},
               {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": "*"}"#,
        ),
        check: Check::Control(delegation_undoes_separation),
    },
    Rule {
        id: "GK5008",
        name: "single-administrator",
        severity: Severity::Warning,
        kinds: &[Kind::Key],
        why: "One user or role alone can change the policy. Deleting it, or making it anew under the same name, locks everybody out: the policy stays bound to the old one's unique id.",
        advice: "Allow kms:PutKeyPolicy to a second role or to the root user too.",
        bad: Example::Statements(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/admin"}, "Action": ["kms:GetKeyPolicy", "kms:PutKeyPolicy"], "Resource": "*"}"#,
        ),
        good: Example::Statements(
            r#"{"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::111122223333:role/admin", "arn:aws:iam::111122223333:role/break-glass"]}, "Action": ["kms:GetKeyPolicy", "kms:PutKeyPolicy"], "Resource": "*"}"#,
        ),
        check: Check::Control(single_administrator),
    },
    Rule {
        id: "GK5009",
        name: "root-user-without-rights",
        severity: Severity::Warning,
        kinds: &[Kind::Key],
        why: "The root user of the account, which nobody can delete, cannot change this policy: it has no right that the key policy does not give it. When the named administrators are gone, nobody can.",
        advice: "Keep a statement for the account; with \"aws:PrincipalType\": \"Account\" it is for the root user alone.",
        bad: Example::Statements(
            r#"{"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::111122223333:role/admin", "arn:aws:iam::111122223333:role/break-glass"]}, "Action": ["kms:GetKeyPolicy", "kms:PutKeyPolicy"], "Resource": "*"}"#,
        ),
        good: Example::Statements(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalType": "Account"}}}"#,
        ),
        check: Check::Control(root_without_rights),
    },
    Rule {
        id: "GK5010",
        name: "blind-administrator",
        severity: Severity::Suggestion,
        kinds: &[Kind::Key],
        why: "The principal may replace the policy, and may not read it: it cannot see what it replaces, and a console shows it an error.",
        advice: "Add kms:GetKeyPolicy and kms:DescribeKey.",
        bad: Example::Statement(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/key-admin"}, "Action": ["kms:Decrypt", "kms:PutKeyPolicy"], "Resource": "*"}"#,
        ),
        good: Example::Statement(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/key-admin"}, "Action": ["kms:Decrypt", "kms:GetKeyPolicy", "kms:DescribeKey", "kms:PutKeyPolicy"], "Resource": "*"}"#,
        ),
        check: Check::Control(blind_administrators),
    },
    Rule {
        id: "GK5011",
        name: "tags-or-aliases-open-the-key",
        severity: Severity::Security,
        kinds: &[Kind::Key],
        why: "A statement allows by the key's tags or aliases, and the principal may change those: it can make the statement hold.",
        advice: "Take kms:TagResource, kms:UntagResource and the actions on aliases from those who shall not have what the statement gives.",
        bad: Example::Statement(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt", "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/open": "yes"}}}, {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/tagger"}, "Action": "kms:TagResource", "Resource": "*"}"#,
        ),
        good: Example::Statement(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt", "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/open": "yes"}}}"#,
        ),
        check: Check::Control(tags_open_the_key),
    },
    Rule {
        id: "GK5012",
        name: "unbounded-grants",
        severity: Severity::Security,
        kinds: &[Kind::Key],
        why: "The principal may create grants of any operation for anybody, itself included, also of operations that it lacks: kms:CreateGrant by policy is not bounded by the grantor's own rights. kms:Create* contains it.",
        advice: "Add a condition on kms:GrantIsForAWSResource, kms:GranteePrincipal, kms:GrantOperations, kms:GrantConstraintType or kms:ViaService.",
        bad: Example::Statement(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": ["kms:Decrypt", "kms:CreateGrant"], "Resource": "*"}"#,
        ),
        good: Example::Statement(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:CreateGrant", "Resource": "*", "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}}}"#,
        ),
        check: Check::Control(unbounded_grants),
    },
    Rule {
        id: "GK5013",
        name: "allow-always-denied",
        severity: Severity::Warning,
        kinds: &[Kind::Key],
        why: "Whatever the statement allows, a Deny of the same policy takes away: the statement never has an effect.",
        advice: "Remove the statement, or exempt its principals from the Deny.",
        bad: Example::Statement(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt", "Resource": "*"}, {"Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"}"#,
        ),
        good: Example::Statement(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt", "Resource": "*"}, {"Effect": "Deny", "Principal": "*", "Action": "kms:ScheduleKeyDeletion", "Resource": "*"}"#,
        ),
        check: Check::Control(allow_always_denied),
    },
];

/// The accounts other than the policy's own to whose principals a statement gives kms:PutKeyPolicy.
fn gives_put_to_others(subject: &Subject<'_>) -> bool {
    let own = subject.own_account();
    let put = subject.allows().filter(|statement| statement.covers("kms:PutKeyPolicy"));
    put.flat_map(Statement::principals).any(|named| {
        let account =
            named.word.text.parse().ok().or_else(|| {
                named.word.text.parse::<gatekey_types::PrincipalArn>().ok().map(|arn| arn.account())
            });
        account.is_some_and(|account| Some(account) != own)
    })
}

fn nobody(subject: &Subject<'_>, control: &Control, found: &mut Found<'_>) {
    let elsewhere = gives_put_to_others(subject) || !control.holders_without_denials(PUT).is_empty();
    if control.holders(PUT).is_empty() && !elsewhere {
        found.whole(subject.document, "nobody is allowed kms:PutKeyPolicy");
    }
}

fn only_a_session(subject: &Subject<'_>, control: &Control, found: &mut Found<'_>) {
    let holders = control.holders(PUT);
    let sessions_only = holders.iter().all(|(holder, _)| holder.kind == CandidateKind::Session);
    if let Some((first, _)) = holders.first().filter(|_| sessions_only) {
        found.whole(subject.document, format!("only the session {} can change the policy", first.name));
    }
}

fn only_under_conditions(subject: &Subject<'_>, control: &Control, found: &mut Found<'_>) {
    let holders = control.holders(PUT);
    if holders.is_empty() || holders.iter().any(|(_, right)| *right == Right::Always) {
        return;
    }
    let mut keys: Vec<&str> = subject
        .statements()
        .iter()
        .filter(|statement| statement.covers("kms:PutKeyPolicy"))
        .flat_map(|statement| open_keys(statement, PUT))
        .collect();
    keys.sort_unstable();
    keys.dedup();
    found.whole(
        subject.document,
        format!("whether anybody can change the policy depends on {}", keys.join(", ")),
    );
}

fn only_foreign(subject: &Subject<'_>, control: &Control, found: &mut Found<'_>) {
    if gives_put_to_others(subject) && control.holders_without_denials(PUT).is_empty() {
        found.whole(
            subject.document,
            "only another account is allowed kms:PutKeyPolicy, and there it never works",
        );
    }
}

fn deny_hits_everybody(subject: &Subject<'_>, control: &Control, found: &mut Found<'_>) {
    let losers = control.holders_without_denials(PUT);
    if losers.is_empty() || !control.holders(PUT).is_empty() {
        return;
    }
    for statement in subject.denies().filter(|statement| statement.covers("kms:PutKeyPolicy")) {
        let names: Vec<&str> = losers.iter().map(|(loser, _)| loser.name.as_str()).take(3).collect();
        found.at(
            &statement.at,
            format!("with this nobody can change the policy, not even {}", names.join(" or ")),
        );
    }
}

/// Actions by which a key is used. One of them is enough to be a user of it.
const USES: [&str; 5] = ["Decrypt", "Encrypt", "GenerateDataKey", "Sign", "GenerateMac"];

/// The named principals, sessions included: those whom the policy itself tells apart.
fn named(control: &Control) -> impl Iterator<Item = &Candidate> {
    let told_apart = |c: &&Candidate| matches!(c.kind, CandidateKind::Named | CandidateKind::Session);
    control.candidates.iter().filter(told_apart)
}

/// Conditions that bound what grants somebody may create.
fn bounds_grants(test: &Test) -> bool {
    let keys = [
        "kms:GrantIsForAWSResource",
        "kms:GranteePrincipal",
        "kms:GranteeServicePrincipal",
        "kms:GrantOperations",
        "kms:GrantConstraintType",
        "kms:GrantConstraintSourceArn",
        "kms:ViaService",
    ];
    keys.iter().any(|key| test.is_on(key))
}

/// The first statement that gives the candidate the action by name, to show it there. Statements for everybody, and those
/// that bound the grants which may be created, do not count.
fn giving<'s>(subject: &Subject<'s>, candidate: &Candidate, action: &str) -> Option<&'s Statement> {
    let action_name = format!("kms:{action}");
    subject.allows().find(|statement| {
        let by_name = statement.principals().iter().any(|named| named.word.text == candidate.name);
        let bounded = action == "CreateGrant" && statement.tests.iter().any(bounds_grants);
        by_name && !bounded && statement.covers(&action_name)
    })
}

/// The place of a statement's actions.
fn actions_of(statement: &Statement) -> &crate::lint::tree::Place {
    statement.action.as_ref().map_or(&statement.at, |clause| &clause.name_at)
}

fn administrators_can_use(subject: &Subject<'_>, control: &Control, found: &mut Found<'_>) {
    let manages_only =
        |candidate: &&Candidate| control.has(candidate, &[PUT]) && !control.has(candidate, &USES);
    for candidate in named(control).filter(manages_only) {
        if let Some(statement) = giving(subject, candidate, PUT) {
            let message = format!("{} can give itself the use of the key by kms:{PUT}", candidate.name);
            found.at(actions_of(statement), message);
        }
    }
}

fn delegation_undoes_separation(subject: &Subject<'_>, control: &Control, found: &mut Found<'_>) {
    let manages = |candidate: &Candidate| control.has(candidate, &[PUT]);
    let uses = |candidate: &Candidate| control.has(candidate, &USES);
    let separated =
        named(control).any(|c| manages(c) && !uses(c)) && named(control).any(|c| uses(c) && !manages(c));
    let by_iam = |action: &str| {
        control
            .rights(action)
            .iter()
            .any(|(c, right)| c.kind == CandidateKind::Iam && *right == Right::Always)
    };
    if separated && by_iam(PUT) && by_iam("Decrypt") {
        found.whole(
            subject.document,
            "not separated: whoever may write IAM policies can manage and use the key",
        );
    }
}

fn single_administrator(subject: &Subject<'_>, control: &Control, found: &mut Found<'_>) {
    if let [(only, _)] = control.holders(PUT).as_slice()
        && only.kind == CandidateKind::Named
    {
        found.whole(subject.document, format!("only {} can change the policy", only.name));
    }
}

fn root_without_rights(subject: &Subject<'_>, control: &Control, found: &mut Found<'_>) {
    let holders = control.holders(PUT);
    let root = holders.iter().any(|(holder, _)| holder.kind == CandidateKind::Root);
    if !holders.is_empty() && !root {
        found.whole(subject.document, "the root user cannot change the policy");
    }
}

fn blind_administrators(subject: &Subject<'_>, control: &Control, found: &mut Found<'_>) {
    let blind =
        |candidate: &&Candidate| control.has(candidate, &[PUT]) && !control.has(candidate, &["GetKeyPolicy"]);
    for candidate in named(control).filter(blind) {
        if let Some(statement) = giving(subject, candidate, PUT) {
            let message = format!("{} can replace the policy and not read it", candidate.name);
            found.at(actions_of(statement), message);
        }
    }
}

/// Actions that change what a condition key holds.
const CHANGERS: [(&str, &[&str]); 2] = [
    ("aws:ResourceTag/", &["TagResource", "UntagResource"]),
    ("kms:RequestAlias", &["CreateAlias", "UpdateAlias"]),
];

fn tags_open_the_key(subject: &Subject<'_>, control: &Control, found: &mut Found<'_>) {
    for (key, actions) in CHANGERS {
        let Some(opened) = subject.allows().find(|s| s.tests.iter().any(|test| test.is_under(key))) else {
            continue;
        };
        for candidate in named(control).filter(|candidate| !control.has(candidate, &[PUT])) {
            let changing = actions.iter().find_map(|action| {
                control.has(candidate, &[action]).then(|| giving(subject, candidate, action)).flatten()
            });
            if let Some(statement) = changing {
                let message =
                    format!("{} can make the condition of {} hold", candidate.name, opened.at.pointer);
                found.at(actions_of(statement), message);
            }
        }
    }
}

fn unbounded_grants(subject: &Subject<'_>, control: &Control, found: &mut Found<'_>) {
    // Administrators who can rewrite the policy anyway are another rule's business.
    let could =
        |candidate: &&Candidate| control.has(candidate, &["CreateGrant"]) && !control.has(candidate, &[PUT]);
    for candidate in named(control).filter(could) {
        if let Some(statement) = giving(subject, candidate, "CreateGrant") {
            found.at(actions_of(statement), format!("{} can create any grant for anybody", candidate.name));
        }
    }
}

/// Most statements of one policy that are tried one by one.
const MOST_STATEMENTS: usize = 40;

fn allow_always_denied(subject: &Subject<'_>, control: &Control, found: &mut Found<'_>) {
    if subject.denies().next().is_none() {
        return;
    }
    for (index, statement) in subject.statements().iter().enumerate().take(MOST_STATEMENTS) {
        if statement.allows() && is_always_denied(control, index, statement) {
            found.at(&statement.at, "whatever this allows, the policy denies elsewhere");
        }
    }
}

/// Whether the statement would allow somebody something if the policy denied nothing, and as it is allows nobody anything.
fn is_always_denied(control: &Control, index: usize, statement: &Statement) -> bool {
    let covered = || vocabulary::actions().filter(|action| vocabulary::is_covered(action, statement));
    !covered().any(|action| control.opens(index, action.name, true))
        && covered().any(|action| control.opens(index, action.name, false))
}
