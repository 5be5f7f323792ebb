//! The laws that any authorizer of this kind owes, on generated cases that are biased to collide.

use super::*;
use proptest::prelude::*;

const CALLERS: [&str; 6] =
    ["A:root", "A:user/u", "A:assumed-role/r/s", "A:federated-user/u", "B:user/u", "B:assumed-role/r/s"];
const NAMED: [&str; 9] = [
    "*",
    "A:root",
    "B:root",
    "A:user/u",
    "A:role/r",
    "A:assumed-role/r/s",
    "A:federated-user/u",
    "B:user/u",
    "B:role/r",
];
const ACTIONS: [&str; 8] =
    ["*", "kms:*", "kms:*", "kms:*", "kms:Decrypt", "kms:PutKeyPolicy", "kms:De*", "s3:*"];
const CONDITIONS: [&str; 11] = [
    "",
    "",
    "",
    "",
    "",
    r#""Condition":{"StringEquals":{"x:a":"1"}}"#,
    r#""Condition":{"StringNotEquals":{"x:a":"1"}}"#,
    r#""Condition":{"StringEqualsIfExists":{"x:b":["1","2"]}}"#,
    r#""Condition":{"Null":{"x:b":"true"}}"#,
    r#""Condition":{"ForAllValues:StringEquals":{"x:c":["1","2"]},"StringLike":{"x:a":"${x:b}*"}}"#,
    r#""Condition":{"StringEquals":{"aws:PrincipalType":"Account"}}"#,
];

fn any_of(list: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    proptest::sample::select(list)
}

fn effect() -> impl Strategy<Value = &'static str> {
    prop_oneof![9 => Just("Allow"), 1 => Just("Deny")]
}

fn named_statement() -> impl Strategy<Value = String> {
    (effect(), any_of(&NAMED), any_of(&ACTIONS), any_of(&CONDITIONS))
        .prop_map(|(e, n, a, c)| statement(e, &[n], &[a], c))
}

fn plain_statement() -> impl Strategy<Value = String> {
    (effect(), any_of(&ACTIONS), any_of(&CONDITIONS)).prop_map(|(e, a, c)| statement(e, &[], &[a], c))
}

fn plain_statements() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec(plain_statement(), 1..3)
}

fn maybe<S: Strategy>(strategy: S) -> impl Strategy<Value = Option<S::Value>> {
    proptest::option::weighted(0.25, strategy)
}

/// What a key of the context can be: absent, one value, or several.
fn key_values() -> impl Strategy<Value = Values<'static>> {
    prop_oneof![
        Just(Values::Absent),
        prop_oneof![Just("1"), Just("2"), Just("")].prop_map(|v| Values::One(Value::from(v))),
        proptest::collection::vec(prop_oneof![Just("1"), Just("3")], 0..3)
            .prop_map(|vs| Values::Many(vs.into_iter().map(Value::from).collect())),
    ]
}

fn case() -> impl Strategy<Value = Case> {
    let layers = (
        proptest::collection::vec(named_statement(), 1..4),
        proptest::option::weighted(0.7, plain_statements()),
        maybe(plain_statements()),
        maybe(plain_statements()),
        maybe(plain_statements()),
    );
    let grants = proptest::collection::vec((any_of(&NAMED[1..]), any::<bool>()), 0..3);
    let context = proptest::collection::vec(key_values(), 3);
    (any_of(&CALLERS), any_of(&["kms:Decrypt", "kms:PutKeyPolicy"]), layers, grants, context).prop_map(
        |(caller, action, (key, identity, boundary, session, scp), grants, context)| {
            let mut case = Case::new(caller, action).key(&key);
            for (name, values) in ["x:a", "x:b", "x:c"].into_iter().zip(context) {
                case.context.put(name.into(), values);
            }
            if let Some(statements) = identity {
                case = case.identity(vec![statements]);
            }
            if let Some(statements) = boundary {
                case = case.boundary(statements);
            }
            if let Some(statements) = session {
                case = case.session(vec![statements]);
            }
            if let Some(statements) = scp {
                case = case.scp(vec![vec![allows(&["*"])], vec![statements]]);
            }
            for (grantee, constrained) in grants {
                let constraints = if constrained { equals(&[("a", "1")]) } else { Constraints::default() };
                case = case.grant(grantee, &[KmsAction::Decrypt], constraints);
            }
            case
        },
    )
}

/// The case with a statement more in one of its layers.
fn with_more(case: &Case, layer: u8, effect: &str, action: &'static str, condition: &str) -> Case {
    let more = |kind, before: Option<&Policy>, statement: String| {
        let added = Policy::parse(&document(&[statement]), kind).unwrap();
        let statements =
            before.into_iter().flat_map(Policy::statements).chain(added.statements()).cloned().collect();
        let text = std::sync::Arc::from("");
        std::sync::Arc::new(Policy::new(kind, text, Version::V2012, None, statements, Pins::new()))
    };
    let plain = statement(effect, &[], &[action], condition);
    case.clone().with(|case| match layer % 4 {
        0 => {
            let named = statement(effect, &["*"], &[action], condition);
            case.key_policy = Some(more(Kind::Key, case.key_policy.as_deref(), named));
        }
        1 => case.identity.push(Attachment::inline("more", more(Kind::Identity, None, plain))),
        2 => {
            if let Some(boundary) = &case.boundary {
                let policy = more(Kind::Identity, Some(&boundary.policy), plain);
                case.boundary = Some(Attachment::inline("more", policy));
            }
        }
        _ => {
            if !case.session.is_empty() {
                case.session.push(Attachment::inline("more", more(Kind::Session, None, plain)));
            }
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn adding_a_deny_never_allows(case in case(), layer: u8, action in any_of(&ACTIONS), condition in any_of(&CONDITIONS)) {
        let more = with_more(&case, layer, "Deny", action, condition);
        prop_assert!(case.decide().is_allowed() || !more.decide().is_allowed());
    }

    #[test]
    fn adding_an_allow_never_denies(case in case(), layer: u8, action in any_of(&ACTIONS), condition in any_of(&CONDITIONS)) {
        let more = with_more(&case, layer, "Allow", action, condition);
        prop_assert!(!case.decide().is_allowed() || more.decide().is_allowed());
    }

    #[test]
    fn an_unconditional_deny_wins(case in case(), layer in 0..2_u8) {
        let more = with_more(&case, layer, "Deny", "kms:*", "");
        prop_assert_eq!(more.decide().outcome, Outcome::ExplicitDeny);
    }

    #[test]
    fn what_nothing_allows_is_denied(case in case()) {
        let without = case.with(|case| {
            case.key_policy = None;
            case.identity.clear();
            case.grants.clear();
        });
        prop_assert!(!without.decide().is_allowed());
    }

    #[test]
    fn the_order_of_policies_and_duplicates_do_not_matter(case in case()) {
        let verdict = case.decide();
        let turned = case.clone().with(|case| {
            let policy = case.key_policy.take().unwrap();
            let statements: Vec<Statement> = policy.statements().iter().rev().chain(policy.statements()).cloned().collect();
            let turned = Policy::new(Kind::Key, policy.text().clone(), policy.version(), None, statements.into(), Pins::new());
            case.key_policy = Some(std::sync::Arc::new(turned));
            case.identity.reverse();
            case.identity.extend(case.identity.clone());
            case.grants.reverse();
        });
        prop_assert_eq!(verdict.outcome, turned.decide().outcome);
    }

    #[test]
    fn across_accounts_both_sides_are_needed_unless_a_grant_opens(case in case()) {
        let foreign = case.principal.account().unwrap().as_str() == B && !case.principal.is_root();
        if foreign && case.decide().is_allowed() && case.decide().layer != Layer::Grant {
            let without = |change: fn(&mut Case)| case.clone().with(change).decide();
            let shut = without(|case| { case.key_policy = None; case.grants.clear(); });
            prop_assert!(!shut.is_allowed());
            let shut = without(|case| { case.identity.clear(); case.grants.clear(); });
            prop_assert!(!shut.is_allowed());
        }
    }

    #[test]
    fn a_management_operation_is_never_allowed_to_another_account(case in case()) {
        if case.principal.account().unwrap().as_str() == B && case.action == Action::Kms(KmsAction::PutKeyPolicy) {
            prop_assert!(!case.decide().is_allowed());
        }
    }

    #[test]
    fn a_trace_changes_no_verdict_and_each_offered_addition_would_allow(case in case()) {
        let (verdict, trace) = case.ask(decide_traced);
        prop_assert_eq!(&verdict, &case.decide());
        prop_assert!(!verdict.is_allowed() || trace.changes.is_empty());
    }

    /// Whatever the unknown keys turn out to be, the concrete decision agrees with the partial one, and the residue tells
    /// exactly which way it goes.
    #[test]
    fn partial_decisions_are_sound_and_their_residue_is_exact(case in case(), hidden in proptest::collection::vec(any::<bool>(), 3)) {
        let blurred = case.clone().with(|blurred| {
            let mut context = Context::new();
            for ((key, values), hide) in case.context.entries().zip(&hidden) {
                match hide {
                    true => context.set_unknown(UnknownKeys::Key(key.clone())),
                    false => context.put(key.clone(), values.clone()),
                };
            }
            blurred.context = context;
        });
        let concrete = case.decide().is_allowed();
        match blurred.ask(decide_partially) {
            Partial::Allowed(_) => prop_assert!(concrete),
            Partial::Denied(_) => prop_assert!(!concrete),
            Partial::AllowedIf(residue) => {
                prop_assert!(residue.is_complete);
                let met = case.ask(|request, policies| {
                    let question = Question { request, policies, assume: Assume::Against };
                    let applying = question.applying();
                    residue.is_met(|what| match what {
                        Decider::Statement(at) => applying.iter().any(|(other, _)| *other == at),
                        _ => false,
                    })
                });
                prop_assert_eq!(met, concrete, "{}", residue);
            }
        }
    }
}

/// The laws would hold of nothing if the cases were all of one kind.
#[test]
fn the_generated_cases_come_out_in_every_way() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut outcomes, mut open) = ([0; 3], 0);
    for _ in 0..600 {
        let case = case().new_tree(&mut runner).unwrap().current();
        outcomes[case.decide().outcome as usize] += 1;
        let blurred = case.with(|case| {
            case.context = Context::new();
            case.context.set_unknown(UnknownKeys::Everything);
        });
        open += usize::from(matches!(blurred.ask(decide_partially), Partial::AllowedIf(_)));
    }
    assert!(outcomes.iter().all(|count| *count > 60) && open > 30, "{outcomes:?} {open}");
}
