//! What the operator does beside the API: accounts and their first root access keys.

use crate::{CommitFault, Gate};
use gatekey_directory::{AccountRecord, AccountTable, NewAccessKey, Owner};
use gatekey_store::table::Edit;
use gatekey_types::AccountId;

/// Why an account could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetupFault {
    /// There is one of that number.
    #[error("account {0} exists already")]
    Exists(AccountId),
    /// The store did not take it.
    #[error(transparent)]
    Commit(#[from] CommitFault),
}

impl Gate {
    /// Makes a fresh access key for an account's root user. It works once [`Gate::add_root_key`] has stored it, so its
    /// owner can be told of it first.
    pub fn new_root_key(&self, account: AccountId) -> NewAccessKey {
        NewAccessKey::long_term(Owner::Root(account), self.now(), self.entropy())
    }

    /// Makes an account with a first access key for its root user.
    ///
    /// # Errors
    /// [`SetupFault`]
    pub async fn create_account(
        &self,
        account: AccountId,
        name: &str,
        key: &NewAccessKey,
    ) -> Result<(), SetupFault> {
        if self.snapshot().directory.has_account(account) {
            return Err(SetupFault::Exists(account));
        }
        let record = AccountRecord { created: self.now(), name: name.to_owned() };
        let edits = vec![Edit::insert::<AccountTable>(&account, &record), key.change()];
        self.commits.commit(edits, None, None).await?;
        Ok(())
    }

    /// Writes records beside the API, with nobody's right and without an event: for benchmarks
    /// and tests.
    ///
    /// # Errors
    /// [`CommitFault`]
    pub async fn provision(&self, edits: Vec<Edit>) -> Result<(), CommitFault> {
        self.commits.commit(edits, None, None).await.map(drop)
    }

    /// Adds an access key to an account that there is.
    ///
    /// # Errors
    /// [`SetupFault`]
    pub async fn add_root_key(&self, key: &NewAccessKey) -> Result<(), SetupFault> {
        self.commits.commit(vec![key.change()], None, None).await?;
        Ok(())
    }
}
