//! `gatekey audit export`: files of the form that CloudTrail delivers, and digest files if wanted.
//!
//! One file has the events of one account and Region that were recorded within one hour, or the first of them if they are many.

use super::{TrailFiles, damaged, digest::Digests, filter::is_meant, progress};
use crate::{
    failure::{Failure, Kind},
    output,
};
use flate2::{Compression, write::GzEncoder};
use gatekey_audit::{Entry, Facts, Follower, SegmentFile, segments};
use gatekey_types::Timestamp;
use indicatif::ProgressBar;
use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

/// A file has at most about so many bytes of events, uncompressed.
const MOST_BYTES: usize = 16 << 20;
/// Seconds of an hour, which is how long a digest is for.
pub(super) const HOUR: i64 = 3600;

/// An export.
#[derive(Debug)]
pub(crate) struct Export<'a> {
    /// Which events.
    pub(crate) filter: &'a super::Filter,
    /// Where the files go.
    pub(crate) to: &'a Path,
    /// The bucket that digests say the files are in.
    pub(crate) bucket: &'a str,
    /// Whether digests are made.
    pub(crate) digests: bool,
    /// The Region that digests call the trail's own.
    pub(crate) home: &'a str,
}

/// A file that was written, as a digest lists it.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub(super) object: String,
    /// Of its content before it was compressed.
    pub(super) sha256: String,
    pub(super) oldest: Timestamp,
    pub(super) newest: Timestamp,
}

/// Whose events, and of which Region.
pub(super) type Place = (String, String);

/// The events of one place and one hour that are not written yet.
#[derive(Debug)]
struct Stack {
    hour: i64,
    records: Vec<u8>,
    files: Vec<Written>,
    oldest: Timestamp,
    newest: Timestamp,
    last_id: String,
}

impl Export<'_> {
    /// Writes the files.
    pub(crate) fn run(&self, files: &TrailFiles, now: Timestamp) -> Result<(), Failure> {
        let query = self.filter.query(now, usize::MAX)?;
        let digests = if self.digests {
            Some(Digests::new(files.digest_key(now)?, self.bucket, self.home))
        } else {
            None
        };
        let mut work = Work { to: self.to, stacks: BTreeMap::new(), digests, events: 0, files: 0 };
        let all = segments(&files.log, &files.key).map_err(damaged)?;
        let from = query.from.map_or(0, |from| first_of(files, &all, from));
        let bar = progress::bar("exporting", all.iter().skip(from).map(|segment| segment.bytes).sum());
        let Some(first) = all.get(from) else { return work.finish(&bar) };
        let mut follower = Follower::of_segment(&files.log, files.key.clone(), first.first);
        // What is recorded meanwhile belongs to the next export.
        let mut more = true;
        while more {
            let mut outcome = Ok(());
            let see = |entry: &Entry<'_>| {
                bar.inc(entry.length);
                if let Some(facts) = Facts::read(entry.event).filter(|facts| is_meant(&query, facts)) {
                    outcome = work.add(entry.event, &facts);
                }
            };
            more = follower.next(see).map_err(damaged)?;
            outcome?;
        }
        work.finish(&bar)
    }
}

/// Which segment to begin with, for events since `from`: the last that begins before.
fn first_of(files: &TrailFiles, all: &[SegmentFile], from: Timestamp) -> usize {
    let begins_before = |segment: &SegmentFile| {
        let mut time = None;
        let see = |entry: &Entry<'_>| time = Facts::read(entry.event).map(|facts| facts.time());
        let _ = Follower::of_segment(&files.log, files.key.clone(), segment.first).next(see);
        time.is_some_and(|time| time < from)
    };
    // Events are recorded nearly in the order of their times: a segment more makes up for that.
    all.partition_point(begins_before).saturating_sub(2)
}

/// An export at work.
struct Work<'a> {
    to: &'a Path,
    stacks: BTreeMap<Place, Stack>,
    digests: Option<Digests>,
    events: u64,
    files: u64,
}

impl Work<'_> {
    fn add(&mut self, event: &[u8], facts: &Facts<'_>) -> Result<(), Failure> {
        let place = (facts.recipient_account_id.to_string(), facts.aws_region.to_string());
        let (time, hour) = (facts.time(), facts.time().seconds().div_euclid(HOUR));
        let ended = self.stacks.get(&place).is_some_and(|stack| stack.hour < hour);
        if ended && let Some(stack) = self.stacks.remove(&place) {
            self.end(&place, stack)?;
        }
        let stack = self.stacks.entry(place.clone()).or_insert_with(|| Stack::new(hour, time));
        stack.add(event, time, &facts.event_id);
        self.events = self.events.saturating_add(1);
        if stack.records.len() >= MOST_BYTES {
            let written = stack.write(self.to, &place)?;
            self.files = self.files.saturating_add(1);
            stack.files.push(written);
        }
        Ok(())
    }

    /// Writes what is left of an hour, and its digest.
    fn end(&mut self, place: &Place, mut stack: Stack) -> Result<(), Failure> {
        if !stack.records.is_empty() {
            let written = stack.write(self.to, place)?;
            self.files = self.files.saturating_add(1);
            stack.files.push(written);
        }
        match &mut self.digests {
            Some(digests) => digests.write(self.to, place, stack.hour, &stack.files),
            None => Ok(()),
        }
    }

    fn finish(mut self, bar: &ProgressBar) -> Result<(), Failure> {
        for (place, stack) in core::mem::take(&mut self.stacks) {
            self.end(&place, stack)?;
        }
        bar.finish_and_clear();
        let Self { to, events, files, .. } = self;
        output::result(&format!("exported {events} events in {files} files to {}\n", to.display()))
    }
}

impl Stack {
    fn new(hour: i64, time: Timestamp) -> Self {
        Self {
            hour,
            records: Vec::new(),
            files: Vec::new(),
            oldest: time,
            newest: time,
            last_id: String::new(),
        }
    }

    fn add(&mut self, event: &[u8], time: Timestamp, id: &str) {
        if self.records.is_empty() {
            (self.oldest, self.newest) = (time, time);
        } else {
            self.records.push(b',');
        }
        self.records.extend_from_slice(event);
        self.oldest = self.oldest.min(time);
        self.newest = self.newest.max(time);
        id.clone_into(&mut self.last_id);
    }

    /// Writes `{"Records":[...]}` under the name that CloudTrail would give it.
    fn write(&mut self, to: &Path, (account, region): &Place) -> Result<Written, Failure> {
        let (day, minute) = stamps(self.newest);
        // What CloudTrail makes unique by chance is here the last event's id, so that an export is repeatable.
        let unique: String = self.last_id.chars().filter(char::is_ascii_hexdigit).take(16).collect();
        let name = format!("{account}_CloudTrail_{region}_{minute}Z_{unique}.json.gz");
        let object = format!("AWSLogs/{account}/CloudTrail/{region}/{day}/{name}");
        let content = [&b"{\"Records\":["[..], &self.records, b"]}"].concat();
        put(to, &object, &content)?;
        self.records.clear();
        let (oldest, newest) = (self.oldest, self.newest);
        Ok(Written { object, sha256: gatekey_audit::sha256_hex(&content), oldest, newest })
    }
}

/// The folder of a day and the name of a minute: `2026/11/22`, `20261122T0554`.
fn stamps(time: Timestamp) -> (String, String) {
    let (year, month, day, hour, minute, _) = time.civil();
    (format!("{year:04}/{month:02}/{day:02}"), format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}"))
}

/// Writes a compressed file, for its owner's eyes only, whole or not at all.
pub(super) fn put(to: &Path, object: &str, content: &[u8]) -> Result<(), Failure> {
    let path = to.join(object);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let packed = encoder.write_all(content).and_then(|()| encoder.finish());
    let written = packed.and_then(|bytes| save(&path, &bytes));
    written.map_err(|error| Failure::new(Kind::Other, format!("cannot write {}: {error}", path.display())))
}

/// The same, as it is.
pub(super) fn save(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
    let folder = path.parent().map(PathBuf::from).unwrap_or_default();
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let draft = path.with_extension("new");
    let mut file = fs::File::options().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(draft, path)
}
