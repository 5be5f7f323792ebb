//! Takes single events out of a log, from where an index says that they stand. An index is not believed: each event is
//! proven by its own line and the one before.

use crate::{AuditKey, Tampering, What, frame::Line, log::tampering, scan::Scan, segment};
use std::{
    fs::File,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

/// Where an event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// Its number.
    pub number: u64,
    /// The number of the first event of its segment.
    pub segment: u64,
    /// Where the line of the event before begins, if that is in the same segment.
    pub before: Option<u64>,
    /// Where its own line begins.
    pub position: u64,
    /// How long its line is, its end included.
    pub length: u64,
}

/// A log that single events are taken from.
pub struct Shelf {
    folder: PathBuf,
    key: AuditKey,
    /// The segment that was read last.
    open: Option<(u64, File)>,
}

impl Shelf {
    /// Of the log in `folder`.
    pub fn new(folder: &Path, key: AuditKey) -> Self {
        Self { folder: folder.to_owned(), key, open: None }
    }

    /// The event that stands there, as JSON.
    ///
    /// # Errors
    /// What stands there is not the event that was recorded under this number.
    pub fn take(&mut self, spot: &Spot) -> Result<Vec<u8>, Tampering> {
        self.proven(spot).map_err(|what| tampering(&self.folder, spot.segment, spot.number, what))
    }

    fn proven(&mut self, spot: &Spot) -> Result<Vec<u8>, What> {
        let previous = match spot.before {
            None => Scan::open(&self.folder, spot.segment, &self.key)?.header().previous,
            Some(before) => {
                let bytes = self.line(spot.segment, before, spot.position.saturating_sub(before))?;
                Line::parse(&bytes).ok_or(What::Unreadable)?.link
            }
        };
        let bytes = self.line(spot.segment, spot.position, spot.length)?;
        let line = Line::parse(&bytes).ok_or(What::Unreadable)?;
        if line.number != spot.number {
            return Err(What::Reordered(line.number));
        }
        line.prove(&previous, &self.key)?;
        Ok(line.event.to_vec())
    }

    /// The line of this length at this position, without its end.
    fn line(&mut self, segment: u64, position: u64, length: u64) -> Result<Vec<u8>, What> {
        let failed = |error: std::io::Error| What::Io(error.to_string());
        let length = usize::try_from(length).ok().filter(|length| *length <= crate::frame::MAX_LINE);
        let mut bytes = vec![0; length.ok_or(What::Unreadable)?];
        if self.open.as_ref().is_none_or(|(open, _)| *open != segment) {
            let file = File::open(segment::path(&self.folder, segment)).map_err(failed)?;
            self.open = Some((segment, file));
        }
        let Some((_, file)) = &self.open else { return Err(What::Unreadable) };
        file.read_exact_at(&mut bytes, position).map_err(failed)?;
        let whole = bytes.pop_if(|last| *last == b'\n').is_some();
        if whole { Ok(bytes) } else { Err(What::Unreadable) }
    }
}
