//! What the operator does beside the API: accounts and their first root access keys.

use crate::{CommitFault, Gate};
use gatekey_directory::{AccountRecord, AccountTable, ControlKind, Joining, NewAccessKey, Organizer, Owner};
use gatekey_store::table::Edit;
use gatekey_types::AccountId;

/// Why an account could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetupFault {
    /// There is one of that number.
    #[error("account {0} exists already")]
    Exists(AccountId),
    /// There is none of that number, or it is in an organization already.
    #[error("account {0} does not exist, or is in an organization already")]
    CannotJoin(AccountId),
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
        self.create_account_of(account, name, None, key).await
    }

    /// The same for an owner whose e-mail address is known.
    ///
    /// # Errors
    /// [`SetupFault`]
    pub async fn create_account_of(
        &self,
        account: AccountId,
        name: &str,
        email: Option<&str>,
        key: &NewAccessKey,
    ) -> Result<(), SetupFault> {
        if self.snapshot().directory.has_account(account) {
            return Err(SetupFault::Exists(account));
        }
        let email = email.map(str::to_owned);
        let record = AccountRecord { created: self.now(), name: name.to_owned(), email };
        let edits = vec![Edit::insert::<AccountTable>(&account, &record), key.change()];
        self.commits.commit(edits, Vec::new(), None).await?;
        Ok(())
    }

    /// Makes an organization of accounts that are in none, with all features, and with service and resource control
    /// policies enabled.
    ///
    /// # Errors
    /// [`SetupFault`]
    pub async fn found_organization(
        &self,
        management: AccountId,
        others: &[AccountId],
    ) -> Result<(), SetupFault> {
        let directory = &self.snapshot().directory;
        let joining = |account: AccountId| match directory.account(account) {
            Some(kept) if directory.organizations.member(account).is_none() => {
                Ok(Joining { account, name: kept.record.name.clone(), email: kept.record.email.clone() })
            }
            _ => Err(SetupFault::CannotJoin(account)),
        };
        let mut organizer = Organizer::new(&joining(management)?, true, self.now(), self.entropy());
        organizer.record.policy_types.extend([ControlKind::ServiceControl, ControlKind::ResourceControl]);
        for other in others.iter().filter(|other| **other != management) {
            organizer.add(&joining(*other)?);
        }
        self.commits.commit(organizer.edits(), Vec::new(), None).await?;
        Ok(())
    }

    /// Writes records beside the API, with nobody's right and without an event: for benchmarks and tests, which alone turn
    /// this feature on.
    ///
    /// # Errors
    /// [`CommitFault`]
    #[cfg(feature = "provision")]
    pub async fn provision(&self, edits: Vec<Edit>) -> Result<(), CommitFault> {
        self.commits.commit(edits, Vec::new(), None).await.map(drop)
    }

    /// Adds an access key to an account that there is.
    ///
    /// # Errors
    /// [`SetupFault`]
    pub async fn add_root_key(&self, key: &NewAccessKey) -> Result<(), SetupFault> {
        self.commits.commit(vec![key.change()], Vec::new(), None).await?;
        Ok(())
    }
}
