//! What is done to the tables inside a transaction of the writer.

use crate::{
    queries::{self, Extent, number},
    recent::Commit,
};
use bytes::Bytes;
use gatekey_store::{Change, Checked, Record, Revision, StoreError, Write};
use rusqlite::{Connection, OptionalExtension, Row};

/// What applying a batch came to.
pub(crate) enum Applied {
    /// The guard on this key does not hold.
    Conflict(Bytes),
    /// All guards hold, and there was nothing else.
    NothingToWrite,
    /// The commit it made, and how many bytes of values went into the past.
    Written { commit: Commit, replaced: u64 },
}

/// Applies one batch as the commit after `newest`, or tells of the conflict. All guards are looked at before anything
/// is written, so a conflict leaves no trace and the transaction goes on with the next batch: no savepoint is needed.
pub(crate) fn apply(connection: &Connection, batch: &Checked, newest: Revision) -> rusqlite::Result<Applied> {
    for guard in batch.guards() {
        if !guard.holds(modified(connection, guard.key())?) {
            return Ok(Applied::Conflict(guard.key().clone()));
        }
    }
    if batch.writes().is_empty() {
        return Ok(Applied::NothingToWrite);
    }
    let revision = newest.next();
    let mut commit = Commit { revision, changes: Vec::with_capacity(batch.writes().len()) };
    let mut replaced = 0_u64;
    for write in batch.writes() {
        let old = archive(connection, write.key(), revision)?;
        replaced = replaced.saturating_add(old.map_or(0, |old| old.bytes));
        commit.changes.extend(self::write(connection, write, old, revision)?);
    }
    commit.changes.sort_by(|a, b| a.key().cmp(b.key()));
    Ok(Applied::Written { commit, replaced })
}

fn modified(connection: &Connection, key: &[u8]) -> rusqlite::Result<Option<Revision>> {
    let mut statement = connection.prepare_cached("SELECT modified FROM records WHERE key = ?1")?;
    statement.query_row([key], |row| queries::revision(row, 0)).optional()
}

/// What is remembered of a record that ends.
#[derive(Clone, Copy)]
struct Old {
    created: Revision,
    bytes: u64,
}

/// Copies the record that is about to end into the past, if there is one.
fn archive(connection: &Connection, key: &[u8], until: Revision) -> rusqlite::Result<Option<Old>> {
    let sql = "INSERT INTO past (key, modified, created, until, value)
        SELECT key, modified, created, ?2, value FROM records WHERE key = ?1 RETURNING created, length(value)";
    let old = |row: &Row<'_>| {
        let bytes = u64::try_from(row.get::<_, i64>(1)?).unwrap_or_default();
        Ok(Old { created: queries::revision(row, 0)?, bytes })
    };
    connection.prepare_cached(sql)?.query_row((key, number(until)), old).optional()
}

fn write(
    connection: &Connection,
    write: &Write,
    old: Option<Old>,
    revision: Revision,
) -> rusqlite::Result<Option<Change>> {
    match (write, old) {
        (Write::Delete(_), None) => Ok(None),
        (Write::Delete(key), Some(_)) => {
            connection.prepare_cached("DELETE FROM records WHERE key = ?1")?.execute([key.as_ref()])?;
            note(connection, key, revision, true)?;
            Ok(Some(Change::Delete(key.clone())))
        }
        (Write::Put(key, value), old) => {
            let created = old.map_or(revision, |old| old.created);
            let sql =
                "INSERT OR REPLACE INTO records (key, value, created, modified) VALUES (?1, ?2, ?3, ?4)";
            let row = (key.as_ref(), value.as_ref(), number(created), number(revision));
            connection.prepare_cached(sql)?.execute(row)?;
            note(connection, key, revision, false)?;
            Ok(Some(Change::Put(Record {
                key: key.clone(),
                value: value.clone(),
                created,
                modified: revision,
            })))
        }
    }
}

fn note(connection: &Connection, key: &[u8], revision: Revision, deleted: bool) -> rusqlite::Result<()> {
    let sql = "INSERT INTO changes (revision, key, deleted) VALUES (?1, ?2, ?3)";
    connection.prepare_cached(sql)?.execute((number(revision), key, i64::from(deleted)))?;
    Ok(())
}

/// Writes down how far the commits have come.
pub(crate) fn advance(connection: &Connection, newest: Revision) -> rusqlite::Result<()> {
    connection.prepare_cached("UPDATE state SET newest = ?1")?.execute([number(newest)])?;
    Ok(())
}

/// Forgets the history before `through`, in a transaction of its own.
pub(crate) fn compact(
    connection: &mut Connection,
    through: Revision,
) -> rusqlite::Result<Result<Extent, StoreError>> {
    let transaction = connection.transaction()?;
    let mut extent = queries::extent(&transaction)?;
    if let Err(refused) = extent.holds(through.max(extent.oldest)) {
        return Ok(Err(refused));
    }
    if through > extent.oldest {
        extent.oldest = through;
        transaction.execute("DELETE FROM past WHERE until <= ?1", [number(through)])?;
        transaction.execute("DELETE FROM changes WHERE revision <= ?1", [number(through)])?;
        transaction.execute("UPDATE state SET oldest = ?1", [number(through)])?;
    }
    transaction.commit()?;
    Ok(Ok(extent))
}

/// How many bytes of replaced values are kept.
pub(crate) fn past_bytes(connection: &Connection) -> rusqlite::Result<u64> {
    let sql = "SELECT coalesce(sum(length(value)), 0) FROM past";
    connection
        .query_row(sql, [], |row| row.get::<_, i64>(0))
        .map(|sum| u64::try_from(sum).unwrap_or_default())
}
