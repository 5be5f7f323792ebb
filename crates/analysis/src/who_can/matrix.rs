//! All that someone can do, and all that can be done with a key.

use super::{Access, Holder, WhoCan, can, who_can};
use crate::world::{Caller, Key, World};
use gatekey_policy::KmsAction;
use gatekey_types::Arn;

/// All that can be done with a key, and by whom.
#[derive(Clone, Debug)]
pub struct AccessMatrix {
    /// The key.
    pub key: Arn,
    /// Each action on keys that someone can do, in alphabetical order.
    pub actions: Vec<WhoCan>,
}

/// All that someone can do.
#[derive(Clone, Debug)]
pub struct WhatCan {
    /// On each key, what is possible.
    pub keys: Vec<(Arn, Vec<(KmsAction, Access)>)>,
    /// Whether all keys were looked at: no more than [`MOST_KEYS`] are.
    pub is_complete: bool,
}

/// More keys than this are not looked at for one principal.
pub const MOST_KEYS: usize = 10_000;

/// Every action that acts on a key.
pub(crate) fn key_actions() -> impl Iterator<Item = KmsAction> {
    KmsAction::all()
        .filter(|facts| facts.callable)
        .map(|facts| facts.action)
        .filter(|action| !action.is_iam_only())
}

/// Everyone who can do anything with the key.
pub fn access_matrix(world: &World, key: &Key) -> AccessMatrix {
    let answers = key_actions().filter_map(|action| who_can(world, key, action).ok());
    let actions = answers.filter(|answer| !answer.holders.is_empty()).collect();
    AccessMatrix { key: key.arn.clone(), actions }
}

impl AccessMatrix {
    /// What one principal can do, by the name it has in the answers.
    pub fn of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (KmsAction, &'a Holder)> {
        let holder = move |answer: &'a WhoCan| answer.holders.iter().find(|holder| *holder.who.name == *name);
        self.actions.iter().filter_map(move |answer| Some((answer.action, holder(answer)?)))
    }
}

/// All that the caller can do with any key.
pub fn what_can(world: &World, caller: &Caller<'_>) -> WhatCan {
    let possible = |key: &Key| {
        let all = key_actions().map(|action| (action, can(world, key, action, caller)));
        all.filter(|(_, access)| access.is_possible()).collect::<Vec<_>>()
    };
    let keys = world.keys.values().take(MOST_KEYS).map(|key| (key.arn.clone(), possible(key)));
    WhatCan {
        keys: keys.filter(|(_, actions)| !actions.is_empty()).collect(),
        is_complete: world.keys.len() <= MOST_KEYS,
    }
}
