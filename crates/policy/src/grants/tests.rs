use crate::testing::*;
use crate::*;

const NONE: fn() -> Constraints = Constraints::default;

fn shut(caller: &str, action: &str) -> Case {
    Case::new(caller, action).key_allows(&["A:user/other"], &["kms:*"], "")
}

fn granted(grantee: &str, caller: &str) -> Case {
    shut(caller, "kms:Decrypt").grant(grantee, &[KmsAction::Decrypt], NONE())
}

#[test]
fn a_grant_lets_its_grantee_do_its_operations_and_nothing_else() {
    granted("A:user/u", "A:user/u").allowed(Layer::Grant);
    granted("A:user/u", "A:user/v").denied(Layer::Resource);
    shut("A:user/u", "kms:Encrypt").grant("A:user/u", &[KmsAction::Decrypt], NONE()).denied(Layer::Resource);
}

#[test]
fn inferred_let_pass_by_boundary_and_session_policy_is_by_the_class_of_the_grantee() {
    let silent = || allows(&["s3:*"]);
    granted("A:user/u", "A:user/u").boundary(silent()).allowed(Layer::Grant);
    granted("A:role/r", "A:assumed-role/r/s").allowed(Layer::Grant);
    granted("A:role/r", "A:assumed-role/r/s").boundary(silent()).denied(Layer::Resource);
    granted("A:role/r", "A:assumed-role/r/s").session(vec![silent()]).denied(Layer::Resource);
    granted("A:assumed-role/r/s", "A:assumed-role/r/s")
        .boundary(silent())
        .session(vec![silent()])
        .allowed(Layer::Grant);
    granted("A:user/u", "A:federated-user/f").denied(Layer::Resource);
    granted("A:user/u", "A:federated-user/f").session(vec![allows(&["kms:*"])]).allowed(Layer::Grant);
}

#[test]
fn inferred_account_grantee_is_its_root_user_and_those_whom_identity_policies_allow() {
    granted("A:root", "A:root").allowed(Layer::Grant);
    granted("A:root", "A:user/u").denied(Layer::Resource);
    granted("A:root", "A:user/u").identity(vec![allows(&["kms:Decrypt"])]).allowed(Layer::Grant);
}

#[test]
fn inferred_cross_account_grant_no_iam() {
    granted("B:user/u", "B:user/u").allowed(Layer::Grant);
    granted("B:user/u", "B:user/u").identity(vec![denies(&["kms:*"])]).explicitly_denied(Layer::Identity);
}

#[test]
fn a_grant_that_has_not_spread_needs_its_token_and_the_token_needs_its_grantee() {
    let fresh = |caller| granted("A:user/u", caller).with(|case| case.grants[0].1 = false);
    fresh("A:user/u").denied(Layer::Resource);
    fresh("A:user/u").with(|case| case.tokens = vec![grant_id(0)]).allowed(Layer::Grant);
    fresh("A:user/u").with(|case| case.tokens = vec![grant_id(9)]).denied(Layer::Resource);
    fresh("A:user/v").with(|case| case.tokens = vec![grant_id(0)]).denied(Layer::Resource);
}

#[test]
fn inferred_same_context_name_is_without_case_and_the_value_with() {
    let bound = |name, value| {
        shut("A:user/u", "kms:Decrypt")
            .grant("A:user/u", &[KmsAction::Decrypt], equals(&[("Dept", "IT")]))
            .with(|case| {
                case.context.set_encryption_context([(name, value)]);
            })
    };
    bound("dEPT", "IT").allowed(Layer::Grant);
    bound("Dept", "it").denied(Layer::Resource);
}

#[test]
fn constraints_do_not_bind_operations_without_an_encryption_context() {
    let bound = |operation: KmsAction| {
        shut("A:user/u", &format!("kms:{}", operation.name())).grant(
            "A:user/u",
            &[operation],
            subset(&[("a", "1")]),
        )
    };
    bound(KmsAction::DescribeKey).allowed(Layer::Grant);
    bound(KmsAction::GenerateDataKeyPair).denied(Layer::Resource);
}

#[test]
fn a_source_arn_binds_every_operation() {
    let wanted = Constraints { source_arn: Some("arn:aws:s3:::bucket*".into()), ..NONE() };
    for operation in [KmsAction::Decrypt, KmsAction::DescribeKey] {
        let case = shut("logs.us-east-1.amazonaws.com", &format!("kms:{}", operation.name())).grant(
            "logs.us-east-1.amazonaws.com",
            &[operation],
            wanted.clone(),
        );
        case.clone().denied(Layer::Resource);
        case.clone().context("aws:SourceArn", "arn:aws:s3:::other").denied(Layer::Resource);
        case.context("aws:SourceArn", "arn:aws:s3:::bucket-1").allowed(Layer::Grant);
    }
}

#[test]
fn deny_statements_scps_and_endpoint_policies_limit_grants() {
    granted("A:user/u", "A:user/u")
        .scp(vec![vec![allows(&["s3:*"])]])
        .explicitly_denied(Layer::ServiceControl);
    let endpoint = vec![statement("Allow", &["*"], &["s3:*"], "")];
    granted("A:user/u", "A:user/u").endpoint(endpoint).denied(Layer::Endpoint);
    granted("A:user/u", "A:user/u").rcp(vec![vec![]]).denied(Layer::ResourceControl);
}

#[test]
fn a_grant_makes_a_grant_no_wider_than_itself() {
    let parent = subset(&[("a", "1")]);
    let asks = |operations: &[KmsAction], constraints: Constraints| {
        let terms = GrantTerms { operations: operations.iter().copied().collect(), constraints };
        shut("A:user/u", "kms:CreateGrant")
            .grant("A:user/u", &[KmsAction::CreateGrant, KmsAction::Decrypt], parent.clone())
            .with(|case| case.new_grant = Some(terms))
    };
    asks(&[KmsAction::Decrypt], subset(&[("A", "1"), ("b", "2")])).allowed(Layer::Grant);
    asks(&[KmsAction::Decrypt], NONE()).denied(Layer::Resource);
    asks(&[KmsAction::Encrypt], subset(&[("a", "1")])).denied(Layer::Resource);
    shut("A:user/u", "kms:CreateGrant")
        .grant("A:user/u", &[KmsAction::CreateGrant], NONE())
        .denied(Layer::Resource);
}

#[test]
fn who_creates_grants_by_policy_may_give_what_it_lacks() {
    let terms = GrantTerms { operations: [KmsAction::Decrypt].into_iter().collect(), constraints: NONE() };
    let case = Case::new("A:user/u", "kms:CreateGrant").key_allows(&["A:user/u"], &["kms:CreateGrant"], "");
    case.with(|case| case.new_grant = Some(terms)).allowed(Layer::Resource);
}

#[test]
fn constraints_of_a_child_are_the_same_or_stricter() {
    let one = || [("a", "1")];
    let two = || [("a", "1"), ("b", "2")];
    let terms =
        |constraints| GrantTerms { operations: [KmsAction::Decrypt].into_iter().collect(), constraints };
    for (parent, child, lawful) in [
        (NONE(), NONE(), true),
        (NONE(), equals(&one()), true),
        (subset(&one()), NONE(), false),
        (subset(&one()), subset(&one()), true),
        (subset(&one()), subset(&two()), true),
        (subset(&two()), subset(&one()), false),
        (subset(&one()), equals(&two()), true),
        (subset(&two()), equals(&one()), false),
        (subset(&one()), subset(&[("a", "2")]), false),
        (equals(&one()), equals(&one()), true),
        (equals(&one()), equals(&two()), false),
        (equals(&one()), subset(&one()), false),
        (equals(&one()), subset(&two()), false),
        (equals(&one()), NONE(), false),
    ] {
        assert_eq!(
            is_child_at_least_as_strict(&terms(parent.clone()), &terms(child.clone())),
            lawful,
            "{parent:?} {child:?}"
        );
    }
    let source = |arn: &str| Constraints { source_arn: Some(arn.into()), ..NONE() };
    assert!(!is_child_at_least_as_strict(&terms(source("arn:aws:s3:::a")), &terms(NONE())));
    assert!(is_child_at_least_as_strict(&terms(NONE()), &terms(source("arn:aws:s3:::a"))));
}

mod retirement {
    use super::*;

    fn retires(caller: &str, change: impl FnOnce(&mut Grant)) -> Case {
        let mut grant = grant(1, "A:user/grantee", &[KmsAction::Decrypt], NONE());
        grant.retiring = Some(party("A:role/keeper"));
        change(&mut grant);
        Case::new(caller, "kms:RetireGrant").with(|case| case.retiring = Some(grant))
    }

    #[test]
    fn the_key_policy_and_resource_control_policies_play_no_part() {
        let deny = |case: Case| {
            case.key(&[statement("Deny", &["*"], &["kms:*"], "")]).rcp(vec![vec![vec![statement(
                "Deny",
                &["*"],
                &["*"],
                "",
            )]]])
        };
        deny(retires("A:assumed-role/keeper/s", |_| {})).allowed(Layer::Grant);
        retires("A:user/x", |_| {}).key_allows(&["*"], &["kms:*"], "").denied(Layer::Identity);
    }

    #[test]
    fn the_permission_alone_retires_only_within_the_issuing_account() {
        retires("A:user/x", |_| {}).identity(vec![allows(&["kms:RetireGrant"])]).allowed(Layer::Grant);
        let foreign = |grant: &mut Grant| grant.issuing_account = B.parse().unwrap();
        retires("A:user/x", foreign).identity(vec![allows(&["kms:RetireGrant"])]).denied(Layer::Identity);
        retires("A:root", foreign).denied(Layer::Identity);
        retires("B:root", foreign).allowed(Layer::Grant);
        retires("B:user/x", foreign).identity(vec![allows(&["kms:RetireGrant"])]).allowed(Layer::Grant);
    }

    #[test]
    fn the_grantee_may_if_the_operation_is_granted() {
        let with_retire = |grant: &mut Grant| {
            grant.terms.operations = [KmsAction::RetireGrant].into_iter().collect();
            grant.terms.constraints = equals(&[("a", "1")]);
        };
        retires("A:user/grantee", with_retire).allowed(Layer::Grant);
        retires("A:user/grantee", |_| {}).denied(Layer::Identity);
    }

    #[test]
    fn an_account_as_retiring_principal_needs_the_permission_in_it() {
        let by_account = |grant: &mut Grant| grant.retiring = Some(party("B:root"));
        retires("B:root", by_account).allowed(Layer::Grant);
        retires("B:user/x", by_account).denied(Layer::Identity);
        retires("B:user/x", by_account).identity(vec![allows(&["kms:RetireGrant"])]).allowed(Layer::Grant);
    }

    #[test]
    fn explicit_denies_of_the_callers_own_policies_count() {
        let keeper = || retires("A:assumed-role/keeper/s", |_| {});
        keeper().identity(vec![denies(&["kms:*"])]).explicitly_denied(Layer::Identity);
        keeper().scp(vec![vec![denies(&["kms:*"])]]).explicitly_denied(Layer::ServiceControl);
    }

    #[test]
    fn without_a_grant_there_is_nothing_to_retire() {
        Case::new("A:root", "kms:RetireGrant").key_allows(&["*"], &["kms:*"], "").denied(Layer::Identity);
    }
}

mod children {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn pairs() -> impl Strategy<Value = BTreeMap<String, String>> {
        proptest::collection::btree_map("[abA]", "[12]", 0..3)
    }

    fn terms() -> impl Strategy<Value = GrantTerms> {
        let operations = [KmsAction::Decrypt, KmsAction::Sign, KmsAction::DescribeKey];
        let operations = proptest::sample::subsequence(operations.to_vec(), 0..3);
        let source = proptest::option::of(prop_oneof![Just("arn:aws:s3:::a*"), Just("arn:aws:s3:::ab")]);
        (operations, proptest::option::of(pairs()), proptest::option::of(pairs()), source).prop_map(
            |(operations, equals, subset, source)| GrantTerms {
                operations: operations.into_iter().collect(),
                constraints: Constraints {
                    encryption_context_equals: equals,
                    encryption_context_subset: subset,
                    source_arn: source.map(str::to_owned),
                },
            },
        )
    }

    fn lets(
        terms: &GrantTerms,
        operation: KmsAction,
        context: &BTreeMap<String, String>,
        source: bool,
    ) -> bool {
        let case = shut("A:user/u", &format!("kms:{}", operation.name())).with(|case| {
            let made = grant(1, "A:user/u", &[], NONE());
            case.grants.push((Grant { terms: terms.clone(), ..made }, true));
            for (name, value) in context {
                let key = ConditionKey::of(KeyName::KmsEncryptionContext, name.clone());
                case.context.put(key, Values::One(Value::from(value.clone())));
            }
            if source {
                case.context.set(KeyName::AwsSourceArn, "arn:aws:s3:::ab");
            }
        });
        case.decide().is_allowed()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, max_global_rejects: 100_000, ..ProptestConfig::default() })]

        /// Whatever a lawful child lets its grantee do, its parent let it do.
        #[test]
        fn a_child_grant_never_exceeds_its_parent(
            parent in terms(), child in terms(), context in pairs(), operation in 0..3_usize, source: bool,
        ) {
            prop_assume!(is_child_at_least_as_strict(&parent, &child));
            let operation = [KmsAction::Decrypt, KmsAction::Sign, KmsAction::DescribeKey][operation];
            prop_assert!(!lets(&child, operation, &context, source) || lets(&parent, operation, &context, source));
        }
    }
}
