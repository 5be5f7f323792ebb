//! What a change brings to those who can change keys' policies, for whoever is about to make it.

use crate::world;
use gatekey_analysis::lockout::{Distance, Forecast, Lockouts, forecast_policy, is_locked_out, standing};
use gatekey_gate::{Changing, Foreseen, Foresight, Snapshot};
use gatekey_keyring::Key;
use gatekey_policy::Policy;
use gatekey_types::AccountId;
use std::sync::Arc;

/// Accounts of more users and roles than this are not looked at while somebody waits for a change.
const MOST: usize = 20_000;
/// Principals, or keys, that are named.
const MOST_NAMED: usize = 5;
/// Foresees with the analyses, as far as somebody who waits for a change can be kept waiting.
#[derive(Debug, Clone, Copy)]
pub struct Foreseer {
    /// More keys than this are not looked at for a change of identities.
    pub most_keys: usize,
    /// Of those that an account's root user cannot change: it is not decided more often than this whether a user or role can.
    /// Nearly always whoever is named in the policy is asked first, and can.
    pub most_decisions: usize,
}

impl Default for Foreseer {
    fn default() -> Self {
        Self { most_keys: 50_000, most_decisions: 100_000 }
    }
}

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
        let (keys, decisions) = (self.most_keys, self.most_decisions);
        let mut look = Look { changing, keys, decisions, is_whole: true };
        let lost: Vec<&Key> = changing.accounts.iter().flat_map(|account| look.lost_in(*account)).collect();
        if lost.is_empty() && look.is_whole {
            return None;
        }
        let mut parts = Vec::new();
        if !lost.is_empty() {
            parts.push(told_of_lost(changing, &lost));
        }
        if !look.is_whole {
            parts.push("not every key was looked at".to_owned());
        }
        Some(Foreseen { text: parts.join("; "), is_lockout: !lost.is_empty() })
    }
}

fn principals(snapshot: &Snapshot, account: AccountId) -> usize {
    let directory = &snapshot.directory;
    directory.users.of(account).count().saturating_add(directory.roles.of(account).count())
}

/// A look at the keys of accounts, within bounds which go down.
struct Look<'a> {
    changing: &'a Changing<'a>,
    keys: usize,
    decisions: usize,
    /// Whether everything was looked at.
    is_whole: bool,
}

impl<'a> Look<'a> {
    /// The keys of the account whose policies somebody could change, and afterwards nobody.
    fn lost_in(&mut self, account: AccountId) -> Vec<&'a Key> {
        let doubtful = self.doubtful_in(account);
        if doubtful.is_empty() {
            return doubtful;
        }
        if principals(self.changing.before, account) > MOST {
            self.is_whole = false;
            return Vec::new();
        }
        let locked_out = self.locked_out(self.changing.after, account, doubtful, true);
        match locked_out.is_empty() {
            true => locked_out,
            false => self.locked_out(self.changing.before, account, locked_out, false),
        }
    }

    /// Those that the root user cannot change afterwards. Nearly always it can, and there are none.
    fn doubtful_in(&mut self, account: AccountId) -> Vec<&'a Key> {
        let Changing { before, after, now, .. } = *self.changing;
        let alone = world::of_roots(after, account);
        let mut doubtful = Vec::new();
        for key in world::keys_of(before, account, now) {
            let Some(left) = self.keys.checked_sub(1) else {
                self.is_whole = false;
                break;
            };
            self.keys = left;
            if is_locked_out(&alone, &world::key(after, key)) {
                doubtful.push(&**key);
            }
        }
        doubtful
    }

    /// Those that nobody can change in this state, or, if `wanted` is false, those that somebody can.
    fn locked_out(
        &mut self,
        snapshot: &Snapshot,
        account: AccountId,
        keys: Vec<&'a Key>,
        wanted: bool,
    ) -> Vec<&'a Key> {
        let world = world::of_account(snapshot, account);
        let mut lockouts = Lockouts::new(&world, self.decisions);
        let mut found = Vec::new();
        for key in keys {
            match lockouts.is_locked_out(&world::key(snapshot, key)) {
                Some(is_out) if is_out == wanted => found.push(key),
                Some(_) => {}
                None => self.is_whole = false,
            }
        }
        self.decisions = lockouts.left();
        found
    }
}

/// What there is to tell of keys that are lost: how many, and the first of them, if the caller may know of their accounts.
fn told_of_lost(changing: &Changing<'_>, lost: &[&Key]) -> String {
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
    format!("nobody can change the policy of {keys} any more{which}")
}

/// What there is to tell: that nobody can, or that it hangs by little.
fn told(forecast: &Forecast) -> Option<Foreseen> {
    let after = forecast.after.as_ref()?;
    let who: Vec<&str> = after.admins.iter().map(|admin| &*admin.who.name).take(MOST_NAMED).collect();
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
