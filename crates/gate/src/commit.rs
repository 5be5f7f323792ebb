//! The one writer: many changes, one transaction, one fsync.
//!
//! Every change of the store goes through one task, the [`Writer`]. Here is the way to it.

use crate::{health::Health, outbox::Outgoing, seen::Seen, writer::Writer};
use bytes::Bytes;
use gatekey_store::{Revision, table::Edit};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Why a change is not acknowledged. But for [`CommitFault::Unknown`], nothing of it happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommitFault {
    /// Somebody else changed a record that the change depends on: decide again on the new snapshot.
    #[error("a record that the change depends on has changed")]
    Conflict,
    /// The store cannot write now.
    #[error("the store cannot write: {0}")]
    Unavailable(String),
    /// The store gave no answer: all of the change happened, or nothing. The writer finds out before the next change.
    #[error("the store did not say whether it wrote: {0}")]
    Unknown(String),
    /// It was foreseen that nobody could change the policy of some key any more, and such changes are refused.
    #[error("{0}; the server refuses that: forecast = deny")]
    Foreclosed(String),
    /// The store holds something that Gatekey did not write.
    #[error("the store was tampered with: {0}")]
    Tampered(String),
}

/// A change and the audit events that tell of it: one, and one more for each other Region that it reaches into.
pub(crate) struct Submission {
    pub(crate) edits: Vec<Edit>,
    pub(crate) events: Vec<Outgoing>,
    /// What it was decided on; nothing for what nobody's right decides.
    pub(crate) seen: Option<Seen>,
    pub(crate) reply: Reply,
}

/// Changes that wait for the writer; more than these must wait outside.
const WAITING: usize = 256;

/// Who waits for what became of a change.
pub(crate) type Reply = oneshot::Sender<Result<Revision, CommitFault>>;

/// Where changes are handed in.
#[derive(Clone)]
pub(crate) struct Commits {
    inbox: mpsc::Sender<Submission>,
    health: Arc<Health>,
}

impl Commits {
    /// Starts the writer on the present runtime. It ends when the last `Commits` is dropped.
    pub(crate) fn start(writer: Writer) -> Self {
        let (inbox, changes) = mpsc::channel(WAITING);
        let health = writer.health();
        drop(tokio::spawn(writer.run(changes)));
        Self { inbox, health }
    }

    /// Whether the writer is there, and the snapshot shows what the store has.
    ///
    /// # Errors
    /// Why not; the text is for the operator. It never becomes well again: the server must be restarted.
    pub(crate) fn health(&self) -> Result<(), &str> {
        match self.health.fault() {
            Some(fault) => Err(fault),
            // It ends by itself only when nobody is left who could ask, so it died of a defect.
            None if self.inbox.is_closed() => Err("the writer has stopped"),
            None => Ok(()),
        }
    }

    /// Makes a change, all of it or nothing. The change is made even if the caller stops waiting.
    ///
    /// # Errors
    /// [`CommitFault`]
    pub(crate) async fn commit(
        &self,
        edits: Vec<Edit>,
        events: Vec<Outgoing>,
        seen: Option<Seen>,
    ) -> Result<Revision, CommitFault> {
        let (reply, answer) = oneshot::channel();
        let stopped = "the writer has stopped";
        let submitted = self.inbox.send(Submission { edits, events, seen, reply }).await;
        submitted.map_err(|_| CommitFault::Unavailable(stopped.into()))?;
        answer.await.map_err(|_| CommitFault::Unknown(stopped.into()))?
    }
}

/// The store's key of a record: its table, a slash, its key.
pub(crate) fn store_key(table: &str, key: &str) -> Bytes {
    Bytes::from(format!("{table}/{key}"))
}
