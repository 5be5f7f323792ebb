//! What a change brings to those who can change keys' policies, for whoever is about to make it.

use crate::world;
use gatekey_analysis::{
    lockout::{Distance, Forecast, forecast_policy, is_locked_out, standing},
    world::World,
};
use gatekey_gate::{Changing, Foreseen, Foresight, Snapshot};
use gatekey_keyring::Key;
use gatekey_policy::Policy;
use gatekey_types::AccountId;
use std::sync::Arc;

/// Accounts of more users and roles than this are not looked at while somebody waits for a change.
const MOST: usize = 20_000;
/// Principals, or keys, that are named.
const MOST_NAMED: usize = 5;
/// More keys than this are not looked at while somebody waits for a change of identities.
const MOST_KEYS: usize = 50_000;
/// Of those that the account's root user cannot change: more keys, each for every user and role, are not looked at.
const MOST_PAIRS: usize = 2_000_000;

/// Foresees with the analyses.
#[derive(Debug, Clone, Copy, Default)]
pub struct Foreseer;

impl Foresight for Foreseer {
    fn of_policy(&self, snapshot: &Snapshot, key: &Key, policy: &Arc<Policy>) -> Option<Foreseen> {
        let account = key.arn.account;
        let old = world::key(snapshot, key);
        let new = old.under(Arc::clone(policy));
        // Nearly always the account's root user can, which nobody can delete.
        let alone = world::of_roots(snapshot, account);
        if standing(&alone, &new).distance == Distance::Unreachable || principals(snapshot, account) > MOST {
            return None;
        }
        let before = key.policy.is_some().then_some(&old);
        told(&forecast_policy(&world::of_account(snapshot, account), before, &new))
    }

    fn of_identities(&self, changing: &Changing<'_>) -> Option<Foreseen> {
        let mut keys = MOST_KEYS;
        let mut pairs = MOST_PAIRS;
        let mut lost = Vec::new();
        for account in changing.accounts {
            lost.extend(lost_in(changing, *account, &mut keys, &mut pairs)?);
        }
        (!lost.is_empty()).then(|| told_of_lost(changing, &lost))
    }
}

fn principals(snapshot: &Snapshot, account: AccountId) -> usize {
    let directory = &snapshot.directory;
    directory.users.of(account).count().saturating_add(directory.roles.of(account).count())
}

/// The keys of the account whose policies somebody could change, and afterwards nobody. Nothing where there is more to look at than
/// these bounds, which go down: what was not looked at could only be guessed.
fn lost_in<'a>(
    changing: &Changing<'a>,
    account: AccountId,
    keys: &mut usize,
    pairs: &mut usize,
) -> Option<Vec<&'a Arc<Key>>> {
    let alone = world::of_roots(changing.after, account);
    let mut doubtful = Vec::new();
    for key in world::keys_of(changing.before, account, changing.now) {
        *keys = keys.checked_sub(1)?;
        if is_locked_out(&alone, &world::key(changing.after, key)) {
            doubtful.push(key);
        }
    }
    if doubtful.is_empty() {
        return Some(doubtful);
    }
    let principals = principals(changing.before, account);
    *pairs = pairs.checked_sub(principals.checked_mul(doubtful.len())?)?;
    let is_lost =
        |snapshot: &Snapshot, world: &World, key: &Key| is_locked_out(world, &world::key(snapshot, key));
    let after = world::of_account(changing.after, account);
    doubtful.retain(|key| is_lost(changing.after, &after, key));
    if !doubtful.is_empty() {
        let before = world::of_account(changing.before, account);
        doubtful.retain(|key| !is_lost(changing.before, &before, key));
    }
    Some(doubtful)
}

/// What there is to tell of keys that are lost: how many, and the first of them, if the caller may know of their accounts.
fn told_of_lost(changing: &Changing<'_>, lost: &[&Arc<Key>]) -> Foreseen {
    let organizations = &changing.before.directory.organizations;
    let may_know = |account: AccountId| {
        let of = organizations.of(account);
        account == changing.by || of.is_some_and(|(_, kept)| kept.record.management == changing.by)
    };
    let known = lost.iter().filter(|key| may_know(key.arn.account));
    let names: Vec<&str> = known.map(|key| key.name.as_str()).take(MOST_NAMED).collect();
    let which = match names.len() {
        0 => String::new(),
        count if count == lost.len() => format!(": {}", names.join(", ")),
        _ => format!(", among them {}", names.join(", ")),
    };
    let keys = if lost.len() == 1 { "1 key".to_owned() } else { format!("{} keys", lost.len()) };
    Foreseen { text: format!("nobody can change the policy of {keys} any more{which}"), is_lockout: true }
}

/// What there is to tell: that nobody can, or that it hangs by little.
fn told(forecast: &Forecast) -> Option<Foreseen> {
    let after = forecast.after.as_ref()?;
    let who: Vec<&str> = after.admins.iter().map(|admin| admin.who.name.as_str()).take(MOST_NAMED).collect();
    let who = who.join(", ");
    let text = match &after.distance {
        Distance::LockedOut => "nobody can change this policy any more".to_owned(),
        Distance::Exactly { count: 1, .. } => {
            format!("only {who} can change this policy: one deletion, and nobody can")
        }
        _ if after.is_frail => {
            format!("whoever can change this policy depends on something: {who}; see gatekey health keys")
        }
        _ => return None,
    };
    Some(Foreseen { text, is_lockout: after.distance == Distance::LockedOut })
}
