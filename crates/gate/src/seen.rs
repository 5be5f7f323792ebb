//! What a change was decided on, beside the records that it writes.

use crate::Snapshot;
use gatekey_store::Revision;
use gatekey_types::AccountId;
use std::collections::BTreeSet;

/// The identities and organizations that a decision relied on, as its snapshot had them. A right that was taken away
/// meanwhile is not used once more: the writer, which alone changes anything, looks before it writes.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) revision: Revision,
    pub(crate) accounts: Vec<AccountId>,
    /// The accounts of which the change was found to leave somebody for each key, where a change that does not is refused.
    pub(crate) foreseen: BTreeSet<AccountId>,
}

impl Seen {
    /// Whether the present snapshot still has them as the decision saw them.
    pub(crate) fn holds(&self, present: &Snapshot) -> bool {
        let is_old = |changed: Revision| changed <= self.revision;
        let keys = |account: &AccountId| present.keyring.policies_changed(*account);
        self.accounts.iter().chain(&self.foreseen).all(|account| is_old(present.directory.changed(*account)))
            && self.foreseen.iter().all(|account| is_old(keys(account)))
    }

    /// Whether no other change may share its transaction: two that each leave somebody can leave nobody together.
    pub(crate) fn is_alone(&self) -> bool {
        !self.foreseen.is_empty()
    }
}
