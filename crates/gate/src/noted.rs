//! Uses that are noted in memory with the requests, and written down once a minute.

use crate::{CommitFault, Gate, Snapshot};
use foldhash::fast::RandomState;
use gatekey_store::table::Edit;
use std::{
    collections::HashMap,
    hash::{BuildHasher, Hash},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Locks that share the notes.
const SHARDS: usize = 16;
/// Uses written in one transaction: each takes two operations.
const AT_ONCE: usize = 40;

/// What was noted. Keys are of what exists, with names that the server gave, so that nobody chooses where they fall.
type Shard<K, V> = HashMap<K, V, RandomState>;

/// What was noted and is not written down yet.
pub(crate) struct Noted<K, V> {
    shards: [Mutex<Shard<K, V>>; SHARDS],
    hasher: RandomState,
    most: usize,
}

impl<K: Clone + Eq + Hash, V: Clone + PartialEq> Noted<K, V> {
    /// Nothing yet. What is beyond `most` in one of the shards is noted when there is room again.
    pub(crate) fn new(most: usize) -> Self {
        Self { shards: Default::default(), hasher: RandomState::default(), most }
    }

    fn shard(&self, key: &K) -> Option<MutexGuard<'_, Shard<K, V>>> {
        let hash = usize::try_from(self.hasher.hash_one(key) >> 32).unwrap_or_default();
        Some(self.shards.get(hash % SHARDS)?.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes a use in the place of an earlier one.
    pub(crate) fn note(&self, key: &K, used: V) {
        let Some(mut noted) = self.shard(key) else { return };
        if let Some(earlier) = noted.get_mut(key) {
            *earlier = used;
        } else if noted.len() < self.most {
            noted.insert(key.clone(), used);
        }
    }

    /// The last use, unless it is written down.
    pub(crate) fn get(&self, key: &K) -> Option<V> {
        self.shard(key)?.get(key).cloned()
    }

    fn all(&self) -> Vec<(K, V)> {
        let shards = self.shards.iter().map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner));
        let noted = |shard: MutexGuard<'_, Shard<K, V>>| {
            shard.iter().map(|(key, used)| (key.clone(), used.clone())).collect::<Vec<_>>()
        };
        shards.flat_map(noted).collect()
    }

    /// Forgets what is written down, but for what was used again meanwhile.
    fn written_down(&self, some: &[(K, V)]) {
        for (key, used) in some {
            let Some(mut noted) = self.shard(key) else { continue };
            if noted.get(key) == Some(used) {
                noted.remove(key);
            }
        }
    }
}

impl Gate {
    /// Writes down what was noted, by the edits of each use; those of what is gone meanwhile are none.
    ///
    /// # Errors
    /// The store did not take some of them: they stay for the next time.
    pub(crate) async fn write_down<K, V>(
        &self,
        noted: &Noted<K, V>,
        edits: impl Fn(&Snapshot, &K, &V) -> Option<[Edit; 2]>,
    ) -> Result<usize, CommitFault>
    where
        K: Clone + Eq + Hash,
        V: Clone + PartialEq,
    {
        let all = noted.all();
        let mut outcome = Ok(all.len());
        for some in all.chunks(AT_ONCE) {
            let snapshot = self.snapshot();
            let edits = some.iter().filter_map(|(key, used)| edits(&snapshot, key, used)).flatten().collect();
            match self.commits.commit(edits, Vec::new(), None).await {
                Ok(_) => noted.written_down(some),
                Err(fault) => outcome = Err(fault),
            }
        }
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_again_while_it_was_written_down_stays() {
        let noted = Noted::new(10);
        noted.note(&"a", 1);
        noted.note(&"b", 1);
        let written = noted.all();
        noted.note(&"a", 2);
        noted.written_down(&written);
        assert_eq!((noted.get(&"a"), noted.get(&"b")), (Some(2), None));
    }

    #[test]
    fn no_shard_holds_more_than_it_may_and_what_it_holds_is_brought_up_to_date() {
        let noted = Noted::new(1);
        (0..1_000).for_each(|key| noted.note(&key, 0));
        let held = noted.all();
        assert!((2..=SHARDS).contains(&held.len()), "{}", held.len());
        held.iter().for_each(|(key, _)| noted.note(key, 1));
        assert!(noted.all().iter().all(|(_, used)| *used == 1));
    }
}
