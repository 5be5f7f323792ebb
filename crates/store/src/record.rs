use crate::Span;
use bytes::Bytes;

/// The number of a commit. It grows by one with each; 0 is the empty store before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Revision(u64);

impl Revision {
    /// The empty store, before the first commit.
    pub const ZERO: Self = Self(0);

    /// The revision of this number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The revision of the commit after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The revision this many commits earlier, at least [`Revision::ZERO`].
    #[must_use]
    pub const fn back(self, commits: u64) -> Self {
        Self(self.0.saturating_sub(commits))
    }
}

/// A key, what is stored under it, and the commits that this comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The key.
    pub key: Bytes,
    /// What is stored under it.
    pub value: Bytes,
    /// The commit that created the record. A record that was deleted and written again is a new one.
    pub created: Revision,
    /// The commit that wrote this value.
    pub modified: Revision,
}

/// At most so many records are given at a time, whatever the limit that was asked for.
pub const MAX_PAGE_RECORDS: usize = 10_000;
/// A page ends with the record that brings its keys and values to so many bytes.
pub const MAX_PAGE_BYTES: usize = 8 << 20;

/// Some of the records of a span, in the order of their keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The records.
    pub records: Vec<Record>,
    /// What is left to read; `None` when this was all. Read it at this page's revision to see one consistent state.
    pub rest: Option<Span>,
    /// The revision whose state this page shows.
    pub revision: Revision,
}

/// Collects a page within the limits that hold in every engine.
#[derive(Debug)]
pub struct PageBuilder {
    span: Span,
    limit: usize,
    bytes: usize,
    page: Page,
}

impl PageBuilder {
    /// An empty page of `span` as it was at `revision`, of at most `limit` records.
    pub fn new(span: Span, limit: usize, revision: Revision) -> Self {
        let page = Page { records: Vec::new(), rest: None, revision };
        Self { span, limit: limit.min(MAX_PAGE_RECORDS), bytes: 0, page }
    }

    /// How many records an engine needs to look up at most: one more than the page can hold, to know of the rest.
    pub fn wanted(&self) -> usize {
        self.limit.saturating_add(1)
    }

    /// Adds the next record in the order of keys. False: the page was full without it, and there is more to read.
    pub fn push(&mut self, record: Record) -> bool {
        if self.page.records.len() >= self.limit || self.bytes >= MAX_PAGE_BYTES {
            let rest = self
                .page
                .records
                .last()
                .map_or_else(|| self.span.clone(), |last| self.span.behind(&last.key));
            self.page.rest = Some(rest);
            return false;
        }
        self.bytes = self.bytes.saturating_add(record.key.len()).saturating_add(record.value.len());
        self.page.records.push(record);
        true
    }

    /// The page.
    pub fn finish(self) -> Page {
        self.page
    }
}

/// What a commit did to one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The record is now this.
    Put(Record),
    /// There is no longer a record under this key.
    Delete(Bytes),
}

impl Change {
    /// The key.
    pub fn key(&self) -> &Bytes {
        match self {
            Self::Put(record) => &record.key,
            Self::Delete(key) => key,
        }
    }
}

/// What happened in a watched span, up to a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// With this, the watcher knows everything up to and including this revision.
    pub revision: Revision,
    /// All changes that the commit of this revision made in the span, in the order of keys. Empty when one or more
    /// commits touched nothing in it: then only the revision is news.
    pub changes: Vec<Change>,
}
