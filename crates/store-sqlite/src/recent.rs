//! The last commits, in memory: what nearly every watcher needs, without asking the database.

use gatekey_store::{Change, Changes, Revision, Span};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// At most so many commits are kept,
const MAX_COMMITS: usize = 4096;
/// and at most so many bytes of keys and values.
const MAX_BYTES: usize = 16 << 20;

/// All that one commit changed, in the order of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Commit {
    pub(crate) revision: Revision,
    pub(crate) changes: Vec<Change>,
}

impl Commit {
    fn bytes(&self) -> usize {
        let size = |change: &Change| match change {
            Change::Put(record) => record.key.len().saturating_add(record.value.len()),
            Change::Delete(key) => key.len(),
        };
        self.changes.iter().map(size).fold(0, usize::saturating_add)
    }

    /// What a watcher of `span` hears of it.
    pub(crate) fn within(&self, span: &Span) -> Changes {
        let changes = self.changes.iter().filter(|change| span.contains(change.key())).cloned().collect();
        Changes { revision: self.revision, changes }
    }
}

/// What is known here about the commits after some revision.
pub(crate) enum News {
    /// There are none yet.
    None,
    /// Here is the next that matters.
    Next(Changes),
    /// They are no longer, or were never, in memory.
    Elsewhere,
}

/// The last commits, shared by the writer and the watchers.
#[derive(Debug, Clone)]
pub(crate) struct Recent(Arc<Mutex<Ring>>);

#[derive(Debug)]
struct Ring {
    /// Everything after this revision is here.
    after: Revision,
    newest: Revision,
    commits: VecDeque<Commit>,
    bytes: usize,
}

impl Recent {
    /// Of a store that was opened at this revision.
    pub(crate) fn new(newest: Revision) -> Self {
        let ring = Ring { after: newest, newest, commits: VecDeque::new(), bytes: 0 };
        Self(Arc::new(Mutex::new(ring)))
    }

    /// Adds the next commits, which are on the disk by now.
    pub(crate) fn push(&self, commits: Vec<Commit>) {
        let mut ring = self.lock();
        for commit in commits {
            ring.bytes = ring.bytes.saturating_add(commit.bytes());
            ring.newest = commit.revision;
            ring.commits.push_back(commit);
        }
        while ring.commits.len() > MAX_COMMITS || ring.bytes > MAX_BYTES {
            ring.drop_first();
        }
    }

    /// Begins anew behind `newest`: what came before must be asked of the database.
    pub(crate) fn restart(&self, newest: Revision) {
        *self.lock() = Ring { after: newest, newest, commits: VecDeque::new(), bytes: 0 };
    }

    /// What the watcher of `span` that knows everything up to `known` must learn next.
    pub(crate) fn after(&self, known: Revision, span: &Span) -> News {
        let ring = self.lock();
        if known < ring.after {
            return News::Elsewhere;
        }
        let skip = usize::try_from(known.get().saturating_sub(ring.after.get())).unwrap_or(usize::MAX);
        let mut unseen = ring.commits.iter().skip(skip).map(|commit| commit.within(span));
        match unseen.find(|news| !news.changes.is_empty()) {
            Some(news) => News::Next(news),
            None if ring.newest > known => News::Next(Changes { revision: ring.newest, changes: Vec::new() }),
            None => News::None,
        }
    }

    /// The ring stays usable if a thread dies while it holds the lock: at worst it holds too little, never too much.
    fn lock(&self) -> MutexGuard<'_, Ring> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ring {
    fn drop_first(&mut self) {
        if let Some(first) = self.commits.pop_front() {
            self.bytes = self.bytes.saturating_sub(first.bytes());
            self.after = first.revision;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn commit(number: u64, key: &'static str) -> Commit {
        Commit { revision: Revision::new(number), changes: vec![Change::Delete(Bytes::from(key))] }
    }

    fn next(recent: &Recent, known: u64, prefix: &'static str) -> Option<Changes> {
        match recent.after(Revision::new(known), &Span::prefix(prefix)) {
            News::Next(changes) => Some(changes),
            News::None | News::Elsewhere => None,
        }
    }

    #[test]
    fn a_watcher_gets_the_next_commit_of_its_span_or_the_newest_revision() {
        let recent = Recent::new(Revision::new(5));
        recent.push(vec![commit(6, "a"), commit(7, "b"), commit(8, "a")]);
        assert_eq!(next(&recent, 5, "a").unwrap().revision, Revision::new(6));
        assert_eq!(next(&recent, 6, "a").unwrap().revision, Revision::new(8));
        assert_eq!(next(&recent, 7, "b").unwrap(), Changes { revision: Revision::new(8), changes: vec![] });
        assert!(matches!(recent.after(Revision::new(8), &Span::all()), News::None));
        assert!(matches!(recent.after(Revision::new(4), &Span::all()), News::Elsewhere));
    }

    #[test]
    fn it_keeps_no_more_than_its_share_of_commits_and_of_bytes() {
        let recent = Recent::new(Revision::ZERO);
        recent.push((1..=5000).map(|n| commit(n, "a")).collect());
        assert!(matches!(recent.after(Revision::new(5000 - 4097), &Span::all()), News::Elsewhere));
        assert!(matches!(recent.after(Revision::new(5000 - 4096), &Span::all()), News::Next(_)));
        let large = Bytes::from(vec![0; 1 << 20]);
        for n in 5001..5100 {
            recent.push(vec![Commit {
                revision: Revision::new(n),
                changes: vec![Change::Delete(large.clone())],
            }]);
        }
        assert!(recent.lock().bytes <= MAX_BYTES);
    }
}
