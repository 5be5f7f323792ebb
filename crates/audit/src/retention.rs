//! Removes the oldest segments. The head says which event is the oldest that is kept; it is written first, so that a crash leaves
//! at most files that are no part of the log any more.

use crate::{AuditKey, Entry, Facts, Follower, Promise, head::Head, segment};
use gatekey_types::Timestamp;
use std::{fs, io, path::Path};

/// The first event of the oldest segment that is to be kept: the one that `spared` or the head's event is in, or the first one
/// behind which a segment begins that was begun at `time` or later.
pub(crate) fn oldest_to_keep(
    folder: &Path,
    key: &AuditKey,
    head: &Head,
    time: Timestamp,
    spared: u64,
) -> io::Result<u64> {
    let firsts = segment::list(folder)?;
    let kept = firsts.into_iter().filter(|first| *first > head.oldest);
    // Events are recorded in order, so that a segment is older than the first event of the next one.
    let older =
        kept.take_while(|first| *first <= spared.min(head.number) && began_before(folder, key, *first, time));
    Ok(older.last().unwrap_or(head.oldest))
}

/// Whether the first event of a segment was before `time`. One that cannot be read is not: it is left for a person to look at.
fn began_before(folder: &Path, key: &AuditKey, first: u64, time: Timestamp) -> bool {
    let mut begun = None;
    let see = |entry: &Entry<'_>| begun = Facts::read(entry.event).map(|facts| facts.time());
    let read = Follower::of_segment(folder, key.clone(), first).next(see);
    read.is_ok() && begun.is_some_and(|begun| begun < time)
}

/// Removes every segment before this event, the oldest first, and what crashes left of those times.
pub(crate) fn remove_before(folder: &Path, oldest: u64, promise: Promise) -> io::Result<()> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        names.extend(
            name.into_string().ok().filter(|name| number_of(name).is_some_and(|number| number < oldest)),
        );
    }
    names.sort_unstable();
    names.iter().try_for_each(|name| fs::remove_file(folder.join(name)))?;
    if names.is_empty() { Ok(()) } else { promise.sync_folder(folder) }
}

/// The number that a segment, or what was put aside, is named for.
fn number_of(name: &str) -> Option<u64> {
    let (digits, extension) = name.split_once('.')?;
    let known = ["jsonl", "cut", "jsonl.cut"].contains(&extension) && digits.len() == 20;
    known.then(|| digits.parse().ok()).flatten()
}
