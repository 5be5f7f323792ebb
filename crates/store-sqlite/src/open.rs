//! Takes the folder, and opens the connections with the settings that the promises rest on.

use crate::{OpenError, error::translate};
use rusqlite::{Connection, OpenFlags, config::DbConfig};
use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

/// "gkey" in ASCII: says whose database it is.
const APPLICATION: i64 = 0x676b_6579;
/// The newest format; see `schema.sql`.
const FORMAT: i64 = 1;
const SCHEMA: &str = include_str!("schema.sql");
/// Only foreign programs, such as a backup, can make a connection wait.
const BUSY: Duration = Duration::from_secs(5);

/// How a store is run. The defaults are right for nearly everyone.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How many commits back the past can be read and watched, roughly.
    pub history: u64,
    /// The history is cut shorter when replaced values exceed so many bytes.
    pub history_bytes: u64,
    /// The database grows to so many pages of 4 KiB at most; `None` leaves it to the disk.
    pub max_pages: Option<u32>,
    /// Whether commits are to outlast a power cut. `false` is for a store that is thrown away: nothing waits for the disk.
    pub lasting: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { history: 10_000, history_bytes: 64 << 20, max_pages: None, lasting: true }
    }
}

/// The folder, taken for this process until it is dropped.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    /// The lock goes with the file: the system releases it however the process ends.
    _lock: File,
}

impl Folder {
    /// Makes the folder if need be, readable to its owner alone, and locks it.
    pub(crate) fn take(path: &Path) -> Result<Self, OpenError> {
        let failed = |source| OpenError::Folder { folder: path.to_owned(), source };
        make_private_folder(path).map_err(failed)?;
        let lock = open_private(&path.join("lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenError::InUse(path.to_owned())),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        // The engine gives its log the permissions of the database, so the database must be private from the first.
        open_private(&path.join("store.db")).map_err(failed)?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// Where the database is.
    pub(crate) fn database(&self) -> PathBuf {
        self.path.join("store.db")
    }

    /// The connection that writes. Brings the database to the newest format.
    pub(crate) fn writer(&self, options: &Options) -> Result<Connection, OpenError> {
        let path = self.database();
        let failed =
            |source: rusqlite::Error| OpenError::Engine { path: path.clone(), source: translate(&source) };
        let mut connection = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(failed)?;
        let format = self.refuse_unknown(&connection, failed)?;
        if format == 0 && options.lasting {
            // Before anything is in the database, so that what is in one was not synced in vain.
            sync_folder(&self.path)
                .map_err(|source| OpenError::Folder { folder: self.path.clone(), source })?;
        }
        prepare(&mut connection, options, format).map_err(failed)?;
        Ok(connection)
    }

    /// A connection that cannot write.
    pub(crate) fn reader(&self) -> Result<Connection, OpenError> {
        let path = self.database();
        connect(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)
            .map_err(|source| OpenError::Engine { path, source: translate(&source) })
    }

    /// Gives the database's format, 0 for a new one.
    fn refuse_unknown(
        &self,
        connection: &Connection,
        failed: impl Fn(rusqlite::Error) -> OpenError,
    ) -> Result<i64, OpenError> {
        let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let application = number("application_id").map_err(&failed)?;
        let format = number("user_version").map_err(&failed)?;
        let tables = "SELECT count(*) FROM sqlite_schema";
        let tables: i64 = connection.query_row(tables, [], |row| row.get(0)).map_err(&failed)?;
        if application != APPLICATION && (application != 0 || tables > 0) {
            return Err(OpenError::Foreign(self.database()));
        }
        if format > FORMAT {
            return Err(OpenError::Newer { path: self.database(), found: format, known: FORMAT });
        }
        Ok(format)
    }
}

fn connect(path: &Path, access: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY)?;
    // The log must neither shrink nor vanish when the last connection closes.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    Ok(connection)
}

/// Sets what durability rests on, and lays out the tables of a new database.
fn prepare(connection: &mut Connection, options: &Options, format: i64) -> rusqlite::Result<()> {
    if !options.lasting {
        connection.pragma_update(None, "synchronous", "off")?;
    }
    connection.pragma_update(None, "journal_mode", "wal")?;
    // A commit is answered when the log is on the disk, and on the disk means past the drive's own cache.
    if options.lasting {
        connection.pragma_update(None, "synchronous", "full")?;
    }
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    if let Some(pages) = options.max_pages {
        connection.pragma_update(None, "max_page_count", pages)?;
    }
    if format == 0 {
        let transaction = connection.transaction()?;
        transaction.execute_batch(SCHEMA)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", FORMAT)?;
        transaction.commit()?;
    }
    Ok(())
}

fn make_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// A new file survives a power cut only when the folders that name it were synced.
fn sync_folder(path: &Path) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    File::open(&path)?.sync_all()?;
    path.parent().map_or(Ok(()), |parent| File::open(parent)?.sync_all())
}

fn open_private(path: &Path) -> io::Result<File> {
    let mut options = fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
