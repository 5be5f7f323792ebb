//! When keys were last used: noted in memory with every successful cryptographic operation, written down once a minute.

use crate::{CommitFault, Gate, Passage};
use gatekey_keyring::{Key, KeyUse};
use gatekey_model::kms::KeyLastUsageTrackingOperation;
use gatekey_store::table::Edit;
use gatekey_types::{KeyArn, RequestId, Timestamp};
use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{Mutex, MutexGuard, PoisonError},
};

type Noted = HashMap<KeyArn, Note>;

/// A use, as cheap to note as it is frequent.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Note {
    at: Timestamp,
    operation: &'static str,
    request: RequestId,
}

impl Note {
    /// The same as it is told and written down. The event of a request that changes nothing has the next id.
    fn told(self) -> KeyUse {
        KeyUse {
            at: self.at,
            operation: self.operation.to_owned(),
            event: self.request.next_of_kin().to_string(),
            request: self.request.to_string(),
        }
    }
}

/// Uses that are not written down yet.
pub(crate) struct KeyUses {
    shards: [Mutex<Noted>; SHARDS],
    hasher: RandomState,
}

/// Locks that share the uses.
const SHARDS: usize = 16;
/// Keys of one shard whose use waits to be written down; the use of those beyond is noted when there is room again.
const MOST: usize = 16_384;
/// Uses written in one transaction: each takes two operations.
const AT_ONCE: usize = 40;

impl KeyUses {
    pub(crate) fn new() -> Self {
        Self { shards: Default::default(), hasher: RandomState::new() }
    }

    fn shard(&self, key: &KeyArn) -> Option<MutexGuard<'_, Noted>> {
        let hash = usize::try_from(self.hasher.hash_one(key) >> 32).unwrap_or_default();
        Some(self.shards.get(hash % SHARDS)?.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, key: &KeyArn, used: Note) {
        let Some(mut noted) = self.shard(key) else { return };
        if noted.len() < MOST || noted.contains_key(key) {
            noted.insert(key.clone(), used);
        }
    }

    fn get(&self, key: &KeyArn) -> Option<KeyUse> {
        self.shard(key)?.get(key).map(|used| used.told())
    }

    fn all(&self) -> Vec<(KeyArn, Note)> {
        let shards = self.shards.iter().map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner));
        let noted = |shard: MutexGuard<'_, Noted>| {
            shard.iter().map(|(key, used)| (key.clone(), *used)).collect::<Vec<_>>()
        };
        shards.flat_map(noted).collect()
    }

    fn written_down(&self, some: &[(KeyArn, Note)]) {
        for (key, used) in some {
            let Some(mut noted) = self.shard(key) else { continue };
            if noted.get(key) == Some(used) {
                noted.remove(key);
            }
        }
    }
}

impl Passage<'_> {
    /// Notes that the keys of a cryptographic operation were used. Only what was answered and recorded counts, so that a
    /// denied, failed or dry run is no use.
    pub(crate) fn note_key_uses(&self) {
        let operation = self.operation;
        let is_use = operation.service.signing_name == "kms"
            && KeyLastUsageTrackingOperation::from_name(operation.name).is_some();
        if !is_use {
            return;
        }
        let used = Note { at: self.now(), operation: operation.name, request: self.arrival.id };
        self.decided_on.iter().for_each(|key| self.gate.key_uses.note(&key.arn, used));
    }

    /// When a key was last used in a cryptographic operation.
    pub fn key_last_use(&self, key: &Key) -> Option<KeyUse> {
        let noted = self.gate.key_uses.get(&key.arn).filter(|used| key.is_own_use(used));
        noted.or_else(|| self.snapshot.keyring.key_use(key).cloned())
    }
}

impl Gate {
    /// Writes down the uses of keys that were noted since it was last called.
    ///
    /// # Errors
    /// The store did not take some of them: they stay for the next time.
    pub(crate) async fn save_key_uses(&self) -> Result<usize, CommitFault> {
        let noted = self.key_uses.all();
        let mut outcome = Ok(noted.len());
        for some in noted.chunks(AT_ONCE) {
            let snapshot = self.snapshot();
            let written = |(key, used): &(KeyArn, Note)| {
                let key = snapshot.keyring.stored(key)?;
                Some(snapshot.keyring.used(key, &used.told()))
            };
            let edits: Vec<Edit> = some.iter().filter_map(written).flatten().collect();
            match self.commits.commit(edits, Vec::new(), None).await {
                Ok(_) => self.key_uses.written_down(some),
                Err(fault) => outcome = Err(fault),
            }
        }
        outcome
    }
}
