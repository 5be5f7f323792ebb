//! Files that nobody but their owner may read.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

/// Largest private file that is read; they are keys and passphrases.
const MAX_BYTES: u64 = 64 * 1024;

/// A private file could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum PrivateFileError {
    /// The operating system said no.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// Others could read the file, so what is in it may already be known.
    #[error("{} can be read by others (mode {mode:03o}); if nobody has read it, run: chmod 600 '{}'", path.display(), path.display())]
    TooOpen {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
}

/// Writes a new file with mode 0600, synced with its folder. Refuses to replace a file that is there.
pub fn create(path: &Path, contents: &[u8]) -> Result<(), PrivateFileError> {
    let attempt = || -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(contents)?;
        file.sync_all()?;
        sync_parent(path)
    };
    attempt().map_err(|source| PrivateFileError::Io { path: path.to_owned(), source })
}

/// A new name in a folder survives a crash only once the folder is synced too.
fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}

/// Reads a private file, at most 64 KiB of it; refuses one that anybody else may read.
pub fn read(path: &Path) -> Result<Vec<u8>, PrivateFileError> {
    let failed = |source| PrivateFileError::Io { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    let mode = metadata.permissions().mode() & 0o777;
    if metadata.is_file() && mode & 0o077 != 0 {
        return Err(PrivateFileError::TooOpen { path: path.to_owned(), mode });
    }
    let mut contents =
        Vec::with_capacity(usize::try_from(metadata.size().min(MAX_BYTES)).unwrap_or_default());
    file.take(MAX_BYTES).read_to_end(&mut contents).map_err(failed)?;
    Ok(contents)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn only_the_owner_can_read_what_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        create(&path, b"s").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(read(&path).unwrap(), b"s");
    }

    #[test]
    fn a_file_that_is_there_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        create(&path, b"first").unwrap();
        assert!(create(&path, b"second").is_err());
        assert_eq!(read(&path).unwrap(), b"first");
    }

    #[test]
    fn a_file_that_others_may_read_is_refused_and_the_error_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        create(&path, b"s").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = read(&path).unwrap_err().to_string();
        assert!(error.contains("mode 640") && error.contains("chmod 600"), "{error}");
    }
}
