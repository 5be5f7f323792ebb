use super::*;
use crate::testing::{any_world, entity, key, key_statements, policy, statement, trust_statement, world};
use crate::world::CallerKind;
use gatekey_policy::Kind;
use gatekey_types::PrincipalArn;
use proptest::prelude::*;

/// The world without these.
fn without(world: &World, gone: &[PrincipalArn]) -> World {
    let mut rest = world.clone();
    for account in rest.accounts.values_mut().map(Arc::make_mut) {
        account.entities.retain(|entity| !gone.contains(&entity.arn));
    }
    rest
}

/// Whether anybody can change the policy, users and roles that somebody can assume, followed one by one.
fn anybody(world: &World) -> bool {
    let key = world.the_key();
    let admins = admins(world, key);
    let mut live: Vec<PrincipalArn> =
        world.entities().filter(|(_, e)| !e.is_role()).map(|(_, e)| e.arn.clone()).collect();
    let assume: Action = "sts:AssumeRole".parse().unwrap();
    loop {
        let next = world.entities().find(|(_, role)| {
            role.is_role() && !live.contains(&role.arn) && {
                let mut holders = Holders::of_trust(world, role.arn.arn(), role, &assume);
                let mut starters = world.entities().filter(|(_, e)| live.contains(&e.arn));
                starters.any(|(account, e)| holders.decide(&Caller::entity(account, e)).is_possible())
            }
        });
        match next {
            Some((_, role)) => live.push(role.arn.clone()),
            None => break,
        }
    }
    admins.iter().any(|(admin, entity)| match (admin.who.kind, entity) {
        (CallerKind::Root, _) => true,
        (_, Some(entity)) => live.contains(&entity.arn),
        _ => false,
    })
}

/// The smallest number of deletions, by trying all sets.
fn exhaustively(world: &World) -> Option<usize> {
    let all: Vec<PrincipalArn> = world.entities().map(|(_, entity)| entity.arn.clone()).collect();
    let sets = 0..(1_u32 << all.len());
    let members = |bits: u32| {
        all.iter().enumerate().filter(move |(n, _)| bits & (1 << n) != 0).map(|(_, arn)| arn.clone())
    };
    let closing = sets.filter(|bits| !anybody(&without(world, &members(*bits).collect::<Vec<_>>())));
    closing.map(u32::count_ones).min().and_then(|count| usize::try_from(count).ok())
}

/// Trust between the users and roles of a random world.
fn with_trust(mut world: World, trusted: &[&'static str]) -> World {
    for (entity, whom) in
        world.of_account(crate::testing::A).entities.iter_mut().filter(|e| e.is_role()).zip(trusted)
    {
        entity.trust = Some(policy(Kind::Trust, &[trust_statement(&[whom])]));
    }
    world
}

/// Some of these.
fn some_of(all: [&'static str; 4], least: usize) -> impl Strategy<Value = Vec<&'static str>> {
    proptest::sample::subsequence(all.to_vec(), least..4)
}

fn whom() -> impl Strategy<Value = &'static str> {
    (0..4_usize).prop_map(|n| ["A:user/u", "A:role/q", "A:role/r", "A:user/v"][n])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]
    #[test]
    fn the_distance_is_that_of_trying_all_deletions(world in any_world(), first in whom(), second in whom()) {
        let world = with_trust(world, &[first, second]);
        let found = standing(&world, world.the_key());
        match (&found.distance, exhaustively(&world)) {
            (Distance::LockedOut, Some(0)) | (Distance::Unreachable, None) => {}
            (Distance::Exactly { count, set }, Some(least)) => {
                prop_assert_eq!(*count, least);
                prop_assert!(!anybody(&without(&world, set)));
            }
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn the_distance_is_that_of_trying_all_deletions_where_roles_share_who_may_assume_them(
        named in some_of(["A:role/q", "A:role/r", "A:role/s", "A:user/w"], 2),
        trusts in proptest::collection::vec(some_of(["A:role/s", "A:user/u", "A:user/v", "A:user/w"], 1), 3),
    ) {
        let mut entities: Vec<_> = ["A:user/u", "A:user/v", "A:user/w"].map(entity).into();
        for (role, trusted) in ["A:role/q", "A:role/r", "A:role/s"].into_iter().zip(trusts) {
            let trust = Some(policy(Kind::Trust, &[trust_statement(&trusted)]));
            entities.push(crate::world::Entity { trust, ..entity(role) });
        }
        let world = world(entities, key_for(&named, ""));
        let found = standing(&world, world.the_key());
        let least = exhaustively(&world);
        match found.distance {
            Distance::LockedOut => prop_assert_eq!(least, Some(0)),
            Distance::Exactly { count, set } => {
                prop_assert_eq!(Some(count), least);
                prop_assert!(!anybody(&without(&world, &set)));
            }
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn one_key_after_another_is_locked_out_as_each_alone_and_within_a_bound_at_most_not_told(
        world in any_world(), next in key_statements(), first in whom(), second in whom(),
    ) {
        let world = with_trust(world, &[first, second]);
        let other = world.the_key().under(policy(Kind::Key, &next));
        let keys = [&other, world.the_key(), &other];
        let alone = keys.map(|key| standing(&world, key).distance.at_least() == 0);
        for most in [1, 3, 8, 10_000] {
            let mut all = Lockouts::new(&world, most);
            for (key, alone) in keys.into_iter().zip(alone) {
                let told = all.is_locked_out(key);
                prop_assert!(told == Some(alone) || (told.is_none() && most < 10_000), "{told:?} {alone}");
            }
        }
    }

    #[test]
    fn a_forecast_is_what_then_happens(world in any_world(), gone in 0..5_usize) {
        let all: Vec<PrincipalArn> = world.entities().map(|(_, entity)| entity.arn.clone()).collect();
        let after = without(&world, &all[gone..=gone]);
        let key = world.the_key().arn.clone();
        let [told] = forecast(&world, &after, [&key]).try_into().unwrap();
        let can = |world: &World, who: &Who| world.callers().iter().any(|caller| {
            Who::of(caller) == *who && crate::who_can::can(world, world.the_key(), ACTION, caller).is_possible()
        });
        for caller in world.callers().iter().filter(|caller| caller.account.is_some()) {
            let who = Who::of(caller);
            let (before, then) = (can(&world, &who), can(&after, &who));
            prop_assert_eq!(told.keeps.contains(&who), before && then);
            prop_assert_eq!(told.loses.contains(&who), before && !then);
            prop_assert_eq!(told.gains.contains(&who), !before && then);
        }
    }
}

fn key_for(whom: &[&str], rest: &str) -> crate::world::Key {
    key(&[statement("Allow", whom, &["kms:*"], rest)])
}

#[test]
fn an_admin_who_depends_on_something_is_named() {
    let cases = [
        (r#""Bool":{"aws:MultiFactorAuthPresent":"true"}"#, "aws:MultiFactorAuthPresent Bool \"true\""),
        (r#""IpAddress":{"aws:SourceIp":"10.0.0.0/8"}"#, "aws:SourceIp IpAddress \"10.0.0.0/8\""),
        (r#""DateLessThan":{"aws:CurrentTime":"2027-01-01"}"#, "aws:CurrentTime DateLessThan \"2027-01-01\""),
    ];
    for (condition, said) in cases {
        let world = world(
            vec![entity("A:user/u")],
            key_for(&["A:user/u"], &format!(r#""Condition":{{{condition}}}"#)),
        );
        let found = standing(&world, world.the_key());
        let said = said.to_owned();
        let expected = match condition {
            text if text.contains("Multi") => Frailty::SecondFactor(said),
            text if text.contains("SourceIp") => Frailty::Address(said),
            _ => Frailty::Time(said),
        };
        assert_eq!(*found.admins[0].frailties, [expected, Frailty::OnlyOne]);
        assert!(found.is_frail);
    }
    let session = world(vec![entity("A:role/r")], key_for(&["A:assumed-role/r/deploy"], ""));
    let found = standing(&session, session.the_key());
    assert_eq!(found.admins[0].frailties[0], Frailty::SessionName("deploy".to_owned()));
}

#[test]
fn the_root_user_counts_as_undeletable_and_other_accounts_do_not_count() {
    let safe = world(vec![], key_for(&["A:root"], ""));
    assert_eq!(standing(&safe, safe.the_key()).distance, Distance::Unreachable);
    let foreign = world(vec![entity("B:user/x")], key_for(&["B:root"], ""));
    assert_eq!(standing(&foreign, foreign.the_key()).distance, Distance::LockedOut);
}

#[test]
fn a_role_is_lost_with_the_last_who_can_assume_it() {
    let mut role = entity("A:role/r");
    role.trust = Some(policy(Kind::Trust, &[trust_statement(&["A:user/u"])]));
    let world = world(vec![entity("A:user/u"), role], key_for(&["A:role/r"], ""));
    let Distance::Exactly { count: 1, set } = standing(&world, world.the_key()).distance else { panic!() };
    assert!(!anybody(&without(&world, &set)));
}

#[test]
fn many_admins_are_counted_even_beyond_the_exact_bound() {
    let users: Vec<String> = (0..20).map(|n| format!("A:user/u{n}")).collect();
    let names: Vec<&str> = users.iter().map(String::as_str).collect();
    let world = world(users.iter().map(|name| entity(name)).collect(), key_for(&names, ""));
    let found = standing(&world, world.the_key());
    assert!(matches!(found.distance, Distance::Exactly { count: 20, .. }), "{:?}", found.distance);
}

#[test]
fn a_policy_that_takes_the_last_one_away_is_a_lockout() {
    let world = world(vec![entity("A:user/u")], key_for(&["A:root"], ""));
    let new = key(&[statement("Allow", &["A:user/u"], &["kms:Decrypt"], "")]);
    let told = forecast_policy(&world, Some(world.the_key()), &new);
    assert!(told.is_lockout() && told.gains.is_empty());
    assert_eq!(told.loses.len(), 1);
}

/// Six roles, each of which up to three users can assume: to delete the user first who can assume most of them takes seven.
#[test]
fn the_fewest_deletions_are_found_where_the_most_useful_one_first_is_one_more() {
    let shared: [&[usize]; 4] = [&[1, 2, 3, 4], &[1, 2], &[3, 4], &[5, 6]];
    let own = (1..=6).map(|n| (format!("A:user/own{n}"), vec![n]));
    let of_several = shared.iter().enumerate().map(|(n, roles)| (format!("A:user/all{n}"), roles.to_vec()));
    let users: Vec<(String, Vec<usize>)> = own.chain(of_several).collect();
    let mut entities: Vec<_> = users.iter().map(|(name, _)| entity(name)).collect();
    let roles: Vec<String> = (1..=6).map(|n| format!("A:role/r{n}")).collect();
    for (n, role) in (1..).zip(&roles) {
        let trusted = users.iter().filter(|(_, roles)| roles.contains(&n)).map(|(name, _)| name.as_str());
        let trust = policy(Kind::Trust, &[trust_statement(&trusted.collect::<Vec<_>>())]);
        entities.push(crate::world::Entity { trust: Some(trust), ..entity(role) });
    }
    let names: Vec<&str> = roles.iter().map(String::as_str).collect();
    let world = world(entities, key_for(&names, ""));
    let Distance::Exactly { count, set } = standing(&world, world.the_key()).distance else { panic!() };
    assert_eq!((count, set.len()), (6, 6));
    assert!(!anybody(&without(&world, &set)));
}
