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
    /// Makes an account and a first access key for its root user. The key is shown here and never again.
    ///
    /// # Errors
    /// [`SetupFault`]
    pub async fn create_account(&self, account: AccountId, name: &str) -> Result<NewAccessKey, SetupFault> {
        if self.snapshot().directory.has_account(account) {
            return Err(SetupFault::Exists(account));
        }
        let record = AccountRecord { created: self.now(), name: name.to_owned() };
        let key = NewAccessKey::long_term(Owner::Root(account), self.now(), self.entropy());
        let edits = vec![Edit::insert::<AccountTable>(&account, &record), key.change()];
        self.commits.commit(edits, None).await?;
        Ok(key)
    }
}
