//! What is kept for a moment because somebody will probably ask for it again: a bounded number of things, of a bounded weight, in
//! memory alone.

use gatekey_types::Timestamp;
use std::{
    any::Any,
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// How much everything may weigh together, in entries or principals. What alone is heavier is not kept.
pub(crate) const HEAVIEST: usize = 400_000;
/// How long a thing is kept, in milliseconds.
pub(crate) const LONGEST_MILLIS: i64 = 60 * 1000;

/// One thing.
pub(crate) struct One<K> {
    pub(crate) key: K,
    /// Since when it is kept, or when it was last asked for.
    pub(crate) since: Timestamp,
    pub(crate) weight: usize,
    pub(crate) whole: Arc<dyn Any + Send + Sync>,
}

impl<K> One<K> {
    /// Whether it has been kept for too long.
    pub(crate) fn is_old(&self, now: Timestamp) -> bool {
        now.millis_since(self.since) >= LONGEST_MILLIS
    }
}

/// The things that are kept, the latest at the end.
pub(crate) struct Kept<K> {
    most: usize,
    all: Mutex<VecDeque<One<K>>>,
}

impl<K> Kept<K> {
    /// Of at most so many things.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, all: Mutex::default() }
    }

    fn all(&self) -> MutexGuard<'_, VecDeque<One<K>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a thing instead of those that it replaces. The oldest make room.
    pub(crate) fn keep(&self, one: One<K>, replaces: impl Fn(&K) -> bool) {
        if one.weight > HEAVIEST {
            return;
        }
        let mut all = self.all();
        let mut gone = Vec::new();
        while let Some(at) = all.iter().position(|known| replaces(&known.key)) {
            gone.extend(all.remove(at));
        }
        let weight = |all: &VecDeque<One<K>>| all.iter().map(|one| one.weight).sum::<usize>();
        while all.len() >= self.most || weight(&all).saturating_add(one.weight) > HEAVIEST {
            gone.extend(all.pop_front());
        }
        all.push_back(one);
        // What is let go is taken apart after the lock.
        drop(all);
        drop(gone);
    }

    /// The thing that this is true of.
    pub(crate) fn find(&self, is_it: impl Fn(&One<K>) -> bool) -> Option<Arc<dyn Any + Send + Sync>> {
        self.all().iter().find(|one| is_it(one)).map(|one| Arc::clone(&one.whole))
    }

    /// The same, which counts as the latest from now on.
    pub(crate) fn renew(
        &self,
        is_it: impl Fn(&K) -> bool,
        now: Timestamp,
    ) -> Option<Arc<dyn Any + Send + Sync>> {
        let mut all = self.all();
        let at = all.iter().position(|one| is_it(&one.key))?;
        let one = all.remove(at)?;
        let whole = Arc::clone(&one.whole);
        all.push_back(One { since: now, ..one });
        Some(whole)
    }

    /// Forgets what is too old.
    pub(crate) fn age(&self, now: Timestamp) {
        let mut all = self.all();
        let (old, young): (VecDeque<_>, VecDeque<_>) = all.drain(..).partition(|one| one.is_old(now));
        *all = young;
        drop(all);
        drop(old);
    }
}
