//! The files that events are in.
//!
//! A segment is named for the number of its first event. When each event is synced, the file is laid out in zeros a
//! stretch ahead of what is written, since a sync that need not make the file grow is some forty times faster; when
//! not, that would cost more than the event itself. Closed, it is cut to what it holds.

use crate::{
    AuditKey, Promise,
    chain::{Kind, Link},
    deliveries::Deliveries,
    head::field,
    reserve::Reserve,
};
use gatekey_types::take_hex;
use std::{
    fs::{self, File},
    io,
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

const VERSION: u64 = 1;
/// A first line is at most so long: each delivery it carries takes at most 62 bytes.
pub(crate) const MAX_HEADER: usize = 512 + Deliveries::KEPT * 64;
/// So many zeros are written ahead at a time.
const STRETCH: usize = 1 << 20;
static ZEROS: [u8; STRETCH] = [0; STRETCH];

/// The first line of a segment:
/// `{"gatekey-audit":1,"first":N,"previous":"<64 hex>","cut":N,"deliveries":{"<uuid>":N,...},"tag":"<32 hex>"}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    /// The number of its first event.
    pub(crate) first: u64,
    /// The link of the event before.
    pub(crate) previous: Link,
    /// How many bytes at the end of the segment before were damaged by a crash, and put aside.
    pub(crate) cut: u64,
    /// The deliveries before, that may come again.
    pub(crate) deliveries: Deliveries,
}

impl Header {
    /// All that the tag is over: the line up to it.
    fn text(&self) -> String {
        let Self { first, previous, cut, deliveries } = self;
        let previous = hex::encode(previous);
        format!(
            r#"{{"gatekey-audit":{VERSION},"first":{first},"previous":"{previous}","cut":{cut},"deliveries":{deliveries},"tag":"#
        )
    }

    fn line(&self, key: &AuditKey) -> Vec<u8> {
        let mut line = self.text().into_bytes();
        let tag = hex::encode(key.tag_line(Kind::Segment, &line));
        line.extend_from_slice(format!("\"{tag}\"}}\n").as_bytes());
        line
    }

    /// Reads the fields of a line without its end, then writes the line again: only the very same bytes will do.
    pub(crate) fn parse(line: &[u8], key: &AuditKey) -> Option<Self> {
        let text = core::str::from_utf8(line).ok()?;
        let mut previous = Link::default();
        take_hex(field(text, "\"previous\":\"", '"')?.as_bytes(), &mut previous)?;
        let number = |name| field(text, name, ',')?.parse().ok();
        let deliveries = field(text, "\"deliveries\":{", '}')?.parse().ok()?;
        let header = Self { first: number("\"first\":")?, previous, cut: number("\"cut\":")?, deliveries };
        (header.line(key).strip_suffix(b"\n") == Some(line)).then_some(header)
    }
}

/// A segment that is written to.
#[derive(Debug)]
pub(crate) struct Segment {
    file: Arc<File>,
    first: u64,
    /// Where the next line goes.
    position: u64,
    /// How far the file is laid out, if it is laid out ahead.
    laid_out: u64,
    promise: Promise,
    /// Whether there may be the remains of a line that could not be written.
    soiled: bool,
    /// What is kept for the lines to come.
    reserve: Reserve,
}

impl Segment {
    /// Makes a new segment, laid out ahead if each event is to be synced. It appears under its name only when its first line is in it.
    pub(crate) fn create(
        folder: &Path,
        header: &Header,
        key: &AuditKey,
        promise: Promise,
    ) -> io::Result<Self> {
        let temporary = folder.join("next");
        let file = create_private(&temporary)?;
        file.set_len(0)?;
        let mut segment = Self {
            file: Arc::new(file),
            first: header.first,
            position: 0,
            laid_out: 0,
            promise,
            soiled: false,
            reserve: Reserve::default(),
        };
        segment.append(&header.line(key))?;
        // A power cut must not leave a segment without its first line: nobody could tell that from tampering.
        promise.sync(&segment.file)?;
        fs::rename(&temporary, path(folder, header.first))?;
        Ok(segment)
    }

    /// Goes on in a segment, behind what it holds.
    pub(crate) fn resume(folder: &Path, first: u64, position: u64, promise: Promise) -> io::Result<Self> {
        let file = File::options().read(true).write(true).open(path(folder, first))?;
        let laid_out = file.metadata()?.len();
        let reserve = Reserve::default();
        Ok(Self { file: Arc::new(file), first, position, laid_out, promise, soiled: false, reserve })
    }

    /// Writes a whole line, or leaves the segment as it was.
    pub(crate) fn append(&mut self, line: &[u8]) -> io::Result<()> {
        let end = self.position.saturating_add(line.len() as u64);
        if self.soiled {
            self.clean()?;
        }
        self.reserve.reach(&self.file, end);
        if self.promise == Promise::Synced {
            self.lay_out(end)?;
        }
        self.soiled = true;
        if let Err(error) = self.file.write_all_at(line, self.position) {
            // At once, so that a crash finds no half line; should it fail, it is tried again before the next line.
            let _ = self.clean();
            return Err(error);
        }
        self.soiled = false;
        self.position = end;
        Ok(())
    }

    /// Cuts off what a failed write left, which takes no space.
    fn clean(&mut self) -> io::Result<()> {
        self.file.set_len(self.position)?;
        self.laid_out = self.position;
        self.soiled = false;
        self.reserve.lose();
        Ok(())
    }

    fn lay_out(&mut self, end: u64) -> io::Result<()> {
        while self.laid_out < end {
            self.file.write_all_at(&ZEROS, self.laid_out)?;
            self.laid_out = self.laid_out.saturating_add(STRETCH as u64);
        }
        Ok(())
    }

    /// Whether a line up to `end` has its space, however full the disk is.
    pub(crate) fn has_room(&self, end: u64) -> bool {
        self.reserve.covers(end)
    }

    /// The number of its first event.
    pub(crate) fn first(&self) -> u64 {
        self.first
    }

    /// Where the next line goes.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// The file, to be synced.
    pub(crate) fn file(&self) -> Arc<File> {
        Arc::clone(&self.file)
    }

    /// Cuts the file to what it holds.
    pub(crate) fn close(&self) -> io::Result<()> {
        self.file.set_len(self.position)
    }
}

/// The file of the segment that begins with event `first`.
pub(crate) fn path(folder: &Path, first: u64) -> PathBuf {
    folder.join(format!("{first:020}.jsonl"))
}

/// The first numbers of all segments of a folder, in order.
pub(crate) fn list(folder: &Path) -> io::Result<Vec<u64>> {
    let mut firsts = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let number =
            name.to_str().and_then(|name| name.strip_suffix(".jsonl")).filter(|digits| digits.len() == 20);
        firsts.extend(number.and_then(|digits| digits.parse::<u64>().ok()));
    }
    firsts.sort_unstable();
    Ok(firsts)
}

/// A file that only its owner can read; what was in it is kept.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    File::options().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}
