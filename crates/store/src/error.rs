use crate::Revision;
use bytes::Bytes;

/// Why the store did not do what it was asked. The texts are for operators, never for clients: clients see only that
/// the service failed. No text holds a key or a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// A guard does not hold, and nothing was written. Read again, decide again.
    #[error("another writer was first: a record that this commit depends on has changed")]
    Conflict {
        /// The key of the first guard of the batch that does not hold.
        key: Bytes,
    },
    /// The commit was sent, and no answer came: it is in force, or it will never be, or it will be soon. Read again and
    /// compare before trying again. Reads never answer this.
    #[error("the outcome of a commit is unknown: {0}")]
    Unknown(String),
    /// The history that was asked for is no longer kept. A watcher must read the whole span again and watch from there.
    #[error("the store no longer keeps what happened after revision {0}", .oldest.get())]
    Compacted {
        /// The oldest revision that can still be read, and watched after.
        oldest: Revision,
    },
    /// Nothing was written and the store is otherwise well: a full disk, an engine out of reach, one that is closing.
    #[error("the store cannot do this now: {0}")]
    Unavailable(String),
    /// What is stored is damaged, or was written by a newer Gatekey. Nothing but an operator can help.
    #[error("the store is damaged: {0}")]
    Damaged(String),
    /// The request breaks a rule of the contract: a fault of the caller, not of the store. Nothing was written.
    #[error("the store refuses the request: {0}")]
    Refused(#[from] Refusal),
}

/// The rules of the contract that a request can break, the same in every engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// More than [`MAX_OPERATIONS`](crate::MAX_OPERATIONS) guards or writes.
    #[error("more than 128 guards or 128 writes in a batch")]
    TooManyOperations,
    /// Keys and values of the batch exceed [`MAX_BATCH_BYTES`](crate::MAX_BATCH_BYTES).
    #[error("a batch of more than 1 MiB")]
    TooManyBytes,
    /// A key is empty, or longer than [`MAX_KEY_BYTES`](crate::MAX_KEY_BYTES).
    #[error("a key that is empty or longer than 1,024 bytes")]
    KeyLength,
    /// A batch writes the same key twice.
    #[error("the same key written twice in a batch")]
    WrittenTwice,
    /// A revision later than the newest: the store was put back to an older state, or the revision is another store's.
    #[error("a revision that this store has not reached")]
    FutureRevision,
}
