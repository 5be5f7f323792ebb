//! What time brings to parameters: policies delete them, and the versions of those that are deleted go too.

use crate::{
    CommitFault, Gate,
    deeds::{Deed, Sweep},
};
use gatekey_parameters::{Parameter, Remains, RemainsKey, VersionTable};
use gatekey_store::Revision;

/// Parameters that are deleted, and deleted parameters whose versions go, in one sweep; more wait for the next.
const AT_ONCE: usize = 100;
/// Versions that are deleted in one transaction.
const VERSIONS_AT_ONCE: usize = 50;

impl Gate {
    /// Deletes every parameter whose policy says so by now, and then the versions of deleted ones; says how many parameters
    /// it deleted. To be called every few seconds; callers see no difference, since such a parameter is gone for them
    /// already.
    ///
    /// # Errors
    /// The store did not take a deletion: it is tried again with the next sweep.
    pub async fn delete_due_parameters(&self) -> Result<usize, CommitFault> {
        let mut sweep = Sweep::default();
        for due in self.snapshot().parameters.due(self.now()).take(AT_ONCE) {
            sweep.note(self.delete_parameter(due).await);
        }
        for (key, remains) in self.snapshot().parameters.remains().take(AT_ONCE) {
            self.clear_remains(key, *remains).await?;
        }
        sweep.outcome()
    }

    async fn delete_parameter(&self, due: &Parameter) -> Result<(), CommitFault> {
        let deed = Deed { name: inferred_name_of_expiry(), details: Some(Vec::new()) };
        self.do_to(due, due.deleted().into(), [deed]).await
    }

    /// Deletes versions of a deleted parameter; the deletion of the parameter has its event already.
    async fn clear_remains(&self, key: &RemainsKey, kept: (Remains, Revision)) -> Result<(), CommitFault> {
        let mut found = Vec::new();
        let mut last = kept.0.oldest;
        for version in key.versions(kept.0, VERSIONS_AT_ONCE) {
            last = version.version;
            let revision = self.revision_of::<VersionTable>(&version).await;
            let revision = revision.map_err(|unread| CommitFault::Unavailable(unread.to_string()))?;
            found.extend(revision.map(|revision| (version, revision)));
        }
        match self.commits.commit(key.cleared(kept, &found, last), Vec::new(), None).await {
            Ok(_) | Err(CommitFault::Conflict) => Ok(()),
            Err(fault) => Err(fault),
        }
    }
}

/// How CloudTrail calls the deletion of a parameter by its policy is not documented: as the operation that does the same.
fn inferred_name_of_expiry() -> &'static str {
    "DeleteParameter"
}
