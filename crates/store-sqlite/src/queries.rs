//! What is read from the database, by any of the connections.

use crate::recent::Commit;
use bytes::Bytes;
use gatekey_store::{Change, MAX_KEY_BYTES, Page, PageBuilder, Record, Refusal, Revision, Span, StoreError};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, named_params, types::ValueRef};

/// Where the history begins and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) oldest: Revision,
    pub(crate) newest: Revision,
}

impl Extent {
    /// Whether the state after `revision` can be read.
    pub(crate) fn holds(self, revision: Revision) -> Result<(), StoreError> {
        if revision < self.oldest {
            return Err(StoreError::Compacted { oldest: self.oldest });
        }
        if revision > self.newest { Err(Refusal::FutureRevision.into()) } else { Ok(()) }
    }
}

/// Numbers are stored as the engine has them, signed; a revision never comes near the sign.
pub(crate) fn number(revision: Revision) -> i64 {
    i64::try_from(revision.get()).unwrap_or(i64::MAX)
}

pub(crate) fn revision(row: &Row<'_>, column: usize) -> rusqlite::Result<Revision> {
    Ok(Revision::new(u64::try_from(row.get::<_, i64>(column)?).unwrap_or_default()))
}

fn bytes(row: &Row<'_>, column: usize) -> rusqlite::Result<Bytes> {
    match row.get_ref(column)? {
        ValueRef::Blob(blob) => Ok(Bytes::copy_from_slice(blob)),
        other => Err(rusqlite::Error::InvalidColumnType(column, "blob".to_owned(), other.data_type())),
    }
}

/// Of the columns key, value, created, modified.
fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    Ok(Record {
        key: bytes(row, 0)?,
        value: bytes(row, 1)?,
        created: revision(row, 2)?,
        modified: revision(row, 3)?,
    })
}

pub(crate) fn extent(connection: &Connection) -> rusqlite::Result<Extent> {
    let mut statement = connection.prepare_cached("SELECT oldest, newest FROM state")?;
    statement.query_row([], |row| Ok(Extent { oldest: revision(row, 0)?, newest: revision(row, 1)? }))
}

pub(crate) fn get(connection: &Connection, key: &[u8]) -> rusqlite::Result<Option<Record>> {
    let sql = "SELECT key, value, created, modified FROM records WHERE key = ?1";
    connection.prepare_cached(sql)?.query_row([key], record).optional()
}

/// A key behind all that a batch can hold: the end of a span that has none.
const BEHIND_ALL: [u8; MAX_KEY_BYTES + 1] = [u8::MAX; MAX_KEY_BYTES + 1];

const PRESENT: &str = "SELECT key, value, created, modified FROM records WHERE key >= :from AND key < :to
    AND modified <= :at ORDER BY key LIMIT :limit";

/// Both halves come in the order of keys from their primary keys, so the engine merges and does not sort.
const AS_IT_WAS: &str = "SELECT key, value, created, modified FROM records
    WHERE key >= :from AND key < :to AND modified <= :at
    UNION ALL SELECT key, value, created, modified FROM past
    WHERE key >= :from AND key < :to AND modified <= :at AND until > :at
    ORDER BY key LIMIT :limit";

/// One page; the caller has begun a transaction, so that it shows one state.
pub(crate) fn page(
    connection: &Connection,
    span: Span,
    limit: usize,
    at: Option<Revision>,
) -> rusqlite::Result<Result<Page, StoreError>> {
    let extent = extent(connection)?;
    let at = at.unwrap_or(extent.newest);
    if let Err(refused) = extent.holds(at) {
        return Ok(Err(refused));
    }
    let sql = if at == extent.newest { PRESENT } else { AS_IT_WAS };
    let (from, to) = (span.from().clone(), span.to().cloned());
    let mut page = PageBuilder::new(span, limit, at);
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(named_params! {
        ":from": from.as_ref(),
        ":to": to.as_deref().unwrap_or(&BEHIND_ALL),
        ":at": number(at),
        ":limit": i64::try_from(page.wanted()).unwrap_or(i64::MAX),
    })?;
    while let Some(row) = rows.next()? {
        if !page.push(record(row)?) {
            break;
        }
    }
    Ok(Ok(page.finish()))
}

/// The first commit after `known` that changed something in `span`, or the newest without a change. The caller has
/// begun a transaction.
pub(crate) fn commit_after(
    connection: &Connection,
    known: Revision,
    span: &Span,
) -> rusqlite::Result<Result<Commit, StoreError>> {
    let extent = extent(connection)?;
    if let Err(refused) = extent.holds(known) {
        return Ok(Err(refused));
    }
    let sql = "SELECT revision, key, deleted FROM changes WHERE revision > ?1 ORDER BY revision, key";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([number(known)])?;
    let mut commit = Commit { revision: extent.newest, changes: Vec::new() };
    let mut values = Values::new(connection)?;
    while let Some(row) = rows.next()? {
        let (at, key) = (revision(row, 0)?, bytes(row, 1)?);
        if !commit.changes.is_empty() && at != commit.revision {
            break;
        }
        if span.contains(&key) {
            commit.revision = at;
            let deleted = row.get::<_, i64>(2)? != 0;
            commit.changes.push(if deleted {
                Change::Delete(key)
            } else {
                Change::Put(values.written(&key, at)?)
            });
        }
    }
    Ok(Ok(commit))
}

/// Finds what a commit wrote, wherever it is now.
struct Values<'c>(CachedStatement<'c>);

impl<'c> Values<'c> {
    fn new(connection: &'c Connection) -> rusqlite::Result<Self> {
        let sql = "SELECT key, value, created, modified FROM records WHERE key = ?1 AND modified = ?2
            UNION ALL SELECT key, value, created, modified FROM past WHERE key = ?1 AND modified = ?2";
        connection.prepare_cached(sql).map(Self)
    }

    fn written(&mut self, key: &[u8], at: Revision) -> rusqlite::Result<Record> {
        self.0.query_row((key, number(at)), record)
    }
}
