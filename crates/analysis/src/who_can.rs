//! Who can do what: every principal on a key, with the condition that is left over.
//!
//! Exact, by partial evaluation: each decision is made by the code that decides real requests, with all open that a request
//! may or may not carry. Principals who cannot be told apart by any policy that has a say are decided once, so that a hundred
//! thousand of them cost what their different sets of policies cost.

mod access;
mod classes;
mod matrix;
mod words;

#[cfg(test)]
mod tests;

pub(crate) use access::grant_cases;
pub use access::{Access, Through, Why};
pub(crate) use classes::Holders;
pub(crate) use matrix::key_actions;
pub use matrix::{AccessMatrix, MOST_KEYS, WhatCan, access_matrix, what_can};
pub use words::{needs_in_words, residue_in_words};

use crate::world::{Caller, CallerKind, Entity, Inquiry, Key, World};
use gatekey_policy::{Action, KmsAction};
use gatekey_types::{AccountId, UniqueId};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// Who can do one thing with one key.
#[derive(Clone, Debug)]
pub struct WhoCan {
    /// The action.
    pub action: KmsAction,
    /// Everyone who can, always or on conditions: residents first, by account, then those whom the key names in particular.
    pub holders: Vec<Holder>,
    /// How many principals were asked about.
    pub asked: usize,
    /// How many of them had to be decided: the others have the same policies as one that was.
    pub decided: usize,
}

/// Someone who can.
#[derive(Clone, Debug)]
pub struct Holder {
    /// Who.
    pub who: Who,
    /// Whether always, and by what.
    pub access: Arc<Access>,
}

/// A principal as people know it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Who {
    /// What kind of caller.
    pub kind: CallerKind,
    /// Its ARN (of a role the role's own), a service's name, or `*`.
    pub name: Arc<str>,
    /// Its account.
    pub account: Option<AccountId>,
    /// The unique id of the user or role.
    pub id: Option<UniqueId>,
}

/// Of a user or role its id, which is shorter than its name and tells it apart as well.
impl Hash for Who {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.id {
            Some(id) => (self.kind, id).hash(state),
            None => (self.kind, &self.name).hash(state),
        }
    }
}

impl Who {
    /// How the caller is known.
    pub fn of(caller: &Caller<'_>) -> Self {
        let account = match caller.kind {
            CallerKind::Anyone => None,
            _ => caller.principal.account(),
        };
        Self {
            kind: caller.kind,
            name: caller.name().into(),
            account,
            id: caller.entity.map(|entity| entity.id.clone()),
        }
    }

    /// Of a user, or of any session of a role.
    pub(crate) fn kind_of(entity: &Entity) -> CallerKind {
        if entity.is_role() { CallerKind::Role } else { CallerKind::User }
    }

    /// A user, or any session of a role.
    pub(crate) fn of_entity(entity: &Entity) -> Self {
        Self {
            kind: Self::kind_of(entity),
            name: entity.arn.arn().shared(),
            account: Some(entity.arn.account()),
            id: Some(entity.id.clone()),
        }
    }
}

/// Why a question has no answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NoAnswer {
    /// The action acts on no key.
    NotAboutKeys(KmsAction),
    /// There is no such principal.
    NoSuchPrincipal(String),
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAboutKeys(action) => write!(f, "kms:{} does not act on a key", action.name()),
            Self::NoSuchPrincipal(name) => write!(f, "the principal {name} does not exist"),
        }
    }
}

impl std::error::Error for NoAnswer {}

/// Everyone who can do this with the key.
///
/// # Errors
/// The action acts on no key. Of actions that act on an alias too (`kms:CreateAlias`) the answer is about the key alone.
pub fn who_can(world: &World, key: &Key, action: KmsAction) -> Result<WhoCan, NoAnswer> {
    if action.is_iam_only() {
        return Err(NoAnswer::NotAboutKeys(action));
    }
    let asked = Action::from(action);
    let mut classes = Holders::on_key(world, key, &asked);
    let mut holders = Vec::new();
    for account in world.accounts.values() {
        let root = Caller::root(account);
        classes.asked += 1;
        keep(&mut holders, Who::of(&root), classes.decide(&root));
        for entity in &account.entities {
            let access = classes.of_entity(account, entity);
            if access.is_possible() {
                keep(&mut holders, Who::of_entity(entity), access);
            }
        }
    }
    for caller in world.particular(key) {
        classes.asked += 1;
        let access = classes.decide(&caller);
        // That conditions leave anyone at all is said only if they do.
        let inquiry = Inquiry::on_key(world, &caller, &asked, key);
        let is_ruled_out = caller.kind == CallerKind::Anyone
            && !access.is_always()
            && crate::search::find_allowed(inquiry, None).is_nothing();
        if !is_ruled_out {
            keep(&mut holders, Who::of(&caller), access);
        }
    }
    Ok(WhoCan { action, holders, asked: classes.asked, decided: classes.decided })
}

/// Whether one caller can do this with the key, and by what.
pub fn can(world: &World, key: &Key, action: KmsAction, caller: &Caller<'_>) -> Access {
    let action = Action::from(action);
    access::decide(&Inquiry::on_key(world, caller, &action, key))
}

fn keep(holders: &mut Vec<Holder>, who: Who, access: Arc<Access>) {
    if access.is_possible() {
        holders.push(Holder { who, access });
    }
}
