//! Records that no snapshot shows, since they are long and seldom asked for: the values of parameters and secrets.

use crate::{Gate, Passage, commit::store_key};
use gatekey_seal::{Keychain, Place};
use gatekey_store::{Revision, table::Table};

/// A record that could not be read; the text is for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a record of table {table} cannot be read: {why}")]
pub struct Unread {
    table: &'static str,
    why: String,
}

impl Gate {
    /// The revision of such a record: who deletes it must know which it deletes. Nothing for one that is not there.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn revision_of<T: Table>(&self, key: &T::Key) -> Result<Option<Revision>, Unread> {
        let found = self.store.get(&store_key(T::NAME, &T::encode_key(key))).await;
        let found = found.map_err(|fault| Unread { table: T::NAME, why: fault.to_string() })?;
        Ok(found.map(|record| record.modified))
    }
}

impl Passage<'_> {
    /// What the snapshot tells of is not in the store any more: the request must be decided again on the new one.
    pub fn is_outdated(&mut self) {
        self.conflicted = true;
    }

    /// Reads a record from the store. Nothing says that it belongs to the present snapshot: a record that is read like this
    /// has a key of its own for each version of what it holds, and never changes.
    ///
    /// # Errors
    /// The store does not answer, or the record's seal is broken.
    pub async fn stored<T: Table>(&self, key: &T::Key) -> Result<Option<(T::Record, Revision)>, Unread> {
        let unread = |why: String| Unread { table: T::NAME, why };
        let key = T::encode_key(key);
        let found = self.gate.store.get(&store_key(T::NAME, &key)).await;
        let Some(record) = found.map_err(|fault| unread(fault.to_string()))? else { return Ok(None) };
        let version = Keychain::peek(&record.value).map_or(0, |header| header.version);
        let place = Place { table: T::NAME, key: key.as_bytes(), version };
        let plain = self.gate.keychain.open_record(&place, &record.value);
        let plain = plain.map_err(|broken| unread(broken.to_string()))?;
        let read = T::decode(&plain).ok_or_else(|| unread("its schema is not known".to_owned()))?;
        Ok(Some((read, record.modified)))
    }
}
