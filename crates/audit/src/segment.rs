//! The files that events are in.
//!
//! A segment is named for the number of its first event. It is laid out in zeros a stretch ahead of what is written:
//! so a full disk is met before an event is begun, not in the middle of it, and a sync need not wait for the file to
//! grow. Closed, it is cut to what it holds.

use crate::{
    AuditKey,
    chain::{Kind, Link, Tag},
    frame::lower_hex,
    head::field,
};
use std::{
    fs::{self, File},
    io,
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

const VERSION: u64 = 1;
/// A first line is at most so long.
pub(crate) const MAX_HEADER: usize = 512;
/// So many zeros are written ahead at a time.
const STRETCH: usize = 1 << 20;
static ZEROS: [u8; STRETCH] = [0; STRETCH];

/// The first line of a segment:
/// `{"gatekey-audit":1,"first":N,"previous":"<64 hex>","cut":N,"tag":"<32 hex>"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    /// The number of its first event.
    pub(crate) first: u64,
    /// The link of the event before.
    pub(crate) previous: Link,
    /// How many bytes at the end of the segment before were damaged by a crash, and put aside.
    pub(crate) cut: u64,
}

impl Header {
    fn tag(&self, key: &AuditKey) -> Tag {
        let mut fields = Vec::with_capacity(64);
        for number in [VERSION, self.first, self.cut] {
            fields.extend_from_slice(&number.to_be_bytes());
        }
        fields.extend_from_slice(&self.previous);
        key.tag_line(Kind::Segment, &fields)
    }

    fn line(&self, key: &AuditKey) -> Vec<u8> {
        let Self { first, previous, cut } = self;
        let (previous, tag) = (hex::encode(previous), hex::encode(self.tag(key)));
        let text = format!(
            r#"{{"gatekey-audit":{VERSION},"first":{first},"previous":"{previous}","cut":{cut},"tag":"{tag}"}}"#
        );
        let mut line = text.into_bytes();
        line.push(b'\n');
        line
    }

    /// Reads the fields of a line without its end, then writes the line again: only the very same bytes will do.
    pub(crate) fn parse(line: &[u8], key: &AuditKey) -> Option<Self> {
        let text = core::str::from_utf8(line).ok()?;
        let mut previous = Link::default();
        lower_hex(field(text, "\"previous\":\"", '"')?.as_bytes(), &mut previous)?;
        let number = |name| field(text, name, ',')?.parse().ok();
        let header = Self { first: number("\"first\":")?, previous, cut: number("\"cut\":")? };
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
    /// Up to here the file is laid out.
    laid_out: u64,
    /// Up to here there may be the remains of a line that could not be written.
    soiled: u64,
}

impl Segment {
    /// Makes a new segment. It appears under its name only when its first line is in it.
    pub(crate) fn create(folder: &Path, header: &Header, key: &AuditKey) -> io::Result<Self> {
        let temporary = folder.join("next");
        let file = create_private(&temporary)?;
        file.set_len(0)?;
        let mut segment =
            Self { file: Arc::new(file), first: header.first, position: 0, laid_out: 0, soiled: 0 };
        segment.append(&header.line(key))?;
        fs::rename(&temporary, path(folder, header.first))?;
        Ok(segment)
    }

    /// Goes on in a segment, behind what it holds.
    pub(crate) fn resume(folder: &Path, first: u64, position: u64) -> io::Result<Self> {
        let file = File::options().read(true).write(true).open(path(folder, first))?;
        let laid_out = file.metadata()?.len();
        Ok(Self { file: Arc::new(file), first, position, laid_out, soiled: 0 })
    }

    /// Writes a whole line, or leaves the segment as it was.
    pub(crate) fn append(&mut self, line: &[u8]) -> io::Result<()> {
        let end = self.position.saturating_add(line.len() as u64);
        self.lay_out(end)?;
        if self.soiled > end {
            self.clean()?;
        }
        if let Err(error) = self.file.write_all_at(line, self.position) {
            self.soiled = self.soiled.max(end);
            return Err(error);
        }
        self.position = end;
        Ok(())
    }

    /// Puts zeros over what a failed write left.
    fn clean(&mut self) -> io::Result<()> {
        let length = usize::try_from(self.soiled.saturating_sub(self.position)).unwrap_or(STRETCH);
        self.file.write_all_at(ZEROS.get(..length).unwrap_or(&ZEROS), self.position)?;
        self.soiled = 0;
        Ok(())
    }

    fn lay_out(&mut self, end: u64) -> io::Result<()> {
        while self.laid_out < end {
            self.file.write_all_at(&ZEROS, self.laid_out)?;
            self.laid_out = self.laid_out.saturating_add(STRETCH as u64);
        }
        Ok(())
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

/// Names of files survive a power cut only when their folder was synced.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
