//! Every rule of the specification's first section that the vectors do not show.

use super::*;

const ALL: &[&str] = &["kms:*"];
const FULL: &[&str] = &["*"];

fn open() -> Case {
    Case::new("A:user/u", "kms:Decrypt").key_allows(&["A:user/u"], ALL, "")
}

fn delegated(action: &str) -> Case {
    Case::new("A:user/u", action).key_allows(&["A:root"], ALL, "").identity(vec![allows(ALL)])
}

/// A statement of a resource control policy or an endpoint policy.
fn for_everyone(effect: &str, actions: &[&str]) -> Vec<String> {
    vec![statement(effect, &["*"], actions, "")]
}

#[test]
fn without_any_policy_nothing_is_allowed() {
    for caller in
        ["A:root", "A:user/u", "A:assumed-role/r/s", "A:federated-user/f", "ec2.amazonaws.com", "anonymous"]
    {
        let verdict = Case::new(caller, "kms:Decrypt").decide();
        assert_eq!(verdict.outcome, Outcome::ImplicitDeny, "{caller}");
    }
}

#[test]
fn an_explicit_deny_of_every_layer_beats_every_allow() {
    open()
        .key(&[statement("Allow", &["A:user/u"], ALL, ""), statement("Deny", &["A:root"], ALL, "")])
        .explicitly_denied(Layer::Resource);
    open().identity(vec![allows(FULL), denies(ALL)]).explicitly_denied(Layer::Identity);
    open().boundary([allows(FULL), denies(ALL)].concat()).explicitly_denied(Layer::Boundary);
    open().session(vec![allows(FULL), denies(ALL)]).explicitly_denied(Layer::Session);
    open().scp(vec![vec![allows(FULL), denies(ALL)]]).explicitly_denied(Layer::ServiceControl);
    open()
        .rcp(vec![vec![for_everyone("Allow", FULL), for_everyone("Deny", ALL)]])
        .explicitly_denied(Layer::ResourceControl);
    open()
        .endpoint([for_everyone("Allow", FULL), for_everyone("Deny", ALL)].concat())
        .explicitly_denied(Layer::Endpoint);
}

#[test]
fn inferred_first_deny_of_several_follows_a_fixed_order() {
    let mut case =
        open().key(&[statement("Deny", &["*"], ALL, "")]).identity(vec![denies(ALL)]).boundary(denies(ALL));
    case = case.session(vec![denies(ALL)]).endpoint(for_everyone("Deny", ALL));
    case = case.rcp(vec![vec![for_everyone("Deny", ALL)]]).scp(vec![vec![denies(ALL)]]);
    case.explicitly_denied(Layer::ServiceControl);
    case.scp = None;
    case.explicitly_denied(Layer::ResourceControl);
    case.rcp = None;
    case.explicitly_denied(Layer::Endpoint);
    case.endpoint = None;
    case.explicitly_denied(Layer::Resource);
    case.key_policy = None;
    case.explicitly_denied(Layer::Identity);
    case.identity.clear();
    case.explicitly_denied(Layer::Boundary);
    case.boundary = None;
    case.explicitly_denied(Layer::Session);
}

#[test]
fn a_deny_on_the_account_reaches_every_principal_of_it() {
    for caller in ["A:root", "A:user/u", "A:assumed-role/r/s", "A:federated-user/f"] {
        let allow = statement("Allow", &["*"], ALL, "");
        let deny = statement("Deny", &["A:root"], ALL, "");
        Case::new(caller, "kms:Decrypt").key(&[allow, deny]).explicitly_denied(Layer::Resource);
    }
}

#[test]
fn every_level_of_service_control_policies_must_allow() {
    open()
        .scp(vec![vec![allows(FULL)], vec![allows(ALL)], vec![allows(&["kms:Decrypt"])]])
        .allowed(Layer::Resource);
    open().scp(vec![vec![allows(FULL)], vec![]]).explicitly_denied(Layer::ServiceControl);
    open().scp(vec![]).allowed(Layer::Resource);
}

#[test]
fn service_control_policies_do_not_bind_management_accounts_services_and_service_linked_roles() {
    let silent = || vec![vec![allows(&["s3:*"])]];
    open().scp(silent()).with(|case| case.management = Some(A.parse().unwrap())).allowed(Layer::Resource);
    open()
        .scp(silent())
        .with(|case| case.management = Some(B.parse().unwrap()))
        .explicitly_denied(Layer::ServiceControl);
    let service = Case::new("logs.us-east-1.amazonaws.com", "kms:Decrypt");
    service.key_allows(&["logs.us-east-1.amazonaws.com"], ALL, "").scp(silent()).allowed(Layer::Resource);
    let linked = Case::new("A:assumed-role/r/s", "kms:Decrypt").key_allows(&["*"], ALL, "").scp(silent());
    linked.clone().explicitly_denied(Layer::ServiceControl);
    linked.with(|case| make_service_linked(&mut case.principal)).allowed(Layer::Resource);
}

fn make_service_linked(principal: &mut Principal) {
    if let Identity::RoleSession { service_linked, .. } = &mut principal.identity {
        *service_linked = true;
    }
}

#[test]
fn resource_control_policies_bind_foreign_callers_and_services_but_not_aws_managed_keys() {
    let deny = || vec![vec![for_everyone("Allow", FULL), for_everyone("Deny", ALL)]];
    open().rcp(deny()).with(|case| case.aws_managed = true).allowed(Layer::Resource);
    open().rcp(deny()).with(|case| case.management = Some(A.parse().unwrap())).allowed(Layer::Resource);
    let service = Case::new("logs.us-east-1.amazonaws.com", "kms:Decrypt");
    service
        .key_allows(&["logs.us-east-1.amazonaws.com"], ALL, "")
        .rcp(deny())
        .explicitly_denied(Layer::ResourceControl);
    let foreign =
        Case::new("B:user/x", "kms:Decrypt").key_allows(&["B:root"], ALL, "").identity(vec![allows(ALL)]);
    foreign.rcp(deny()).explicitly_denied(Layer::ResourceControl);
    let linked = Case::new("A:assumed-role/r/s", "kms:Decrypt").key_allows(&["*"], ALL, "").rcp(deny());
    linked.with(|case| make_service_linked(&mut case.principal)).allowed(Layer::Resource);
}

#[test]
fn inferred_reach_without_a_resource_is_none_for_resource_control_policies() {
    let list = Case::new("A:user/u", "kms:ListKeys").on("*").identity(vec![allows(ALL)]);
    list.rcp(vec![vec![for_everyone("Deny", FULL)]]).allowed(Layer::Identity);
}

#[test]
fn an_endpoint_policy_must_allow_whatever_else_does() {
    open().endpoint(for_everyone("Allow", &["kms:Encrypt"])).denied(Layer::Endpoint);
    open().endpoint(for_everyone("Allow", ALL)).allowed(Layer::Resource);
}

#[test]
fn inferred_guard_first_is_reported_before_a_silent_key_policy() {
    let shut = || Case::new("A:user/u", "kms:Decrypt");
    shut().rcp(vec![vec![]]).scp(vec![vec![]]).denied(Layer::ResourceControl);
    shut()
        .scp(vec![vec![]])
        .endpoint(for_everyone("Allow", &["s3:*"]))
        .explicitly_denied(Layer::ServiceControl);
    shut().endpoint(for_everyone("Allow", &["s3:*"])).denied(Layer::Endpoint);
}

#[test]
fn actions_without_a_resource_are_decided_by_identity_policies_alone() {
    let list = |caller: &str| Case::new(caller, "kms:ListKeys").on("*");
    list("A:user/u").key_allows(&["*"], ALL, "").denied(Layer::Identity);
    list("A:user/u").identity(vec![allows(ALL)]).allowed(Layer::Identity);
    list("A:user/u").identity(vec![allows(ALL)]).boundary(allows(&["s3:*"])).denied(Layer::Boundary);
    list("A:assumed-role/r/s")
        .identity(vec![allows(ALL)])
        .session(vec![allows(&["s3:*"])])
        .denied(Layer::Session);
    list("A:root").allowed(Layer::Identity);
    list("A:root").scp(vec![vec![allows(&["s3:*"])]]).explicitly_denied(Layer::ServiceControl);
    list("A:user/u")
        .identity(vec![allows(ALL)])
        .with(|case| case.account = Some(B.parse().unwrap()))
        .denied(Layer::Resource);
    list("A:user/u")
        .key(&[statement("Deny", &["*"], ALL, "")])
        .identity(vec![allows(ALL)])
        .allowed(Layer::Identity);
}

#[test]
fn an_alias_is_asked_of_identity_policies_and_its_key_of_the_key_policy() {
    const ALIAS: &str = "arn:aws:kms:us-east-1:111122223333:alias/a";
    let on_alias = delegated("kms:CreateAlias").on(ALIAS);
    on_alias.allowed(Layer::Identity);
    on_alias.identity(vec![]).denied(Layer::Identity);
    delegated("kms:CreateAlias").key_allows(&["A:user/v"], ALL, "").denied(Layer::Resource);
}

#[test]
fn an_action_on_a_key_asked_of_no_key_is_denied() {
    delegated("kms:Decrypt").with(|case| case.key_policy = None).on("*").denied(Layer::Resource);
    let on_alias = delegated("kms:Decrypt").with(|case| case.key_policy = None);
    on_alias.on("arn:aws:kms:us-east-1:111122223333:alias/a").denied(Layer::Resource);
}

#[test]
fn tags_given_at_creation_need_an_identity_policy() {
    delegated("kms:TagResource").with(|case| case.key_policy = None).on("*").allowed(Layer::Identity);
}

#[test]
fn delegation_is_by_statement_and_its_condition() {
    let via = r#""Condition":{"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}}"#;
    let both = Case::new("A:user/u", "kms:Decrypt")
        .key(&[
            statement("Allow", &["A:root"], &["kms:Decrypt"], via),
            statement("Allow", &["A:root"], &["kms:Encrypt"], ""),
        ])
        .identity(vec![allows(ALL)]);
    both.clone().denied(Layer::Resource);
    both.context("kms:ViaService", "s3.us-east-1.amazonaws.com").allowed(Layer::Identity);
}

#[test]
fn inferred_layer_that_lacks_an_allow_first_is_reported() {
    let silent = || allows(&["s3:*"]);
    let session = || Case::new("A:assumed-role/r/s", "kms:Decrypt").key_allows(&["A:root"], ALL, "");
    session().boundary(silent()).session(vec![silent()]).denied(Layer::Identity);
    session().identity(vec![allows(ALL)]).boundary(silent()).session(vec![silent()]).denied(Layer::Boundary);
    session().identity(vec![allows(ALL)]).session(vec![silent()]).denied(Layer::Session);
    let named = session().key_allows(&["A:role/r"], ALL, "");
    named.boundary(silent()).session(vec![silent()]).denied(Layer::Boundary);
}

#[test]
fn a_federated_user_has_the_intersection_of_its_parents_policies_and_its_session_policy() {
    let case = Case::new("A:federated-user/f", "kms:Decrypt")
        .key_allows(&["A:root"], ALL, "")
        .identity(vec![allows(ALL)]);
    case.clone().denied(Layer::Session);
    case.clone().session(vec![allows(ALL)]).allowed(Layer::Identity);
    case.session(vec![allows(&["kms:Encrypt"])]).denied(Layer::Session);
}

#[test]
fn several_session_policies_allow_what_any_of_them_allows() {
    let case = Case::new("A:assumed-role/r/s", "kms:Decrypt")
        .key_allows(&["A:root"], ALL, "")
        .identity(vec![allows(ALL)]);
    case.session(vec![allows(&["s3:*"]), allows(&["kms:Decrypt"])]).allowed(Layer::Identity);
}

#[test]
fn inferred_root_needs_no_identity_policy_in_another_account_either() {
    let case = Case::new("B:root", "kms:Decrypt").key_allows(&["B:root"], ALL, "");
    case.clone().allowed(Layer::Resource);
    case.scp(vec![vec![allows(&["s3:*"])]]).explicitly_denied(Layer::ServiceControl);
}

#[test]
fn everyone_without_a_condition_includes_other_accounts_that_have_permission_at_home() {
    let case = Case::new("B:user/x", "kms:Decrypt").key_allows(&["*"], ALL, "");
    case.clone().denied(Layer::Identity);
    case.identity(vec![allows(ALL)]).allowed(Layer::Resource);
}

#[test]
fn a_root_users_session_for_one_task_is_held_to_the_task() {
    let task = |actions| vec![allows(actions)];
    let case = Case::new("A:root", "kms:PutKeyPolicy").key_allows(&["A:root"], ALL, "");
    case.clone().session(task(&["kms:PutKeyPolicy"])).allowed(Layer::Resource);
    case.session(task(&["kms:GetKeyPolicy"])).with(|case| assert!(!case.decide().is_allowed()));
    let list = Case::new("A:root", "kms:ListKeys").on("*");
    list.session(task(&["kms:GetKeyPolicy"])).denied(Layer::Session);
}

#[test]
fn resource_aliases_are_for_identity_policies_only() {
    let condition = r#""Condition":{"ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/a"}}"#;
    let with_alias = |case: Case| {
        case.with(|case| {
            case.context.set_many("kms:ResourceAliases", ["alias/a"]);
        })
    };
    with_alias(Case::new("A:user/u", "kms:Decrypt").key_allows(&["A:user/u"], ALL, condition))
        .denied(Layer::Resource);
    let by_identity = delegated("kms:Decrypt").identity(vec![vec![statement("Allow", &[], ALL, condition)]]);
    with_alias(by_identity).allowed(Layer::Identity);
}

#[test]
fn another_keys_arn_in_a_key_policy_means_nothing_and_the_keys_own_means_it() {
    let own = format!(r#""Resource":"{KEY}""#);
    open().key_allows(&["A:user/u"], ALL, &own).allowed(Layer::Resource);
    let other = r#""Resource":"arn:aws:kms:us-east-1:111122223333:key/other""#;
    open().key_allows(&["A:user/u"], ALL, other).denied(Layer::Resource);
}

mod generic {
    use super::*;

    const SECRET: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:s";
    const GET: &str = "secretsmanager:GetSecretValue";

    fn get(caller: &str) -> Case {
        Case::new(caller, GET).mode(Mode::Generic).on(SECRET)
    }

    #[test]
    fn within_one_account_either_side_suffices() {
        get("A:user/u").identity(vec![allows(&[GET])]).allowed(Layer::Identity);
        get("A:user/u").key_allows(&["A:user/u"], &[GET], "").allowed(Layer::Resource);
        get("A:user/u").denied(Layer::Identity);
        get("A:user/u").key_allows(&["A:root"], &[GET], "").denied(Layer::Identity);
        get("A:root").allowed(Layer::Identity);
    }

    #[test]
    fn limits_hold_by_the_way_in() {
        get("A:user/u")
            .key_allows(&["A:user/u"], &[GET], "")
            .boundary(allows(&["s3:*"]))
            .allowed(Layer::Resource);
        let role = get("A:assumed-role/r/s").key_allows(&["A:role/r"], &[GET], "");
        role.boundary(allows(&["s3:*"])).denied(Layer::Boundary);
        get("A:user/u").identity(vec![allows(&[GET])]).boundary(allows(&["s3:*"])).denied(Layer::Boundary);
    }

    #[test]
    fn across_accounts_both_sides_are_needed() {
        get("B:user/x").identity(vec![allows(&[GET])]).denied(Layer::Resource);
        get("B:user/x").key_allows(&["B:user/x"], &[GET], "").denied(Layer::Identity);
        get("B:user/x")
            .key_allows(&["B:user/x"], &[GET], "")
            .identity(vec![allows(&[GET])])
            .allowed(Layer::Resource);
    }
}

mod trust {
    use super::*;

    const ROLE: &str = "arn:aws:iam::111122223333:role/r";
    const ASSUME: &str = "sts:AssumeRole";

    fn trusts(principal: &str) -> String {
        let member = if principal.ends_with(".com") { "Service" } else { "AWS" };
        let whom = arn(principal);
        format!(r#"{{"Effect":"Allow","Principal":{{"{member}":"{whom}"}},"Action":"sts:AssumeRole"}}"#)
    }

    fn assume(caller: &str, principal: &str) -> Case {
        Case::new(caller, ASSUME).mode(Mode::Trust).on(ROLE).key(&[trusts(principal)])
    }

    #[test]
    fn a_trust_policy_opens_as_a_key_policy_does() {
        assume("A:user/u", "A:user/u").allowed(Layer::Resource);
        assume("A:user/u", "A:root").denied(Layer::Identity);
        assume("A:user/u", "A:root").identity(vec![allows(&[ASSUME])]).allowed(Layer::Identity);
        assume("A:user/u", "A:user/v").identity(vec![allows(&["*"])]).denied(Layer::Resource);
        assume("ec2.amazonaws.com", "ec2.amazonaws.com").allowed(Layer::Resource);
        assume("B:user/x", "B:root").identity(vec![allows(&[ASSUME])]).allowed(Layer::Resource);
        assume("B:user/x", "B:root").denied(Layer::Identity);
    }

    #[test]
    fn the_bearer_of_a_providers_token_is_let_in_by_that_provider_only() {
        let provider = "arn:aws:iam::111122223333:oidc-provider/id.example.com";
        let text = format!(
            r#"{{"Effect":"Allow","Principal":{{"Federated":"{provider}"}},"Action":"sts:AssumeRoleWithWebIdentity"}}"#
        );
        let bearer = |provider: &str| {
            Case::new("anonymous", "sts:AssumeRoleWithWebIdentity")
                .mode(Mode::Trust)
                .on(ROLE)
                .key(std::slice::from_ref(&text))
                .with(|case| {
                    case.principal.identity = Identity::Unsigned { provider: Some(provider.to_owned()) };
                })
        };
        bearer(provider).allowed(Layer::Resource);
        bearer("arn:aws:iam::111122223333:oidc-provider/other").denied(Layer::Resource);
    }
}

mod messages {
    use super::*;

    #[test]
    fn each_reason_has_the_words_of_aws() {
        let start = format!(
            "User: arn:aws:iam::111122223333:user/u is not authorized to perform: kms:Decrypt on resource: {KEY} "
        );
        let words = |case: Case| {
            case.message().strip_prefix(&start).map(str::to_owned).unwrap_or_else(|| case.message())
        };
        let shut = || Case::new("A:user/u", "kms:Decrypt");
        for (case, suffix) in [
            (shut(), "because no resource-based policy allows the kms:Decrypt action"),
            (
                shut().key_allows(&["A:root"], ALL, ""),
                "because no identity-based policy allows the kms:Decrypt action",
            ),
            (
                delegated("kms:Decrypt").boundary(allows(&["s3:*"])),
                "because no permissions boundary allows the kms:Decrypt action",
            ),
            (
                open().endpoint(for_everyone("Allow", &["s3:*"])),
                "because no VPC endpoint policy allows the kms:Decrypt action",
            ),
            (open().identity(vec![denies(ALL)]), "with an explicit deny in an identity-based policy"),
            (open().boundary(denies(ALL)), "with an explicit deny in a permissions boundary"),
            (open().session(vec![denies(ALL)]), "with an explicit deny in a session policy"),
            (
                open().key(&[statement("Deny", &["*"], ALL, "")]),
                "with an explicit deny in a resource-based policy",
            ),
            (
                open().rcp(vec![vec![for_everyone("Deny", ALL)]]),
                "with an explicit deny in a resource control policy",
            ),
            (open().scp(vec![vec![denies(ALL)]]), "with an explicit deny in a service control policy"),
            (open().endpoint(for_everyone("Deny", ALL)), "with an explicit deny in a VPC endpoint policy"),
        ] {
            assert_eq!(words(case), suffix);
        }
    }

    #[test]
    fn an_explicit_deny_of_a_managed_policy_names_it() {
        let case = open().scp(vec![vec![denies(ALL)]]).with(|case| {
            let policy = policy(Kind::ServiceControl, &denies(ALL));
            let arn =
                "arn:aws:organizations::999999999999:policy/o-1/service_control_policy/p-1".parse().unwrap();
            case.scp = Some(vec![vec![Attachment::managed(&arn, policy)].into()]);
        });
        assert!(case.message().ends_with("service control policy: arn:aws:organizations::999999999999:policy/o-1/service_control_policy/p-1"));
    }

    #[test]
    fn of_another_accounts_key_nothing_is_revealed() {
        let case = Case::new("B:user/x", "kms:Decrypt").identity(vec![allows(ALL)]);
        let veil = "because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access";
        let user = "User: arn:aws:iam::444455556666:user/x is not authorized to perform: kms:Decrypt on";
        assert_eq!(case.message(), format!("{user} this resource {veil}"));
        let about = case
            .ask(|request, policies| decide(request, policies).message_about_ciphertext(request, policies));
        assert_eq!(about, format!("{user} the resource associated with this ciphertext {veil}"));
        let denied = case.key(&[statement("Deny", &["*"], ALL, "")]);
        assert_eq!(denied.message(), format!("{user} this resource {veil}"), "a deny reads as an absent key");
    }

    #[test]
    fn actions_without_a_resource_are_denied_on_a_star_and_sessions_by_their_own_name() {
        let case = Case::new("A:assumed-role/r/s", "kms:ListKeys").on("*");
        assert_eq!(
            case.message(),
            "User: arn:aws:sts::111122223333:assumed-role/r/s is not authorized to perform: kms:ListKeys on resource: * because no identity-based policy allows the kms:ListKeys action"
        );
    }
}

#[test]
fn a_permit_carries_what_was_asked_and_nothing_else_makes_one() {
    let verdict = open().decide();
    let permit = verdict.into_permit().unwrap();
    assert_eq!(permit.action(), &Action::Kms(KmsAction::Decrypt));
    assert_eq!(permit.resource().unwrap().as_str(), KEY);
    assert_eq!(permit.account().unwrap().as_str(), A);
}
