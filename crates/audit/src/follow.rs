//! Reads a log from some event on, as far as it goes and as it grows. Every event is proven before it is shown.

use crate::{
    AuditKey, Tampering, What, head,
    log::tampering,
    scan::{Place, Scan, Stop},
    segment,
};
use std::path::{Path, PathBuf};

/// Behind which event to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursor {
    /// The number of the first event of the segment that the event is in.
    pub segment: u64,
    /// The event's number; of the event before the segment, if none of it was read.
    pub number: u64,
    /// The position behind its line.
    pub position: u64,
    /// Its chain value.
    pub link: [u8; 32],
}

/// An event as it is read.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'e> {
    /// Its number.
    pub number: u64,
    /// The number of the first event of its segment.
    pub segment: u64,
    /// Where its line begins in the segment.
    pub position: u64,
    /// How long its line is, its end included.
    pub length: u64,
    /// The event, as JSON.
    pub event: &'e [u8],
}

/// Reads a log, which may be written meanwhile.
pub struct Follower {
    folder: PathBuf,
    key: AuditKey,
    cursor: Option<Cursor>,
    /// Where to begin without a cursor, if not with the oldest event.
    first: Option<u64>,
    scan: Option<Scan>,
}

/// A segment of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentFile {
    /// The number of its first event.
    pub first: u64,
    /// How long the file is, in bytes.
    pub bytes: u64,
}

/// The segments that the log in `folder` keeps, in order.
///
/// # Errors
/// The head is missing or forged, or the folder cannot be read.
pub fn segments(folder: &Path, key: &AuditKey) -> Result<Vec<SegmentFile>, Tampering> {
    let kept = oldest(folder, key)?;
    let failed = |error: std::io::Error| tampering(folder, kept, kept, What::Io(error.to_string()));
    let firsts = segment::list(folder).map_err(failed)?;
    let length = |first| std::fs::metadata(segment::path(folder, first)).map_or(0, |file| file.len());
    let kept = firsts.into_iter().filter(|first| *first >= kept);
    Ok(kept.map(|first| SegmentFile { first, bytes: length(first) }).collect())
}

/// The number of the oldest event that the log in `folder` keeps.
///
/// # Errors
/// The head is missing, or was not written by Gatekey.
pub fn oldest(folder: &Path, key: &AuditKey) -> Result<u64, Tampering> {
    let head = head::read(folder, key).ok().flatten();
    head.map(|head| head.oldest).ok_or_else(|| Tampering {
        segment: head::path(folder),
        event: 1,
        what: What::Head,
    })
}

impl Follower {
    /// Begins behind this event, or with the oldest that is kept.
    pub fn new(folder: &Path, key: AuditKey, cursor: Option<Cursor>) -> Self {
        Self { folder: folder.to_owned(), key, cursor, first: None, scan: None }
    }

    /// Begins with the first event of this segment.
    pub fn of_segment(folder: &Path, key: AuditKey, first: u64) -> Self {
        Self { first: Some(first), ..Self::new(folder, key, None) }
    }

    /// Behind which event it is; `None` before the first.
    pub fn cursor(&self) -> Option<Cursor> {
        self.cursor
    }

    /// Shows the next event. `false` if there is none yet; later there may be.
    ///
    /// # Errors
    /// What stands next is not what was recorded, or cannot be read.
    pub fn next(&mut self, see: impl FnOnce(&Entry<'_>)) -> Result<bool, Tampering> {
        let mut see = Some(see);
        loop {
            if self.scan.is_none() && !self.open()? {
                return Ok(false);
            }
            let Some(scan) = &mut self.scan else { return Ok(false) };
            let Some(cursor) = &mut self.cursor else { return Ok(false) };
            let start = scan.place().position;
            let read = scan.advance(&self.key, |line, length| {
                let entry = Entry {
                    number: line.number,
                    segment: cursor.segment,
                    position: start,
                    length,
                    event: line.event,
                };
                if let Some(see) = see.take() {
                    see(&entry);
                }
            });
            match read {
                Ok(()) => {
                    let Place { number, link, position } = scan.place();
                    *cursor = Cursor { number, link, position, ..*cursor };
                    return Ok(true);
                }
                // The reader has passed the end; what is written there later is read by another.
                Err(Stop::End | Stop::Torn) => {
                    let ended = self.scan.take();
                    if !self.turn()? {
                        return Ok(false);
                    }
                    ended.iter().for_each(Scan::release_memory);
                }
                Err(Stop::Wrong(what)) => return Err(self.bad(what)),
            }
        }
    }

    /// Opens the segment that the cursor is in. `false` if there is none yet.
    fn open(&mut self) -> Result<bool, Tampering> {
        match self.cursor {
            None => {
                let first = self.first.map_or_else(|| oldest(&self.folder, &self.key), Ok)?;
                self.begin(first, None)
            }
            Some(Cursor { segment, number, position, link }) => {
                let place = Place { number, link, position };
                let scan = Scan::resume(&self.folder, segment, place, &self.key);
                self.scan = Some(scan.map_err(|what| self.bad(what))?);
                Ok(true)
            }
        }
    }

    /// Goes on with the segment that begins with this event, if there is one.
    fn begin(&mut self, first: u64, previous: Option<[u8; 32]>) -> Result<bool, Tampering> {
        if !segment::path(&self.folder, first).exists() {
            return Ok(false);
        }
        let bad = |what| tampering(&self.folder, first, first, what);
        let scan = Scan::open(&self.folder, first, &self.key).map_err(bad)?;
        if previous.is_some_and(|previous| previous != scan.header().previous) {
            return Err(bad(What::Header));
        }
        let Place { number, link, position } = scan.place();
        self.cursor = Some(Cursor { segment: first, number, position, link });
        self.scan = Some(scan);
        Ok(true)
    }

    /// At the end of a segment: the next one, if it is there.
    fn turn(&mut self) -> Result<bool, Tampering> {
        let Some(Cursor { segment, number, link, .. }) = self.cursor else { return Ok(false) };
        let next = number.saturating_add(1);
        if next == segment { Ok(false) } else { self.begin(next, Some(link)) }
    }

    fn bad(&self, what: What) -> Tampering {
        let Cursor { segment, number, .. } = self.cursor.unwrap_or_default();
        tampering(&self.folder, segment, number.saturating_add(1), what)
    }
}
