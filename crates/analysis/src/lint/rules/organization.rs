//! GK61xx: control policies of an organization.

use crate::lint::document::{Named, Statement};
use crate::lint::rule::{Check, Example, Found, Kind, Rule, Severity};
use crate::lint::subject::Subject;

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "GK6101",
        name: "rcp-allows",
        severity: Severity::Error,
        kinds: &[Kind::Rcp],
        why: "A resource control policy only denies. RCPFullAWSAccess allows everything and is always attached.",
        advice: "Write what shall be denied, with \"Effect\": \"Deny\".",
        bad: Example::Statements(
            r#"{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}"#,
        ),
        good: Example::Statements(
            r#"{"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*", "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}}"#,
        ),
        check: Check::Document(rcp_allows),
    },
    Rule {
        id: "GK6102",
        name: "rcp-principal",
        severity: Severity::Error,
        kinds: &[Kind::Rcp],
        why: "The Principal of a resource control policy can only be \"*\".",
        advice: "Write \"Principal\": \"*\", and say who is meant in a condition.",
        bad: Example::Statements(
            r#"{"Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::444455556666:root"}, "Action": "kms:*", "Resource": "*", "Condition": {"Bool": {"aws:PrincipalIsAWSService": "false"}}}"#,
        ),
        good: Example::Statements(
            r#"{"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalAccount": "444455556666"}}}"#,
        ),
        check: Check::Document(rcp_principal),
    },
    Rule {
        id: "GK6103",
        name: "rcp-denies-services",
        severity: Severity::Warning,
        kinds: &[Kind::Rcp],
        why: "A resource control policy binds AWS services too. A Deny that does not exempt them stops services from using the keys that they are meant to use.",
        advice: "Add \"BoolIfExists\": {\"aws:PrincipalIsAWSService\": \"false\"} to the condition.",
        bad: Example::Statements(
            r#"{"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*", "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}}"#,
        ),
        good: Example::Statements(
            r#"{"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*", "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}}"#,
        ),
        check: Check::Document(rcp_denies_services),
    },
    Rule {
        id: "GK6104",
        name: "control-policy-locks-key-policies",
        severity: Severity::Warning,
        kinds: &[Kind::Scp, Kind::Rcp],
        why: "The policy denies kms:PutKeyPolicy without a condition: in the accounts that it binds nobody can change a key policy, the root users included.",
        advice: "Exempt a role that may: \"ArnNotLike\": {\"aws:PrincipalArn\": \"arn:aws:iam::*:role/key-admin\"}.",
        bad: Example::Statements(r#"{"Effect": "Deny", "Action": "kms:Put*", "Resource": "*"}"#),
        good: Example::Statements(
            r#"{"Effect": "Deny", "Action": "kms:Put*", "Resource": "*", "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/key-admin"}}}"#,
        ),
        check: Check::Document(locks_key_policies),
    },
];

fn rcp_allows(subject: &Subject<'_>, found: &mut Found<'_>) {
    for statement in subject.allows() {
        found.at(&statement.at, "a resource control policy cannot allow");
    }
}

fn rcp_principal(subject: &Subject<'_>, found: &mut Found<'_>) {
    for principal in subject.statements().iter().filter_map(|statement| statement.principal.as_ref()) {
        if principal.negated || !principal.entries.iter().all(Named::is_everybody) {
            found.at(&principal.name_at, "only \"Principal\": \"*\" may stand here");
        }
    }
}

/// Whether a statement leaves AWS's services alone: by saying so, or by demanding something that only people have.
fn spares_services(statement: &Statement) -> bool {
    let identifying = ["aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalOrgID", "aws:PrincipalType"];
    let demands = |key: &str| statement.tests.iter().any(|test| test.is_on(key) && test.is_positive());
    let exempts = ["aws:PrincipalIsAWSService", "aws:PrincipalServiceName"];
    exempts.iter().any(|key| statement.tests_key(key)) || identifying.iter().any(|key| demands(key))
}

fn rcp_denies_services(subject: &Subject<'_>, found: &mut Found<'_>) {
    for statement in subject.denies().filter(|statement| !spares_services(statement)) {
        found.at(&statement.at, "services are denied too");
    }
}

fn locks_key_policies(subject: &Subject<'_>, found: &mut Found<'_>) {
    for statement in subject.denies() {
        let everywhere = statement.resource_words().iter().any(|word| word.text == "*");
        if statement.covers("kms:PutKeyPolicy") && statement.tests.is_empty() && everywhere {
            found.at(&statement.at, "nobody can change a key policy in the accounts that this binds");
        }
    }
}
