//! The choices that no document settles and that the other tests of this crate do not show (authorization.md, `[I]`).

use super::*;

const ALL: &[&str] = &["kms:*"];

fn silent() -> Vec<String> {
    allows(&["s3:*"])
}

fn if_equals(key: &str, value: &str) -> String {
    format!(r#""Condition":{{"StringEquals":{{"{key}":"{value}"}}}}"#)
}

#[test]
fn inferred_unsigned_reach_a_key_by_nothing_not_even_where_everyone_is_allowed() {
    Case::new("anonymous", "kms:Decrypt").key_allows(&["*"], ALL, "").denied(Layer::Resource);
}

#[test]
fn inferred_arn_of_a_service_is_absent() {
    let absent = r#""Condition":{"Null":{"aws:PrincipalArn":"true"}}"#;
    Case::new("logs.us-east-1.amazonaws.com", "kms:Decrypt")
        .key_allows(&["*"], ALL, absent)
        .allowed(Layer::Resource);
}

#[test]
fn inferred_second_factor_of_a_root_user_is_told_by_temporary_credentials_alone() {
    let now = gatekey_types::Timestamp::from_seconds(1_795_326_898);
    for (credentials, seen) in [
        (Credentials::LongTerm, None),
        (Credentials::Temporary { issued: now, mfa: None }, Some("false")),
        (Credentials::Temporary { issued: now, mfa: Some(now) }, Some("true")),
    ] {
        for asked in ["true", "false"] {
            let mfa = format!(r#""Condition":{{"Bool":{{"aws:MultiFactorAuthPresent":"{asked}"}}}}"#);
            let case = Case::new("A:root", "kms:Decrypt").key_allows(&["A:root"], ALL, &mfa);
            let case = case.with(|case| case.principal.credentials = credentials);
            assert_eq!(case.decide().is_allowed(), seen == Some(asked), "{credentials:?} {asked}");
        }
    }
}

#[test]
fn inferred_identity_side_of_a_federated_user_without_a_session_policy_is_empty() {
    let case = || Case::new("A:federated-user/f", "kms:Decrypt").key_allows(&["A:user/u"], ALL, "");
    case().denied(Layer::Session);
    case().identity(vec![allows(ALL)]).denied(Layer::Session);
    case().session(vec![allows(ALL)]).allowed(Layer::Resource);
}

#[test]
fn inferred_class_of_everyone_is_free_of_boundary_and_session_policy_whatever_the_condition() {
    for condition in [String::new(), if_equals("kms:CallerAccount", A)] {
        let case = Case::new("A:assumed-role/r/s", "kms:Decrypt").key_allows(&["*"], ALL, &condition);
        case.boundary(silent()).session(vec![silent()]).allowed(Layer::Resource);
    }
}

#[test]
fn inferred_deny_reaches_all_of_an_account_that_it_names() {
    let deny = |caller| {
        let all = [statement("Allow", &["*"], ALL, ""), statement("Deny", &["A:root"], ALL, "")];
        Case::new(caller, "kms:Decrypt").key(&all)
    };
    for caller in ["A:root", "A:user/u", "A:assumed-role/r/s", "A:federated-user/f"] {
        deny(caller).explicitly_denied(Layer::Resource);
    }
    deny("logs.us-east-1.amazonaws.com").allowed(Layer::Resource);
    deny("B:user/x").identity(vec![allows(ALL)]).allowed(Layer::Resource);
}

#[test]
fn inferred_policy_or_grant_is_enough_to_make_a_grant() {
    let wide = GrantTerms { operations: [KmsAction::Encrypt].into_iter().collect(), ..GrantTerms::default() };
    let case = Case::new("A:user/u", "kms:CreateGrant")
        .grant("A:user/u", &[KmsAction::CreateGrant, KmsAction::Decrypt], Constraints::default())
        .with(|case| case.new_grant = Some(wide));
    case.clone().denied(Layer::Resource);
    case.key_allows(&["A:user/u"], &["kms:CreateGrant"], "").allowed(Layer::Resource);
}

#[test]
fn inferred_token_counts_for_the_grantee_alone_and_one_of_no_use_is_no_error() {
    let fresh = |caller, action, tokens: &[u8]| {
        Case::new(caller, action).grant("A:user/u", &[KmsAction::Decrypt], Constraints::default()).with(
            |case| {
                case.grants[0].1 = false;
                case.tokens = tokens.iter().map(|n| grant_id(*n)).collect();
            },
        )
    };
    fresh("A:user/u", "kms:Decrypt", &[0, 9]).allowed(Layer::Grant);
    fresh("A:user/v", "kms:Decrypt", &[0]).denied(Layer::Resource);
    fresh("A:user/u", "kms:Encrypt", &[0]).denied(Layer::Resource);
    let open = fresh("A:user/v", "kms:Encrypt", &[0, 9]).key_allows(&["A:user/v"], ALL, "");
    open.allowed(Layer::Resource);
}

#[test]
fn inferred_pin_of_a_grant_keeps_out_whoever_is_made_again_under_the_old_name() {
    let case =
        Case::new("A:user/u", "kms:Decrypt").grant("A:user/u", &[KmsAction::Decrypt], Constraints::default());
    let pinned = |id: &str| {
        let pin = Some(id.parse().unwrap());
        let arn = arn("A:user/u").parse().unwrap();
        case.clone().with(|case| case.grants[0].0.grantee = Party::Principal { arn, id: pin })
    };
    pinned("AIDA1111111111111111").allowed(Layer::Grant);
    pinned("AIDA2222222222222222").denied(Layer::Resource);
}

#[test]
fn inferred_guard_first_limits_a_grant_too() {
    let granted = || {
        Case::new("A:user/u", "kms:Decrypt").grant("A:user/u", &[KmsAction::Decrypt], Constraints::default())
    };
    granted().scp(vec![vec![silent()]]).explicitly_denied(Layer::ServiceControl);
    granted().rcp(vec![vec![]]).denied(Layer::ResourceControl);
    granted().endpoint(vec![statement("Allow", &["*"], &["s3:*"], "")]).denied(Layer::Endpoint);
}

#[test]
fn inferred_covers_its_key_by_a_star_or_by_the_keys_arn_with_case() {
    let on = |resource: &str| {
        let resource = format!(r#""Resource":"{resource}""#);
        Case::new("A:user/u", "kms:Decrypt").key_allows(&["A:user/u"], ALL, &resource)
    };
    on("*").allowed(Layer::Resource);
    on(KEY).allowed(Layer::Resource);
    on(&KEY.replace("0001", "0002")).denied(Layer::Resource);
    on(&KEY.replace("0a1b2c3d", "0A1B2C3D")).denied(Layer::Resource);
    on("arn:aws:kms:us-east-1:111122223333:alias/app").denied(Layer::Resource);
}

fn writes(statement: &str) -> Result<crate::Policy, crate::PolicyError> {
    crate::Policy::parse(&format!(r#"{{"Statement":[{statement}]}}"#), crate::Kind::Key)
}

#[test]
fn inferred_is_taken_for_an_action_though_aws_knows_none_of_the_name() {
    let foo = |action| statement("Allow", &["A:user/u"], &[action], "");
    assert!(writes(&foo("kms:Foo")).is_ok());
    assert!(writes(&foo("Decrypt")).is_err());
    Case::new("A:user/u", "kms:Decrypt").key(&[foo("kms:Foo")]).denied(Layer::Resource);
}

#[test]
fn inferred_is_taken_for_a_key_though_aws_knows_none_of_the_name() {
    let with = |key| statement("Allow", &["A:user/u"], &["kms:Decrypt"], &if_equals(key, "x"));
    assert!(writes(&with("kms:MadeUp")).is_ok());
    assert!(writes(&with("MadeUp")).is_err());
    let case = Case::new("A:user/u", "kms:Decrypt").key(&[with("kms:MadeUp")]);
    case.clone().denied(Layer::Resource);
    case.context("kms:MadeUp", "x").allowed(Layer::Resource);
}

#[test]
fn inferred_takes_no_provider_in_a_key_policy_and_finds_nobody_in_one_read_back() {
    let provider = r#"{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:saml-provider/corp"},
        "Action":"kms:*","Resource":"*"}"#;
    for caller in ["A:user/u", "A:federated-user/f", "A:assumed-role/r/s", "anonymous"] {
        Case::new(caller, "kms:Decrypt").key(&[provider.to_owned()]).denied(Layer::Resource);
    }
    let bearer = Case::new("anonymous", "kms:Decrypt").key(&[provider.to_owned()]).with(|case| {
        let provider = Some("arn:aws:iam::111122223333:saml-provider/corp".to_owned());
        case.principal.identity = Identity::Unsigned { provider };
    });
    bearer.denied(Layer::Resource);
    let text = format!(r#"{{"Statement":[{provider}]}}"#);
    let written = crate::Policy::parse(&text, crate::Kind::Key).unwrap();
    let error = written.pin(&mut |_| crate::Existence::Exists).unwrap_err();
    assert_eq!(error.message, crate::parse::INVALID_PRINCIPALS);
    assert_eq!(error.at.pointer, "/Statement/0/Principal/Federated");
    let trust = crate::Policy::parse(&text.replace(r#","Resource":"*""#, ""), crate::Kind::Trust).unwrap();
    assert!(trust.pin(&mut |_| crate::Existence::Exists).is_ok());
}

#[test]
fn inferred_name_of_the_silent_resource_control_policy_is_as_of_the_others() {
    let message = Case::new("A:user/u", "kms:Decrypt").rcp(vec![vec![]]).message();
    assert!(
        message.ends_with("because no resource control policy allows the kms:Decrypt action"),
        "{message}"
    );
}
