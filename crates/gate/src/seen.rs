//! What a change was decided on, beside the records that it writes.

use crate::Snapshot;
use gatekey_store::Revision;
use gatekey_types::AccountId;

/// The identities and organizations that a decision relied on, as its snapshot had them. A right that was taken away
/// meanwhile is not used once more: the writer, which alone changes anything, looks before it writes.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) revision: Revision,
    pub(crate) accounts: Vec<AccountId>,
}

impl Seen {
    /// Whether the present snapshot still has them as the decision saw them.
    pub(crate) fn holds(&self, present: &Snapshot) -> bool {
        self.accounts.iter().all(|account| present.directory.changed(*account) <= self.revision)
    }
}
