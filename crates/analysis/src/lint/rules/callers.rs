//! GK2011 and on: what kind of caller is meant, and whether it is the one.

use super::principals::{aws_names, entries};
use crate::lint::document::{Statement, Test};
use crate::lint::rule::{Check, Example, Found, Kind, Rule, Severity, WITH_PRINCIPALS};
use crate::lint::subject::Subject;
use gatekey_types::{Partition, PrincipalArn, ServicePrincipal};

pub(super) static RULES: &[Rule] = &[
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
