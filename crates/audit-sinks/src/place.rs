//! How far a sink is, kept on disk: so that after a restart it gets what it lacks.

use gatekey_audit::Cursor;
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

/// The file of one sink.
#[derive(Debug, Clone)]
pub(crate) struct Place(PathBuf);

#[derive(Serialize, Deserialize)]
struct Written {
    segment: u64,
    number: u64,
    position: u64,
    chain: String,
}

/// What the file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// The sink is new.
    New,
    /// It has all up to there.
    Upto(Cursor),
    /// Something is written there that cannot be understood.
    Unreadable,
}

impl Place {
    /// Of the sink of this name.
    pub(crate) fn new(folder: &Path, name: &str) -> Self {
        Self(folder.join(format!("{name}.json")))
    }

    /// What is known.
    pub(crate) fn read(&self) -> io::Result<Known> {
        match fs::read(&self.0) {
            Ok(bytes) => Ok(parse(&bytes).map_or(Known::Unreadable, Known::Upto)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Known::New),
            Err(error) => Err(error),
        }
    }

    /// Writes it, whole or not at all. A power cut may take it; then the sink gets some events twice.
    pub(crate) fn write(&self, cursor: &Cursor) -> io::Result<()> {
        let Cursor { segment, number, position, link } = *cursor;
        let written = Written { segment, number, position, chain: hex::encode(link) };
        let text = serde_json::to_vec(&written)?;
        let next = self.0.with_extension("next");
        let mut options = File::options();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&next)?;
        file.write_all(&text)?;
        fs::rename(&next, &self.0)
    }
}

fn parse(bytes: &[u8]) -> Option<Cursor> {
    let Written { segment, number, position, chain } = serde_json::from_slice(bytes).ok()?;
    let mut link = [0; 32];
    hex::decode_to_slice(chain, &mut link).ok()?;
    Some(Cursor { segment, number, position, link })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nonsense_is_told_from_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new(folder.path(), "file");
        assert_eq!(place.read().unwrap(), Known::New);
        let cursor = Cursor { segment: 1, number: 7, position: 99, link: [3; 32] };
        place.write(&cursor).unwrap();
        assert_eq!(place.read().unwrap(), Known::Upto(cursor));
        for nonsense in ["", "{}", r#"{"segment":1,"number":7,"position":99,"chain":"00"}"#] {
            fs::write(folder.path().join("file.json"), nonsense).unwrap();
            assert_eq!(place.read().unwrap(), Known::Unreadable, "{nonsense}");
        }
    }
}
