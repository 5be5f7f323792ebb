//! The one thread that writes.
//!
//! Commits that arrive while it syncs wait together and share the next transaction: one sync for all of them. Each is
//! guarded by what those before it in the group wrote, and none is answered, not even with a conflict, before all of it
//! is on the disk.
//!
//! **When the end of a transaction fails** (a full disk, an I/O error), the engine has taken it back, but its last bytes
//! may lie in the log, complete, and would come alive if the process died now and the log was read again. So the writer
//! at once commits a trifle, which the engine puts over those very bytes. If that succeeds, the failed commit is void
//! for ever and is answered `Unavailable`. If that fails too, its outcome is `Unknown`; except on a full disk, where a
//! write that did not fit cannot have been complete.

use crate::{
    error::translate,
    open::Options,
    queries::{self, Extent},
    recent::{Commit, Recent},
    transaction::{self, Applied},
};
use gatekey_store::{Checked, Revision, StoreError};
use rusqlite::{Connection, ErrorCode, TransactionBehavior};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot, watch};

/// So many commits share a transaction at most.
const GROUP: usize = 256;
/// The log is copied into the database when so many of its pages are not there yet,
const CHECKPOINT_PAGES: i64 = 1_000;
/// and readers are waited for when it has so many (64 MiB), so that it can begin anew from its start.
const RESTART_PAGES: i64 = 16_384;

/// Where an answer goes.
pub(crate) type Answer<T> = oneshot::Sender<Result<T, StoreError>>;

/// What the writer is asked for.
#[derive(Debug)]
pub(crate) enum Job {
    Commit { batch: Checked, answer: Answer<Revision>, room: OwnedSemaphorePermit },
    Compact { through: Revision, answer: Answer<()> },
}

/// A commit that waits for its answer. Its share of the queue's memory is given back with that.
struct Waiting {
    batch: Checked,
    answer: Answer<Revision>,
    _room: OwnedSemaphorePermit,
}

/// The thread's state.
pub(crate) struct Writer {
    connection: Connection,
    options: Options,
    extent: Extent,
    past_bytes: u64,
    recent: Recent,
    published: watch::Sender<Extent>,
}

/// What a transaction did, once it is on the disk.
struct Done {
    outcomes: Vec<Result<Revision, StoreError>>,
    commits: Vec<Commit>,
    replaced: u64,
}

/// Where a transaction failed.
enum Failure {
    Before(rusqlite::Error),
    AtTheEnd(rusqlite::Error),
}

impl Writer {
    /// A writer that has looked at where the store stands.
    pub(crate) fn new(connection: Connection, options: Options) -> rusqlite::Result<Self> {
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        let extent = queries::extent(&connection)?;
        let past_bytes = transaction::past_bytes(&connection)?;
        let recent = Recent::new(extent.newest);
        Ok(Self { connection, options, extent, past_bytes, recent, published: watch::Sender::new(extent) })
    }

    /// The last commits, as watchers see them.
    pub(crate) fn recent(&self) -> Recent {
        self.recent.clone()
    }

    /// How far the store has come.
    pub(crate) fn extent(&self) -> watch::Receiver<Extent> {
        self.published.subscribe()
    }

    /// Serves until everyone who could ask is gone.
    pub(crate) fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        let mut jobs = Vec::with_capacity(GROUP);
        while queue.blocking_recv_many(&mut jobs, GROUP) > 0 {
            let mut group = Vec::with_capacity(jobs.len());
            let mut compactions = Vec::new();
            for job in jobs.drain(..) {
                match job {
                    Job::Commit { batch, answer, room } => group.push(Waiting { batch, answer, _room: room }),
                    Job::Compact { through, answer } => compactions.push((through, answer)),
                }
            }
            self.commit(group);
            for (through, answer) in compactions {
                let _ = answer.send(self.compact(through));
            }
            self.tidy();
        }
    }

    /// One transaction for all, and an answer to each.
    fn commit(&mut self, group: Vec<Waiting>) {
        if group.is_empty() {
            return;
        }
        match self.transact(&group) {
            Ok(done) => {
                self.past_bytes = self.past_bytes.saturating_add(done.replaced);
                self.extent.newest = done.commits.last().map_or(self.extent.newest, |last| last.revision);
                self.recent.push(done.commits);
                // The watchers' newest revision is never behind what a committer was told.
                self.published.send_replace(self.extent);
                for (waiting, outcome) in group.into_iter().zip(done.outcomes) {
                    let _ = waiting.answer.send(outcome);
                }
            }
            Err(failure) => {
                let error = self.void(failure);
                for waiting in group {
                    let _ = waiting.answer.send(Err(error.clone()));
                }
            }
        }
    }

    fn transact(&mut self, group: &[Waiting]) -> Result<Done, Failure> {
        let newest = self.extent.newest;
        let immediate = TransactionBehavior::Immediate;
        let transaction = self.connection.transaction_with_behavior(immediate).map_err(Failure::Before)?;
        let done = fill(&transaction, group, newest).map_err(Failure::Before)?;
        transaction.commit().map_err(Failure::AtTheEnd)?;
        Ok(done)
    }

    /// Sees to it that a failed transaction stays without effect, and tells what to answer.
    fn void(&mut self, failure: Failure) -> StoreError {
        let error = match failure {
            // Without its end, a transaction in the log means nothing.
            Failure::Before(error) => return translate(&error),
            Failure::AtTheEnd(error) => error,
        };
        if !self.connection.is_autocommit() {
            // If even this fails, beginning the next transaction fails, and says so.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        let full = error.sqlite_error_code() == Some(ErrorCode::DiskFull);
        let settled = self.settle();
        let present = queries::extent(&self.connection);
        match present {
            Ok(extent) if extent.newest == self.extent.newest && (settled || full) => translate(&error),
            Ok(extent) => {
                self.resume_at(extent);
                StoreError::Unknown(error.to_string())
            }
            Err(_) => StoreError::Unknown(error.to_string()),
        }
    }

    /// Puts a whole transaction over the bytes of the failed one.
    fn settle(&mut self) -> bool {
        self.connection.execute("UPDATE state SET settled = settled + 1", []).is_ok()
    }

    /// Goes on from what the database says, when that is not what was expected. Watchers then ask the database too.
    fn resume_at(&mut self, extent: Extent) {
        if extent.newest > self.extent.newest {
            self.recent.restart(extent.newest);
        }
        self.extent = extent;
        self.published.send_replace(extent);
    }

    fn compact(&mut self, through: Revision) -> Result<(), StoreError> {
        let compacted = transaction::compact(&mut self.connection, through);
        let extent = compacted.unwrap_or_else(|error| Err(translate(&error)))?;
        self.past_bytes = transaction::past_bytes(&self.connection).unwrap_or(self.past_bytes);
        self.extent = extent;
        self.published.send_replace(extent);
        Ok(())
    }

    /// Keeps history and log bounded. Nobody waits for this, and what fails now is tried again after the next group.
    fn tidy(&mut self) {
        let kept = self.extent.newest.get().saturating_sub(self.extent.oldest.get());
        let slack = self.options.history / 4;
        if kept > self.options.history.saturating_add(slack) {
            let _ = self.compact(self.extent.newest.back(self.options.history));
        }
        if self.past_bytes > self.options.history_bytes {
            let _ = self.compact(self.extent.newest.back(kept / 2));
        }
        let _ = self.checkpoint();
    }

    fn checkpoint(&self) -> rusqlite::Result<()> {
        let ask = |mode: &str| {
            let pages = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(1)?, row.get::<_, i64>(2)?));
            self.connection.prepare_cached(mode)?.query_row([], pages)
        };
        let (in_log, copied) = ask("PRAGMA wal_checkpoint(NOOP)")?;
        if in_log > RESTART_PAGES {
            ask("PRAGMA wal_checkpoint(RESTART)")?;
        } else if in_log.saturating_sub(copied) > CHECKPOINT_PAGES {
            ask("PRAGMA wal_checkpoint(PASSIVE)")?;
        }
        Ok(())
    }
}

/// Applies the batches one after the other.
fn fill(connection: &Connection, group: &[Waiting], mut newest: Revision) -> rusqlite::Result<Done> {
    let mut done = Done { outcomes: Vec::with_capacity(group.len()), commits: Vec::new(), replaced: 0 };
    for waiting in group {
        let outcome = match transaction::apply(connection, &waiting.batch, newest)? {
            Applied::Conflict(key) => Err(StoreError::Conflict { key }),
            Applied::NothingToWrite => Ok(newest),
            Applied::Written { commit, replaced } => {
                newest = commit.revision;
                done.replaced = done.replaced.saturating_add(replaced);
                done.commits.push(commit);
                Ok(newest)
            }
        };
        done.outcomes.push(outcome);
    }
    if !done.commits.is_empty() {
        transaction::advance(connection, newest)?;
    }
    Ok(done)
}
