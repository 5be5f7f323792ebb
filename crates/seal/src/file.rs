//! Small files that are one person's own, written durably.

use crate::UnsealError;
use std::{
    fs::{File, OpenOptions, Permissions},
    io::{self, Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Largest file that is read, in bytes.
const LARGEST: u64 = 64 * 1024;

/// Owner may read and write; others nothing.
const PRIVATE: u32 = 0o600;

/// Writes a file that must not exist yet.
pub(crate) fn create_private(path: &Path, bytes: &[u8]) -> Result<(), UnsealError> {
    write_new(path, bytes).and_then(|()| sync_folder(path)).map_err(at(path))
}

/// Writes a file in place of what is there.
pub(crate) fn replace_private(path: &Path, bytes: &[u8]) -> Result<(), UnsealError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let beside = PathBuf::from(name);
    match std::fs::remove_file(&beside) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(at(&beside)(e)),
        _ => {}
    }
    write_new(&beside, bytes).map_err(at(&beside))?;
    std::fs::rename(&beside, path).and_then(|()| sync_folder(path)).map_err(at(path))
}

/// Reads a file that nobody but its owner may have access to.
pub(crate) fn read_private(path: &Path) -> Result<Zeroizing<Vec<u8>>, UnsealError> {
    let file = File::open(path).map_err(at(path))?;
    // The open file is asked, not the path: the path may name another by now.
    let mode = file.metadata().map_err(at(path))?.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(UnsealError::Exposed { path: path.into(), mode });
    }
    read_all(file).map_err(at(path))
}

/// Reads a file.
pub(crate) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, UnsealError> {
    File::open(path).and_then(read_all).map_err(at(path))
}

fn read_all(file: File) -> io::Result<Zeroizing<Vec<u8>>> {
    let length = file.metadata()?.len();
    // Room for all of it from the start: a buffer that grows leaves copies behind that nobody erases.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(length.min(LARGEST)).unwrap_or(0) + 1));
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the file is too large"));
    }
    Ok(bytes)
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(path)?;
    // The process's umask may have taken bits away; it cannot have added any.
    file.set_permissions(Permissions::from_mode(PRIVATE))?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> UnsealError {
    let path = path.to_path_buf();
    move |source| UnsealError::File { path, source }
}
