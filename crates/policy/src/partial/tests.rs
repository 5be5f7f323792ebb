use super::*;
use crate::testing::*;
use crate::{ConditionKey, KeyName, UnknownKeys};

fn partially(case: &Case) -> Partial {
    case.ask(decide_partially)
}

fn residue(case: &Case) -> Residue {
    match partially(case) {
        Partial::AllowedIf(residue) => residue,
        other => panic!("{other:?}"),
    }
}

const OFFICE: &str = r#""Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#;

fn unknown(case: Case, key: &'static str) -> Case {
    case.with(|case| {
        case.context.set_unknown(UnknownKeys::Key(key.into()));
    })
}

fn decrypt(caller: &str) -> Case {
    Case::new(caller, "kms:Decrypt")
}

#[test]
fn what_does_not_depend_on_the_unknown_is_decided() {
    let open = unknown(decrypt("A:user/u").key_allows(&["A:user/u"], &["kms:*"], ""), "aws:SourceIp");
    assert!(matches!(partially(&open), Partial::Allowed(_)));
    let shut = unknown(decrypt("A:user/u").key_allows(&["A:user/v"], &["kms:*"], OFFICE), "aws:SourceIp");
    assert!(matches!(partially(&shut), Partial::Denied(_)));
}

#[test]
fn an_open_allow_is_spelled_out() {
    let case = unknown(decrypt("A:user/u").key_allows(&["A:user/u"], &["kms:*"], OFFICE), "aws:SourceIp");
    let residue = residue(&case);
    assert!(residue.is_complete);
    assert_eq!(residue.to_string(), r#"if (aws:SourceIp IpAddress "10.0.0.0/8")"#);
    assert!(!case.decide().is_allowed(), "a plain decision takes what is unknown against the caller");
}

#[test]
fn an_open_deny_is_an_exception() {
    let deny = statement(
        "Deny",
        &["*"],
        &["kms:*"],
        r#""Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}"#,
    );
    let case = decrypt("A:user/u").key(&[statement("Allow", &["A:user/u"], &["kms:*"], ""), deny]);
    let case = unknown(case, "aws:MultiFactorAuthPresent");
    assert_eq!(residue(&case).to_string(), r#"unless (aws:MultiFactorAuthPresent Bool "false")"#);
}

#[test]
fn both_sides_of_a_delegation_can_be_open_and_several_ways_are_told_apart() {
    let tagged = r#""Condition":{"StringEquals":{"aws:ResourceTag/team":"a"}}"#;
    let case = decrypt("A:user/u")
        .key(&[
            statement("Allow", &["A:root"], &["kms:*"], OFFICE),
            statement("Allow", &["A:user/u"], &["kms:*"], tagged),
        ])
        .identity(vec![vec![statement("Allow", &[], &["kms:*"], tagged)]])
        .with(|case| {
            case.context.set_unknown(UnknownKeys::Everything);
        });
    let residue = residue(&case);
    assert_eq!(residue.ways.len(), 2, "{residue}");
    let text = residue.to_string();
    assert!(
        text.contains(r#"(aws:SourceIp IpAddress "10.0.0.0/8" and aws:ResourceTag/team StringEquals "a")"#),
        "{text}"
    );
    assert!(text.contains(r#"(aws:ResourceTag/team StringEquals "a")"#), "{text}");
}

#[test]
fn a_grant_whose_constraint_is_open_is_a_way() {
    let case = decrypt("A:user/u")
        .key_allows(&["A:user/v"], &["kms:*"], "")
        .grant("A:user/u", &[crate::KmsAction::Decrypt], subset(&[("a", "1")]))
        .grant("A:user/u", &[crate::KmsAction::Decrypt], subset(&[("b", "2")]))
        .with(|case| {
            case.context.set_unknown(UnknownKeys::Family(KeyName::KmsEncryptionContext));
        });
    let text = residue(&case).to_string();
    assert!(text.contains(r#"(kms:EncryptionContext:a EncryptionContextSubset "1")"#), "{text}");
    assert!(text.contains(r#"(kms:EncryptionContext:b EncryptionContextSubset "2")"#), "{text}");
}

#[test]
fn a_resource_with_an_unknown_variable_is_open() {
    let resource = r#""Resource":"arn:aws:kms:*:*:key/${aws:PrincipalTag/key}""#;
    let case = decrypt("A:user/u").key_allows(&["A:root"], &["kms:*"], "").identity(vec![vec![statement(
        "Allow",
        &[],
        &["kms:*"],
        resource,
    )]]);
    let case = unknown(case, "aws:PrincipalTag/key");
    assert_eq!(residue(&case).to_string(), r#"if (Resource "arn:aws:kms:*:*:key/${aws:PrincipalTag/key}")"#);
}

#[test]
fn keys_that_follow_from_the_caller_or_cannot_be_in_the_request_are_known() {
    let everything = |case: Case| {
        case.with(|case| {
            case.context.set_unknown(UnknownKeys::Everything);
        })
    };
    let root_only = r#""Condition":{"StringEquals":{"aws:PrincipalType":"Account"}}"#;
    let case = everything(decrypt("A:user/u").key_allows(&["A:user/u"], &["kms:*"], root_only));
    assert!(matches!(partially(&case), Partial::Denied(_)));
    let foreign = r#""Condition":{"StringEquals":{"kms:MacAlgorithm":"HMAC_SHA_256"}}"#;
    let case = everything(decrypt("A:user/u").key_allows(&["A:user/u"], &["kms:*"], foreign));
    assert!(matches!(partially(&case), Partial::Denied(_)), "Decrypt carries no MAC algorithm");
    let key = ConditionKey::parse("aws:PrincipalArn");
    let case = decrypt("A:user/u").key_allows(&["A:user/u"], &["kms:*"], root_only).with(|case| {
        case.context.set_unknown(UnknownKeys::Key(key));
    });
    assert!(matches!(partially(&case), Partial::Denied(_)));
}
