use crate::{Refusal, Revision};
use bytes::Bytes;
use std::collections::HashSet;

/// A batch holds at most so many guards, and at most so many writes.
pub const MAX_OPERATIONS: usize = 128;
/// The keys and values of a batch, guards included, are at most so many bytes together.
pub const MAX_BATCH_BYTES: usize = 1 << 20;
/// A key has 1 to this many bytes.
pub const MAX_KEY_BYTES: usize = 1024;

/// What must be true for a batch to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guard {
    /// There is no record under this key.
    Absent(Bytes),
    /// The record under this key was last written by the commit of this revision.
    Unchanged(Bytes, Revision),
}

impl Guard {
    /// The key that it speaks of.
    pub fn key(&self) -> &Bytes {
        match self {
            Self::Absent(key) | Self::Unchanged(key, _) => key,
        }
    }

    /// Whether it holds, when the record under its key was last written at `modified`, or there is none.
    pub fn holds(&self, modified: Option<Revision>) -> bool {
        match self {
            Self::Absent(_) => modified.is_none(),
            Self::Unchanged(_, revision) => modified == Some(*revision),
        }
    }
}

/// One write of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Stores a value under a key, whatever was there.
    Put(Bytes, Bytes),
    /// Removes the record under a key. Nothing happens if there is none.
    Delete(Bytes),
}

impl Write {
    /// The key that is written.
    pub fn key(&self) -> &Bytes {
        match self {
            Self::Put(key, _) | Self::Delete(key) => key,
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Put(key, value) => key.len().saturating_add(value.len()),
            Self::Delete(key) => key.len(),
        }
    }
}

/// Writes that happen together or not at all, and what must be true for them to happen.
///
/// ```
/// use gatekey_store::{Batch, Revision};
/// let read_at = Revision::new(7);
/// let batch = Batch::new().absent("alias/a").unchanged("key/1", read_at).put("alias/a", "key/1").delete("alias/b");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Batch {
    guards: Vec<Guard>,
    writes: Vec<Write>,
}

impl Batch {
    /// Nothing yet. Committed like this, it only tells the newest revision.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only if there is no record under `key`.
    #[must_use]
    pub fn absent(mut self, key: impl Into<Bytes>) -> Self {
        self.guards.push(Guard::Absent(key.into()));
        self
    }

    /// Only if the record under `key` is still the one that was last written at `modified`.
    #[must_use]
    pub fn unchanged(mut self, key: impl Into<Bytes>, modified: Revision) -> Self {
        self.guards.push(Guard::Unchanged(key.into(), modified));
        self
    }

    /// Stores `value` under `key`.
    #[must_use]
    pub fn put(mut self, key: impl Into<Bytes>, value: impl Into<Bytes>) -> Self {
        self.writes.push(Write::Put(key.into(), value.into()));
        self
    }

    /// Removes the record under `key`, if there is one.
    #[must_use]
    pub fn delete(mut self, key: impl Into<Bytes>) -> Self {
        self.writes.push(Write::Delete(key.into()));
        self
    }

    /// Adds all that `other` demands and does.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.guards.extend(other.guards);
        self.writes.extend(other.writes);
        self
    }

    /// The guards so far.
    pub fn guards(&self) -> &[Guard] {
        &self.guards
    }

    /// The writes so far.
    pub fn writes(&self) -> &[Write] {
        &self.writes
    }

    /// Holds the batch to the limits of the contract. Every engine does this first, so all have the same.
    pub fn check(self) -> Result<Checked, Refusal> {
        if self.guards.len() > MAX_OPERATIONS || self.writes.len() > MAX_OPERATIONS {
            return Err(Refusal::TooManyOperations);
        }
        let mut keys = self.guards.iter().map(Guard::key).chain(self.writes.iter().map(Write::key));
        if !keys.all(|key| (1..=MAX_KEY_BYTES).contains(&key.len())) {
            return Err(Refusal::KeyLength);
        }
        if self.bytes() > MAX_BATCH_BYTES {
            return Err(Refusal::TooManyBytes);
        }
        let mut written = HashSet::with_capacity(self.writes.len());
        if !self.writes.iter().all(|write| written.insert(write.key())) {
            return Err(Refusal::WrittenTwice);
        }
        Ok(Checked(self))
    }

    fn bytes(&self) -> usize {
        let guards = self.guards.iter().map(|guard| guard.key().len());
        guards.chain(self.writes.iter().map(Write::bytes)).fold(0, usize::saturating_add)
    }
}

/// A batch within the limits. Only [`Batch::check`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked(Batch);

impl Checked {
    /// What must be true.
    pub fn guards(&self) -> &[Guard] {
        &self.0.guards
    }

    /// What is written; no key twice.
    pub fn writes(&self) -> &[Write] {
        &self.0.writes
    }

    /// The bytes of all keys and values.
    pub fn bytes(&self) -> usize {
        self.0.bytes()
    }
}
