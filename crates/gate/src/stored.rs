//! Records that no snapshot shows, since they are long and seldom asked for: the values of parameters and secrets.

use crate::{Passage, commit::store_key};
use gatekey_seal::{Keychain, Place};
use gatekey_store::{Revision, table::Table};

/// A record that could not be read; the text is for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a record of table {table} cannot be read: {why}")]
pub struct Unread {
    table: &'static str,
    why: String,
}

impl Passage<'_> {
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
