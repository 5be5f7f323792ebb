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
fn inferred_the_unsigned_reach_no_key_even_where_everyone_is_allowed() {
    Case::new("anonymous", "kms:Decrypt").key_allows(&["*"], ALL, "").denied(Layer::Resource);
}

#[test]
fn inferred_a_service_has_no_principal_arn() {
    let absent = r#""Condition":{"Null":{"aws:PrincipalArn":"true"}}"#;
    Case::new("logs.us-east-1.amazonaws.com", "kms:Decrypt")
        .key_allows(&["*"], ALL, absent)
        .allowed(Layer::Resource);
}

#[test]
fn inferred_a_root_user_with_temporary_credentials_says_whether_it_gave_a_second_factor() {
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
fn inferred_a_federated_user_without_a_session_policy_has_nothing_of_the_user_behind_it() {
    let case = || Case::new("A:federated-user/f", "kms:Decrypt").key_allows(&["A:user/u"], ALL, "");
    case().denied(Layer::Session);
    case().identity(vec![allows(ALL)]).denied(Layer::Session);
    case().session(vec![allows(ALL)]).allowed(Layer::Resource);
}

#[test]
fn inferred_everyone_is_not_limited_by_boundary_and_session_policy_whatever_the_condition() {
    for condition in [String::new(), if_equals("kms:CallerAccount", A)] {
        let case = Case::new("A:assumed-role/r/s", "kms:Decrypt").key_allows(&["*"], ALL, &condition);
        case.boundary(silent()).session(vec![silent()]).allowed(Layer::Resource);
    }
}

#[test]
fn inferred_a_deny_on_the_account_reaches_all_of_it() {
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
fn inferred_a_policy_and_a_grant_are_each_a_way_to_make_a_grant() {
    let wide = GrantTerms { operations: [KmsAction::Encrypt].into_iter().collect(), ..GrantTerms::default() };
    let case = Case::new("A:user/u", "kms:CreateGrant")
        .grant("A:user/u", &[KmsAction::CreateGrant, KmsAction::Decrypt], Constraints::default())
        .with(|case| case.new_grant = Some(wide));
    case.clone().denied(Layer::Resource);
    case.key_allows(&["A:user/u"], &["kms:CreateGrant"], "").allowed(Layer::Resource);
}

#[test]
fn inferred_a_token_is_no_bearers_right_and_one_of_no_use_is_no_error() {
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
fn inferred_whoever_is_made_again_under_the_old_name_has_no_grant_of_its_predecessor() {
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
fn inferred_control_and_endpoint_policies_limit_a_grant() {
    let granted = || {
        Case::new("A:user/u", "kms:Decrypt").grant("A:user/u", &[KmsAction::Decrypt], Constraints::default())
    };
    granted().scp(vec![vec![silent()]]).explicitly_denied(Layer::ServiceControl);
    granted().rcp(vec![vec![]]).denied(Layer::ResourceControl);
    granted().endpoint(vec![statement("Allow", &["*"], &["s3:*"], "")]).denied(Layer::Endpoint);
}

#[test]
fn inferred_a_key_policy_means_its_key_by_a_star_or_by_the_keys_arn_with_case() {
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

#[test]
fn inferred_names_that_aws_does_not_know_are_taken_and_mean_nothing() {
    let case = |action: &str, condition: &str| {
        Case::new("A:user/u", "kms:Decrypt").key_allows(&["A:user/u"], &[action], condition)
    };
    case("kms:Foo", "").denied(Layer::Resource);
    case("kms:Decrypt", &if_equals("kms:MadeUp", "x")).denied(Layer::Resource);
    case("kms:Decrypt", &if_equals("kms:MadeUp", "x")).context("kms:MadeUp", "x").allowed(Layer::Resource);
}

#[test]
fn inferred_an_identity_provider_is_refused_in_a_key_policy_and_names_nobody_in_one_read_back() {
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
fn inferred_a_silent_resource_control_policy_has_words_of_its_own() {
    let message = Case::new("A:user/u", "kms:Decrypt").rcp(vec![vec![]]).message();
    assert!(
        message.ends_with("because no resource control policy allows the kms:Decrypt action"),
        "{message}"
    );
}
