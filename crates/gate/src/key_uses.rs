//! When keys were last used: noted in memory with every successful cryptographic operation, written down once a minute.

use crate::{CommitFault, Gate, Passage, Snapshot, noted::Noted};
use gatekey_keyring::{Key, KeyUse};
use gatekey_model::{OperationInfo, kms::KeyLastUsageTrackingOperation};
use gatekey_types::{KeyArn, RequestId, Timestamp};

/// A use, as cheap to note as it is frequent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Note {
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
pub(crate) type KeyUses = Noted<KeyArn, Note>;

/// Keys of one shard whose use waits to be written down.
pub(crate) const MOST: usize = 16_384;

/// Whether this is a cryptographic operation of KMS: one that uses a key, as `GetKeyLastUsage` tells.
pub fn is_cryptographic(operation: &OperationInfo) -> bool {
    operation.service.signing_name == "kms"
        && KeyLastUsageTrackingOperation::from_name(operation.name).is_some()
}

impl Passage<'_> {
    /// Notes that the keys of a cryptographic operation were used. Only what was answered and recorded counts, so that a
    /// denied, failed or dry run is no use.
    pub(crate) fn note_key_uses(&self) {
        if !self.uses_keys {
            return;
        }
        let used = Note { at: self.now(), operation: self.operation.name, request: self.id };
        self.decided_on.iter().for_each(|key| self.gate.key_uses.note(&key.arn, used));
    }

    /// When a key was last used in a cryptographic operation.
    pub fn key_last_use(&self, key: &Key) -> Option<KeyUse> {
        let noted = self.gate.key_uses.get(&key.arn).map(Note::told).filter(|used| key.is_own_use(used));
        noted.or_else(|| self.snapshot.keyring.key_use(key).cloned())
    }
}

impl Gate {
    /// Writes down the uses of keys that were noted since it was last called.
    ///
    /// # Errors
    /// The store did not take some of them: they stay for the next time.
    pub(crate) async fn save_key_uses(&self) -> Result<usize, CommitFault> {
        let written = |snapshot: &Snapshot, key: &KeyArn, used: &Note| {
            let key = snapshot.keyring.stored(key)?;
            Some(snapshot.keyring.used(key, &used.told()))
        };
        self.write_down(&self.key_uses, written).await
    }
}
