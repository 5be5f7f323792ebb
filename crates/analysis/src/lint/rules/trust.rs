//! GK62xx: trust policies, which say who may assume a role.

use crate::lint::document::{Statement, Test};
use crate::lint::glob;
use crate::lint::rule::{Check, Example, Found, Kind, Rule, Severity};
use crate::lint::subject::Subject;
use crate::nearest::suggestion;
use gatekey_types::{AccountId, PrincipalArn};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "GK6201",
        name: "trust-action",
        severity: Severity::Error,
        kinds: &[Kind::Trust],
        why: "A trust policy decides only how a role is assumed: actions of sts. AWS refuses others.",
        advice: "Use sts:AssumeRole, sts:AssumeRoleWithSAML or sts:AssumeRoleWithWebIdentity, with sts:TagSession or sts:SetSourceIdentity beside it. What the role may do stands in its own policies.",
        bad: Example::Statements(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/ci"}, "Action": "kms:Decrypt"}"#,
        ),
        good: Example::Statements(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/ci"}, "Action": "sts:AssumeRole"}"#,
        ),
        check: Check::Document(actions),
    },
    Rule {
        id: "GK6202",
        name: "trust-resource",
        severity: Severity::Error,
        kinds: &[Kind::Trust],
        why: "A trust policy is about its own role. AWS refuses a Resource in it.",
        advice: "Remove Resource.",
        bad: Example::Statements(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/ci"}, "Action": "sts:AssumeRole", "Resource": "*"}"#,
        ),
        good: Example::Statements(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/ci"}, "Action": "sts:AssumeRole"}"#,
        ),
        check: Check::Document(resources),
    },
    Rule {
        id: "GK6203",
        name: "trust-any-subject",
        severity: Severity::Security,
        kinds: &[Kind::Trust],
        why: "Everybody to whom the identity provider gives a token may assume the role: no condition says which subject. With public providers that is the whole world.",
        advice: "Add conditions on the provider's :sub and :aud (on SAML:aud and SAML:sub for SAML).",
        bad: Example::Statements(
            r#"{"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}}"#,
        ),
        good: Example::Statements(
            r#"{"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com", "token.actions.githubusercontent.com:sub": "repo:example/app:ref:refs/heads/main"}}}"#,
        ),
        check: Check::Document(any_subject),
    },
    Rule {
        id: "GK6204",
        name: "trust-without-external-id",
        severity: Severity::Security,
        kinds: &[Kind::Trust],
        why: "Another account may assume the role, and no external id is asked for. A provider who serves several customers can be made to act in the wrong one's account.",
        advice: "Add \"StringEquals\": {\"sts:ExternalId\": \"...\"}, or a condition on aws:PrincipalOrgID or aws:PrincipalArn.",
        bad: Example::Statements(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"}, "Action": "sts:AssumeRole"}"#,
        ),
        good: Example::Statements(
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"}, "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": "example-4711"}}}"#,
        ),
        check: Check::Document(without_external_id),
    },
];

const ASSUMING: [&str; 6] = [
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:SetContext",
    "sts:SetSourceIdentity",
    "sts:TagSession",
];

fn actions(subject: &Subject<'_>, found: &mut Found<'_>) {
    for word in subject.statements().iter().flat_map(Statement::action_words) {
        if !ASSUMING.iter().any(|action| glob::matches_folded(&word.text, action)) {
            let hint = suggestion(&word.text, ASSUMING);
            found.word(word, format!("\"{}\" is no way to assume a role{hint}", word.text));
        }
    }
}

fn resources(subject: &Subject<'_>, found: &mut Found<'_>) {
    for clause in subject.statements().iter().filter_map(|statement| statement.resource.as_ref()) {
        found.at(&clause.name_at, "a trust policy has no Resource");
    }
}

/// Whether a test fixes whom the provider speaks of: the subject, or something as telling.
fn fixes_subject(test: &Test) -> bool {
    let key = test.key.text.to_ascii_lowercase();
    let telling =
        [":sub", ":amr", ":email", ":oid", ":job_workflow_ref", ":repository", "saml:namequalifier"];
    let open = test.values.iter().any(|value| value.text == "*");
    test.is_positive() && !open && telling.iter().any(|end| key.ends_with(end))
}

fn any_subject(subject: &Subject<'_>, found: &mut Found<'_>) {
    for statement in subject.allows().filter(|statement| !statement.tests.iter().any(fixes_subject)) {
        for named in statement.principals().iter().filter(|named| named.kind == "Federated") {
            // A company's own SAML provider knows only its own people; its audience is what can be forgotten.
            let saml = named.word.text.contains(":saml-provider/");
            if !saml || !statement.tests_key("SAML:aud") {
                found.word(&named.word, "whoever has a token of this provider may assume the role");
            }
        }
    }
}

fn without_external_id(subject: &Subject<'_>, found: &mut Found<'_>) {
    let Some(own) = subject.account() else { return };
    let guards = ["sts:ExternalId", "aws:PrincipalOrgID", "aws:PrincipalArn", "aws:PrincipalOrgPaths"];
    for statement in subject.allows().filter(|s| !guards.iter().any(|key| s.tests_key(key))) {
        for named in statement.principals() {
            if let Some(account) = whole_account(&named.word.text).filter(|account| *account != own) {
                found.word(&named.word, format!("anybody in account {account} who may, assumes the role"));
            }
        }
    }
}

/// The account, if a principal is an account as a whole.
fn whole_account(text: &str) -> Option<AccountId> {
    text.parse().ok().or_else(|| match text.parse() {
        Ok(PrincipalArn::Root(_, account)) => Some(account),
        _ => None,
    })
}
