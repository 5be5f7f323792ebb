//! What time brings to parameters: policies delete them, and the versions of those that are deleted go too.

use crate::{
    CommitFault, Gate,
    commit::store_key,
    deeds::Sweep,
    event::{DoneTo, done_by_itself},
    outbox::Outgoing,
};
use gatekey_audit::Value;
use gatekey_parameters::{Parameter, Remains, RemainsKey, VersionKey, VersionTable};
use gatekey_store::{Revision, table::Table};
use gatekey_types::RequestId;

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
        let id = RequestId::from_random(self.entropy().bytes());
        let about = DoneTo {
            source: "ssm.amazonaws.com",
            kind: "AWS::SSM::Parameter",
            owner: due.key.account,
            region: &due.key.region,
            arn: &due.arn,
        };
        let details = Value::object([("name", Value::text(due.key.name.as_str()))]);
        let bytes = done_by_itself(&about, (inferred_name_of_expiry(), Some(details), None), id, self.now());
        let event = Outgoing { id, bytes: bytes.into() };
        self.commits.commit(due.deleted().into(), vec![event], None).await.map(drop)
    }

    /// Deletes versions of a deleted parameter; the deletion of the parameter has its event already.
    async fn clear_remains(&self, key: &RemainsKey, kept: (Remains, Revision)) -> Result<(), CommitFault> {
        let mut found = Vec::new();
        let mut last = kept.0.oldest;
        for version in key.versions(kept.0, VERSIONS_AT_ONCE) {
            last = version.version;
            found.extend(self.version_revision(&version).await?.map(|revision| (version, revision)));
        }
        match self.commits.commit(key.cleared(kept, &found, last), Vec::new(), None).await {
            Ok(_) | Err(CommitFault::Conflict) => Ok(()),
            Err(fault) => Err(fault),
        }
    }

    async fn version_revision(&self, key: &VersionKey) -> Result<Option<Revision>, CommitFault> {
        let stored = self.store.get(&store_key(VersionTable::NAME, &VersionTable::encode_key(key))).await;
        let stored = stored.map_err(|fault| CommitFault::Unavailable(fault.to_string()))?;
        Ok(stored.map(|record| record.modified))
    }
}

/// How CloudTrail calls the deletion of a parameter by its policy is not documented: as the operation that does the same.
fn inferred_name_of_expiry() -> &'static str {
    "DeleteParameter"
}
