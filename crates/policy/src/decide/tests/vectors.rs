//! The vectors T1 to T30 of the specification.

use super::*;

const ALL: &[&str] = &["kms:*"];
const ROOT_ONLY: &str = r#""Condition":{"StringEquals":{"aws:PrincipalType":"Account"}}"#;

fn case(caller: &str) -> Case {
    Case::new(caller, "kms:Decrypt")
}

fn opens(principal: &str, caller: &str) -> Case {
    case(caller).key_allows(&[principal], ALL, "")
}

fn silent() -> Vec<String> {
    allows(&["s3:*"])
}

#[test]
fn t01_no_match_in_the_key_policy_is_a_resource_based_denial() {
    opens("A:user/other", "A:user/u").identity(vec![allows(ALL)]).denied(Layer::Resource);
}

#[test]
fn t02_delegation_without_an_identity_policy_is_an_identity_based_denial() {
    opens("A:root", "A:user/u").denied(Layer::Identity);
}

#[test]
fn t03_delegation_and_an_identity_policy_allow() {
    opens("A:root", "A:user/u").identity(vec![allows(ALL)]).allowed(Layer::Identity);
}

#[test]
fn t04_a_key_policy_that_names_the_user_is_enough() {
    opens("A:user/u", "A:user/u").allowed(Layer::Resource);
}

#[test]
fn t05_a_silent_boundary_does_not_limit_a_named_user() {
    opens("A:user/u", "A:user/u").boundary(silent()).allowed(Layer::Resource);
}

#[test]
fn t06_a_named_role_opens_for_its_sessions() {
    opens("A:role/r", "A:assumed-role/r/s").allowed(Layer::Resource);
}

#[test]
fn t07_a_silent_boundary_limits_a_named_role() {
    opens("A:role/r", "A:assumed-role/r/s").boundary(silent()).denied(Layer::Boundary);
}

#[test]
fn t08_a_silent_session_policy_limits_a_named_role() {
    opens("A:role/r", "A:assumed-role/r/s").session(vec![silent()]).denied(Layer::Session);
}

#[test]
fn t09_a_named_session_is_limited_by_neither() {
    let open = opens("A:assumed-role/r/s", "A:assumed-role/r/s");
    open.boundary(silent()).session(vec![silent()]).allowed(Layer::Resource);
}

#[test]
fn t10_another_session_of_the_role_is_not_the_named_one() {
    opens("A:assumed-role/r/s", "A:assumed-role/r/s2").denied(Layer::Resource);
}

fn everyone_if_principal_is(name: &str) -> Case {
    let condition = format!(r#""Condition":{{"ArnEquals":{{"aws:PrincipalArn":"{}"}}}}"#, arn(name));
    case("A:assumed-role/r/s").key_allows(&["*"], ALL, &condition)
}

#[test]
fn t11_everyone_with_the_role_as_a_condition_is_limited_by_neither() {
    everyone_if_principal_is("A:role/r").boundary(silent()).session(vec![silent()]).allowed(Layer::Resource);
}

#[test]
fn t12_principal_arn_of_a_session_is_the_role_and_never_the_session() {
    everyone_if_principal_is("A:assumed-role/r/s").denied(Layer::Resource);
}

#[test]
fn t13_an_account_statement_for_the_type_account_delegates_nothing() {
    let case = case("A:user/admin").key_allows(&["A:root"], ALL, ROOT_ONLY);
    case.identity(vec![allows(&["*"])]).denied(Layer::Resource);
}

#[test]
fn t14_an_account_statement_for_the_type_account_opens_for_the_root_user() {
    case("A:root").key_allows(&["A:root"], ALL, ROOT_ONLY).allowed(Layer::Resource);
}

#[test]
fn t15_the_root_user_has_no_right_of_its_own_on_a_key() {
    opens("A:user/u", "A:root").denied(Layer::Resource);
}

#[test]
fn t16_a_deny_in_an_identity_policy_beats_a_key_policy_that_names_the_user() {
    opens("A:user/u", "A:user/u").identity(vec![denies(ALL)]).explicitly_denied(Layer::Identity);
}

#[test]
fn t17_across_accounts_the_callers_side_must_allow_too() {
    opens("B:role/r", "B:assumed-role/r/s").denied(Layer::Identity);
}

#[test]
fn t18_across_accounts_both_sides_together_allow() {
    opens("B:root", "B:user/x").identity(vec![allows(ALL)]).allowed(Layer::Resource);
}

#[test]
fn t19_across_accounts_a_silent_boundary_limits_even_a_named_user() {
    opens("B:user/x", "B:user/x").identity(vec![allows(ALL)]).boundary(silent()).denied(Layer::Boundary);
}

#[test]
fn t20_no_policy_makes_a_management_operation_cross_account() {
    let case = Case::new("B:user/x", "kms:PutKeyPolicy").key_allows(&["B:root"], ALL, "");
    case.identity(vec![allows(ALL)]).denied(Layer::Resource);
}

#[test]
fn t21_a_federated_user_without_a_session_policy_has_nothing_of_its_parent() {
    opens("A:user/u", "A:federated-user/f").denied(Layer::Session);
}

#[test]
fn t22_a_named_federated_user_needs_no_session_policy() {
    opens("A:federated-user/f", "A:federated-user/f").allowed(Layer::Resource);
}

#[test]
fn t23_a_statement_delegates_its_own_actions_only() {
    let case = case("A:user/u").key_allows(&["A:root"], &["kms:DescribeKey"], "");
    case.identity(vec![allows(ALL)]).denied(Layer::Resource);
}

fn granted(constraints: Constraints) -> Case {
    case("A:user/u").key_allows(&["A:user/other"], ALL, "").grant(
        "A:user/u",
        &[KmsAction::Decrypt],
        constraints,
    )
}

#[test]
fn t24_an_equal_encryption_context_meets_an_equality() {
    granted(equals(&[("a", "1")])).context("kms:EncryptionContext:a", "1").allowed(Layer::Grant);
}

#[test]
fn t25_a_larger_encryption_context_does_not_meet_an_equality() {
    let case = granted(equals(&[("a", "1")])).context("kms:EncryptionContext:a", "1");
    case.context("kms:EncryptionContext:b", "2").denied(Layer::Resource);
}

#[test]
fn t26_a_larger_encryption_context_meets_a_subset() {
    let case = granted(subset(&[("a", "1")])).context("kms:EncryptionContext:a", "1");
    case.context("kms:EncryptionContext:b", "2").allowed(Layer::Grant);
}

#[test]
fn t27_a_deny_in_the_key_policy_beats_a_grant() {
    let case = case("A:user/u").key(&[statement("Deny", &["*"], &["kms:Decrypt"], "")]);
    case.grant("A:user/u", &[KmsAction::Decrypt], Constraints::default()).explicitly_denied(Layer::Resource);
}

#[test]
fn t28_who_may_retire_a_grant() {
    let mut grant = grant(1, "A:user/v", &[KmsAction::Decrypt], Constraints::default());
    grant.retiring = Some(party("A:user/keeper"));
    let retires =
        |caller: &str| Case::new(caller, "kms:RetireGrant").with(|case| case.retiring = Some(grant.clone()));
    retires("A:user/v").denied(Layer::Identity);
    retires("A:user/keeper").allowed(Layer::Grant);
    retires("A:root").allowed(Layer::Grant);
}

#[test]
fn t29_an_scp_that_does_not_allow_binds_the_root_user_and_reads_as_an_explicit_deny() {
    let case = opens("A:root", "A:root").scp(vec![vec![allows(&["*"])], vec![silent()]]);
    case.explicitly_denied(Layer::ServiceControl);
    assert!(
        case.message().ends_with("with an explicit deny in a service control policy"),
        "{}",
        case.message()
    );
}

#[test]
fn t30_a_not_principal_deny_reaches_whoever_has_a_boundary() {
    let names = [arn("A:root"), arn("A:role/r"), arn("A:assumed-role/r/s")]
        .map(|name| format!("\"{name}\""))
        .join(",");
    let deny =
        format!(r#"{{"Effect":"Deny","NotPrincipal":{{"AWS":[{names}]}},"Action":"kms:*","Resource":"*"}}"#);
    let case = case("A:assumed-role/r/s").key(&[statement("Allow", &["A:role/r"], ALL, ""), deny]);
    case.allowed(Layer::Resource);
    case.boundary(allows(&["*"])).explicitly_denied(Layer::Resource);
}
