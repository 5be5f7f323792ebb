//! IAM Access Analyzer's checks of one key policy, whoever there is: access not granted, no new access, no public access.
//!
//! A check looks at the policy alone. Of everyone whom it names, and of anyone whom it does not, it takes for granted that
//! their own policies allow everything.

#[cfg(test)]
mod tests;

use crate::search::{Side, Sought, Witness, find, find_allowed};
use crate::who_can::key_actions;
use crate::world::{Caller, Inquiry, Key, World};
use gatekey_policy::{Action, KmsAction, Policy};
use gatekey_types::Arn;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How a check came out.
#[derive(Clone, Debug)]
pub enum Checked {
    /// It passes: proved.
    Pass,
    /// It does not: this request shows it.
    Fail(Witness),
    /// It could not be told, because of this. Whoever must answer with one or the other answers that it fails.
    Unknown(String),
}

impl Checked {
    /// Whether it passes.
    pub fn is_pass(&self) -> bool {
        matches!(self, Self::Pass)
    }
}

/// What stands for the key of a policy that is attached to none.
const ANY_KEY: &str = "arn:aws:kms:us-east-1:000000000001:key/00000000-0000-4000-8000-000000000000";

/// Whether the policy grants none of the actions to anyone: `CheckAccessNotGranted`. An action may have wildcards.
pub fn access_not_granted(policy: &Arc<Policy>, key: Option<&Arn>, actions: &[String]) -> Checked {
    let Some(key) = bare_key(policy, key) else { return no_key() };
    let meant = key_actions().filter(|action| {
        let name = format!("kms:{}", action.name()).to_lowercase();
        actions.iter().any(|wanted| matches_name(&wanted.to_lowercase(), &name))
    });
    first(meant, |action| {
        let asked = Action::from(action);
        each_caller(&[&key], |world, caller| find_allowed(Inquiry::on_key(world, caller, &asked, &key), None))
    })
}

/// Whether the new policy lets nobody do what the existing one does not let them: `CheckNoNewAccess`.
pub fn no_new_access(existing: &Arc<Policy>, new: &Arc<Policy>, key: Option<&Arn>) -> Checked {
    let (Some(old), Some(new)) = (bare_key(existing, key), bare_key(new, key)) else { return no_key() };
    first(key_actions(), |action| {
        let asked = Action::from(action);
        each_caller(&[&old, &new], |world, caller| {
            let side =
                |key, is_to_allow| Side { inquiry: Inquiry::on_key(world, caller, &asked, key), is_to_allow };
            find(&[side(&old, false), side(&new, true)], None)
        })
    })
}

/// Whether the policy lets in nobody of whom nothing is known: `CheckNoPublicAccess`. Someone of any account, in no
/// organization, from no network of AWS, from an address that the policy does not name: a policy that holds to fixed values of
/// any of these is not public.
pub fn no_public_access(policy: &Arc<Policy>, key: Option<&Arn>) -> Checked {
    let Some(key) = bare_key(policy, key) else { return no_key() };
    let world = World::default();
    let Some(stranger) = world.stranger() else { return no_key() };
    first(key_actions(), |action| {
        let asked = Action::from(action);
        find_allowed(Inquiry::on_key(&world, &stranger, &asked, &key), None)
    })
}

fn no_key() -> Checked {
    Checked::Unknown("the key cannot be told".to_owned())
}

/// The policy on a key that nothing else is known of.
fn bare_key(policy: &Arc<Policy>, key: Option<&Arn>) -> Option<Key> {
    let arn = key.cloned().or_else(|| ANY_KEY.parse().ok())?;
    Some(Key::new(arn, Arc::clone(policy)))
}

/// Fails at the first action for which something is found; what cannot be told counts after all others have passed.
fn first(
    actions: impl Iterator<Item = KmsAction>,
    mut search: impl FnMut(KmsAction) -> Sought<Witness>,
) -> Checked {
    let mut doubt = None;
    for action in actions.filter(|action| *action != KmsAction::RetireGrant) {
        match search(action) {
            Sought::Found(witness) => return Checked::Fail(witness),
            Sought::Unknown(why) => doubt = doubt.or(Some(why)),
            Sought::Nothing => {}
        }
    }
    doubt.map_or(Checked::Pass, Checked::Unknown)
}

/// Everyone whom the policies name, each in every way in which the name means someone, and anyone else.
fn each_caller(
    keys: &[&Key],
    mut search: impl FnMut(&World, &Caller<'_>) -> Sought<Witness>,
) -> Sought<Witness> {
    let world = World::default();
    let named = keys.iter().flat_map(|key| world.named_by(key)).map(|caller| (caller.name(), caller));
    let callers: BTreeMap<String, Caller<'_>> = named.collect();
    let mut doubt = None;
    for caller in callers.values() {
        match search(&world, caller) {
            Sought::Found(witness) => return Sought::Found(witness),
            Sought::Unknown(why) => doubt = Some(why),
            Sought::Nothing => {}
        }
    }
    doubt.map_or(Sought::Nothing, Sought::Unknown)
}

/// Whether the name matches a pattern of an action, both in lower case.
fn matches_name(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, rest)) => name.strip_prefix(start).is_some_and(|name| {
            (0..=name.len()).any(|at| name.get(at..).is_some_and(|tail| matches_name(rest, tail)))
        }),
    }
}
