use super::*;
use crate::testing::{
    any_world, contexts, decided, entity, inline, key, key_statements, policy, principal, statement,
    witnessed, world,
};
use crate::who_can::Access;
use gatekey_policy::{ConditionKey, Context, Kind, key::KeyName};
use proptest::prelude::*;

type Case = (Context<'static>, Timestamp);

/// Requests that this caller could make: a session of a role always says whether it has a second factor.
fn requests(caller: &Caller<'_>) -> Vec<Case> {
    let is_session = matches!(caller.kind, CallerKind::Role | CallerKind::Session);
    let mfa = ConditionKey::from(KeyName::AwsMultiFactorAuthPresent);
    let fits = |(context, _): &Case| !is_session || context.entries().any(|(key, _)| key.is(&mfa));
    contexts().into_iter().filter(fits).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]
    #[test]
    fn every_change_that_any_request_sees_is_told_and_no_other(world in any_world(), next in key_statements()) {
        let old = world.the_key();
        let new = old.under(policy(Kind::Key, &next));
        let found = difference(&world, old, &new, None);
        prop_assert!(found.untold.is_empty(), "{:?}", found.untold);
        for action in [KmsAction::Decrypt, KmsAction::PutKeyPolicy] {
            for caller in world.residents() {
                let who = Who::of(&caller);
                for context in requests(&caller) {
                    let before = decided(&world, &caller, action, old, &context);
                    let after = decided(&world, &caller, action, &new, &context);
                    let effect = if after { Effect::Gained } else { Effect::Lost };
                    let is_told = found.changes.iter().any(|change| {
                        change.effect == effect && change.action == action && change.who.contains(&who)
                    });
                    prop_assert!(before == after || is_told, "{who:?} {effect:?} {action:?} {context:?}");
                }
            }
        }
    }

    #[test]
    fn the_witness_of_a_change_decides_as_it_says(world in any_world(), next in key_statements()) {
        let old = world.the_key();
        let new = old.under(policy(Kind::Key, &next));
        for change in difference(&world, old, &new, None).changes {
            let callers: Vec<_> = world.residents().chain(named_in(&world, [old, &new])).collect();
            let caller = callers.iter().find(|caller| Who::of(caller) == change.witness.who).unwrap();
            let decides = |key| witnessed(&world, caller, &change.witness, key);
            let is_gain = change.effect == Effect::Gained;
            prop_assert_eq!((decides(old), decides(&new)), (!is_gain, is_gain), "{:?}", &change.witness);
        }
    }

    #[test]
    fn a_proof_is_never_contradicted(world in any_world()) {
        let key = world.the_key();
        for caller in world.residents() {
            let whom = Whom::Principal(match caller.entity {
                Some(entity) => entity.arn.clone(),
                None => caller.account.unwrap().root.clone(),
            });
            let proof = prove_never(&world, key, &whom, KmsAction::Decrypt, None).unwrap();
            let mut all = requests(&caller).into_iter();
            let example = all.find(|case| decided(&world, &caller, KmsAction::Decrypt, key, case));
            match proof {
                Proof::Proved => prop_assert!(example.is_none(), "{} {example:?}", caller.name()),
                Proof::Counterexample(witness) => {
                    let meant: Vec<_> = world.callers();
                    let by = meant.iter().find(|caller| Who::of(caller) == witness.who).unwrap();
                    prop_assert!(witnessed(&world, by, &witness, key), "{witness}");
                }
                Proof::Unknown(why) => prop_assert!(false, "{why}"),
            }
            prop_assert!(example.is_none() || !matches!(proof_of(&world, &whom), Proof::Proved));
        }
    }
}

fn proof_of(world: &World, whom: &Whom) -> Proof {
    prove_never(world, world.the_key(), whom, KmsAction::Decrypt, None).unwrap()
}

#[test]
fn a_change_of_a_condition_is_lost_and_gained_each_with_a_request() {
    let under = |range: &str| {
        let rest = format!(r#""Condition":{{"IpAddress":{{"aws:SourceIp":"{range}"}}}}"#);
        key(&[statement("Allow", &["A:user/u"], &["kms:Decrypt"], &rest)])
    };
    let (old, new) = (under("10.0.0.0/8"), under("10.0.0.0/9"));
    let world = world(vec![entity("A:user/u")], old.clone());
    let found = difference(&world, &old, &new, None);
    let [lost] = found.changes.as_slice() else { panic!("{:?}", found.changes) };
    assert_eq!((lost.effect, lost.action), (Effect::Lost, KmsAction::Decrypt));
    assert_eq!(lost.witness.context, [("aws:SourceIp".to_owned(), vec!["10.128.0.1".to_owned()])]);
    assert!(matches!(*lost.before, Access::If { .. }));
    assert!(difference(&world, &old, &old, None).changes.is_empty());
    let back = difference(&world, &new, &old, None);
    assert_eq!(back.changes[0].effect, Effect::Gained);
}

#[test]
fn a_witness_says_everything_that_the_request_has_to_carry() {
    let rest = r#""Condition":{"StringEquals":{"aws:SourceVpc":"vpc-1","kms:ViaService":"ssm.us-east-1.amazonaws.com"}}"#;
    let new = key(&[statement("Allow", &["A:user/u"], &["kms:Decrypt"], rest)]);
    let old = key(&[statement("Allow", &["A:root"], &["kms:*"], "")]);
    let world = world(vec![entity("A:user/u")], old.clone());
    let found = difference(&world, &old, &new, None);
    let is_meant = |change: &&Change| change.effect == Effect::Gained;
    let [gained] = found.changes.iter().filter(is_meant).collect::<Vec<_>>()[..] else { panic!() };
    let named = |key: &str| gained.witness.context.iter().any(|(name, _)| name == key);
    assert!(named("aws:SourceVpc") && named("kms:ViaService"), "{:?}", gained.witness.context);
}

#[test]
fn those_to_whom_the_same_happens_are_told_together() {
    let old = key(&[statement("Allow", &["A:root"], &["kms:*"], "")]);
    let new = key(&[statement("Allow", &["A:root"], &["kms:Describe*"], "")]);
    let all = crate::testing::inline(&[statement("Allow", &[], &["kms:*"], "")]);
    let shared: Arc<[_]> = [all].into();
    let users = (0..50)
        .map(|n| crate::world::Entity { identity: Arc::clone(&shared), ..entity(&format!("A:user/u{n}")) });
    let world = world(users.collect(), old.clone());
    let found = difference(&world, &old, &new, None);
    let decrypt: Vec<_> = found.changes.iter().filter(|change| change.action == KmsAction::Decrypt).collect();
    assert_eq!(
        decrypt.iter().map(|change| change.who.len()).collect::<Vec<_>>(),
        [1, 50],
        "root, and the users"
    );
}

#[test]
fn what_ended_before_now_is_no_permission() {
    let rest = r#""Condition":{"DateLessThan":{"aws:CurrentTime":"2020-01-01"}}"#;
    let world = world(vec![entity("A:user/u")], key(&[statement("Allow", &["A:user/u"], &["kms:*"], rest)]));
    let now = Timestamp::from_seconds(1_790_000_000);
    let never =
        |since| prove_never(&world, world.the_key(), &Whom::Everyone, KmsAction::Decrypt, since).unwrap();
    assert!(matches!(never(Some(now)), Proof::Proved));
    assert!(matches!(never(None), Proof::Counterexample(_)));
}

#[test]
fn of_federated_users_nothing_is_proved_that_depends_on_who_asks_for_them() {
    let reader = crate::world::Entity {
        identity: [inline(&[statement("Allow", &[], &["kms:Decrypt"], "")])].into(),
        ..entity("A:user/reader")
    };
    let federated = Whom::Principal(principal("A:federated-user/fed"));
    let account = Whom::Account(principal("A:root").account());
    let proof = |users: Vec<crate::world::Entity>, policy: &[String], whom: &Whom, action| {
        let world = world(users, key(policy));
        prove_never(&world, world.the_key(), whom, action, None).unwrap()
    };
    // The account's own principals have what identity policies give; its root user has everything.
    let delegating = [statement("Allow", &["A:root"], &["kms:Decrypt"], "")];
    let Proof::Unknown(why) = proof(vec![reader.clone()], &delegating, &federated, KmsAction::Decrypt) else {
        panic!("it is not known who asks for it")
    };
    assert!(why.contains("federated user"), "{why}");
    assert!(matches!(
        proof(vec![reader.clone()], &delegating, &federated, KmsAction::Encrypt),
        Proof::Proved
    ));
    // Who is a federated user is no user: only what it is itself makes it allowed.
    let only = r#""Condition":{"StringEquals":{"aws:PrincipalType":"FederatedUser"}}"#;
    let hidden = [statement("Allow", &["A:root"], &["kms:Decrypt"], only)];
    for whom in [&federated, &account, &Whom::Everyone] {
        let found = proof(vec![reader.clone()], &hidden, whom, KmsAction::Decrypt);
        assert!(matches!(found, Proof::Unknown(_)), "{whom:?} {found:?}");
    }
    // Whom the policy names itself is allowed, whoever asked for it.
    let named = [statement("Allow", &["A:federated-user/fed"], &["kms:Decrypt"], "")];
    let found = proof(vec![], &named, &federated, KmsAction::Decrypt);
    assert!(matches!(found, Proof::Counterexample(_)), "{found:?}");
}

#[test]
fn a_question_about_nobody_names_who_is_missing() {
    let world = world(vec![], key(&[statement("Allow", &["A:root"], &["kms:*"], "")]));
    let whom = Whom::Principal(crate::testing::principal("A:user/gone"));
    let missing = prove_never(&world, world.the_key(), &whom, KmsAction::Decrypt, None).unwrap_err();
    assert_eq!(missing.to_string(), "the principal arn:aws:iam::111122223333:user/gone does not exist");
}
