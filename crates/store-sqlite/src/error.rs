use gatekey_store::StoreError;
use rusqlite::{Error as Sqlite, ErrorCode};
use std::path::PathBuf;

/// Why the store's folder could not be opened. The texts are for operators and say what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process, or another part of this one, uses the folder.
    #[error("{0} is in use by another Gatekey process; stop that one first, or choose another data folder")]
    InUse(PathBuf),
    /// The folder or a file in it cannot be made, read or written.
    #[error("cannot use {folder}: {source}")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// There is a database, but not one of Gatekey's.
    #[error("{0} is a database of another program; choose another data folder")]
    Foreign(PathBuf),
    /// The database was written by a newer Gatekey, and an older one would misread it.
    #[error("{path} has format {found}, and this Gatekey knows formats up to {known}; use the newer Gatekey")]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest format known here.
        known: i64,
    },
    /// The database engine refuses.
    #[error("cannot open {path}: {source}")]
    Engine {
        /// The database.
        path: PathBuf,
        /// What the engine says.
        source: StoreError,
    },
}

/// Says in the words of the contract what the engine said. For everything but the end of a transaction, where more is
/// to be decided.
pub(crate) fn translate(error: &Sqlite) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::Unavailable("no space is left for the store".to_owned()),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Damaged(format!(
            "{error}; stop Gatekey, keep a copy of the folder, and restore the newest backup"
        )),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            StoreError::Unavailable("another program holds the store's database; close it".to_owned())
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            StoreError::Unavailable(format!("{error}; check owner and permissions of the data folder"))
        }
        _ => StoreError::Unavailable(error.to_string()),
    }
}

/// What is said when the threads behind the store have ended.
pub(crate) fn closed() -> StoreError {
    StoreError::Unavailable("the store is closed".to_owned())
}
