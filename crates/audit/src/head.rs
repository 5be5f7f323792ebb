//! The head file: how far the log surely reaches on the disk. It is what betrays a log whose end was cut off.
//!
//! Two slots of 512 bytes are written in turn, so that a torn write spoils only one. Each is a line of JSON,
//! `{"gatekey-audit-head":1,"writes":W,"oldest":N,"number":N,"chain":"<64 hex>","tag":"<32 hex>"}`, filled up with
//! spaces before its end.

use crate::{
    AuditKey, Promise,
    chain::{self, Kind, Link, Tag},
};
use gatekey_types::take_hex;
use std::{
    fs::File,
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

const SLOT: usize = 512;
const VERSION: u64 = 1;

/// What the head file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    /// How many times a head was written: the slot with the greater count is the newer.
    pub(crate) writes: u64,
    /// The number of the first event that is still kept.
    pub(crate) oldest: u64,
    /// The number of the last event that is surely on the disk; 0 if there is none.
    pub(crate) number: u64,
    /// Its link.
    pub(crate) link: Link,
}

impl Head {
    /// The head of a log that has just begun.
    pub(crate) fn beginning() -> Self {
        Self { writes: 0, oldest: 1, number: 0, link: chain::BEGINNING }
    }

    fn tag(&self, key: &AuditKey) -> Tag {
        let mut fields = Vec::with_capacity(64);
        for number in [VERSION, self.writes, self.oldest, self.number] {
            fields.extend_from_slice(&number.to_be_bytes());
        }
        fields.extend_from_slice(&self.link);
        key.tag_line(Kind::Head, &fields)
    }

    fn line(&self, key: &AuditKey) -> Vec<u8> {
        let Self { writes, oldest, number, link } = self;
        let (chain, tag) = (hex::encode(link), hex::encode(self.tag(key)));
        let text = format!(
            r#"{{"gatekey-audit-head":{VERSION},"writes":{writes},"oldest":{oldest},"number":{number},"chain":"{chain}","tag":"{tag}"}}"#
        );
        let mut line = text.into_bytes();
        line.resize(SLOT - 1, b' ');
        line.push(b'\n');
        line
    }

    /// Reads the fields, then writes the line again: only the very same bytes will do.
    fn parse(line: &[u8], key: &AuditKey) -> Option<Self> {
        let text = core::str::from_utf8(line).ok()?;
        let mut link = Link::default();
        take_hex(field(text, "\"chain\":\"", '"')?.as_bytes(), &mut link)?;
        let number = |name| field(text, name, ',')?.parse().ok();
        let head = Self {
            writes: number("\"writes\":")?,
            oldest: number("\"oldest\":")?,
            number: number("\"number\":")?,
            link,
        };
        (head.line(key) == line).then_some(head)
    }
}

/// What stands between `name` and `end`.
pub(crate) fn field<'t>(text: &'t str, name: &str, end: char) -> Option<&'t str> {
    let (_, rest) = text.split_once(name)?;
    rest.split_once(end).map(|(value, _)| value)
}

/// The head file, open for writing.
#[derive(Debug)]
pub(crate) struct HeadFile {
    file: File,
    last: Head,
    promise: Promise,
}

/// Where the head is, in a log's folder.
pub(crate) fn path(folder: &Path) -> PathBuf {
    folder.join("head")
}

/// Reads the newer slot that the key approves; `None` if there is none.
pub(crate) fn read(folder: &Path, key: &AuditKey) -> io::Result<Option<Head>> {
    let file = File::open(path(folder))?;
    let mut newest: Option<Head> = None;
    for slot in 0..2_u64 {
        let mut line = [0; SLOT];
        if file.read_exact_at(&mut line, slot * SLOT as u64).is_ok()
            && let Some(head) = Head::parse(&line, key)
            && newest.is_none_or(|newest| head.writes > newest.writes)
        {
            newest = Some(head);
        }
    }
    Ok(newest)
}

impl HeadFile {
    /// Makes the head of a new log.
    pub(crate) fn create(folder: &Path, key: &AuditKey, promise: Promise) -> io::Result<Self> {
        let file = crate::segment::create_private(&path(folder))?;
        let mut head = Self { file, last: Head::beginning(), promise };
        // Both slots, so that the file has its length from the first.
        head.last = head.put(Head::beginning(), key)?;
        head.write(Head::beginning(), key)?;
        Ok(head)
    }

    /// Goes on from what was read.
    pub(crate) fn resume(folder: &Path, last: Head, promise: Promise) -> io::Result<Self> {
        let file = File::options().write(true).open(path(folder))?;
        Ok(Self { file, last, promise })
    }

    /// What was written last.
    pub(crate) fn last(&self) -> Head {
        self.last
    }

    /// Writes the next head, and waits until it is on the disk.
    pub(crate) fn write(&mut self, head: Head, key: &AuditKey) -> io::Result<()> {
        let head = self.put(head, key)?;
        self.promise.sync(&self.file)?;
        self.last = head;
        Ok(())
    }

    /// Writes the next head into its slot.
    fn put(&self, head: Head, key: &AuditKey) -> io::Result<Head> {
        let head = Head { writes: self.last.writes.saturating_add(1), ..head };
        self.file.write_all_at(&head.line(key), (head.writes % 2) * SLOT as u64)?;
        Ok(head)
    }
}
