//! The index: opened, brought up to date, begun anew, searched.

use crate::{
    IndexError,
    batch::{Batch, TermIds},
    ids,
    intake::{Intake, Next},
    search,
};
use gatekey_audit::{AuditKey, Cursor, Entry, Follower, Page, Query, Shelf, Witness, oldest};
use parking_lot::Mutex;
use rusqlite::{Connection, ErrorCode, TransactionBehavior, config::DbConfig, params};
use std::{
    fs::{DirBuilder, File},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

const SCHEMA: &str = include_str!("schema.sql");
/// The version of the schema: an index of another is begun anew.
const FORMAT: i64 = 2;
/// So many events are taken in by one transaction.
const AT_ONCE: usize = 10_000;
/// How long a transaction of another process is waited for.
const BUSY: Duration = Duration::from_secs(10);

/// How far an index is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// The number of the last event that is indexed.
    pub number: u64,
    /// How many bytes of the log were read by this call.
    pub bytes: u64,
}

/// The index of the log in one folder. Several processes may use it at the same time.
pub struct Index {
    log: PathBuf,
    key: AuditKey,
    intake: Arc<Intake>,
    inner: Mutex<Inner>,
}

/// A stretch of the log, and behind which event it ends.
struct Taken {
    batch: Batch,
    cursor: Option<Cursor>,
    /// How many bytes of the log were read for it.
    bytes: u64,
}

struct Inner {
    database: Connection,
    shelf: Shelf,
    terms: TermIds,
    /// Which beginning the terms are of.
    generation: u64,
}

impl Index {
    /// Opens the index in `folder` over the log in `log`, and makes it if it is not there.
    ///
    /// # Errors
    /// The folder or the database cannot be used.
    pub fn open(folder: &Path, log: &Path, key: AuditKey) -> Result<Self, IndexError> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let path = folder.join("index.db");
        drop(make(&path)?);
        let database = match connect(&path) {
            Err(error) if is_ruined(&error) => {
                // There is nothing in it that the log does not have.
                remove(folder)?;
                connect(&path)?
            }
            connected => connected?,
        };
        let shelf = Shelf::new(log, key.clone());
        let inner = Inner { database, shelf, terms: TermIds::default(), generation: 0 };
        Ok(Self { log: log.to_owned(), key, intake: Arc::default(), inner: Mutex::new(inner) })
    }

    /// Takes in what was recorded since: of what must be read in the log at most about `most` events. Gives how far it is then.
    ///
    /// # Errors
    /// The log is damaged there, or the database fails; nothing of what was taken in before is lost.
    pub fn catch_up(&self, most: usize) -> Result<Progress, IndexError> {
        let mut progress = Progress::default();
        let mut taken = 0_usize;
        loop {
            let (step, count) = self.step(AT_ONCE.min(most.saturating_sub(taken)))?;
            progress = Progress { number: step.number, bytes: progress.bytes.saturating_add(step.bytes) };
            taken = taken.saturating_add(count);
            if count == 0 || taken >= most {
                return Ok(progress);
            }
        }
    }

    /// Takes in at most so many events in one transaction.
    fn step(&self, most: usize) -> Result<(Progress, usize), IndexError> {
        let mut inner = self.inner.lock();
        let Inner { database, terms, generation, .. } = &mut *inner;
        let outcome = self.take_in(database, terms, generation, most);
        if outcome.is_err() {
            terms.forget();
        }
        outcome
    }

    fn take_in(
        &self,
        database: &mut Connection,
        terms: &mut TermIds,
        generation: &mut u64,
        most: usize,
    ) -> Result<(Progress, usize), IndexError> {
        let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (present, cursor) = state(&transaction)?;
        if present != *generation {
            terms.forget();
            *generation = present;
        }
        let number = cursor.map_or(0, |cursor| cursor.number);
        let taken = match self.intake.next(number) {
            Next::Nothing => return Ok((Progress { number, bytes: 0 }, 0)),
            Next::Seen(batch, end) => Taken { batch: *batch, cursor: Some(end), bytes: 0 },
            Next::InLog(until) => self.read(cursor, until, most)?,
        };
        let Taken { batch, cursor, bytes } = taken;
        let count = batch.len();
        if count > 0 {
            batch.write(&transaction, terms)?;
            note(&transaction, cursor)?;
            transaction.commit()?;
        }
        Ok((Progress { number: cursor.map_or(0, |cursor| cursor.number), bytes }, count))
    }

    /// Reads at most so many events in the log, behind the cursor and up to the event of the number `until`.
    fn read(&self, cursor: Option<Cursor>, until: u64, most: usize) -> Result<Taken, IndexError> {
        let kept = oldest(&self.log, &self.key)?;
        // What retention removed before it was indexed is gone.
        let cursor =
            cursor.filter(|cursor| cursor.number.saturating_add(1) >= kept && !is_gone(cursor, kept));
        let mut follower = Follower::new(&self.log, self.key.clone(), cursor);
        let (mut batch, mut bytes) = (Batch::default(), 0_u64);
        let mut add = |entry: &Entry<'_>| {
            batch.add(entry);
            bytes = bytes.saturating_add(entry.length);
        };
        let is_before = |cursor: Option<Cursor>| cursor.is_none_or(|cursor| cursor.number < until);
        let mut count = 0;
        while count < most && is_before(follower.cursor()) && follower.next(&mut add)? {
            count += 1;
        }
        Ok(Taken { batch, cursor: follower.cursor(), bytes })
    }

    /// Who is to be shown what the log records from now on, so that it need not be read again.
    pub fn witness(&self) -> Arc<dyn Witness> {
        Arc::clone(&self.intake) as _
    }

    /// Forgets all, so that [`catch_up`](Self::catch_up) makes the index anew.
    ///
    /// # Errors
    /// The database fails.
    pub fn begin_anew(&self) -> Result<(), IndexError> {
        let mut inner = self.inner.lock();
        let transaction = inner.database.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(
            "DELETE FROM terms; DELETE FROM postings; DELETE FROM ids; DELETE FROM id_runs; DELETE FROM blocks;
             UPDATE state SET generation = generation + 1, segment = 0, number = 0, position = 0, link = NULL;",
        )?;
        transaction.commit()?;
        inner.terms.forget();
        Ok(())
    }

    /// Forgets what the log no longer keeps.
    ///
    /// # Errors
    /// The log's head or the database fails.
    pub fn prune(&self) -> Result<(), IndexError> {
        let kept = oldest(&self.log, &self.key)?;
        let mut inner = self.inner.lock();
        let transaction = inner.database.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for text in ["DELETE FROM blocks WHERE last < ?1", "DELETE FROM postings WHERE last < ?1"] {
            transaction.execute(text, params![kept])?;
        }
        ids::prune(&transaction, kept)?;
        Ok(transaction.commit()?)
    }

    /// The newest events that are as the query says, of those that are indexed.
    ///
    /// # Errors
    /// The log is damaged where one of them stands, or the database fails.
    pub fn search(&self, query: &Query) -> Result<Page, IndexError> {
        let kept = oldest(&self.log, &self.key)?;
        let mut inner = self.inner.lock();
        let Inner { database, shelf, .. } = &mut *inner;
        // One picture, whatever another process writes meanwhile.
        let transaction = database.transaction()?;
        search::search(&transaction, shelf, kept, query)
    }

    /// How far it is.
    ///
    /// # Errors
    /// The database fails.
    pub fn number(&self) -> Result<u64, IndexError> {
        Ok(state(&self.inner.lock().database)?.1.map_or(0, |cursor| cursor.number))
    }
}

/// Whether the segment of a cursor was removed, though nothing behind it was missed.
fn is_gone(cursor: &Cursor, kept: u64) -> bool {
    cursor.segment < kept
}

/// Whether what is there is no database.
fn is_ruined(error: &IndexError) -> bool {
    let IndexError::Database(error) = error else { return false };
    matches!(error.sqlite_error_code(), Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
}

/// The file of the database, for its owner alone; what is in it is kept.
fn make(path: &Path) -> std::io::Result<File> {
    File::options().write(true).create(true).truncate(false).mode(0o600).open(path)
}

/// Removes the database and what stands beside it.
fn remove(folder: &Path) -> std::io::Result<()> {
    for name in ["index.db", "index.db-wal", "index.db-shm"] {
        match std::fs::remove_file(folder.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    drop(make(&folder.join("index.db"))?);
    Ok(())
}

fn connect(path: &Path) -> Result<Connection, IndexError> {
    let mut database = Connection::open(path)?;
    database.busy_timeout(BUSY)?;
    database.set_prepared_statement_cache_capacity(64);
    // What a statement is asked with changes nothing about how it is best answered: it is not planned anew for each value.
    database.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    database.pragma_update(None, "page_size", 16_384)?;
    database.pragma_update(None, "journal_mode", "wal")?;
    // What a power cut takes is made anew.
    database.pragma_update(None, "synchronous", "off")?;
    database.pragma_update(None, "cache_size", -65_536)?;
    let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let format: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if format != FORMAT {
        for table in ["state", "terms", "postings", "ids", "id_runs", "blocks"] {
            transaction.execute_batch(&format!("DROP TABLE IF EXISTS {table};"))?;
        }
        transaction.execute_batch(SCHEMA)?;
        transaction.pragma_update(None, "user_version", FORMAT)?;
    }
    transaction.commit()?;
    Ok(database)
}

/// Which beginning this is, and how far it is.
fn state(database: &Connection) -> rusqlite::Result<(u64, Option<Cursor>)> {
    let text = "SELECT generation, segment, number, position, link FROM state";
    database.prepare_cached(text)?.query_row([], |row| {
        let link: Option<[u8; 32]> = row.get(4)?;
        let (segment, number, position) = (row.get(1)?, row.get(2)?, row.get(3)?);
        Ok((row.get(0)?, link.map(|link| Cursor { segment, number, position, link })))
    })
}

fn note(database: &Connection, cursor: Option<Cursor>) -> rusqlite::Result<()> {
    let Some(Cursor { segment, number, position, link }) = cursor else { return Ok(()) };
    let text = "UPDATE state SET segment = ?1, number = ?2, position = ?3, link = ?4";
    database.prepare_cached(text)?.execute(params![segment, number, position, link]).map(drop)
}
