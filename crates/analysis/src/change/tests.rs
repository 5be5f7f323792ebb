use super::*;
use crate::lockout::{Forecast, forecast, is_locked_out, standing};
use crate::testing::{
    A, KEY, contexts, decided, entity, identity_statements, inline, key, key_statements, policy, statement,
    world,
};
use crate::who_can::Who;
use crate::world::Group;
use gatekey_policy::{Kind, KmsAction};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

type Texts = Vec<String>;

/// A world as plain data: who has what. Changes are made to it in the plainest way.
#[derive(Clone, Debug)]
struct Plain {
    managed: Vec<Texts>,
    controls: Vec<Texts>,
    holders: BTreeMap<&'static str, Held>,
    /// Which control policies are on the root, and on the account.
    places: [BTreeSet<usize>; 2],
    key: Texts,
    is_key_there: bool,
}

/// What a user, group or role has.
#[derive(Clone, Default, Debug)]
struct Held {
    inline: BTreeMap<&'static str, Texts>,
    attached: BTreeSet<usize>,
    boundary: Option<usize>,
}

const HOLDERS: [&str; 4] = ["A:group/g", "A:role/r", "A:user/u", "A:user/v"];
const PLACES: [&str; 2] = ["r-1", A];

fn arn(short: &str) -> Arn {
    crate::testing::arn(short).parse().unwrap()
}

fn managed(number: usize, texts: &Texts) -> Attachment {
    Attachment::managed(&arn(&format!("A:policy/m{number}")), policy(Kind::Identity, texts))
}

fn control(number: usize, texts: &Texts) -> Attachment {
    Attachment::managed(&arn(&format!("M:policy/p-{number}")), policy(Kind::ServiceControl, texts))
}

impl Plain {
    fn built(&self) -> World {
        let policies: Vec<Attachment> = self.managed.iter().enumerate().map(|(n, p)| managed(n, p)).collect();
        let own = |held: &Held| -> Vec<Attachment> {
            let inline = held.inline.iter();
            let inline = inline.map(|(name, texts)| Attachment::inline(*name, policy(Kind::Identity, texts)));
            inline.chain(held.attached.iter().map(|n| policies[*n].clone())).collect()
        };
        let of_group = self.holders.get("A:group/g").map(own).unwrap_or_default();
        let mut entities = Vec::new();
        for (short, held) in self.holders.iter().filter(|(short, _)| !short.contains("group")) {
            let mut one = entity(short);
            let mut identity = own(held);
            // The user u alone is in the group.
            if short.ends_with("/u") {
                one.groups = vec![arn("A:group/g")];
                one.from_groups = of_group.len();
                identity.extend(of_group.iter().cloned());
            }
            one.identity = identity.into();
            one.boundary = held.boundary.map(|n| policies[n].clone());
            entities.push(one);
        }
        let mut world = world(entities, key(&self.key));
        if !self.is_key_there {
            world.keys.clear();
        }
        world.management = Some(crate::testing::M.parse().unwrap());
        let full = policy(Kind::ServiceControl, &[statement("Allow", &[], &["*"], "")]);
        let levels = self.places.iter().map(|on| {
            let full = [Attachment::inline("full", Arc::clone(&full))];
            full.into_iter().chain(on.iter().map(|n| control(*n, &self.controls[*n]))).collect()
        });
        let account = world.of_account(A);
        account.groups = vec![Group { arn: arn("A:group/g"), policies: of_group.into() }];
        account.places = PLACES.map(str::to_owned).into();
        account.service_control = Some(levels.collect());
        world
    }

    /// Every change that there is something to change for, and the plain world after it. `fresh` is what new policies say.
    fn changes(&self, fresh: &Texts, fresh_key: &Texts) -> Vec<(Change, Self)> {
        let mut all = Vec::new();
        let mut add = |change: Change, edit: &dyn Fn(&mut Self)| {
            let mut after = self.clone();
            edit(&mut after);
            all.push((change, after));
        };
        let new_key = crate::world::Key::new(KEY.parse().unwrap(), policy(Kind::Key, fresh_key));
        add(Change::Key(Box::new(new_key)), &|to| {
            to.key = fresh_key.clone();
            to.is_key_there = true;
        });
        for short in HOLDERS {
            let held = &self.holders[short];
            let put = |of: &mut Self, policy: Option<&Texts>| {
                let inline = &mut of.holders.get_mut(short).unwrap().inline;
                match policy {
                    Some(policy) => drop(inline.insert("p", policy.clone())),
                    None => drop(inline.remove("p")),
                }
            };
            let changed = |policy| Change::Inline { of: arn(short), name: "p".to_owned(), policy };
            add(changed(Some(policy(Kind::Identity, fresh))), &|to| put(to, Some(fresh)));
            if held.inline.contains_key("p") {
                add(changed(None), &|to| put(to, None));
            }
            for (n, texts) in self.managed.iter().enumerate() {
                let (name, on) = (managed(n, texts).name.to_string(), arn(short));
                match held.attached.contains(&n) {
                    true => add(Change::Detached { from: on, policy: name }, &|to| {
                        to.holders.get_mut(short).unwrap().attached.remove(&n);
                    }),
                    false => add(Change::Attached { to: on, policy: managed(n, texts) }, &|to| {
                        to.holders.get_mut(short).unwrap().attached.insert(n);
                    }),
                }
            }
            if short.contains("group") {
                continue;
            }
            let who: PrincipalArn = crate::testing::principal(short);
            add(Change::Deletion(who.clone()), &|to| drop(to.holders.remove(short)));
            let of_bounds = |n: usize| Some(managed(n, &self.managed[n]));
            add(Change::Boundary { of: who.clone(), boundary: of_bounds(0) }, &|to| {
                to.holders.get_mut(short).unwrap().boundary = Some(0);
            });
            if held.boundary.is_some() {
                add(Change::Boundary { of: who, boundary: None }, &|to| {
                    to.holders.get_mut(short).unwrap().boundary = None;
                });
            }
        }
        add(Change::Managed(managed(0, fresh)), &|to| to.managed[0] = fresh.clone());
        add(Change::Control(control(0, fresh)), &|to| to.controls[0] = fresh.clone());
        for (at, place) in PLACES.into_iter().enumerate() {
            let (target, on) = (place.to_owned(), control(1, &self.controls[1]));
            match self.places[at].contains(&1) {
                true => {
                    let change =
                        Change::Unbound { control: Control::Service, target, policy: on.name.to_string() };
                    add(change, &|to| assert!(to.places[at].remove(&1)));
                }
                false => {
                    let change = Change::Bound { control: Control::Service, target, policy: on };
                    add(change, &|to| assert!(to.places[at].insert(1)));
                }
            }
        }
        all
    }
}

fn any_plain() -> impl Strategy<Value = Plain> {
    let texts = || proptest::collection::vec(identity_statements(), 2);
    let held = || {
        let inline = proptest::option::of(identity_statements());
        let attached = proptest::collection::btree_set(0..2_usize, 0..3);
        (inline, attached, proptest::option::weighted(0.2, 0..2_usize)).prop_map(
            |(inline, attached, boundary)| Held {
                inline: inline.map(|texts| ("p", texts)).into_iter().collect(),
                attached,
                boundary,
            },
        )
    };
    let on = || proptest::collection::btree_set(0..2_usize, 0..2);
    let holders = (held(), held(), held(), held());
    (texts(), texts(), holders, (on(), on()), key_statements(), proptest::bool::weighted(0.9)).prop_map(
        |(managed, controls, (g, r, u, v), (root, account), key, is_key_there)| Plain {
            managed,
            controls,
            holders: HOLDERS.into_iter().zip([Held { boundary: None, ..g }, r, u, v]).collect(),
            places: [root, account],
            key,
            is_key_there,
        },
    )
}

/// Who can change the policy as it follows from deciding every request; and who whatever the request carries.
fn by_brute_force(world: &World) -> (BTreeSet<Who>, BTreeSet<Who>) {
    let (mut some, mut all) = (BTreeSet::new(), BTreeSet::new());
    let Some(key) = world.keys.values().next() else { return (some, all) };
    let callers = world.residents().chain(world.particular(key));
    let owner = key.arn.account();
    for caller in callers.filter(|caller| caller.account.map(Account::id) == owner) {
        let who = Who::of(&caller);
        let allowed = |context: &_| decided(world, &caller, KmsAction::PutKeyPolicy, key, context);
        let allowed = contexts().iter().filter(|context| allowed(context)).count();
        if allowed > 0 {
            some.insert(who.clone());
        }
        if allowed == contexts().len() {
            all.insert(who);
        }
    }
    (some, all)
}

/// Which of those who are told may be told by a forecast: whoever is in `some` of a side must be, and who is said to be able
/// always must be in `all`.
fn check(told: &Forecast, before: &World, after: &World) -> Result<(), TestCaseError> {
    for (told, world) in [(&told.before, before), (&told.after, after)] {
        let (some, all) = by_brute_force(world);
        let admins = told.iter().flat_map(|standing| &standing.admins);
        let can: BTreeSet<Who> = admins.clone().map(|admin| admin.who.clone()).collect();
        let always: BTreeSet<Who> =
            admins.filter(|admin| admin.access.is_always()).map(|admin| admin.who.clone()).collect();
        prop_assert!(some.is_subset(&can), "{some:?} can, and {can:?} are told");
        prop_assert!(always.is_subset(&all), "{always:?} are told, and {all:?} always can");
    }
    Ok(())
}

/// How near to a lockout each key is, and whether all who can change its policy depend on something.
fn told(world: &World) -> Vec<(String, bool)> {
    let of = |key: &Key| {
        let told = standing(world, key);
        assert_eq!(told.distance.at_least() == 0, is_locked_out(world, key));
        (format!("{:?}", told.distance), told.is_frail)
    };
    world.keys.values().map(of).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    #[test]
    fn what_a_forecast_says_of_any_change_is_what_then_happens(
        plain in any_plain(), fresh in identity_statements(), fresh_key in key_statements(),
    ) {
        let before = plain.built();
        for (change, plain) in plain.changes(&fresh, &fresh_key) {
            let supposed = before.after(&change).unwrap();
            let then = plain.built();
            prop_assert_eq!(told(&supposed), told(&then), "{:?}", &change);
            for key in supposed.keys.keys() {
                let [said] = forecast(&before, &supposed, [key]).try_into().unwrap();
                let [happens] = forecast(&before, &then, [key]).try_into().unwrap();
                prop_assert_eq!(&said.keeps, &happens.keeps, "{:?}", &change);
                prop_assert_eq!(&said.loses, &happens.loses, "{:?}", &change);
                prop_assert_eq!(&said.gains, &happens.gains, "{:?}", &change);
                check(&said, &before, &then)?;
            }
        }
    }
}

#[test]
fn what_is_not_there_cannot_be_changed_and_is_named() {
    let world = world(vec![entity("A:user/u")], key(&[statement("Allow", &["A:root"], &["kms:*"], "")]));
    let nobody = arn("A:user/nobody");
    let (user, gone) = (arn("A:user/u"), crate::testing::principal("A:user/nobody"));
    let inline = |of: &Arn| Change::Inline { of: of.clone(), name: "p".to_owned(), policy: None };
    let unbounded = Change::Boundary { of: crate::testing::principal("A:user/u"), boundary: None };
    for (change, named) in [
        (Change::Deletion(gone), "user/nobody"),
        (inline(&nobody), "user/nobody"),
        (inline(&user), "'p'"),
        (Change::Detached { from: user.clone(), policy: "arn:of:it".to_owned() }, "arn:of:it"),
        (unbounded, "permissions boundary"),
    ] {
        let why = world.after(&change).unwrap_err().to_string();
        assert!(why.contains(named), "{why}");
    }
}

#[test]
fn what_a_user_has_twice_is_there_still_after_the_group_has_lost_it() {
    let own = [inline(&[statement("Allow", &[], &["kms:*"], "")])];
    let mut user = entity("A:user/u");
    user.groups = vec![arn("A:group/g")];
    user.identity = own.iter().chain(&own).cloned().collect();
    user.from_groups = 1;
    let mut world = world(vec![user], key(&[statement("Allow", &["A:root"], &["kms:*"], "")]));
    let policies = own.to_vec().into();
    world.of_account(A).groups = vec![Group { arn: arn("A:group/g"), policies }];
    let lost = Change::Inline { of: arn("A:group/g"), name: "p".to_owned(), policy: None };
    let after = world.after(&lost).unwrap();
    let has = |world: &World| world.entities().next().map(|(_, entity)| entity.identity.len());
    assert_eq!((has(&world), has(&after)), (Some(2), Some(1)));
    let own = Change::Inline { of: arn("A:user/u"), name: "p".to_owned(), policy: None };
    assert_eq!(has(&after.after(&own).unwrap()), Some(0));
}

#[test]
fn whoever_alone_could_assume_the_last_administrator_leaves_nobody_behind() {
    let mut role = entity("A:role/r");
    let trust = crate::testing::trust_statement(&["A:user/u"]);
    role.trust = Some(policy(Kind::Trust, &[trust]));
    let world = world(
        vec![entity("A:user/u").with(&[statement("Allow", &[], &["sts:AssumeRole"], "")]), role],
        key(&[statement("Allow", &["A:role/r"], &["kms:*"], "")]),
    );
    let after = world.after(&Change::Deletion(crate::testing::principal("A:user/u"))).unwrap();
    let [told] = forecast(&world, &after, world.keys.keys()).try_into().unwrap();
    assert!(told.is_lockout() && !told.is_nothing() && told.loses.is_empty());
}
