//! The engine that keeps everything in memory, for tests and for throw-away servers.
//!
//! It is simple on purpose: each commit leaves a whole new persistent map beside the older ones, so that a read of the
//! past is a read of the map of that time. The other engines are compared with it.

use crate::{
    Batch, Change, Changes, Checked, Page, PageBuilder, Pending, Record, Refusal, Revision, Span, Store,
    StoreError, Watch, Write,
};
use bytes::Bytes;
use imbl::OrdMap;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::watch;

/// How many commits back the past can be read, unless said otherwise.
const DEFAULT_HISTORY: usize = 1_000;

/// A store in memory: lost when it is dropped, otherwise true to the contract.
#[derive(Debug)]
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
    newest: watch::Sender<Revision>,
}

/// The state after one commit, and what that commit changed.
#[derive(Debug, Clone, Default)]
struct Version {
    records: OrdMap<Bytes, Record>,
    changes: Arc<[Change]>,
}

#[derive(Debug)]
struct State {
    oldest: Revision,
    /// The version of revision `oldest` and of each one after it; never empty.
    versions: VecDeque<Version>,
    history: usize,
}

impl MemoryStore {
    /// An empty store that remembers the last 1,000 commits.
    pub fn new() -> Self {
        Self::with_history(DEFAULT_HISTORY)
    }

    /// An empty store that remembers the last `history` commits.
    pub fn with_history(history: usize) -> Self {
        let state = State { oldest: Revision::ZERO, versions: VecDeque::from([Version::default()]), history };
        Self { state: Arc::new(Mutex::new(state)), newest: watch::Sender::new(Revision::ZERO) }
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

/// The state stays whole if a thread dies while it holds the lock: every change to it is one push.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    fn newest(&self) -> Revision {
        Revision::new(self.oldest.get() + self.versions.len().saturating_sub(1) as u64)
    }

    fn present(&self) -> Version {
        self.versions.back().cloned().unwrap_or_default()
    }

    fn at(&self, revision: Revision) -> Result<&Version, StoreError> {
        let back = revision
            .get()
            .checked_sub(self.oldest.get())
            .ok_or(StoreError::Compacted { oldest: self.oldest })?;
        let index = usize::try_from(back).unwrap_or(usize::MAX);
        self.versions.get(index).ok_or(Refusal::FutureRevision.into())
    }

    fn range(&self, span: Span, limit: usize, at: Option<Revision>) -> Result<Page, StoreError> {
        let revision = at.unwrap_or_else(|| self.newest());
        let records = &self.at(revision)?.records;
        let bounds = span.bounds();
        let mut page = PageBuilder::new(span, limit, revision);
        let _full = records.range(bounds).map(|(_, record)| record.clone()).any(|record| !page.push(record));
        Ok(page.finish())
    }

    fn commit(&mut self, batch: &Checked) -> Result<Revision, StoreError> {
        let mut records = self.present().records;
        let modified = |key: &Bytes| records.get(key).map(|record| record.modified);
        if let Some(broken) = batch.guards().iter().find(|guard| !guard.holds(modified(guard.key()))) {
            return Err(StoreError::Conflict { key: broken.key().clone() });
        }
        if batch.writes().is_empty() {
            return Ok(self.newest());
        }
        let revision = self.newest().next();
        let mut changes: Vec<Change> =
            batch.writes().iter().filter_map(|write| apply(&mut records, write, revision)).collect();
        changes.sort_by(|a, b| a.key().cmp(b.key()));
        self.versions.push_back(Version { records, changes: changes.into() });
        self.compact(revision.back(self.history as u64));
        Ok(revision)
    }

    fn compact(&mut self, through: Revision) {
        while self.oldest < through && self.versions.len() > 1 {
            self.versions.pop_front();
            self.oldest = self.oldest.next();
        }
    }

    /// What the watcher that knows everything up to `known` must learn next, if anything.
    fn after(&self, known: Revision, span: &Span) -> Result<Option<Changes>, StoreError> {
        self.at(known)?;
        let mut revision = known;
        while revision < self.newest() {
            revision = revision.next();
            let all = self.at(revision)?.changes.iter();
            let changes: Vec<Change> = all.filter(|change| span.contains(change.key())).cloned().collect();
            if !changes.is_empty() {
                return Ok(Some(Changes { revision, changes }));
            }
        }
        Ok((revision > known).then(|| Changes { revision, changes: Vec::new() }))
    }
}

fn apply(records: &mut OrdMap<Bytes, Record>, write: &Write, modified: Revision) -> Option<Change> {
    match write {
        Write::Delete(key) => records.remove(key).map(|_| Change::Delete(key.clone())),
        Write::Put(key, value) => {
            let created = records.get(key).map_or(modified, |record| record.created);
            let record = Record { key: key.clone(), value: value.clone(), created, modified };
            records.insert(key.clone(), record.clone());
            Some(Change::Put(record))
        }
    }
}

impl Store for MemoryStore {
    fn get<'a>(&'a self, key: &'a [u8]) -> Pending<'a, Option<Record>> {
        Box::pin(async move { Ok(lock(&self.state).present().records.get(key).cloned()) })
    }

    fn range(&self, span: Span, limit: usize, at: Option<Revision>) -> Pending<'_, Page> {
        Box::pin(async move { lock(&self.state).range(span, limit, at) })
    }

    fn commit(&self, batch: Batch) -> Pending<'_, Revision> {
        Box::pin(async move {
            let batch = batch.check()?;
            let mut state = lock(&self.state);
            let revision = state.commit(&batch)?;
            // Told under the lock, so that watchers never see revisions in another order.
            self.newest.send_replace(state.newest());
            Ok(revision)
        })
    }

    fn watch(&self, span: Span, after: Revision) -> Pending<'_, Box<dyn Watch>> {
        Box::pin(async move {
            lock(&self.state).at(after)?;
            let follower = Follower {
                state: Arc::clone(&self.state),
                newest: self.newest.subscribe(),
                span,
                known: after,
            };
            Ok(Box::new(follower) as Box<dyn Watch>)
        })
    }

    fn compact(&self, through: Revision) -> Pending<'_, ()> {
        Box::pin(async move {
            let mut state = lock(&self.state);
            state.at(through.max(state.oldest))?;
            state.compact(through);
            Ok(())
        })
    }
}

struct Follower {
    state: Arc<Mutex<State>>,
    newest: watch::Receiver<Revision>,
    span: Span,
    known: Revision,
}

impl Watch for Follower {
    fn next(&mut self) -> Pending<'_, Changes> {
        Box::pin(async move {
            loop {
                let news = lock(&self.state).after(self.known, &self.span)?;
                if let Some(news) = news {
                    self.known = news.revision;
                    return Ok(news);
                }
                let known = self.known;
                let waited = self.newest.wait_for(|newest| *newest > known).await;
                waited.map_err(|_| StoreError::Unavailable("the store is closed".to_owned()))?;
            }
        })
    }
}
