//! A case: one key, who asks, who approves, and the time that it takes.

use crate::{
    custody::Custody,
    participant::Participant,
    share::RecoveryShare,
    steady::{Elapsed, Reading},
};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use gatekey_types::{Entropy, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What a case is to bring.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Goal {
    /// The default policy: as many custodians as the deal says, and a cool-down.
    DefaultPolicy,
    /// An earlier version of the key's policy, which nobody can change as it is now: one custodian, and no cool-down, since
    /// there is nobody who could veto.
    EarlierPolicy {
        /// Its number.
        version: u32,
    },
}

/// How long a case waits, and lasts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Terms {
    /// From the last approval to the effect: the time for a veto.
    pub cool_down: Duration,
    /// From the opening to the end of what has had no effect.
    pub life: Duration,
}

/// From the opening of a case to its end, if it has no effect before.
const LIFE: Duration = Duration::from_secs(14 * 24 * 3600);

impl Terms {
    /// This cool-down, where the goal has one; and a fortnight beside it.
    pub fn of(goal: Goal, cool_down: Duration) -> Self {
        let cool_down = match goal {
            Goal::DefaultPolicy => cool_down,
            Goal::EarlierPolicy { .. } => Duration::ZERO,
        };
        Self { cool_down, life: LIFE.saturating_add(cool_down) }
    }
}

/// Where a case is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Stage {
    /// It waits for approvals.
    Open,
    /// It is approved and waits for its cool-down, or, when that is over, for its effect.
    Approved {
        /// How much of the cool-down has gone by.
        waited: Elapsed,
    },
    /// An administrator said no.
    Vetoed {
        /// Who.
        by: Participant,
        /// When.
        at: Timestamp,
    },
    /// Nobody ended it in time.
    Expired {
        /// When.
        at: Timestamp,
    },
    /// The key got the policy.
    Done {
        /// When.
        at: Timestamp,
    },
}

/// One custodian's approval.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Approval {
    /// Who.
    pub custodian: Participant,
    /// When.
    pub at: Timestamp,
    /// The share, until there are enough: as it is printed, in a record that is sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    share: Option<Held>,
}

/// A share or a code in a record. It shows nothing of itself, and is erased when it is dropped.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Held(String);

impl core::fmt::Debug for Held {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Held")
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}

/// A request to be let back in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Case {
    /// The key, by ARN.
    pub key: String,
    /// Who asks.
    pub requester: Participant,
    /// Why, in the requester's words.
    pub reason: String,
    /// What it is to bring.
    pub goal: Goal,
    /// When it was opened.
    pub opened: Timestamp,
    /// How long it waits, and lasts.
    pub terms: Terms,
    /// Where it is.
    pub stage: Stage,
    /// Who approved.
    pub approvals: Vec<Approval>,
    age: Elapsed,
    code: Held,
}

/// What a case is opened with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plea {
    /// The key, by ARN.
    pub key: String,
    /// Who asks.
    pub requester: Participant,
    /// Why.
    pub reason: String,
    /// For what.
    pub goal: Goal,
}

/// A case that was opened, and the code that its requester alone is shown, to be told to custodians by another way.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    /// For the store.
    pub case: Case,
    /// For the requester.
    pub code: String,
}

impl core::fmt::Debug for Opened {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Opened").field("case", &self.case).finish_non_exhaustive()
    }
}

/// How far a case has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    /// So many approvals are lacking.
    Lacking(u8),
    /// The cool-down has begun.
    Approved,
}

/// Why a step is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refusal {
    /// The case has ended, or is past this step.
    #[error("the case does not wait for this any more")]
    Closed,
    /// Nobody approves an own request.
    #[error("nobody approves a request of their own")]
    OwnRequest,
    /// This custodian has approved already.
    #[error("a custodian approves once")]
    Twice,
    /// No custodian, a wrong code, or a share that is wrong, another's or another deal's: which is not told.
    #[error("the approval is not accepted")]
    NotAccepted,
    /// Too many were wrong.
    #[error("too many approvals were not accepted; wait {} seconds", .0.as_secs())]
    Throttled(Duration),
    /// The cool-down is not over.
    #[error("the cool-down lasts {} more seconds", .0.as_secs())]
    TooSoon(Duration),
    /// Fewer custodians than must have approved.
    #[error("custodians have yet to approve")]
    NotApproved,
}

/// Digits of the code.
const CODE: usize = 8;

impl Case {
    /// Opens a case.
    pub fn open(
        Plea { key, requester, reason, goal }: Plea,
        terms: Terms,
        (now, reading): (Timestamp, Reading),
        entropy: &dyn Entropy,
    ) -> Opened {
        let code = code(entropy);
        let case = Self {
            key,
            requester,
            reason,
            goal,
            opened: now,
            terms,
            stage: Stage::Open,
            approvals: Vec::new(),
            age: Elapsed::from(reading),
            code: Held(code.clone()),
        };
        Opened { case, code }
    }

    /// Whether it can still have an effect.
    pub fn is_pending(&self) -> bool {
        matches!(self.stage, Stage::Open | Stage::Approved { .. })
    }

    /// When it ended, if it has.
    pub fn ended(&self) -> Option<Timestamp> {
        match &self.stage {
            Stage::Open | Stage::Approved { .. } => None,
            Stage::Vetoed { at, .. } | Stage::Expired { at } | Stage::Done { at } => Some(*at),
        }
    }

    /// Whether the steady clock was noted less than this ago: the next note can wait.
    pub fn was_noted_within(&self, time: Duration, reading: Reading) -> bool {
        self.age.was_noted_within(time, reading)
    }

    /// How many custodians must approve.
    pub fn needs(&self, custody: &Custody) -> u8 {
        match self.goal {
            Goal::DefaultPolicy => custody.threshold,
            Goal::EarlierPolicy { .. } => 1,
        }
    }

    /// Takes note of the time: to be called every minute, and at every step. Expires what has lasted too long by either clock.
    pub fn tick(&mut self, now: Timestamp, reading: Reading) {
        self.age.note(reading);
        if let Stage::Approved { waited } = &mut self.stage {
            waited.note(reading);
        }
        let life = i64::try_from(self.terms.life.as_millis()).unwrap_or(i64::MAX);
        let is_over = self.age.time() >= self.terms.life || now.millis_since(self.opened) >= life;
        if is_over && self.is_pending() {
            self.end(Stage::Expired { at: now });
        }
    }

    /// A custodian approves, with an own share and the requester's code. Whatever is wrong with either is counted, and not
    /// told.
    ///
    /// # Errors
    /// See [`Refusal`]. The case and the custody must be written down even then: failures count.
    pub fn approve(
        &mut self,
        custody: &mut Custody,
        custodian: &Participant,
        (code, share): (&str, &str),
        (now, reading): (Timestamp, Reading),
    ) -> Result<Progress, Refusal> {
        self.tick(now, reading);
        if self.stage != Stage::Open {
            return Err(Refusal::Closed);
        }
        if *custodian == self.requester {
            return Err(Refusal::OwnRequest);
        }
        if self.approvals.iter().any(|approval| approval.custodian == *custodian) {
            return Err(Refusal::Twice);
        }
        if let Some(wait) = custody.must_wait(custodian, reading) {
            return Err(Refusal::Throttled(wait));
        }
        let is_code = verify_slices_are_equal(code.trim().as_bytes(), self.code.0.as_bytes()).is_ok();
        let share = share.parse::<RecoveryShare>().ok().filter(|share| custody.accepts(custodian, share));
        let Some(share) = share.filter(|_| is_code) else {
            custody.failed(custodian, reading);
            return Err(Refusal::NotAccepted);
        };
        let held = Some(Held(share.print().to_string()));
        self.approvals.push(Approval { custodian: custodian.clone(), at: now, share: held });
        self.count(custody, custodian, reading)
    }

    /// Enough shares begin the cool-down; those for the default policy must give the secret back. They are forgotten then.
    fn count(
        &mut self,
        custody: &mut Custody,
        last: &Participant,
        reading: Reading,
    ) -> Result<Progress, Refusal> {
        let (have, needs) = (u8::try_from(self.approvals.len()).unwrap_or(u8::MAX), self.needs(custody));
        if have < needs {
            return Ok(Progress::Lacking(needs.saturating_sub(have)));
        }
        let held = self.approvals.iter().filter_map(|approval| approval.share.as_ref());
        let shares: Vec<RecoveryShare> = held.filter_map(|held| held.0.parse().ok()).collect();
        if self.goal == Goal::DefaultPolicy && !custody.opens(&shares) {
            // Those of an earlier deal among them: all must approve again.
            self.approvals.clear();
            custody.failed(last, reading);
            return Err(Refusal::NotAccepted);
        }
        custody.succeeded();
        self.end(Stage::Approved { waited: Elapsed::from(reading) });
        Ok(Progress::Approved)
    }

    /// A present administrator, or whoever asked, ends the case. Who is one, the caller of this decides.
    ///
    /// # Errors
    /// It has ended already.
    pub fn veto(&mut self, by: &Participant, now: Timestamp, reading: Reading) -> Result<(), Refusal> {
        self.tick(now, reading);
        if !self.is_pending() {
            return Err(Refusal::Closed);
        }
        self.end(Stage::Vetoed { by: by.clone(), at: now });
        Ok(())
    }

    /// The case has its effect, once: in the transaction of this, and in no other, the key gets the policy.
    ///
    /// # Errors
    /// It is not approved, the cool-down is not over, or it has ended.
    pub fn fulfil(&mut self, now: Timestamp, reading: Reading) -> Result<(), Refusal> {
        self.tick(now, reading);
        match &self.stage {
            Stage::Approved { .. } => {}
            Stage::Open => return Err(Refusal::NotApproved),
            _ => return Err(Refusal::Closed),
        }
        match self.cools_for() {
            Some(rest) => Err(Refusal::TooSoon(rest)),
            None => {
                self.end(Stage::Done { at: now });
                Ok(())
            }
        }
    }

    /// What is left of the cool-down, of an approved case, as far as it was noted.
    pub fn cools_for(&self) -> Option<Duration> {
        let Stage::Approved { waited } = &self.stage else { return None };
        self.terms.cool_down.checked_sub(waited.time()).filter(|rest| !rest.is_zero())
    }

    /// Goes on to a stage in which no share is needed any more.
    fn end(&mut self, stage: Stage) {
        self.stage = stage;
        self.approvals.iter_mut().for_each(|approval| approval.share = None);
    }
}

/// Digits at random, each as likely as any other.
fn code(entropy: &dyn Entropy) -> String {
    let mut code = String::with_capacity(CODE);
    while code.len() < CODE {
        let [byte] = entropy.bytes();
        // 250 is the greatest multiple of ten that a byte holds.
        if byte < 250 {
            code.push(char::from(b'0' + byte % 10));
        }
    }
    code
}

#[cfg(test)]
mod tests;
