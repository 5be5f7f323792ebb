//! How many calls come out how, and a few of each.

use super::{
    Effect, Outcome,
    recorded::{Asked, Recorded},
};
use gatekey_model::{
    EpochSeconds,
    gatekey::{Outcome as Was, ReplayEffect, ReplayedCall},
};
use gatekey_types::{AccountId, Timestamp};
use std::collections::BTreeMap;

/// So many calls of each kind are kept, besides the earliest.
const FEW: usize = 20;

/// In the order in which they are told.
const ALL: [Effect; 7] = [
    Effect::WouldDeny,
    Effect::DeniedToday,
    Effect::WouldAllow,
    Effect::AllowedToday,
    Effect::Unchanged,
    Effect::Untold,
    Effect::PrincipalGone,
];

/// The calls of a page.
#[derive(Default)]
pub(crate) struct Tally {
    /// By their place in [`ALL`].
    kinds: BTreeMap<usize, ReplayEffect>,
}

impl Tally {
    /// Counts a call. They come the newest first.
    pub(super) fn count(
        &mut self,
        event: &Recorded<'_>,
        asked: &Asked,
        at: Timestamp,
        outcome: Outcome,
        owner: AccountId,
    ) {
        let kind = self.kind(outcome.effect);
        kind.count = kind.count.saturating_add(1);
        if outcome.effect == Effect::Unchanged {
            return;
        }
        let call = shown(event, asked, at, outcome, owner);
        let newest = kind.newest.get_or_insert_default();
        if newest.len() < FEW {
            newest.push(call.clone());
        }
        kind.earliest = Some(call);
    }

    fn kind(&mut self, effect: Effect) -> &mut ReplayEffect {
        let place = ALL.iter().position(|one| *one == effect).unwrap_or(ALL.len());
        let none = || ReplayEffect { effect, count: 0, earliest: None, newest: None };
        self.kinds.entry(place).or_insert_with(none)
    }

    /// How many calls there were.
    pub(crate) fn calls(&self) -> i32 {
        self.kinds.values().fold(0, |sum, kind| sum.saturating_add(kind.count))
    }

    /// What is told of each kind.
    pub(crate) fn into_effects(self) -> Vec<ReplayEffect> {
        self.kinds.into_values().collect()
    }
}

/// A call as the API shows it. Of another account's caller it shows no more than CloudTrail would: the account.
fn shown(
    event: &Recorded<'_>,
    asked: &Asked,
    at: Timestamp,
    outcome: Outcome,
    owner: AccountId,
) -> ReplayedCall {
    let identity = &event.user_identity;
    let account = identity.account_id.as_deref().unwrap_or_default();
    let principal = match &identity.arn {
        Some(arn) if account == owner.as_str() => arn,
        _ => account,
    };
    let actions = asked.checks.iter().map(|action| format!("kms:{}", action.name()));
    ReplayedCall {
        event_id: event.event_id.clone(),
        event_time: EpochSeconds::from_millis(at.millis()),
        event_name: event.event_name.clone(),
        actions: actions.collect(),
        principal: principal.to_owned(),
        recorded: if asked.allowed { Was::Allowed } else { Was::Denied },
        why: outcome.why,
        missing_keys: Some(outcome.missing).filter(|keys| !keys.is_empty()),
    }
}
