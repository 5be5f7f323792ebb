//! The deletion of secrets whose day has come.

use crate::{
    CommitFault, Gate,
    deeds::{Deed, Sweep},
};
use gatekey_secrets::{Secret, ValueTable};
use gatekey_store::table::Edit;

/// Secrets deleted in one sweep; more wait for the next.
const AT_ONCE: usize = 100;
/// Values that are deleted in one transaction.
const VALUES_AT_ONCE: usize = 40;

impl Gate {
    /// Deletes every secret whose recovery window is over, with the values of all its versions, and says how many. To be
    /// called every few seconds; callers see no difference, since such a secret is gone for them already.
    ///
    /// # Errors
    /// The store did not take a deletion: those secrets stay until the next sweep.
    pub async fn delete_due_secrets(&self) -> Result<usize, CommitFault> {
        let snapshot = self.snapshot();
        let mut sweep = Sweep::default();
        for due in snapshot.secrets.due_for_deletion(self.now()).take(AT_ONCE) {
            sweep.note(self.delete_secret(due).await);
        }
        sweep.outcome()
    }

    /// A secret may have more values than one transaction takes: those beyond go before it.
    async fn delete_secret(&self, secret: &Secret) -> Result<(), CommitFault> {
        let mut values = Vec::new();
        for key in secret.values() {
            let revision = self.revision_of::<ValueTable>(&key).await;
            let revision = revision.map_err(|unread| CommitFault::Unavailable(unread.to_string()))?;
            values.extend(revision.map(|revision| Edit::delete::<ValueTable>(&key, revision)));
        }
        while values.len() > VALUES_AT_ONCE {
            let mut some = values.split_off(values.len() - VALUES_AT_ONCE);
            some.push(secret.kept());
            self.commits.commit(some, Vec::new(), None).await?;
        }
        values.push(secret.delete());
        self.do_to(secret, values, [Deed { name: "EndSecretVersionDelete", details: Some(Vec::new()) }]).await
    }
}
