//! Reads a segment line by line, holding little in memory whatever stands there.

use crate::{
    AuditKey, What,
    chain::Link,
    frame::{Line, MAX_LINE},
    page_cache,
    segment::{self, Header, MAX_HEADER},
};
use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom},
    path::Path,
};

/// What comes next in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// A whole line.
    Line,
    /// Nothing but zeros, or nothing at all.
    End,
    /// Something that is no whole line.
    Torn,
}

/// Where a scan ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// The number of the last event that is good.
    pub(crate) number: u64,
    /// Its link.
    pub(crate) link: Link,
    /// The position behind its line.
    pub(crate) position: u64,
}

/// A segment being read.
pub(crate) struct Scan {
    reader: BufReader<File>,
    /// The line that was read last, without its end; kept for its memory.
    line: Vec<u8>,
    length: u64,
    header: Header,
    place: Place,
}

/// Why a scan cannot go on: what is wrong with the event after [`Scan::place`].
#[derive(Debug)]
pub(crate) enum Stop {
    /// The end, as it should be.
    End,
    /// There are bytes, but no whole line: as a crash leaves them.
    Torn,
    /// The line is whole, and wrong.
    Wrong(What),
}

impl Scan {
    /// Opens a segment and checks its first line.
    pub(crate) fn open(folder: &Path, first: u64, key: &AuditKey) -> Result<Self, What> {
        let failed = |error: io::Error| What::Io(error.to_string());
        let file = File::open(segment::path(folder, first)).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        let mut reader = BufReader::with_capacity(256 << 10, file);
        let mut line = Vec::with_capacity(2048);
        if next(&mut reader, MAX_HEADER, &mut line).map_err(failed)? != Next::Line {
            return Err(What::Header);
        }
        let header = Header::parse(&line, key).filter(|header| header.first == first).ok_or(What::Header)?;
        let place =
            Place { number: first.saturating_sub(1), link: header.previous, position: line.len() as u64 + 1 };
        Ok(Self { reader, line, length, header, place })
    }

    /// Opens a segment and goes on behind an event that was read before.
    pub(crate) fn resume(folder: &Path, first: u64, place: Place, key: &AuditKey) -> Result<Self, What> {
        let mut scan = Self::open(folder, first, key)?;
        scan.reader.seek(SeekFrom::Start(place.position)).map_err(|error| What::Io(error.to_string()))?;
        scan.place = place;
        Ok(scan)
    }

    /// Its first line.
    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    /// How far it is good.
    pub(crate) fn place(&self) -> Place {
        self.place
    }

    /// How many bytes are behind that, zeros included.
    pub(crate) fn rest(&self) -> u64 {
        self.length.saturating_sub(self.place.position)
    }

    /// Lets go of the system's copy of the file: whoever has read it to its end hardly reads it again.
    pub(crate) fn release_memory(&self) {
        page_cache::release(self.reader.get_ref());
    }

    /// Reads the next event, checks it, and shows it with the length of its line, end included.
    pub(crate) fn advance(&mut self, key: &AuditKey, see: impl FnOnce(&Line<'_>, u64)) -> Result<(), Stop> {
        let failed = |error: io::Error| Stop::Wrong(What::Io(error.to_string()));
        match next(&mut self.reader, MAX_LINE, &mut self.line).map_err(failed)? {
            Next::End => return Err(Stop::End),
            Next::Torn => return Err(Stop::Torn),
            Next::Line => {}
        }
        let line = Line::parse(&self.line).ok_or(Stop::Wrong(What::Unreadable))?;
        check(&line, &self.place, key).map_err(Stop::Wrong)?;
        let length = self.line.len() as u64 + 1;
        self.place = Place {
            number: line.number,
            link: line.link,
            position: self.place.position.saturating_add(length),
        };
        see(&line, length);
        Ok(())
    }
}

/// Whether this is the line that was written behind `place`.
fn check(line: &Line<'_>, place: &Place, key: &AuditKey) -> Result<(), What> {
    let expected = place.number.saturating_add(1);
    if line.number > expected {
        return Err(What::Cut(line.number));
    }
    if line.number < expected {
        return Err(What::Reordered(line.number));
    }
    line.prove(&place.link, key)
}

/// Reads a line, of at most so many bytes, into `line`.
fn next(reader: &mut BufReader<File>, limit: usize, line: &mut Vec<u8>) -> io::Result<Next> {
    line.clear();
    if reader.fill_buf()?.first().is_none_or(|byte| *byte == 0) {
        return Ok(if only_zeros(reader)? { Next::End } else { Next::Torn });
    }
    reader.take(limit as u64).read_until(b'\n', line)?;
    // Without stopping at the first zero, many bytes are looked at in one instruction.
    let zeros = line.iter().fold(false, |found, byte| found | (*byte == 0));
    let whole = line.pop_if(|last| *last == b'\n').is_some() && !zeros;
    Ok(if whole { Next::Line } else { Next::Torn })
}

fn only_zeros(reader: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(true);
        }
        if buffer.iter().any(|byte| *byte != 0) {
            return Ok(false);
        }
        let length = buffer.len();
        reader.consume(length);
    }
}
