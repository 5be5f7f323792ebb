//! Typed tables above the store, and edits of their records in the clear. The gate alone turns edits into sealed writes.

use crate::Revision;
use gatekey_types::{AccountId, Region};
use serde::{Serialize, de::DeserializeOwned};

/// A typed table above the store: a name, the text of its keys and the type of its records.
///
/// Keys are text whose byte order is the order of a listing; account and Region come first, so that one account's
/// records are one range and no account can name another's. Records are JSON under a one-byte schema number; readers
/// of every older number stay for ever.
pub trait Table {
    /// The table's name: the first part of every key.
    const NAME: &'static str;
    /// The schema number that is written today.
    const SCHEMA: u8;
    /// What names a record.
    type Key;
    /// What is kept.
    type Record: Serialize + DeserializeOwned;

    /// The key as text, without the table's name.
    fn encode_key(key: &Self::Key) -> String;
    /// Reads what [`Table::encode_key`] wrote.
    fn decode_key(text: &str) -> Option<Self::Key>;

    /// Reads a record of an older schema. The default knows none.
    fn upgrade(_schema: u8, _body: &[u8]) -> Option<Self::Record> {
        None
    }

    /// Reads a record as it was written, schema number first.
    fn decode(bytes: &[u8]) -> Option<Self::Record> {
        let (schema, body) = bytes.split_first()?;
        if *schema == Self::SCHEMA { serde_json::from_slice(body).ok() } else { Self::upgrade(*schema, body) }
    }
}

/// A record as it was committed: its place, what it holds now (`None` when it is deleted) and its revision.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    /// The table's name.
    pub table: &'a str,
    /// The record's key, without the table's name.
    pub key: &'a str,
    /// The record, schema number first, in the clear.
    pub record: Option<&'a [u8]>,
    /// The commit that wrote or deleted it.
    pub revision: Revision,
}

impl core::fmt::Debug for Row<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Row").field("table", &self.table).field("key", &self.key).finish_non_exhaustive()
    }
}

impl Row<'_> {
    /// What names the record.
    ///
    /// # Errors
    /// [`Unreadable`]
    pub fn key_of<T: Table>(&self) -> Result<T::Key, Unreadable> {
        T::decode_key(self.key).ok_or_else(|| self.unreadable::<T>("its key is malformed"))
    }

    /// What it holds; nothing when it is deleted.
    ///
    /// # Errors
    /// [`Unreadable`]
    pub fn read<T: Table>(&self) -> Result<Option<T::Record>, Unreadable> {
        let unreadable = || self.unreadable::<T>("its schema is unknown to this version, or it is malformed");
        self.record.map(|bytes| T::decode(bytes).ok_or_else(unreadable)).transpose()
    }

    fn unreadable<T: Table>(&self, why: &'static str) -> Unreadable {
        Unreadable { table: T::NAME, key: self.key.to_owned(), why }
    }
}

/// A record that this version cannot read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the record {table}/{key} cannot be read: {why}")]
pub struct Unreadable {
    /// The table.
    pub table: &'static str,
    /// The record's key.
    pub key: String,
    /// What is wrong with it.
    pub why: &'static str,
}

/// Cuts a key that begins with account and Region, and gives what is behind them, which may have slashes.
pub fn in_region(key: &str) -> Option<(AccountId, Region, &str)> {
    let mut parts = key.splitn(3, '/');
    let account = parts.next()?.parse().ok()?;
    let region = parts.next()?.parse().ok()?;
    Some((account, region, parts.next()?))
}

/// What a change expects to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// No record under this key.
    Absent,
    /// The record of this very revision.
    Unchanged(Revision),
}

/// One record to write or delete, still in the clear: the gate seals it on its way to the store.
#[derive(Clone, PartialEq, Eq)]
pub struct Edit {
    /// The table's name.
    pub table: &'static str,
    /// The record's key, as [`Table::encode_key`] gives it.
    pub key: String,
    /// What must be there for the change to happen.
    pub expected: Expected,
    /// What becomes of the record.
    pub fate: Fate,
}

/// What becomes of a record.
#[derive(Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is written: these bytes, schema number first.
    Put(Vec<u8>),
    /// It is deleted.
    Delete,
    /// It stays as it is: the change only insists that nobody else changes it meanwhile.
    Keep,
}

impl core::fmt::Debug for Edit {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Edit").field("table", &self.table).field("key", &self.key).finish_non_exhaustive()
    }
}

impl Edit {
    /// Writes a record.
    pub fn put<T: Table>(key: &T::Key, expected: Expected, record: &T::Record) -> Self {
        let mut bytes = vec![T::SCHEMA];
        // Writing to memory fails only for maps whose keys are not text, which no record has.
        let written = serde_json::to_writer(&mut bytes, record);
        debug_assert!(written.is_ok());
        Self { table: T::NAME, key: T::encode_key(key), expected, fate: Fate::Put(bytes) }
    }

    /// Makes a record that must not be there yet.
    pub fn insert<T: Table>(key: &T::Key, record: &T::Record) -> Self {
        Self::put::<T>(key, Expected::Absent, record)
    }

    /// Replaces the record of this revision.
    pub fn update<T: Table>(key: &T::Key, revision: Revision, record: &T::Record) -> Self {
        Self::put::<T>(key, Expected::Unchanged(revision), record)
    }

    /// Deletes the record of this revision.
    pub fn delete<T: Table>(key: &T::Key, revision: Revision) -> Self {
        let expected = Expected::Unchanged(revision);
        Self { table: T::NAME, key: T::encode_key(key), expected, fate: Fate::Delete }
    }

    /// Insists that the record of this revision is still there.
    pub fn keep<T: Table>(key: &T::Key, revision: Revision) -> Self {
        let expected = Expected::Unchanged(revision);
        Self { table: T::NAME, key: T::encode_key(key), expected, fate: Fate::Keep }
    }
}
