//! The lockout: who can change a key's policy, what a change does to that, and how few deletions it takes until nobody can.

mod distance;
mod frailty;
mod ways;

#[cfg(test)]
mod tests;

pub use distance::{Distance, MOST_EXACT};
pub use frailty::Frailty;

use crate::who_can::{Access, Holders, Who};
use crate::world::{Caller, Key, World};
use gatekey_policy::{Action, KmsAction};
use gatekey_types::Arn;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Someone who can change the key's policy.
#[derive(Clone, Debug)]
pub struct Admin {
    /// Who.
    pub who: Who,
    /// Whether always, and by what.
    pub access: Arc<Access>,
    /// On what it depends that may not be there when it is needed.
    pub frailties: Vec<Frailty>,
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
    let admins: Vec<Admin> = found.into_iter().map(|(caller, access)| Admin::new(&caller, access)).collect();
    let admins = frailty::with_single(admins);
    let is_frail = !admins.is_empty() && admins.iter().all(|admin| !admin.frailties.is_empty());
    Standing { key: key.arn.clone(), admins, distance, is_frail }
}

/// Whether nobody can change the key's policy. Where that is not sure the answer is no.
pub fn is_locked_out(world: &World, key: &Key) -> bool {
    ways::are_none(world, &admins(world, key))
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
        let names = |standing: &Option<Standing>| -> BTreeSet<Who> {
            standing.iter().flat_map(|standing| &standing.admins).map(|admin| admin.who.clone()).collect()
        };
        let (old, new) = (names(&before), names(&after));
        Self {
            key,
            keeps: old.intersection(&new).cloned().collect(),
            loses: old.difference(&new).cloned().collect(),
            gains: new.difference(&old).cloned().collect(),
            before,
            after,
        }
    }
}

/// Whoever can change the policy, of the key's own account: no other account's principal ever can.
fn admins<'w>(world: &'w World, key: &'w Key) -> Vec<(Caller<'w>, Arc<Access>)> {
    let owner = key.arn.account();
    let Some(account) = owner.and_then(|owner| world.account(owner)).filter(|_| !key.is_aws_managed) else {
        return Vec::new();
    };
    let action = Action::from(ACTION);
    let mut holders = Holders::on_key(world, key, &action);
    let mut found = Vec::new();
    let root = Caller::root(account);
    let access = holders.decide(&root);
    found.push((root, access));
    for entity in &account.entities {
        let access = holders.of_entity(account, entity);
        if access.is_possible() {
            found.push((Caller::entity(account, entity), access));
        }
    }
    let particular = world.particular(key).into_iter();
    for caller in particular.filter(|caller| caller.account.map(|a| a.id()) == owner) {
        let access = holders.decide(&caller);
        found.push((caller, access));
    }
    found.retain(|(_, access)| access.is_possible());
    found
}

/// How this caller could change the key's policy; nothing for one that could not.
pub fn admin(world: &World, key: &Key, caller: &Caller<'_>) -> Option<Admin> {
    let access = crate::who_can::can(world, key, ACTION, caller);
    access.is_possible().then(|| Admin::new(caller, Arc::new(access)))
}

impl Admin {
    fn new(caller: &Caller<'_>, access: Arc<Access>) -> Self {
        let frailties = frailty::of(caller, &access);
        Self { who: Who::of(caller), access, frailties }
    }
}
