//! Proves that a log is what was written, or names the first event that is not.

use crate::{
    AuditKey, Tampering, What,
    chain::{self, Link},
    head::{self, Head},
    log::tampering,
    scan::{Place, Scan, Stop},
    segment,
};
use std::path::Path;

/// What a log holds, all of it proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// How many segments there are.
    pub segments: u64,
    /// The number of the first event that is kept.
    pub first: u64,
    /// The number of the last event; 0 if there is none.
    pub last: u64,
    /// The hash that stands for the last event and all before it.
    pub chain: [u8; 32],
    /// Where crashes cut off an unfinished end.
    pub cuts: Vec<Cut>,
    /// Whether bytes of an unfinished event are at the end, as in a log that is being written, or after a crash.
    pub unfinished: bool,
}

/// A sentence for the operator.
impl core::fmt::Display for Summary {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        if self.last == 0 {
            return f.write_str("the audit trail has no events yet");
        }
        let Self { segments, first, last, .. } = self;
        write!(
            f,
            "verified events {first} to {last} in {segments} segments: none was cut, changed or reordered"
        )?;
        if *first > 1 {
            f.write_str("; those before were removed as retention says")?;
        }
        match self.cuts.len() {
            0 => {}
            crashes => write!(f, "; {crashes} unfinished ends, left by crashes, were put aside")?,
        }
        write!(f, "\nanchor {last}:{}", hex::encode(self.chain))
    }
}

/// A place where a crash left something unfinished, which was put aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// The number of the event that was recorded next.
    pub before: u64,
    /// How many bytes were put aside.
    pub bytes: u64,
}

/// Reads the whole log in `folder` and proves it with the key it was written with. It may be written meanwhile.
///
/// What can be proven: no event was edited, forged, reordered or removed, up to the last checkpoint. Whoever can replace
/// the whole folder by an older copy of itself is found out only by comparing [`Summary::chain`] with a note made
/// elsewhere.
pub fn verify(folder: &Path, key: &AuditKey) -> Result<Summary, Tampering> {
    verify_since(folder, key, None)
}

/// The same, and the event of the anchor's number must have the anchor's chain value, as [`Summary`] told it once: whoever
/// replaces the whole folder by an older copy, or by another, is found out so. An event that retention has removed since cannot be
/// compared, and one that is not there any more is [`What::TailMissing`].
pub fn verify_since(
    folder: &Path,
    key: &AuditKey,
    anchor: Option<(u64, [u8; 32])>,
) -> Result<Summary, Tampering> {
    verify_with(folder, key, anchor, &mut |_| ())
}

/// The same, and tells of every event how many bytes its line has, so that a long verification can show how far it is.
///
/// # Errors
/// As [`verify_since`].
pub fn verify_with(
    folder: &Path,
    key: &AuditKey,
    anchor: Option<(u64, [u8; 32])>,
    progress: &mut dyn FnMut(u64),
) -> Result<Summary, Tampering> {
    let head = read_head(folder, key)?;
    match walk(folder, key, anchor, head, progress) {
        // Retention removed segments meanwhile: what is kept now is what counts.
        Err(_) if read_head(folder, key)?.oldest != head.oldest => verify_with(folder, key, anchor, progress),
        outcome => outcome,
    }
}

fn walk(
    folder: &Path,
    key: &AuditKey,
    anchor: Option<(u64, Link)>,
    head: Head,
    progress: &mut dyn FnMut(u64),
) -> Result<Summary, Tampering> {
    let firsts = segment::list(folder).map_err(|error| at_head(folder, What::Io(error.to_string())))?;
    // What retention was about to remove when it was interrupted is no part of the log any more.
    let firsts: Vec<u64> = firsts.into_iter().filter(|first| *first >= head.oldest).collect();
    let mut walk = Walk { anchor, ..Walk::new(folder, key, head) };
    for first in &firsts {
        walk.segment(*first, progress)?;
    }
    walk.finish(firsts.len() as u64)
}

fn at_head(folder: &Path, what: What) -> Tampering {
    Tampering { segment: head::path(folder), event: 1, what }
}

fn read_head(folder: &Path, key: &AuditKey) -> Result<Head, Tampering> {
    head::read(folder, key).ok().flatten().ok_or_else(|| at_head(folder, What::Head))
}

/// A walk along the chain.
struct Walk<'w> {
    folder: &'w Path,
    key: &'w AuditKey,
    head: Head,
    anchor: Option<(u64, Link)>,
    place: Option<Place>,
    in_segment: u64,
    unfinished: bool,
    cuts: Vec<Cut>,
}

impl<'w> Walk<'w> {
    fn new(folder: &'w Path, key: &'w AuditKey, head: Head) -> Self {
        let (in_segment, cuts) = (head.oldest, Vec::new());
        Self { folder, key, head, anchor: None, place: None, in_segment, unfinished: false, cuts }
    }

    fn next(&self) -> u64 {
        self.place.map_or(self.head.oldest, |place| place.number.saturating_add(1))
    }

    fn bad(&self, what: What) -> Tampering {
        tampering(self.folder, self.in_segment, self.next(), what)
    }

    fn segment(&mut self, first: u64, progress: &mut dyn FnMut(u64)) -> Result<(), Tampering> {
        let expected = self.next();
        if self.unfinished || first > expected {
            return Err(self.bad(What::Cut(first)));
        }
        self.in_segment = first;
        if first < expected {
            return Err(self.bad(What::Reordered(first)));
        }
        let mut scan = Scan::open(self.folder, first, self.key).map_err(|what| self.bad(what))?;
        if self.place.is_some_and(|place| place.link != scan.header().previous) {
            return Err(self.bad(What::Header));
        }
        let cut = scan.header().cut;
        self.cuts.extend((cut > 0).then_some(Cut { before: first, bytes: cut }));
        self.events(&mut scan, progress)
    }

    fn events(&mut self, scan: &mut Scan, progress: &mut dyn FnMut(u64)) -> Result<(), Tampering> {
        loop {
            self.place = Some(scan.place());
            if scan.place().number == self.head.number && scan.place().link != self.head.link {
                return Err(self.bad(What::Forged));
            }
            if self
                .anchor
                .is_some_and(|(number, link)| scan.place().number == number && scan.place().link != link)
            {
                return Err(self.bad(What::Replaced));
            }
            match scan.advance(self.key, |_, length| progress(length)) {
                Ok(()) => {}
                Err(Stop::End) => return Ok(()),
                Err(Stop::Torn) => {
                    self.unfinished = true;
                    return Ok(());
                }
                Err(Stop::Wrong(what)) => return Err(self.bad(what)),
            }
        }
    }

    fn finish(self, segments: u64) -> Result<Summary, Tampering> {
        let (last, chain) = self.place.map_or((0, chain::BEGINNING), |place| (place.number, place.link));
        let reached = self.head.number.max(self.anchor.map_or(0, |(number, _)| number));
        if last < reached {
            let what = if self.unfinished { What::Unreadable } else { What::TailMissing(reached) };
            return Err(self.bad(what));
        }
        let Self { head, cuts, unfinished, .. } = self;
        Ok(Summary { segments, first: head.oldest, last, chain, cuts, unfinished })
    }
}
