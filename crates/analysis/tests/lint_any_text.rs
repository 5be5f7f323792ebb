//! Whatever the linter is given, it answers, and in bounded time and space.

use gatekey_analysis::lint::{Kind, Scope, Severity, lint, rules};
use proptest::prelude::*;

fn scopes() -> impl Iterator<Item = Scope> {
    let account = "111122223333".parse().ok();
    let known = Kind::ALL.into_iter().map(move |kind| Scope { kind: Some(kind), account, key: None });
    known.chain([Scope::default()])
}

#[test]
fn every_example_under_every_kind_gives_an_answer_with_places_inside_the_text() {
    for text in rules().flat_map(|rule| [rule.bad_example(), rule.good_example()]) {
        let lines = text.lines().count().max(1);
        for scope in scopes() {
            for finding in lint(&text, &scope).findings {
                assert!(finding.start.line <= lines && finding.start <= finding.end, "{finding:?}");
                assert!(
                    finding.rule.kinds.contains(&scope.kind.unwrap_or(finding.rule.kinds[0])),
                    "{finding:?}"
                );
            }
        }
    }
}

#[test]
fn a_text_beyond_all_limits_is_one_finding() {
    let report = lint(&" ".repeat(300_000), &Scope::default());
    assert_eq!(report.findings.len(), 1);
    assert_eq!(report.findings[0].rule.name, "too-large");
}

#[test]
fn a_document_that_is_wrong_everywhere_is_reported_in_bounded_length() {
    let statement = r#"{"Effect": "x", "Principal": {"AWS": "arn:aws:iam::1:group/g"}, "Action": "kms:X", "Resourc": "y"}"#;
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, vec![statement; 500].join(","));
    let report = lint(&text, &Scope { kind: Some(Kind::Key), ..Scope::default() });
    assert!(report.count(Severity::Error) > 50);
    assert!(report.findings.len() <= 50 * rules().count());
}

#[test]
fn every_story_of_a_lockout_is_seen_before_it_happens() {
    let story = |name: &str, text: &str, expected: &[&str]| {
        let scope = Scope { kind: Some(Kind::Key), account: "111122223333".parse().ok(), key: None };
        let found: Vec<_> = lint(text, &scope).findings.iter().map(|finding| finding.rule.name).collect();
        for rule in expected {
            assert!(found.contains(rule), "{name}: {rule} is not among {found:?}");
        }
    };
    story(
        "an account number that was never filled in",
        r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*",
            "Condition": {"StringLike": {"aws:PrincipalArn": ["arn:aws:iam::${SOME_ACCOUNT_ID}:role/shib-admin", "arn:aws:iam::${SOME_ACCOUNT_ID}:root"]}}}]}"#,
        &["template-hole"],
    );
    story(
        "quotes from a blog post",
        "{\u{201c}Version\u{201d}: \u{201c}2012-10-17\u{201d}}",
        &["typographic-quote"],
    );
    story(
        "the account of an example",
        r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*", "Resource": "*"}]}"#,
        &["foreign-account"],
    );
    story(
        "actions that IAM alone decides",
        r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/KMSAdminRole"},
            "Action": ["kms:CreateKey", "kms:ListKeys", "kms:PutKeyPolicy", "kms:CancelKeyDeletion"], "Resource": "*"}]}"#,
        &["action-not-on-a-key"],
    );
    story(
        "the answer of GetKeyPolicy saved whole",
        r#"{"Policy": "{}", "PolicyName": "default"}"#,
        &["unknown-element"],
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_text_gives_an_answer(text in "\\PC{0,300}") {
        for scope in scopes() {
            lint(&text, &scope);
        }
    }

    #[test]
    fn an_example_with_a_byte_changed_gives_an_answer(
        at in any::<prop::sample::Index>(),
        byte in 32_u8..127,
        which in any::<prop::sample::Index>(),
    ) {
        let examples: Vec<String> = rules().filter(|rule| rule.name != "too-large" && rule.name != "nearly-too-large")
            .map(gatekey_analysis::lint::Rule::bad_example).collect();
        let mut bytes = examples[which.index(examples.len())].clone().into_bytes();
        let index = at.index(bytes.len());
        bytes[index] = byte;
        if let Ok(text) = String::from_utf8(bytes) {
            lint(&text, &Scope { kind: Some(Kind::Key), ..Scope::default() });
            lint(&text, &Scope::default());
        }
    }
}

#[test]
fn whatever_aws_refuses_is_an_error_of_some_rule() {
    for rule in rules() {
        let scope = rule.example_scope();
        let kind = if scope.kind == Some(Kind::Key) {
            gatekey_policy::Kind::Key
        } else {
            gatekey_policy::Kind::Identity
        };
        if !matches!(scope.kind, Some(Kind::Key | Kind::Identity)) {
            continue;
        }
        let text = rule.bad_example();
        if let Err(refusal) = gatekey_policy::Policy::parse(&text, kind) {
            let errors = lint(&text, &scope).count(Severity::Error);
            assert!(errors > 0, "{}: {refusal} {refusal:?}", rule.id);
        }
    }
}
