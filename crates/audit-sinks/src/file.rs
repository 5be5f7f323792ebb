//! A file, one event a line.

use crate::{Outgoing, Sink, SinkFault};
use std::{
    fs::{self, File, Metadata},
    io::Write as _,
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::PathBuf,
};

/// Appends each event to a file, as one line of JSON. A file that was moved away, as log rotation does, is begun anew.
#[derive(Debug)]
pub struct FileSink {
    path: PathBuf,
    file: Option<File>,
}

impl FileSink {
    /// To this file, which is made if it is not there, for its owner alone.
    pub fn new(path: PathBuf) -> Self {
        Self { path, file: None }
    }

    /// The file under the name, opened anew if that is another than before.
    fn open(&mut self) -> std::io::Result<&mut File> {
        let same = |one: &Metadata, other: &Metadata| one.dev() == other.dev() && one.ino() == other.ino();
        let present = fs::metadata(&self.path).ok();
        let held = self.file.take().filter(|file| {
            file.metadata().ok().zip(present.as_ref()).is_some_and(|(held, present)| same(&held, present))
        });
        let file = match held {
            Some(file) => file,
            None => File::options().append(true).create(true).mode(0o600).open(&self.path)?,
        };
        Ok(self.file.insert(file))
    }
}

impl Sink for FileSink {
    fn take(&mut self, events: &[Outgoing]) -> Result<(), SinkFault> {
        let file = self.open()?;
        let before = file.metadata()?;
        if let Err(error) = file.write_all(&lines(events)) {
            // No half line is left behind; should that fail too, it stays, and the whole line follows.
            if before.is_file() && file.set_len(before.len()).is_err() {
                drop(file.write_all(b"\n"));
            }
            return Err(error.into());
        }
        Ok(())
    }
}

/// Events, each on a line.
pub(crate) fn lines(events: &[Outgoing]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(events.iter().map(|event| event.json.len() + 1).sum());
    for event in events {
        lines.extend_from_slice(&event.json);
        lines.push(b'\n');
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn event(number: u64) -> Outgoing {
        Outgoing { number, json: format!("{{\"n\":{number}}}").into_bytes() }
    }

    #[test]
    fn events_are_lines_and_a_file_that_was_moved_away_is_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let mut sink = FileSink::new(path.clone());
        sink.take(&[event(1), event(2)]).unwrap();
        sink.take(&[event(3)]).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::rename(&path, folder.path().join("events.1")).unwrap();
        sink.take(&[event(4)]).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "{\"n\":4}\n");
    }

    #[test]
    fn a_file_that_cannot_be_written_takes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut sink = FileSink::new(folder.path().join("nowhere").join("events"));
        assert!(matches!(sink.take(&[event(1)]), Err(SinkFault::Unreachable(_))));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_takes_nothing() {
        let mut sink = FileSink::new("/dev/full".into());
        assert!(sink.take(&[event(1)]).is_err());
    }
}
