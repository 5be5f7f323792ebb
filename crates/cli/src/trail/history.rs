//! How operations find what was recorded: in the index, which a thread keeps up to date beside the requests.

use super::{TrailFiles, unindexed};
use crate::failure::{Failure, Kind};
use gatekey_audit::{History, Page, PublicKey, Query, Witness};
use gatekey_audit_index::{Index, IndexError};
use gatekey_types::Clock;
use std::{
    sync::{Arc, Weak},
    thread,
    time::{Duration, Instant},
};

/// How often the index is brought up to date.
const EVERY: Duration = Duration::from_millis(500);
/// So many events are taken in before the thread rests.
const AT_ONCE: usize = 10_000;
/// A search itself takes in at most so many, so that whoever asks sees what he did a moment ago.
const BEFORE_A_SEARCH: usize = 20_000;
/// After a failure it is tried again so much later.
const AFTER_A_FAILURE: Duration = Duration::from_secs(60);

/// The index, and the key of digest files.
pub(crate) struct IndexedHistory {
    index: Index,
    files: TrailFiles,
    clock: Arc<dyn Clock>,
}

impl IndexedHistory {
    /// Opens the index and starts the thread, which ends when nobody holds this any more.
    pub(super) fn open(files: TrailFiles, clock: Arc<dyn Clock>) -> Result<Arc<Self>, Failure> {
        let history = Arc::new(Self { index: files.index()?, files, clock });
        let weak = Arc::downgrade(&history);
        thread::Builder::new()
            .name("audit-index".to_owned())
            .spawn(move || keep_up(&weak))
            .map_err(|error| Failure::new(Kind::Other, format!("cannot start a thread: {error}")))?;
        Ok(history)
    }

    /// Who is to be shown what is recorded.
    pub(crate) fn witness(&self) -> Arc<dyn Witness> {
        self.index.witness()
    }

    /// Forgets what the log no longer keeps. The error's text is for the operator.
    pub(super) fn prune(&self) -> Result<(), String> {
        self.index.prune().map_err(|error| unindexed(error).message().to_owned())
    }
}

/// Works for at most a quarter of the time, so that requests come first, and on many events at once where there are many: pages of the
/// database are written once for all of them.
fn keep_up(history: &Weak<IndexedHistory>) {
    let mut indexed = 0;
    while let Some(history) = history.upgrade() {
        let begun = Instant::now();
        let outcome = history.index.catch_up(AT_ONCE);
        drop(history);
        let rest = match outcome {
            Ok(progress) if progress.number > indexed => {
                indexed = progress.number;
                begun.elapsed().saturating_mul(3).max(EVERY)
            }
            Ok(_) => EVERY,
            // Before the log's first event there is no head.
            Err(IndexError::Damaged(_)) if indexed == 0 => EVERY,
            Err(error) => {
                tracing::error!(%error, "the index of the audit trail is not brought up to date");
                AFTER_A_FAILURE
            }
        };
        thread::sleep(rest);
    }
}

impl History for IndexedHistory {
    fn search(&self, query: &Query) -> Result<Page, String> {
        let search = || {
            self.index.catch_up(BEFORE_A_SEARCH)?;
            self.index.search(query)
        };
        search().map_err(|error| unindexed(error).message().to_owned())
    }

    fn public_keys(&self) -> Result<Vec<PublicKey>, String> {
        let key = self.files.digest_key(self.clock.now());
        key.map(|key| vec![key.public().clone()]).map_err(|failure| failure.message().to_owned())
    }
}
