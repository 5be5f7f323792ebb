//! Decisions as they were made, kept for a while so that they can be explained: the questions, and the state that they were
//! decided on, whatever has been changed since.
//!
//! A bounded number is kept, in memory alone. Denials are kept apart from what was allowed, and the accounts in groups, so that
//! neither a busy application nor a stranger's flood pushes out the denial that somebody is about to ask about. Nothing is
//! worked out before somebody asks: a request leaves behind what it held anyway, and a copy of the condition keys that its
//! operation gave.

use crate::{
    Arrival, Explained, Gate, Passage, Snapshot, draft::Draft, event::source_of, grants::Presented,
    passage::Few, question::Question, rates::Meter,
};
use foldhash::quality::FixedState;
use gatekey_directory::Caller;
use gatekey_model::OperationInfo;
use gatekey_types::{AccountId, Region, RequestId, Timestamp};
use std::{
    borrow::Cow,
    collections::VecDeque,
    hash::BuildHasher as _,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

/// Groups of accounts, each with a lock and a room of its own.
const GROUPS: usize = 16;
/// Allowed requests that a group keeps.
const MOST_ALLOWED: usize = 64;
/// Denied requests that a group keeps.
const MOST_DENIED: usize = 192;
/// An allowed request that was kept less than so many milliseconds ago makes no room for another: nobody can ask sooner, and of a
/// busy application's requests those that are kept would all be gone before anybody could.
const SHORTEST_MILLIS: i64 = 100;
/// How long a decision is kept at most: what it was decided on may since have been deleted. In milliseconds.
const LONGEST_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// The decisions of one request.
pub(crate) struct Kept {
    snapshot: Arc<Snapshot>,
    arrival: Arrival,
    via: Option<&'static str>,
    elsewhere: Option<Region>,
    caller: Arc<Caller>,
    operation: &'static OperationInfo,
    presented: Presented,
    questions: Vec<Question>,
    /// The requests that a service made of KMS for this one.
    kin: Vec<RequestId>,
}

/// The last decisions.
#[derive(Default)]
pub(crate) struct Decisions {
    groups: [Room; GROUPS],
    hasher: FixedState,
}

/// What is kept of a group of accounts. Two share no line of a processor's cache.
#[derive(Default)]
#[repr(align(128))]
struct Room {
    /// Until when there is no room for what is allowed, in milliseconds since 1970: to ask takes no lock, which a busy account's
    /// requests would take from each other.
    full_until: AtomicI64,
    group: Mutex<Group>,
}

#[derive(Default)]
struct Group {
    allowed: VecDeque<Arc<Kept>>,
    denied: VecDeque<Arc<Kept>>,
}

impl Decisions {
    /// The room of an account.
    fn room(&self, account: AccountId) -> Option<&Room> {
        let group = usize::try_from(self.hasher.hash_one(account) >> 32).unwrap_or_default();
        self.groups.get(group % GROUPS)
    }

    /// Whether a request of the account is to be kept if it is allowed. Those that are denied are always.
    pub(crate) fn has_room(&self, account: AccountId, now: Timestamp) -> bool {
        self.room(account).is_some_and(|room| room.is_open(now))
    }

    fn keep(&self, kept: Kept, denied: bool) {
        let Some(room) = self.room(kept.caller.account) else { return };
        let aged = room.change(|group| {
            let (requests, most) = match denied {
                true => (&mut group.denied, MOST_DENIED),
                false => (&mut group.allowed, MOST_ALLOWED),
            };
            let aged = if requests.len() >= most { requests.pop_front() } else { None };
            requests.push_back(Arc::new(kept));
            aged
        });
        // What is let go is taken apart after the lock.
        drop(aged);
    }

    fn find(&self, id: RequestId) -> Option<Arc<Kept>> {
        self.groups.iter().find_map(|room| {
            let group = room.lock();
            group.denied.iter().chain(&group.allowed).rev().find(|kept| kept.arrival.id == id).cloned()
        })
    }

    /// Forgets what is too old.
    pub(crate) fn age(&self, now: Timestamp) {
        let is_young = |kept: &Arc<Kept>| now.millis_since(kept.arrival.now) < LONGEST_MILLIS;
        for room in &self.groups {
            room.change(|group| {
                group.allowed.retain(is_young);
                group.denied.retain(is_young);
            });
        }
    }
}

impl Room {
    fn lock(&self) -> MutexGuard<'_, Group> {
        self.group.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Group) -> T) -> T {
        let mut group = self.lock();
        let outcome = change(&mut group);
        self.full_until.store(group.full_until(), Ordering::Relaxed);
        outcome
    }

    fn is_open(&self, now: Timestamp) -> bool {
        let left = self.full_until.load(Ordering::Relaxed).saturating_sub(now.millis());
        // A clock that was put back by more than that must not close it for so long.
        !(1..2 * SHORTEST_MILLIS).contains(&left)
    }
}

impl Group {
    /// Until when there is no room for what is allowed.
    fn full_until(&self) -> i64 {
        match self.allowed.front() {
            Some(oldest) if self.allowed.len() >= MOST_ALLOWED => {
                oldest.arrival.now.millis().saturating_add(SHORTEST_MILLIS)
            }
            _ => i64::MIN,
        }
    }
}

/// A request that was decided a while ago.
pub struct Recalled(Arc<Kept>);

impl Recalled {
    /// The request's id.
    pub fn id(&self) -> RequestId {
        self.0.arrival.id
    }

    /// When it was decided.
    pub fn time(&self) -> Timestamp {
        self.0.arrival.now
    }

    /// What was asked for.
    pub fn operation(&self) -> &'static OperationInfo {
        self.0.operation
    }

    /// Who asked.
    pub fn caller(&self) -> &Caller {
        &self.0.caller
    }

    /// The account of whoever asked: it alone may be told.
    pub fn account(&self) -> AccountId {
        self.0.caller.account
    }

    /// The service that was asked, as its events name it.
    pub fn source(&self) -> Cow<'static, str> {
        source_of(self.0.operation.service.signing_name)
    }

    /// The requests that a service made of KMS for the caller because of this one.
    pub fn kin(&self) -> &[RequestId] {
        &self.0.kin
    }

    /// Its decisions, made again on what they were made on.
    pub fn explained(&self, gate: &Gate) -> Vec<Explained> {
        let kept = &*self.0;
        let passage = Passage {
            gate,
            snapshot: Arc::clone(&kept.snapshot),
            arrival: &kept.arrival,
            id: kept.arrival.id,
            via: kept.via,
            elsewhere: kept.elsewhere.clone(),
            caller: Arc::clone(&kept.caller),
            operation: kept.operation,
            read_only: true,
            draft: Draft::default(),
            decided_on: Few::new(),
            owners: Few::new(),
            presented: kept.presented.clone(),
            used_grants: Vec::new(),
            conflicted: false,
            meter: Meter::default(),
            questions: Vec::new(),
            remembers: false,
            uses_keys: false,
            kin: Vec::new(),
        };
        kept.questions.iter().map(|question| question.explained(&passage)).collect()
    }
}

impl Gate {
    /// Forgets decisions that were made more than a day ago.
    pub fn forget_old_decisions(&self) {
        self.decisions.age(self.now());
        self.answers.age(self.now());
        self.views.age(self.now());
    }
}

impl Passage<'_> {
    /// The request of this id, if its decisions are still kept. Nothing of it may be told before the caller's right to know
    /// it is certain.
    pub fn recall(&self, id: RequestId) -> Option<Recalled> {
        let kept = self.gate.decisions.find(id)?;
        (self.now().millis_since(kept.arrival.now) < LONGEST_MILLIS).then_some(Recalled(kept))
    }

    /// Ends the passage, and keeps its decisions for whoever asks about them.
    #[inline]
    pub fn keep(self) {
        // A passage is large, and most have nothing to be kept: those are not handed on.
        if !self.questions.is_empty() {
            self.keep_questions();
        }
    }

    fn keep_questions(self) {
        let denied = self.questions.iter().any(Question::is_denied);
        let arrival = self.arrival;
        let kept = Kept {
            snapshot: self.snapshot,
            arrival: Arrival {
                signature: None,
                region: arrival.region.clone(),
                id: self.id,
                now: arrival.now,
                source: arrival.source.clone(),
                user_agent: arrival.user_agent.clone(),
                tls: arrival.tls,
                host: None,
            },
            via: self.via,
            elsewhere: self.elsewhere,
            caller: self.caller,
            operation: self.operation,
            presented: self.presented,
            questions: self.questions,
            kin: self.kin,
        };
        self.gate.decisions.keep(kept, denied);
    }
}
