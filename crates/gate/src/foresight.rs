//! What a change brings to those who can change keys' policies, told while it is made.
//!
//! A key's policy is foreseen where it is put ([`Passage::foresee`]); changes of identities and organizations where they are
//! committed, whichever operation makes them. Those that touch nobody's rights, as nearly all do, cost a look at the names of the
//! tables that they write. Where lockouts are refused, what was foreseen must still be true when the change is written: of two
//! that only together leave nobody, the second is decided again and refused.

use crate::{CommitFault, Gate, Passage, Snapshot, workshop::beside};
use gatekey_directory::Directory;
use gatekey_keyring::Key;
use gatekey_policy::Policy;
use gatekey_store::table::{Edit, Fate, Row, Unreadable};
use gatekey_types::{AccountId, Timestamp};
use std::{collections::BTreeSet, sync::Arc};

/// The header that tells of it.
const HEADER: &str = "x-gatekey-forecast";

/// Foresees what becomes of those who can change keys' policies.
pub trait Foresight: Send + Sync {
    /// What putting this policy on the key brings; nothing where that is harmless. The key need not be there yet.
    fn of_policy(&self, snapshot: &Snapshot, key: &Key, policy: &Arc<Policy>) -> Option<Foreseen>;

    /// What a change of identities or organizations brings to the keys of the accounts that it concerns; nothing where that is
    /// harmless. Of what is too much to look at while somebody waits, it says that.
    fn of_identities(&self, changing: &Changing<'_>) -> Option<Foreseen>;
}

/// A change that is about to be made.
#[derive(Debug, Clone, Copy)]
pub struct Changing<'a> {
    /// What is.
    pub before: &'a Snapshot,
    /// What will be. Its keys are those that are.
    pub after: &'a Snapshot,
    /// The accounts of whose identities or bounds it changes anything.
    pub accounts: &'a BTreeSet<AccountId>,
    /// Whose request it is: keys of others are not named to them.
    pub by: AccountId,
    /// When.
    pub now: Timestamp,
}

/// What a change brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreseen {
    /// In a sentence, for the caller and the audit log.
    pub text: String,
    /// Whether nobody could change some key's policy any more.
    pub is_lockout: bool,
}

/// A lockout that is not to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foreclosed;

/// Who foresees, and whether what is foreseen is refused.
pub(crate) struct Forecasts {
    foresight: Arc<dyn Foresight>,
    denies: bool,
}

impl Gate {
    /// The same, but what changes bring to those who can change keys' policies is foreseen: whoever makes one is told in a header,
    /// and the audit log too. `denies`: a change by which nobody could change a policy any more is refused, even if AWS's check is
    /// bypassed.
    #[must_use]
    pub fn with_foresight(mut self, foresight: Arc<dyn Foresight>, denies: bool) -> Self {
        self.forecasts = Some(Forecasts { foresight, denies });
        self
    }
}

impl Passage<'_> {
    /// Tells what putting this policy on the key brings, if changes are foreseen.
    ///
    /// # Errors
    /// It is a lockout, and those are refused.
    pub fn foresee(&mut self, key: &Key, policy: &Arc<Policy>) -> Result<(), Foreclosed> {
        let Some(Forecasts { foresight, .. }) = &self.gate.forecasts else { return Ok(()) };
        let foreseen = beside(|| foresight.of_policy(&self.snapshot, key, policy));
        self.tell(foreseen)
    }

    /// Tells what a change brings that is about to be committed, if changes are foreseen and it takes rights away. Where lockouts
    /// are refused, gives the accounts of which it must still be true when it is committed.
    ///
    /// # Errors
    /// It is a lockout, and those are refused.
    pub(crate) async fn foresee_change(
        &mut self,
        edits: &[Edit],
    ) -> Result<BTreeSet<AccountId>, CommitFault> {
        let Some(Forecasts { foresight, denies }) = &self.gate.forecasts else { return Ok(BTreeSet::new()) };
        if !edits.iter().any(Directory::may_take_rights) {
            return Ok(BTreeSet::new());
        }
        let (foreseen, accounts) = self.study(|| self.of_change(&**foresight, edits)).await;
        let text = foreseen.as_ref().map(|foreseen| foreseen.text.clone()).unwrap_or_default();
        self.tell(foreseen).map_err(|Foreclosed| CommitFault::Foreclosed(text))?;
        Ok(if *denies { accounts } else { BTreeSet::new() })
    }

    fn of_change(
        &self,
        foresight: &dyn Foresight,
        edits: &[Edit],
    ) -> (Option<Foreseen>, BTreeSet<AccountId>) {
        let before = &*self.snapshot;
        // What cannot be read back is found out by the commit.
        let Ok(directory) = self.with(edits) else { return (None, BTreeSet::new()) };
        let accounts = before.directory.whose_rights_differ(&directory, edits);
        if accounts.is_empty() {
            return (None, accounts);
        }
        let after = Snapshot { directory, ..before.clone() };
        let (by, now) = (self.account(), self.now());
        let changing = Changing { before, after: &after, accounts: &accounts, by, now };
        (foresight.of_identities(&changing), accounts)
    }

    /// The directory as it will be with these edits.
    fn with(&self, edits: &[Edit]) -> Result<Directory, Unreadable> {
        let interner = &self.gate.snapshots.interner;
        let mut directory = self.snapshot.directory.clone();
        for edit in edits.iter().filter(|edit| Directory::TABLES.contains(&edit.table)) {
            let record = match &edit.fate {
                Fate::Put(bytes) => Some(bytes.as_slice()),
                Fate::Delete => None,
                Fate::Keep => continue,
            };
            let revision = self.snapshot.revision;
            directory.apply(&Row { table: edit.table, key: &edit.key, record, revision }, interner)?;
        }
        Ok(directory)
    }

    fn tell(&mut self, foreseen: Option<Foreseen>) -> Result<(), Foreclosed> {
        let Some(foreseen) = foreseen else { return Ok(()) };
        let denies = self.gate.forecasts.as_ref().is_some_and(|forecasts| forecasts.denies);
        self.draft.hint(HEADER, foreseen.text.clone());
        self.draft.forecast = Some(foreseen.text);
        if denies && foreseen.is_lockout { Err(Foreclosed) } else { Ok(()) }
    }
}
