//! The lockout: who can change a key's policy, what a change does to that, and how few deletions it takes until nobody can.

mod distance;
mod frailty;
mod ways;

#[cfg(test)]
mod tests;

pub use distance::{Distance, MOST_EXACT};
pub use frailty::Frailty;

use crate::who_can::{Access, Holders, Who};
use crate::world::{Account, Caller, Entity, Key, World};
use gatekey_policy::{Action, KmsAction, Named};
use gatekey_types::Arn;
use std::collections::HashSet;
use std::sync::Arc;

/// Someone who can change the key's policy.
#[derive(Clone, Debug)]
pub struct Admin {
    /// Who.
    pub who: Who,
    /// Whether always, and by what.
    pub access: Arc<Access>,
    /// On what it depends that may not be there when it is needed.
    pub frailties: Arc<[Frailty]>,
}

/// How a key stands.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The key.
    pub key: Arn,
    /// Who can change its policy, perhaps on conditions. A root user among them cannot be deleted.
    pub admins: Vec<Admin>,
    /// How many deletions it takes until nobody can.
    pub distance: Distance,
    /// Whether everyone who can depends on something: a name of a session, an address, a time, a second factor, or being the
    /// only one.
    pub is_frail: bool,
}

/// What a change does to one key.
#[derive(Clone, Debug)]
pub struct Forecast {
    /// The key.
    pub key: Arn,
    /// Who can change its policy before and after.
    pub keeps: Vec<Who>,
    /// Who no longer can.
    pub loses: Vec<Who>,
    /// Who can from then on.
    pub gains: Vec<Who>,
    /// How it stood, where the key was there.
    pub before: Option<Standing>,
    /// How it will stand, where the key will be there.
    pub after: Option<Standing>,
}

impl Forecast {
    /// Whether the change takes the last one away who could, or the last who could assume a role that can.
    pub fn is_lockout(&self) -> bool {
        let is_out = |standing: &Option<Standing>| {
            standing.as_ref().map(|standing| standing.distance == Distance::LockedOut)
        };
        is_out(&self.after) == Some(true) && is_out(&self.before) != Some(true)
    }

    /// Whether it changes nothing for anyone.
    pub fn is_nothing(&self) -> bool {
        self.loses.is_empty() && self.gains.is_empty() && !self.is_lockout()
    }
}

/// The action without which nobody gets a key back.
const ACTION: KmsAction = KmsAction::PutKeyPolicy;

/// How the key stands.
pub fn standing(world: &World, key: &Key) -> Standing {
    let found = admins(world, key);
    let distance = distance::of(ways::of(world, &found));
    let admins = frailty::with_single(found.into_iter().map(|(admin, _)| admin).collect());
    let is_frail = !admins.is_empty() && admins.iter().all(|admin| !admin.frailties.is_empty());
    Standing { key: key.arn.clone(), admins, distance, is_frail }
}

/// Whether nobody can change the key's policy. Where that is not sure the answer is no.
pub fn is_locked_out(world: &World, key: &Key) -> bool {
    Lockouts::new(world, ways::MOST_PAIRS).is_locked_out(key) == Some(true)
}

/// Asks of one key of a world after another whether nobody can change its policy, with no more than so many decisions for all.
pub struct Lockouts<'w> {
    world: &'w World,
    search: ways::Search<'w>,
    /// Who could change the policy of the last key that names nobody who can: probably that of the next such key too.
    last: Option<&'w Entity>,
}

impl<'w> Lockouts<'w> {
    /// Asks nothing yet.
    pub fn new(world: &'w World, most: usize) -> Self {
        Self { world, search: ways::Search::new(world, most), last: None }
    }

    /// Whether nobody can change the key's policy; no, where that is not sure. Nothing where there were too many decisions before
    /// it was found out.
    ///
    /// Whoever probably can is asked first: the root user, whom the policy names, users; roles last, since of a role others have to
    /// be asked who can assume it.
    pub fn is_locked_out(&mut self, key: &Key) -> Option<bool> {
        let owner = key.arn.account().and_then(|owner| self.world.account(owner));
        let Some(account) = owner.filter(|_| !key.is_aws_managed) else { return Some(true) };
        let action = Action::from(ACTION);
        let mut holders = Holders::on_key(self.world, key, &action);
        for caller in likely(self.world, account, key) {
            let is_open =
                holders.access(&caller).is_possible() && self.search.has_way_to(caller.kind, caller.entity);
            if let Some(known) = self.known(is_open) {
                return known;
            }
        }
        let last = self.last.into_iter().filter(|entity| entity.arn.account() == account.id());
        let (roles, users): (Vec<&Entity>, Vec<&Entity>) =
            account.entities.iter().partition(|entity| entity.is_role());
        for entity in last.chain(users).chain(roles) {
            let is_possible = holders.of_entity(account, entity).is_possible();
            let is_open = is_possible && self.search.has_way_to(Who::kind_of(entity), Some(entity));
            if is_open {
                self.last = Some(entity);
            }
            if let Some(known) = self.known(is_open) {
                return known;
            }
        }
        Some(true)
    }

    /// How many more decisions there may be.
    pub fn left(&self) -> usize {
        self.search.left()
    }

    /// What is known after one more has been asked: nothing yet, that somebody can, or that it will not be found out.
    fn known(&mut self, is_open: bool) -> Option<Option<bool>> {
        match (self.search.count(1), is_open) {
            (false, _) => Some(None),
            (true, true) => Some(Some(false)),
            (true, false) => None,
        }
    }
}

/// The root user, those of its account whom the key's policy names, and sessions that policy or grants mean in particular.
fn likely<'w>(world: &'w World, account: &'w Account, key: &Key) -> Vec<Caller<'w>> {
    let own = |caller: &Caller<'w>| caller.account.map(Account::id) == Some(account.id());
    let named = key.policy.principals().filter_map(|element| match &element.named {
        Named::Principal { arn, .. } => world.caller(arn),
        _ => None,
    });
    let all = core::iter::once(Caller::root(account)).chain(named).chain(world.particular(key));
    all.filter(own).collect()
}

/// How all keys stand, those that nobody can change first, then those that are nearest to it. No more than `most` keys are
/// looked at; the answer says whether those are all.
pub fn health(world: &World, most: usize) -> (Vec<Standing>, bool) {
    let keys = world.keys.values().filter(|key| !key.is_aws_managed).take(most);
    let mut all: Vec<Standing> = keys.map(|key| standing(world, key)).collect();
    all.sort_by_key(|standing| (standing.distance.at_least(), !standing.is_frail));
    (all, world.keys.values().filter(|key| !key.is_aws_managed).count() <= most)
}

/// What the change from one world to the other does to the keys named.
pub fn forecast<'k>(before: &World, after: &World, keys: impl IntoIterator<Item = &'k Arn>) -> Vec<Forecast> {
    keys.into_iter().map(|key| of_key(before, after, key)).collect()
}

/// What putting this policy on the key does: the same as [`forecast`], without a second world.
pub fn forecast_policy(world: &World, old: Option<&Key>, new: &Key) -> Forecast {
    let before = old.map(|key| standing(world, key));
    Forecast::of(new.arn.clone(), before, Some(standing(world, new)))
}

fn of_key(before: &World, after: &World, arn: &Arn) -> Forecast {
    let standing_in = |world: &World| world.keys.get(arn).map(|key| standing(world, key));
    Forecast::of(arn.clone(), standing_in(before), standing_in(after))
}

impl Forecast {
    fn of(key: Arn, before: Option<Standing>, after: Option<Standing>) -> Self {
        let (old, new) = (names(before.as_ref()), names(after.as_ref()));
        let (keeps, loses): (Vec<&Who>, Vec<&Who>) = old.iter().partition(|who| new.contains(*who));
        // Where everyone who can was there before, nobody has to be looked up.
        let gains =
            if keeps.len() < new.len() { new.difference(&old).copied().collect() } else { Vec::new() };
        let [keeps, loses, gains] = [keeps, loses, gains].map(sorted);
        Self { key, keeps, loses, gains, before, after }
    }
}

fn names(standing: Option<&Standing>) -> HashSet<&Who> {
    standing.into_iter().flat_map(|standing| &standing.admins).map(|admin| &admin.who).collect()
}

fn sorted(mut names: Vec<&Who>) -> Vec<Who> {
    names.sort_unstable();
    names.into_iter().cloned().collect()
}

/// Whoever can change the policy, of the key's own account, each with the user or role that it is: no other account's principal
/// ever can.
fn admins<'w>(world: &'w World, key: &'w Key) -> Vec<(Admin, Option<&'w Entity>)> {
    let owner = key.arn.account();
    let Some(account) = owner.and_then(|owner| world.account(owner)).filter(|_| !key.is_aws_managed) else {
        return Vec::new();
    };
    let action = Action::from(ACTION);
    let mut holders = Holders::on_key(world, key, &action);
    let root = Caller::root(account);
    let mut found = vec![(Admin::new(&root, holders.decide(&root)), None)];
    let mut frailties = frailty::Shared::default();
    for entity in &account.entities {
        let access = holders.of_entity(account, entity);
        if access.is_possible() {
            let frailties = frailties.of(&access);
            found.push((Admin { who: Who::of_entity(entity), access, frailties }, Some(entity)));
        }
    }
    let particular = world.particular(key).into_iter();
    for caller in particular.filter(|caller| caller.account.map(|a| a.id()) == owner) {
        found.push((Admin::new(&caller, holders.decide(&caller)), caller.entity));
    }
    found.retain(|(admin, _)| admin.access.is_possible());
    found
}

/// How this caller could change the key's policy; nothing for one that could not.
pub fn admin(world: &World, key: &Key, caller: &Caller<'_>) -> Option<Admin> {
    let access = crate::who_can::can(world, key, ACTION, caller);
    access.is_possible().then(|| Admin::new(caller, Arc::new(access)))
}

impl Admin {
    fn new(caller: &Caller<'_>, access: Arc<Access>) -> Self {
        let frailties = frailty::of(caller, &access).into();
        Self { who: Who::of(caller), access, frailties }
    }
}
