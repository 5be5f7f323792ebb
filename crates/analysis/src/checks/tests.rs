use super::*;
use crate::testing::{KEY, policy, statement};
use gatekey_policy::Kind;

fn key_policy(statements: &[String]) -> Arc<Policy> {
    policy(Kind::Key, statements)
}

fn allow(whom: &str, actions: &[&str], rest: &str) -> Arc<Policy> {
    key_policy(&[statement("Allow", &[whom], actions, rest)])
}

#[test]
fn a_policy_is_public_if_a_stranger_gets_in() {
    let condition = |text: &str| format!(r#""Condition":{{{text}}}"#);
    let key: Arn = KEY.parse().unwrap();
    for (text, is_public) in [
        ("", true),
        (r#""StringEquals":{"aws:PrincipalOrgID":"o-1"}"#, false),
        (r#""StringEquals":{"kms:CallerAccount":"111122223333"}"#, false),
        (r#""StringEquals":{"aws:SourceVpce":"vpce-1"}"#, false),
        (r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/*"}"#, false),
        (r#""IpAddress":{"aws:SourceIp":"10.0.0.0/8"}"#, false),
        (r#""IpAddress":{"aws:SourceIp":"0.0.0.0/0"}"#, true),
        (r#""StringEquals":{"kms:ViaService":"ssm.us-east-1.amazonaws.com"}"#, true),
        (r#""Bool":{"aws:SecureTransport":"true"}"#, true),
    ] {
        let rest = if text.is_empty() { String::new() } else { condition(text) };
        let found = no_public_access(&allow("*", &["kms:Decrypt"], &rest), Some(&key));
        assert_eq!(matches!(found, Checked::Fail(_)), is_public, "{text} {found:?}");
        assert_eq!(found.is_pass(), !is_public, "{text} {found:?}");
    }
    assert!(no_public_access(&allow("A:root", &["kms:*"], ""), None).is_pass());
}

#[test]
fn access_that_is_granted_to_anyone_is_found_and_denied_access_is_not() {
    let wants = |actions: &[&str]| actions.iter().map(|action| (*action).to_owned()).collect::<Vec<_>>();
    let granted = allow("A:user/u", &["kms:Decrypt"], "");
    assert!(!access_not_granted(&granted, None, &wants(&["kms:Decrypt"])).is_pass());
    assert!(!access_not_granted(&granted, None, &wants(&["kms:D*t"])).is_pass());
    assert!(access_not_granted(&granted, None, &wants(&["kms:PutKeyPolicy"])).is_pass());
    let users = r#""Condition":{"StringEquals":{"aws:PrincipalType":"User"}}"#;
    let key: Arn = KEY.parse().unwrap();
    assert!(
        !access_not_granted(&allow("A:root", &["kms:*"], users), Some(&key), &wants(&["kms:PutKeyPolicy"]))
            .is_pass()
    );
    let denied = key_policy(&[
        statement("Allow", &["A:user/u"], &["kms:*"], ""),
        statement("Deny", &["*"], &["kms:Decrypt"], ""),
    ]);
    assert!(access_not_granted(&denied, None, &wants(&["kms:Decrypt"])).is_pass());
}

#[test]
fn new_access_is_what_the_existing_policy_does_not_give() {
    let key: Arn = KEY.parse().unwrap();
    let mfa = r#""Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#;
    let (all, some) = (allow("A:user/u", &["kms:Decrypt"], ""), allow("A:user/u", &["kms:Decrypt"], mfa));
    assert!(no_new_access(&all, &some, Some(&key)).is_pass());
    let Checked::Fail(witness) = no_new_access(&some, &all, Some(&key)) else { panic!() };
    assert!(witness.who.name.ends_with("user/u") && witness.action.to_string() == "kms:Decrypt");
    assert!(!no_new_access(&all, &allow("A:root", &["kms:Decrypt"], ""), Some(&key)).is_pass());
}
