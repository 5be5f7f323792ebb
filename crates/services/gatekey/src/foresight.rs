//! What a change of a key's policy brings, for whoever is about to make it.

use crate::world;
use gatekey_analysis::lockout::{Distance, Forecast, forecast_policy, standing};
use gatekey_gate::{Foreseen, Foresight, Snapshot};
use gatekey_keyring::Key;
use gatekey_policy::Policy;
use std::sync::Arc;

/// Accounts of more users and roles than this are not looked at while somebody waits for a change.
const MOST: usize = 20_000;
/// Principals that are named.
const MOST_NAMED: usize = 5;

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
        if standing(&alone, &new).distance == Distance::Unreachable {
            return None;
        }
        let directory = &snapshot.directory;
        let count = directory.users.of(account).count().saturating_add(directory.roles.of(account).count());
        if count > MOST {
            return None;
        }
        let before = key.policy.is_some().then_some(&old);
        told(&forecast_policy(&world::of_account(snapshot, account), before, &new))
    }
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
