use arc_swap::{ArcSwap, Guard};
use gatekey_directory::Directory;
use gatekey_keyring::Keyring;
use gatekey_parameters::Parameters;
use gatekey_policy::Interner;
use gatekey_recovery::Recoveries;
use gatekey_secrets::Secrets;
use gatekey_store::{
    Revision,
    table::{Row, Unreadable},
};
use std::sync::Arc;

/// Everything that a decision needs, as it was after one commit: immutable, read without a lock.
#[derive(Clone, Default, Debug)]
pub struct Snapshot {
    /// The commit that it shows.
    pub revision: Revision,
    /// Who exists.
    pub directory: Directory,
    /// Which keys exist.
    pub keyring: Keyring,
    /// Which parameters exist, without their values.
    pub parameters: Parameters,
    /// Which secrets exist, without their values.
    pub secrets: Secrets,
    /// Who holds recovery shares, and which recoveries there are.
    pub recoveries: Recoveries,
}

impl Snapshot {
    /// Takes over one record. Tables that no snapshot shows are passed over.
    ///
    /// # Errors
    /// The record cannot be read by this version.
    pub(crate) fn apply(&mut self, row: &Row<'_>, interner: &Interner) -> Result<(), Unreadable> {
        match row.table {
            table if Directory::TABLES.contains(&table) => self.directory.apply(row, interner),
            table if Keyring::TABLES.contains(&table) => self.keyring.apply(row, interner),
            table if Parameters::TABLES.contains(&table) => self.parameters.apply(row),
            table if Recoveries::TABLES.contains(&table) => self.recoveries.apply(row),
            table if Secrets::TABLES.contains(&table) => self.secrets.apply(row, interner),
            _ => Ok(()),
        }
    }
}

/// The present snapshot, swapped as a whole.
pub(crate) struct Snapshots {
    present: ArcSwap<Snapshot>,
    pub(crate) interner: Interner,
}

impl Snapshots {
    pub(crate) fn new(first: Snapshot, interner: Interner) -> Self {
        Self { present: ArcSwap::from_pointee(first), interner }
    }

    /// The present snapshot, held for as long as the guard lives.
    pub(crate) fn present(&self) -> Guard<Arc<Snapshot>> {
        self.present.load()
    }

    /// Swaps in the snapshot after a commit.
    ///
    /// # Errors
    /// A record that was just written cannot be read back: a defect, and the old snapshot stays.
    pub(crate) fn advance<'a>(
        &self,
        revision: Revision,
        rows: impl Iterator<Item = Row<'a>>,
    ) -> Result<(), Unreadable> {
        let mut next = Snapshot::clone(&self.present.load());
        next.revision = revision;
        for row in rows {
            next.apply(&row, &self.interner)?;
        }
        self.present.store(Arc::new(next));
        Ok(())
    }
}
