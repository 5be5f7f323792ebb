use crate::{Batch, Changes, Page, Record, Revision, Span, StoreError};
use core::pin::Pin;

/// An answer under way.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// An ordered key-value store whose commits are guarded, numbered and watched. It is used as `Arc<dyn Store>`.
///
/// Every engine promises:
///
/// - **Atomic.** A batch is written whole or not at all, and is never seen in part, whatever fails.
/// - **Linearizable.** A read that begins after a commit was answered sees that commit. Revisions grow by one.
/// - **Durable.** A commit that was answered with a revision survives a crash of the process and of the machine.
///   The memory engine alone is exempt.
/// - **Honest.** Of a commit that fails, nothing was written, except for [`StoreError::Unknown`], whose outcome must be
///   read. A commit whose future is dropped is an unknown one too.
/// - **Alive.** When commits fail for want of space, reads go on, and commits succeed again when there is space.
/// - **Bounded.** Limits on batches and pages are the same everywhere, and enforced. Of the history only a part is kept.
pub trait Store: Send + Sync {
    /// The record under `key` as it is now, or `None`.
    fn get<'a>(&'a self, key: &'a [u8]) -> Pending<'a, Option<Record>>;

    /// The first `limit` records of `span` in the order of keys: as they are now, or as they were after the commit `at`.
    ///
    /// Fewer are given if the page grows too large; [`Page::rest`] says what is left.
    /// Errors: [`Compacted`](StoreError::Compacted) if `at` is too old, [`Refused`](StoreError::Refused) if it is yet to come.
    fn range(&self, span: Span, limit: usize, at: Option<Revision>) -> Pending<'_, Page>;

    /// Writes the batch if all its guards hold, and gives the revision that it made. A batch without writes gives the
    /// newest revision and makes none.
    ///
    /// Errors: [`Conflict`](StoreError::Conflict), [`Unavailable`](StoreError::Unavailable) and
    /// [`Refused`](StoreError::Refused) promise that nothing was written; [`Unknown`](StoreError::Unknown) promises nothing.
    fn commit(&self, batch: Batch) -> Pending<'_, Revision>;

    /// Everything that happens in `span` after the commit `after`, in order and without a gap.
    ///
    /// Errors: [`Compacted`](StoreError::Compacted) if `after` is too old, [`Refused`](StoreError::Refused) if it is yet
    /// to come: the store is not the one that it was.
    fn watch(&self, span: Span, after: Revision) -> Pending<'_, Box<dyn Watch>>;

    /// Forgets the history before `through`, as far as it is not forgotten yet. The present state stays.
    fn compact(&self, through: Revision) -> Pending<'_, ()>;
}

/// Follows what happens in a span. It holds no queue: a slow watcher costs nothing, and one that falls behind what the
/// store still keeps is told so.
pub trait Watch: Send {
    /// Waits for what comes next. May be dropped and called again: nothing is lost.
    ///
    /// Errors: [`Compacted`](StoreError::Compacted), then the span must be read and watched anew;
    /// [`Unavailable`](StoreError::Unavailable) when the store is closing.
    fn next(&mut self) -> Pending<'_, Changes>;
}
