//! Recorded calls decided again under another key policy.
//!
//! Everything else is as it is now: identity policies, boundaries, control policies, grants, the key and its tags. So each call is
//! decided twice, under the key's present policy and under the new one, and both are held against what was recorded. What an event
//! does not tell stays open, and a decision that depends on it is not guessed.

mod caller;
mod context;
mod recorded;
mod tally;
mod token;

pub(crate) use tally::Tally;
pub(crate) use token::{Progress, Span};

use caller::{Nobody, Rebuilt, rebuilt};
use context::{Check, terms};
use gatekey_gate::{About, On, Passage, Supposed};
use gatekey_keyring::Key;
use gatekey_model::gatekey::ReplayEffectType as Effect;
use gatekey_policy::{Action, ConditionKey, KmsAction, Policy, Truth};
use gatekey_types::Timestamp;
use recorded::{Asked, Recorded};
use std::sync::Arc;

/// What is replayed against what.
pub(crate) struct Replay<'a> {
    pub(crate) passage: &'a Passage<'a>,
    pub(crate) key: &'a Key,
    pub(crate) policy: &'a Arc<Policy>,
}

/// How a recorded call comes out.
struct Outcome {
    effect: Effect,
    /// Why it cannot be told.
    why: Option<String>,
    /// The condition keys that the event does not tell.
    missing: Vec<String>,
}

/// What is known of one decision.
struct Known {
    truth: Truth,
    missing: Vec<ConditionKey<'static>>,
    /// What else than condition keys it depends on.
    besides: Option<String>,
}

impl Replay<'_> {
    /// Decides an event again and counts it, if it is a call that the key's policy could decide.
    pub(crate) fn take(&self, event: &[u8], tally: &mut Tally) {
        let Some(event) = Recorded::read(event) else { return };
        let Some((asked, at)) = event.asked(self.key.name.as_str()).zip(event.time()) else { return };
        let outcome = self.outcome(&event, &asked, at);
        tally.count(&event, &asked, at, outcome, self.key.arn.account);
    }

    fn outcome(&self, event: &Recorded<'_>, asked: &Asked, at: Timestamp) -> Outcome {
        if asked.checks.is_empty() {
            return Outcome::plain(Effect::Unchanged);
        }
        let directory = &self.passage.snapshot().directory;
        let who = match rebuilt(event, directory, self.key.arn.account) {
            Ok(who) => who,
            Err(Nobody::Gone) => return Outcome::plain(Effect::PrincipalGone),
            Err(Nobody::Untold(why)) => return Outcome::untold(why, Vec::new()),
        };
        let decide = |policy| {
            let each = asked.checks.iter().map(|action| self.check(event, asked, &who, *action, policy, at));
            each.reduce(Known::and).unwrap_or_else(Known::open)
        };
        let new = decide(Some(&**self.policy));
        let account = event.user_identity.account_id.as_deref().unwrap_or_default();
        held_against(asked, new, || decide(None).truth, who.is_foreign.then_some(account))
    }

    fn check(
        &self,
        event: &Recorded<'_>,
        asked: &Asked,
        who: &Rebuilt,
        action: KmsAction,
        policy: Option<&Policy>,
        at: Timestamp,
    ) -> Known {
        let terms = if action == KmsAction::CreateGrant { terms(event) } else { None };
        let check = Check { event, action, same_key: asked.same_key, terms: terms.as_ref() };
        let mut context = check.context(&self.key.arn.region);
        for unknown in &who.unknown {
            context.set_unknown(unknown.clone());
        }
        let action = Action::from(action);
        let supposed = Supposed {
            caller: &who.caller,
            action: &action,
            on: On { policy, ..On::resource(&self.key.name) },
            key: Some(self.key),
            about: terms.as_ref().map_or(About::Nothing, About::New),
            context,
            without: &[],
        };
        let (truth, missing) = self.passage.suppose_at(at, &supposed);
        let known = Known { truth, missing, besides: None };
        match who.may_be_limited {
            true => known.unless("the policies of the session"),
            false if is_create_grant_untold(&action, terms.is_none()) => {
                known.unless("what the grant was to allow")
            }
            false => known,
        }
    }
}

/// Without its terms it is not known whether a grant could give as much.
fn is_create_grant_untold(action: &Action, has_no_terms: bool) -> bool {
    action.kms() == Some(KmsAction::CreateGrant) && has_no_terms
}

/// Compares what was recorded with what is known of the decision under the new policy and, where it matters, of that under the
/// present one. `account` is the caller's, if it is not the key's own.
fn held_against(asked: &Asked, new: Known, present: impl Fn() -> Truth, account: Option<&str>) -> Outcome {
    match (asked.allowed, new.truth) {
        (_, Truth::Unknown) => new.into_untold(),
        (true, Truth::True) | (false, Truth::False) => Outcome::plain(Effect::Unchanged),
        (true, Truth::False) if present() == Truth::False => Outcome::plain(Effect::DeniedToday),
        (true, Truth::False) => Outcome::plain(Effect::WouldDeny),
        (false, Truth::True) if asked.is_asked_more => {
            Outcome::untold("the call is asked more than this key, which it was denied before", Vec::new())
        }
        (false, Truth::True) => match account {
            Some(account) => {
                Outcome::untold(format!("it depends on the policies of account {account}"), Vec::new())
            }
            None if present() == Truth::True => Outcome::plain(Effect::AllowedToday),
            None => Outcome::plain(Effect::WouldAllow),
        },
    }
}

impl Outcome {
    fn plain(effect: Effect) -> Self {
        Self { effect, why: None, missing: Vec::new() }
    }

    fn untold(why: impl Into<String>, missing: Vec<String>) -> Self {
        Self { effect: Effect::Untold, why: Some(why.into()), missing }
    }
}

impl Known {
    fn open() -> Self {
        Self { truth: Truth::Unknown, missing: Vec::new(), besides: None }
    }

    /// Both are asked.
    fn and(mut self, other: Self) -> Self {
        self.missing.extend(other.missing);
        Self {
            truth: self.truth.and(other.truth),
            missing: self.missing,
            besides: self.besides.or(other.besides),
        }
    }

    /// Whatever is not denied for sure depends on this too.
    fn unless(self, besides: &str) -> Self {
        match self.truth {
            Truth::False => self,
            _ => Self { truth: Truth::Unknown, besides: Some(besides.to_owned()), ..self },
        }
    }

    fn into_untold(self) -> Outcome {
        let mut missing: Vec<String> = Vec::new();
        for key in self.missing.iter().map(ToString::to_string) {
            if !missing.contains(&key) {
                missing.push(key);
            }
        }
        let all: Vec<&str> = missing.iter().map(String::as_str).chain(self.besides.as_deref()).collect();
        let why = format!("it depends on {}, which the event does not tell", all.join(" and "));
        Outcome::untold(why, missing)
    }
}
