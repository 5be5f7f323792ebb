//! Finds where a log ends, and puts aside what a crash left behind that.

use crate::{
    AuditError, AuditKey, Promise, Tampering, What,
    chain::{self, Link},
    deliveries::Deliveries,
    frame::Line,
    head::{self, Head, HeadFile},
    log::tampering,
    scan::{Place, Scan, Stop},
    segment::{self, Header, Segment},
};
use std::{
    fs::{self, File, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt, FileExt},
    path::Path,
};

/// A log, ready to be gone on with.
pub(crate) struct Opened {
    pub(crate) segment: Segment,
    pub(crate) place: Place,
    pub(crate) deliveries: Deliveries,
    pub(crate) head: HeadFile,
    pub(crate) cut: u64,
    pub(crate) lock: File,
}

/// The end of a log as it was found.
struct End {
    /// The segment that it is in,
    first: u64,
    /// what that continues,
    previous: Link,
    /// and where.
    place: Place,
    /// How many bytes are behind that, zeros included, and whether they are something unfinished.
    rest: u64,
    torn: bool,
    /// Segments that do not continue from there: what a power cut spared of events that were not on the disk yet.
    beyond: Vec<u64>,
    deliveries: Deliveries,
}

pub(crate) fn open(folder: &Path, key: &AuditKey, promise: Promise) -> Result<Opened, AuditError> {
    let failed = |error: io::Error| AuditError::of(folder, &error);
    let lock = take(folder)?;
    let firsts = segment::list(folder).map_err(failed)?;
    let head = head(folder, key, &firsts, promise)?;
    if firsts.is_empty() {
        return begin(folder, key, promise, head, lock).map_err(failed);
    }
    let end = find_end(folder, key, &firsts, &head.last())?;
    go_on(folder, key, promise, end, head, lock).map_err(failed)
}

fn take(folder: &Path) -> Result<File, AuditError> {
    let failed = |error: io::Error| AuditError::of(folder, &error);
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    let lock = segment::create_private(&folder.join("lock")).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(AuditError::InUse(folder.to_owned())),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// The head is made before the first segment, so where there are segments and no head, someone took it away.
fn head(folder: &Path, key: &AuditKey, firsts: &[u64], promise: Promise) -> Result<HeadFile, AuditError> {
    let failed = |error: io::Error| AuditError::of(folder, &error);
    let bad = || Tampering { segment: head::path(folder), event: 1, what: What::Head };
    let found = match head::read(folder, key) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        found => Some(found.map_err(failed)?),
    };
    match found {
        // A crash while the very first head was written leaves a head that says nothing, and no segment.
        None | Some(None) if firsts.is_empty() => HeadFile::create(folder, key, promise).map_err(failed),
        None | Some(None) => Err(bad().into()),
        Some(Some(head)) if firsts.is_empty() && head.number > 0 => {
            let what = What::TailMissing(head.number);
            Err(tampering(folder, head.oldest, head.oldest, what).into())
        }
        Some(Some(head)) => HeadFile::resume(folder, head, promise).map_err(failed),
    }
}

fn begin(folder: &Path, key: &AuditKey, promise: Promise, head: HeadFile, lock: File) -> io::Result<Opened> {
    let deliveries = Deliveries::default();
    let header = Header { first: 1, previous: chain::BEGINNING, cut: 0, deliveries: deliveries.clone() };
    let segment = Segment::create(folder, &header, key, promise)?;
    promise.sync_folder(folder)?;
    let place = Place { number: 0, link: chain::BEGINNING, position: segment.position() };
    Ok(Opened { segment, place, deliveries, head, cut: 0, lock })
}

/// Reads from the segment that the head is in to the end. What is before the head was on the disk, and must be there;
/// what is in earlier segments is left to [`verify`](crate::verify).
fn find_end(folder: &Path, key: &AuditKey, firsts: &[u64], head: &Head) -> Result<End, AuditError> {
    let at_head = firsts.partition_point(|first| *first <= head.number.max(1)).saturating_sub(1);
    let mut unread = firsts.iter().copied().skip(at_head);
    let first = unread.next().unwrap_or(head.oldest);
    let mut end = read(folder, key, first, head)?;
    for first in unread {
        let next = end.place.number.saturating_add(1);
        if end.torn || !end.beyond.is_empty() || first > next {
            end.beyond.push(first);
        } else {
            let previous = end.place.link;
            end = read(folder, key, first, head)?;
            if first < next || end.previous != previous {
                return Err(tampering(folder, first, next, What::Header).into());
            }
        }
    }
    if end.place.number < head.number {
        let next = end.place.number.saturating_add(1);
        return Err(tampering(folder, end.first, next, What::TailMissing(head.number)).into());
    }
    Ok(end)
}

/// Reads one segment.
fn read(folder: &Path, key: &AuditKey, first: u64, head: &Head) -> Result<End, AuditError> {
    let mut scan = Scan::open(folder, first, key).map_err(|what| tampering(folder, first, first, what))?;
    let previous = scan.header().previous;
    let mut deliveries = scan.header().deliveries.clone();
    loop {
        let place = scan.place();
        if place.number == head.number && place.link != head.link {
            return Err(tampering(folder, first, place.number, What::Forged).into());
        }
        let note = |line: &Line<'_>, _| {
            if let Some(id) = line.delivery {
                deliveries.note(id, line.number);
            }
        };
        match scan.advance(key, note) {
            Ok(()) => {}
            Err(Stop::Wrong(what)) => {
                return Err(tampering(folder, first, place.number.saturating_add(1), what).into());
            }
            Err(stop @ (Stop::End | Stop::Torn)) => {
                let torn = matches!(stop, Stop::Torn);
                return Ok(End {
                    first,
                    previous,
                    place,
                    rest: scan.rest(),
                    torn,
                    beyond: Vec::new(),
                    deliveries,
                });
            }
        }
    }
}

/// Goes on in the last segment; after a crash that left something unfinished, in a new one, which notes that.
fn go_on(
    folder: &Path,
    key: &AuditKey,
    promise: Promise,
    end: End,
    head: HeadFile,
    lock: File,
) -> io::Result<Opened> {
    let mut cut = 0_u64;
    for first in &end.beyond {
        cut = cut.saturating_add(put_segment_aside(folder, *first)?);
    }
    if end.torn {
        cut = cut.saturating_add(put_end_aside(folder, &end)?);
    }
    let End { first, mut place, deliveries, .. } = end;
    let segment = if cut == 0 {
        Segment::resume(folder, first, place.position, promise)?
    } else {
        let first = place.number.saturating_add(1);
        let header = Header { first, previous: place.link, cut, deliveries: deliveries.clone() };
        Segment::create(folder, &header, key, promise)?
    };
    if cut > 0 {
        promise.sync_folder(folder)?;
    }
    place.position = segment.position();
    Ok(Opened { segment, place, deliveries, head, cut, lock })
}

/// Gives a segment a name by which it is no longer part of the log. Gives its length.
fn put_segment_aside(folder: &Path, first: u64) -> io::Result<u64> {
    let path = segment::path(folder, first);
    let length = fs::metadata(&path)?.len();
    fs::rename(&path, path.with_extension("jsonl.cut"))?;
    Ok(length)
}

/// Copies a torn end into a file of its own and cuts it off. Gives its length without the zeros behind it.
fn put_end_aside(folder: &Path, end: &End) -> io::Result<u64> {
    let file = File::options().read(true).write(true).open(segment::path(folder, end.first))?;
    let mut torn = vec![0; usize::try_from(end.rest).unwrap_or_default()];
    file.read_exact_at(&mut torn, end.place.position)?;
    torn.truncate(torn.iter().rposition(|byte| *byte != 0).map_or(0, |last| last.saturating_add(1)));
    let aside = folder.join(format!("{:020}.cut", end.place.number.saturating_add(1)));
    let aside = segment::create_private(&aside)?;
    aside.write_all_at(&torn, 0)?;
    aside.sync_all()?;
    file.set_len(end.place.position)?;
    file.sync_all()?;
    Ok(torn.len() as u64)
}
