//! GK45xx: single condition keys and the traps that belong to each.

use crate::lint::document::{Statement, Test, Word};
use crate::lint::glob;
use crate::lint::rule::{Check, Example, Found, Kind, Rule, Severity};
use crate::lint::subject::Subject;
use crate::lint::vocabulary;
use gatekey_types::{AccountId, Arn};
use std::net::{IpAddr, Ipv6Addr};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "GK4501",
        name: "principal-arn-never-equal",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "For a role session aws:PrincipalArn is the role's ARN, arn:aws:iam::ACCOUNT:role/PATH/NAME, never that of the session; and it is never a group or a policy.",
        advice: "Compare with the role's ARN, path included. For single sessions use aws:userid or aws:SourceIdentity.",
        bad: Example::Condition(
            r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:sts::111122223333:assumed-role/app/*"}}"#,
        ),
        good: Example::Condition(
            r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/app"}}"#,
        ),
        check: Check::Document(principal_arns_never_equal),
    },
    Rule {
        id: "GK4502",
        name: "foreign-account-in-condition",
        severity: Severity::Warning,
        kinds: &Kind::ALL,
        why: "The condition names another account than the policy's own (given with --account or --key). Copied examples bring such accounts along.",
        advice: "Replace the account, if it is not meant.",
        bad: Example::Condition(r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/app"}}"#),
        good: Example::Condition(
            r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/app"}}"#,
        ),
        check: Check::Document(foreign_accounts),
    },
    Rule {
        id: "GK4503",
        name: "via-service-never-equal",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "kms:ViaService is SERVICE.REGION.amazonaws.com, in every partition with that ending.",
        advice: "Write for instance ssm.us-east-1.amazonaws.com, or ssm.*.amazonaws.com with StringLike.",
        bad: Example::Condition(r#"{"StringEquals": {"kms:ViaService": "ssm.amazonaws.com"}}"#),
        good: Example::Condition(r#"{"StringEquals": {"kms:ViaService": "ssm.us-east-1.amazonaws.com"}}"#),
        check: Check::Document(via_services),
    },
    Rule {
        id: "GK4504",
        name: "resource-aliases-in-key-policy",
        severity: Severity::Error,
        kinds: &[Kind::Key],
        why: "kms:ResourceAliases works in IAM policies only. In a key policy it is absent: a positive test never holds.",
        advice: "Use kms:RequestAlias, or move the condition to an IAM policy.",
        bad: Example::Condition(r#"{"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/app"}}"#),
        good: Example::Condition(r#"{"StringEquals": {"kms:RequestAlias": "alias/app"}}"#),
        check: Check::Document(resource_aliases),
    },
    Rule {
        id: "GK4505",
        name: "request-alias-never-equal",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "kms:RequestAlias and kms:ResourceAliases hold alias names, alias/NAME, even where the caller sent an alias ARN.",
        advice: "Write alias/NAME.",
        bad: Example::Condition(
            r#"{"StringEquals": {"kms:RequestAlias": "arn:aws:kms:us-east-1:111122223333:alias/app"}}"#,
        ),
        good: Example::Condition(r#"{"StringEquals": {"kms:RequestAlias": "alias/app"}}"#),
        check: Check::Document(alias_values),
    },
    Rule {
        id: "GK4506",
        name: "mfa-and-long-term-keys",
        severity: Severity::Security,
        kinds: &Kind::ALL,
        why: "Requests with long-term access keys have no aws:MultiFactorAuthPresent. A Deny with Bool false misses them; an Allow with BoolIfExists true lets them pass without a second factor.",
        advice: "In a Deny use \"BoolIfExists\": {\"aws:MultiFactorAuthPresent\": \"false\"}, in an Allow \"Bool\": {... \"true\"}.",
        bad: Example::Statement(
            r#"{"Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::111122223333:user/ann"}, "Action": "kms:Decrypt", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}"#,
        ),
        good: Example::Statement(
            r#"{"Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::111122223333:user/ann"}, "Action": "kms:Decrypt", "Resource": "*", "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}"#,
        ),
        check: Check::Document(mfa),
    },
    Rule {
        id: "GK4507",
        name: "network-of-a-service",
        severity: Severity::Warning,
        kinds: &[Kind::Key, Kind::Identity, Kind::Scp, Kind::Rcp],
        why: "When a service calls KMS for somebody, the address and the VPC endpoint are not the caller's own; and requests through an endpoint have no aws:SourceIp. A Deny on these keys stops such requests too.",
        advice: "Exempt them with \"Bool\": {\"aws:ViaAWSService\": \"false\"} in the same condition.",
        bad: Example::Statement(
            r#"{"Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt", "Resource": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}"#,
        ),
        good: Example::Statement(
            r#"{"Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt", "Resource": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}, "Bool": {"aws:ViaAWSService": "false"}}}"#,
        ),
        check: Check::Document(networks),
    },
    Rule {
        id: "GK4508",
        name: "private-source-ip",
        severity: Severity::Error,
        kinds: &Kind::ALL,
        why: "aws:SourceIp is the public address that a request comes from. Private addresses reach AWS only through a VPC endpoint, and such requests have no aws:SourceIp.",
        advice: "Use aws:VpcSourceIp for private addresses (with aws:SourceVpc, since VPCs share them).",
        bad: Example::Condition(r#"{"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}"#),
        good: Example::Condition(r#"{"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}"#),
        check: Check::Document(private_addresses),
    },
    Rule {
        id: "GK4509",
        name: "encryption-context-of-asymmetric-key",
        severity: Severity::Suggestion,
        kinds: &[Kind::Key, Kind::Identity],
        why: "Only symmetric encryption keys have an encryption context. For the asymmetric or HMAC keys that the statement is about, the key is absent.",
        advice: "Remove one of the two tests.",
        bad: Example::Condition(
            r#"{"StringEquals": {"kms:EncryptionContext:app": "shop", "kms:KeySpec": "RSA_2048"}}"#,
        ),
        good: Example::Condition(
            r#"{"StringEquals": {"kms:EncryptionContext:app": "shop", "kms:KeySpec": "SYMMETRIC_DEFAULT"}}"#,
        ),
        check: Check::Document(context_of_asymmetric),
    },
    Rule {
        id: "GK4510",
        name: "username-of-a-role",
        severity: Severity::Warning,
        kinds: &[Kind::Key, Kind::Resource],
        why: "Only IAM users have aws:username. The statement names a role, whose sessions never have it.",
        advice: "Use aws:SourceIdentity, aws:userid or aws:PrincipalTag.",
        bad: Example::Condition(r#"{"StringEquals": {"aws:username": "ann"}}"#),
        good: Example::Condition(r#"{"StringEquals": {"aws:SourceIdentity": "ann"}}"#),
        check: Check::Document(usernames_of_roles),
    },
    Rule {
        id: "GK4511",
        name: "client-chooses-value",
        severity: Severity::Security,
        kinds: &Kind::ALL,
        why: "Every client writes aws:referer and aws:UserAgent as it likes. They keep nobody out.",
        advice: "Remove the test, or use a key that AWS sets.",
        bad: Example::Condition(r#"{"StringLike": {"aws:UserAgent": "console.amazonaws.com"}}"#),
        good: Example::Condition(r#"{"StringEquals": {"kms:ViaService": "ssm.us-east-1.amazonaws.com"}}"#),
        check: Check::Document(client_values),
    },
    Rule {
        id: "GK4512",
        name: "source-arn-of-a-principal",
        severity: Severity::Error,
        kinds: &[Kind::Key, Kind::Resource],
        why: "aws:SourceArn and aws:SourceAccount are there only when a service calls for itself. For the users and roles that the statement names they are absent.",
        advice: "Use aws:PrincipalArn or kms:ViaService for calls of users and roles, or name the service as Principal.",
        bad: Example::Condition(
            r#"{"ArnLike": {"aws:SourceArn": "arn:aws:sns:us-east-1:111122223333:topic"}}"#,
        ),
        good: Example::Condition(r#"{"StringEquals": {"kms:ViaService": "sns.us-east-1.amazonaws.com"}}"#),
        check: Check::Document(source_arns_of_principals),
    },
    Rule {
        id: "GK4513",
        name: "principal-type-of-another-kind",
        severity: Severity::Error,
        kinds: &[Kind::Key, Kind::Resource],
        why: "The kind of caller that aws:PrincipalType asks for is none that the named principals can be.",
        advice: "Correct one of the two. The account with \"aws:PrincipalType\": \"Account\" is its root user alone.",
        bad: Example::Condition(r#"{"StringEquals": {"aws:PrincipalType": "User"}}"#),
        good: Example::Condition(r#"{"StringEquals": {"aws:PrincipalType": "AssumedRole"}}"#),
        check: Check::Document(principal_types),
    },
    Rule {
        id: "GK4514",
        name: "objects-of-a-bucket-key",
        severity: Severity::Warning,
        kinds: &[Kind::Key, Kind::Identity, Kind::Scp, Kind::Rcp],
        why: "The test is on the ARNs of objects. With an S3 bucket key the encryption context has the ARN of the bucket instead, and the test fails.",
        advice: "Write the ARN of the bucket beside that of its objects, until no object is encrypted without the bucket key.",
        bad: Example::Condition(
            r#"{"StringLike": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::orders/*"}}"#,
        ),
        good: Example::Condition(
            r#"{"StringLike": {"kms:EncryptionContext:aws:s3:arn": ["arn:aws:s3:::orders", "arn:aws:s3:::orders/*"]}}"#,
        ),
        check: Check::Document(objects_of_buckets),
    },
];

/// The tests on this key, with their statements.
fn on<'s>(subject: &Subject<'s>, key: &'static str) -> impl Iterator<Item = (&'s Statement, &'s Test)> {
    let tests = subject.statements().iter().flat_map(|s| s.tests.iter().map(move |test| (s, test)));
    tests.filter(move |(_, test)| test.is_on(key))
}

/// Values without variables, whose text is known.
fn fixed_values(test: &Test) -> impl Iterator<Item = &Word> {
    test.values.iter().filter(|value| !value.text.contains("${"))
}

fn principal_arns_never_equal(subject: &Subject<'_>, found: &mut Found<'_>) {
    for (_, test) in on(subject, "aws:PrincipalArn").filter(|(_, test)| test.operator.base != "Null") {
        for value in fixed_values(test) {
            if let Some(why) = why_no_principal_arn(&value.text) {
                found.word(value, format!("aws:PrincipalArn is never \"{}\": {why}", value.text));
            }
        }
    }
}

fn why_no_principal_arn(text: &str) -> Option<&'static str> {
    if text.parse::<AccountId>().is_ok() {
        return Some("it is an ARN, not an account");
    }
    let arn = text.parse::<Arn>().ok()?;
    match (arn.service(), arn.resource()) {
        (_, r) if r.starts_with("assumed-role") => Some("for a session it is the role's ARN"),
        ("iam", r) if r.starts_with("group/") => Some("groups make no requests"),
        ("iam", r) if r.starts_with("policy/") => Some("policies make no requests"),
        ("iam", "*" | "root") => None,
        ("iam", r)
            if !r.starts_with(['*', '?']) && !["user", "role", "r", "u"].iter().any(|k| r.starts_with(k)) =>
        {
            Some("it is a root user, a user, a role or a federated user")
        }
        ("sts", r) if !r.starts_with(['*', '?', 'f']) => {
            Some("it is a root user, a user, a role or a federated user")
        }
        _ => None,
    }
}

/// Condition keys that name accounts or hold ARNs with one.
const WITH_ACCOUNT: [&str; 8] = [
    "aws:PrincipalArn",
    "aws:PrincipalAccount",
    "aws:ResourceAccount",
    "aws:SourceAccount",
    "aws:SourceArn",
    "kms:CallerAccount",
    "kms:GranteePrincipal",
    "kms:RetiringPrincipal",
];

fn foreign_accounts(subject: &Subject<'_>, found: &mut Found<'_>) {
    let Some(own) = subject.account() else { return };
    for (_, test) in WITH_ACCOUNT.into_iter().flat_map(|key| on(subject, key)) {
        for value in fixed_values(test) {
            let account = value.text.parse().ok().or_else(|| value.text.parse::<Arn>().ok()?.account());
            if let Some(account) = account.filter(|account: &AccountId| *account != own) {
                found.word(value, format!("account {account} is not {own}, which the policy belongs to"));
            }
        }
    }
}

fn via_services(subject: &Subject<'_>, found: &mut Found<'_>) {
    for (_, test) in on(subject, "kms:ViaService").filter(|(_, test)| test.operator.starts_with("String")) {
        // A wildcard under an operator that does not read it is another rule's business.
        let read = |value: &&Word| test.operator.has_wildcards() || !glob::has_wildcard(&value.text);
        for value in fixed_values(test).filter(read).filter(|value| !can_be_via_service(test, &value.text)) {
            found.word(value, format!("kms:ViaService is never \"{}\"", value.text));
        }
    }
}

/// Whether a value can match `SERVICE.REGION.amazonaws.com`.
fn can_be_via_service(test: &Test, text: &str) -> bool {
    let wild = |part: &str| test.operator.has_wildcards() && glob::has_wildcard(part);
    let word = |part: &str| {
        wild(part) || (!part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
    };
    let region = |part: &str| wild(part) || part.parse::<gatekey_types::Region>().is_ok();
    match text.strip_suffix(".amazonaws.com").map(|head| head.split('.').collect::<Vec<_>>()) {
        Some(parts) => match parts.as_slice() {
            [service, name] => word(service) && region(name),
            [one] => wild(one),
            _ => parts.iter().any(|part| wild(part)),
        },
        None => {
            wild(text) && glob::matches(text, "ssm.us-east-1.amazonaws.com")
                || wild(text) && text.ends_with('*')
        }
    }
}

fn resource_aliases(subject: &Subject<'_>, found: &mut Found<'_>) {
    for (_, test) in on(subject, "kms:ResourceAliases") {
        found.word(&test.key, "a key policy never sees kms:ResourceAliases");
    }
}

fn alias_values(subject: &Subject<'_>, found: &mut Found<'_>) {
    for (_, test) in on(subject, "kms:RequestAlias").chain(on(subject, "kms:ResourceAliases")) {
        let text = test.operator.starts_with("String");
        for value in fixed_values(test).filter(|value| text && !can_be_alias(test, &value.text)) {
            found.word(value, format!("an alias name begins with alias/, and \"{}\" does not", value.text));
        }
    }
}

/// Whether a value can match a text that begins with `alias/`.
fn can_be_alias(test: &Test, text: &str) -> bool {
    let fixed = text.split(['*', '?']).next().unwrap_or_default();
    text.starts_with("alias/")
        || (test.operator.has_wildcards() && fixed != text && "alias/".starts_with(fixed))
}

fn mfa(subject: &Subject<'_>, found: &mut Found<'_>) {
    for (statement, test) in
        on(subject, "aws:MultiFactorAuthPresent").filter(|(_, t)| t.operator.base == "Bool")
    {
        let says = |text: &str| test.values.iter().any(|value| value.text.eq_ignore_ascii_case(text));
        // Two tests of two statements may share the work: a Deny where the key is absent closes the gap.
        let null_guard = subject.denies().any(|s| {
            s.tests.iter().any(|t| {
                t.is_on(&test.key.text)
                    && t.operator.base == "Null"
                    && t.values.iter().any(|v| v.text == "true")
            })
        });
        if statement.denies() && says("false") && !test.operator.if_exists && !null_guard {
            found.word(&test.operator_at, "requests with long-term access keys are not denied");
        }
        if statement.allows() && says("true") && test.operator.if_exists && !null_guard {
            found.word(&test.operator_at, "requests with long-term access keys need no second factor");
        }
    }
}

const NETWORK: [&str; 4] = ["aws:SourceIp", "aws:VpcSourceIp", "aws:SourceVpc", "aws:SourceVpce"];

fn networks(subject: &Subject<'_>, found: &mut Found<'_>) {
    for (statement, test) in NETWORK.into_iter().flat_map(|key| on(subject, key)) {
        let exempt = ["aws:ViaAWSService", "aws:PrincipalIsAWSService", "kms:ViaService", "aws:CalledVia"]
            .iter()
            .any(|key| statement.tests_key(key));
        if statement.denies() && test.operator.is_negated() && !exempt {
            found.word(&test.key, "requests that a service makes for somebody are denied too");
        }
    }
}

fn private_addresses(subject: &Subject<'_>, found: &mut Found<'_>) {
    for (_, test) in on(subject, "aws:SourceIp") {
        for value in test.values.iter().filter(|value| is_private(&value.text)) {
            found.word(value, format!("aws:SourceIp is never in {}", value.text));
        }
    }
}

fn is_private(text: &str) -> bool {
    match text.split('/').next().unwrap_or_default().parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_private() || address.is_loopback() || address.is_link_local(),
        Ok(IpAddr::V6(address)) => address.is_unique_local() || address == Ipv6Addr::LOCALHOST,
        Err(_) => false,
    }
}

fn context_of_asymmetric(subject: &Subject<'_>, found: &mut Found<'_>) {
    for statement in subject.statements() {
        let about_others = |test: &Test| {
            let symmetric = ["SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"];
            let on_kind = test.is_on("kms:KeySpec") || test.is_on("kms:KeyUsage");
            on_kind
                && test.is_positive()
                && !test.values.is_empty()
                && test.values.iter().all(|v| !symmetric.iter().any(|s| glob::matches(&v.text, s)))
        };
        let in_context = |test: &&Test| test.is_under("kms:EncryptionContext");
        if let (true, Some(test)) =
            (statement.tests.iter().any(about_others), statement.tests.iter().find(in_context))
        {
            found.word(
                &test.key,
                format!("keys of this kind have no encryption context, so {} is absent", test.key.text),
            );
        }
    }
}

/// Whether every principal that a statement names is of this kind: part of its ARN.
fn all_named_are(statement: &Statement, part: &str) -> bool {
    let principals = statement.principals();
    !principals.is_empty() && principals.iter().all(|named| named.word.text.contains(part))
}

fn usernames_of_roles(subject: &Subject<'_>, found: &mut Found<'_>) {
    for (statement, test) in on(subject, "aws:username").filter(|(_, test)| test.is_positive()) {
        if all_named_are(statement, ":role/") || all_named_are(statement, ":assumed-role/") {
            found.word(&test.key, "sessions of a role have no aws:username");
        }
    }
}

fn client_values(subject: &Subject<'_>, found: &mut Found<'_>) {
    for (_, test) in on(subject, "aws:referer").chain(on(subject, "aws:UserAgent")) {
        found.word(&test.key, format!("every client sets {} as it likes", test.key.text));
    }
}

fn source_arns_of_principals(subject: &Subject<'_>, found: &mut Found<'_>) {
    for (statement, test) in on(subject, "aws:SourceArn").chain(on(subject, "aws:SourceAccount")) {
        let identities =
            statement.principals().iter().all(|named| named.kind == "AWS" && !named.is_everybody());
        if test.is_positive() && identities && !statement.principals().is_empty() {
            found.word(&test.key, format!("users and roles have no {} in their requests", test.key.text));
        }
    }
}

fn principal_types(subject: &Subject<'_>, found: &mut Found<'_>) {
    for (statement, test) in on(subject, "aws:PrincipalType").filter(|(_, test)| test.is_positive()) {
        let fits = |kind: &str| {
            statement
                .principals()
                .iter()
                .any(|named| kinds_of_caller(&named.kind, &named.word.text).contains(&kind))
        };
        let named = !statement.principals().is_empty();
        let lawful = vocabulary::values_of(vocabulary::KeyName::AwsPrincipalType);
        for value in fixed_values(test).filter(|value| named && lawful.contains(&value.text.as_str())) {
            if !fits(&value.text) {
                found.word(value, format!("no principal of the statement is of the type {}", value.text));
            }
        }
    }
}

/// The types that a caller has whom a policy names so.
fn kinds_of_caller(member: &str, text: &str) -> &'static [&'static str] {
    match text {
        _ if member == "Service" => &[],
        _ if text.contains(":user/") => &["User", "FederatedUser"],
        _ if text.contains(":role/") || text.contains(":assumed-role/") => &["AssumedRole"],
        _ if text.contains(":federated-user/") => &["FederatedUser"],
        _ => &["Account", "User", "FederatedUser", "AssumedRole", "Anonymous"],
    }
}

fn objects_of_buckets(subject: &Subject<'_>, found: &mut Found<'_>) {
    for (_, test) in on(subject, "kms:EncryptionContext:aws:s3:arn") {
        let covers = |bucket: &str| test.values.iter().any(|value| glob::matches(&value.text, bucket));
        for value in &test.values {
            let bucket = value.text.split_once('/').map(|(bucket, _)| bucket);
            if let Some(bucket) = bucket.filter(|bucket| !covers(bucket)) {
                found.word(value, format!("with a bucket key the value is {bucket}, which this is not"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_aws_principal_arn_can_be() {
        for never in [
            "arn:aws:sts::111122223333:assumed-role/app/*",
            "arn:aws:iam::111122223333:group/devs",
            "arn:aws:iam::111122223333:assumed-role/app",
            "111122223333",
        ] {
            assert!(why_no_principal_arn(never).is_some(), "{never}");
        }
        for can_be in [
            "arn:aws:iam::111122223333:root",
            "arn:aws:iam::*:role/app",
            "arn:aws:iam::111122223333:*",
            "arn:aws:sts::111122223333:federated-user/f",
            "*",
        ] {
            assert_eq!(why_no_principal_arn(can_be), None, "{can_be}");
        }
    }

    #[test]
    fn private_and_public_addresses_are_told_apart() {
        for private in ["10.0.0.0/8", "192.168.1.1", "172.16.0.0/12", "fd00::/8", "127.0.0.1"] {
            assert!(is_private(private), "{private}");
        }
        for public in ["203.0.113.0/24", "8.8.8.8", "2001:db8::/32", "x"] {
            assert!(!is_private(public), "{public}");
        }
    }
}
