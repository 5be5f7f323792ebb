//! The data folder: one process at a time, and nobody else's business.

use crate::failure::{Failure, Kind};
use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

/// A data folder that this process has for itself until this value is dropped.
#[derive(Debug)]
pub(crate) struct DataFolder {
    path: PathBuf,
    _lock: File,
}

impl DataFolder {
    /// Makes the folder if there is none (mode 0700), and locks it.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let failed = |error: &io::Error| unusable(path, &error.to_string());
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|error| failed(&error))?;
        let mode = fs::metadata(path).map_err(|error| failed(&error))?.permissions().mode() & 0o777;
        if mode & 0o022 != 0 {
            let hint = format!("if nobody has changed anything in it, run: chmod 700 '{}'", path.display());
            return Err(unusable(path, &format!("others can write to it (mode {mode:03o})")).hint(hint));
        }
        Ok(Self { path: path.to_owned(), _lock: lock(path)? })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

fn unusable(path: &Path, why: &str) -> Failure {
    Failure::new(Kind::Data, format!("cannot use the data folder {}: {why}", path.display()))
}

/// The lock goes with the process however it ends, so no stale one is ever left behind.
fn lock(folder: &Path) -> Result<File, Failure> {
    let failed = |error: io::Error| unusable(folder, &error.to_string());
    let path = folder.join("lock");
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).read(true).write(true).mode(0o600);
    let mut file = options.open(path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(in_use(folder, &mut file)),
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    file.set_len(0).and_then(|()| write!(file, "{}", std::process::id())).map_err(failed)?;
    Ok(file)
}

fn in_use(folder: &Path, lock: &mut File) -> Failure {
    let mut holder = String::new();
    // Who holds it is only a help to the reader; the file may be empty for a moment.
    let _ = lock.take(20).read_to_string(&mut holder);
    let holder = if holder.is_empty() { String::new() } else { format!(" (process {holder})") };
    unusable(folder, &format!("another gatekey has it{holder}"))
        .hint("stop that one, or name another folder with --data")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_made_for_its_owner_alone() {
        let parent = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(&parent.path().join("a/b")).unwrap();
        let mode = fs::metadata(folder.path()).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o700);
    }

    #[test]
    fn a_folder_in_use_is_refused_and_the_holder_named() {
        let parent = tempfile::tempdir().unwrap();
        let held = DataFolder::open(parent.path()).unwrap();
        let refused = DataFolder::open(parent.path()).unwrap_err().to_string();
        assert!(refused.contains(&format!("process {}", std::process::id())), "{refused}");
        drop(held);
        assert!(DataFolder::open(parent.path()).is_ok());
    }

    #[test]
    fn a_folder_that_others_can_write_to_is_refused() {
        let parent = tempfile::tempdir().unwrap();
        fs::set_permissions(parent.path(), fs::Permissions::from_mode(0o777)).unwrap();
        assert!(DataFolder::open(parent.path()).unwrap_err().to_string().contains("chmod 700"));
    }
}
