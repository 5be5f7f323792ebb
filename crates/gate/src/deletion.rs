//! The deletion of keys whose day has come.

use crate::{
    CommitFault, Gate,
    deeds::{Deed, Sweep},
};
use gatekey_keyring::Key;
use std::sync::Arc;

/// Keys deleted in one sweep; more wait for the next.
const AT_ONCE: usize = 100;
/// Grants that are deleted in the transaction of their key; more are deleted before it.
const GRANTS_WITH_THE_KEY: usize = 16;
/// Grants that are deleted in one transaction before the key is.
const GRANTS_AT_ONCE: usize = 64;

impl Gate {
    /// Deletes every key whose waiting period is over, with its materials and the history of its policy, and says how many. To be
    /// called every few seconds; callers see no difference, since such a key is gone for them already.
    ///
    /// # Errors
    /// The store did not take a deletion: those keys stay until the next sweep.
    pub async fn delete_due_keys(&self) -> Result<usize, CommitFault> {
        let snapshot = self.snapshot();
        let mut sweep = Sweep::default();
        for due in snapshot.keyring.due_for_deletion(self.now()).take(AT_ONCE) {
            // The deletion of a replica a moment ago changed the records of its kin.
            let present = self.snapshot().keyring.stored(&due.arn).cloned();
            if let Some(key) = present.filter(|key| key.is_deleted(self.now())) {
                sweep.note(self.delete(key).await);
            }
        }
        sweep.outcome()
    }

    async fn delete(&self, key: Arc<Key>) -> Result<(), CommitFault> {
        let key = self.without_grants(key).await?;
        let mut edits = self.snapshot().keyring.deleted(&key, self.now());
        edits.extend(self.without_policy_versions(&key).await?);
        self.do_to(&*key, edits, [Deed { name: "DeleteKey", details: Some(Vec::new()) }]).await?;
        key.materials.iter().for_each(|(material, _, _)| self.forget(material));
        Ok(())
    }

    /// A key may have many more grants than one transaction takes: they go before it.
    async fn without_grants(&self, key: Arc<Key>) -> Result<Arc<Key>, CommitFault> {
        let edits = key.without_grants();
        if edits.len() <= GRANTS_WITH_THE_KEY {
            return Ok(key);
        }
        for some in edits.chunks(GRANTS_AT_ONCE) {
            let mut edits = some.to_vec();
            edits.push(key.kept());
            self.commits.commit(edits, Vec::new(), None).await?;
        }
        self.snapshot().keyring.stored(&key.arn).cloned().ok_or(CommitFault::Conflict)
    }
}
