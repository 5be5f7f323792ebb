//! The deletion of keys whose day has come.

use crate::{
    CommitFault, Gate,
    event::{Deed, deed_event},
    outbox::Outgoing,
};
use gatekey_keyring::Key;
use gatekey_types::RequestId;
use std::sync::Arc;

/// Keys deleted in one sweep; more wait for the next.
const AT_ONCE: usize = 100;
/// Grants that are deleted in the transaction of their key; more are deleted before it.
const GRANTS_WITH_THE_KEY: usize = 16;
/// Grants that are deleted in one transaction before the key is.
const GRANTS_AT_ONCE: usize = 64;

impl Gate {
    /// Deletes every key whose waiting period is over, with its materials, and says how many. To be called every few
    /// seconds; callers see no difference, since such a key is gone for them already.
    ///
    /// # Errors
    /// The store did not take a deletion: those keys stay until the next sweep.
    pub async fn delete_due_keys(&self) -> Result<usize, CommitFault> {
        let snapshot = self.snapshot();
        let due: Vec<_> = snapshot.keyring.due_for_deletion(self.now()).take(AT_ONCE).cloned().collect();
        let mut deleted = 0;
        let mut failed = None;
        for key in due {
            // The deletion of a replica a moment ago changed the records of its kin.
            let Some(key) =
                self.snapshot().keyring.stored(&key.arn).filter(|key| key.is_deleted(self.now())).cloned()
            else {
                continue;
            };
            let key = match self.without_grants(key).await {
                Ok(Some(key)) => key,
                Ok(None) | Err(CommitFault::Conflict) => continue,
                Err(fault) => {
                    failed = Some(fault);
                    continue;
                }
            };
            let id = RequestId::from_random(self.entropy().bytes());
            let deed = Deed { name: "DeleteKey", details: vec![("keyId", key.arn.key.to_string().into())] };
            let event = Outgoing { id, bytes: deed_event(&key, deed, id, self.now()).into() };
            let edits = self.snapshot().keyring.deleted(&key, self.now());
            match self.commits.commit(edits, vec![event], None).await {
                Ok(_) => deleted += 1,
                // Cancelled or changed meanwhile: the next sweep looks again.
                Err(CommitFault::Conflict) => continue,
                // One key must not hold up the others.
                Err(fault) => {
                    failed = Some(fault);
                    continue;
                }
            }
            key.materials.iter().for_each(|(material, _, _)| self.forget(material));
        }
        failed.map_or(Ok(deleted), Err)
    }

    /// A key may have many more grants than one transaction takes: they go before it.
    async fn without_grants(&self, key: Arc<Key>) -> Result<Option<Arc<Key>>, CommitFault> {
        let edits = key.without_grants();
        if edits.len() <= GRANTS_WITH_THE_KEY {
            return Ok(Some(key));
        }
        for some in edits.chunks(GRANTS_AT_ONCE) {
            let mut edits = some.to_vec();
            edits.push(key.kept());
            self.commits.commit(edits, Vec::new(), None).await?;
        }
        Ok(self.snapshot().keyring.stored(&key.arn).cloned())
    }
}
