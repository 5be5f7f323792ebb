//! The files that a command line names.

use crate::failure::{Failure, Kind};
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// Longest file that is read, in bytes.
const LONGEST: u64 = 64 * 1024 * 1024;
/// Deepest folder that is looked into, below the one named.
const DEEPEST: usize = 32;

/// A failure to read something: bad input, with the system's reason.
fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::new(Kind::Input, format!("cannot read {}: {error}", path.display()))
}

/// Reads a file as text; `-` is standard input.
pub(super) fn read(path: &Path) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        io::stdin().lock().take(LONGEST + 1).read_to_end(&mut bytes)
    } else {
        fs::File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes))
    };
    match read {
        Ok(bytes) if bytes as u64 > LONGEST => {
            Err(Failure::new(Kind::Input, format!("{} is too large", path.display())))
        }
        Ok(_) => as_text(path, bytes),
        Err(error) => Err(unreadable(path, &error)),
    }
}

/// The bytes as UTF-8; the first that is not is told with its place.
fn as_text(path: &Path, bytes: Vec<u8>) -> Result<String, Failure> {
    String::from_utf8(bytes).map_err(|error| {
        let bytes = error.as_bytes();
        let good = bytes.get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let good = String::from_utf8_lossy(good);
        let line = good.matches('\n').count() + 1;
        let column = good.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let byte = bytes.get(good.len()).copied().unwrap_or_default();
        let place = format!("{}:{line}:{column}", path.display());
        Failure::new(Kind::Input, format!("{place}: the byte {byte:#04x} is not UTF-8"))
    })
}

/// The files meant: those named, and those in named folders that have a lawful ending, in the order of their names.
pub(super) fn find(paths: &[PathBuf], is_wanted: fn(&str) -> bool) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        // What is named is followed where it leads; within folders links are not, so none can lead in a circle.
        if path.is_dir() {
            walk(path, is_wanted, DEEPEST, &mut found)?;
        } else if path.exists() || path == Path::new("-") {
            found.push(path.clone());
        } else {
            return Err(unreadable(path, &io::ErrorKind::NotFound.into()));
        }
    }
    Ok(found)
}

fn walk(
    folder: &Path,
    is_wanted: fn(&str) -> bool,
    depth: usize,
    found: &mut Vec<PathBuf>,
) -> Result<(), Failure> {
    let entries = fs::read_dir(folder).and_then(|entries| entries.collect::<io::Result<Vec<_>>>());
    let mut entries = entries.map_err(|error| unreadable(folder, &error))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type().map_err(|error| unreadable(&entry.path(), &error))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if kind.is_dir() && depth > 0 && !name.starts_with('.') {
            walk(&entry.path(), is_wanted, depth - 1, found)?;
        } else if kind.is_file() && is_wanted(&name) {
            found.push(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_walked_in_order_and_other_files_passed_by() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.json", "a.json", "notes.md", "sub/c.json", ".hidden/d.json"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "{}").unwrap();
        }
        let found = find(&[folder.path().to_owned()], |name| name.ends_with(".json")).unwrap();
        let names: Vec<_> =
            found.iter().map(|p| p.strip_prefix(folder.path()).unwrap().display().to_string()).collect();
        assert_eq!(names, ["a.json", "b.json", "sub/c.json"]);
    }

    #[test]
    fn what_is_no_text_is_told_by_its_place() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), b"{\n \xc3\xa9\xff}").unwrap();
        let failure = read(file.path()).unwrap_err().to_string();
        assert!(failure.contains(":2:3: the byte 0xff is not UTF-8"), "{failure}");
    }

    #[test]
    fn what_cannot_be_read_is_bad_input_and_named() {
        let failure = read(Path::new("no/such/file.json")).unwrap_err();
        assert!(failure.to_string().contains("no/such/file.json"));
    }
}
