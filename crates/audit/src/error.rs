use std::{io, path::PathBuf};

/// Why something was not recorded, or a log not opened. The texts are for operators; a client only hears that the
/// service failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuditError {
    /// There is no space left. Goes on as soon as there is.
    #[error("no space is left for the audit log in {0}; nothing is served until there is")]
    Full(PathBuf),
    /// Others have written for too long: the disk is stuck.
    #[error("the audit log's disk did not take an event in time")]
    Busy,
    /// The system refused to write.
    #[error("the audit log cannot be written: {0}")]
    Failed(String),
    /// A sync failed earlier, so that nobody knows what is on the disk. Only a restart, which reads it, can tell.
    #[error("the audit log's disk has failed ({0}); check the disk, then restart Gatekey")]
    Broken(String),
    /// The event is larger than [`MAX_EVENT_BYTES`](crate::MAX_EVENT_BYTES), or not a JSON object on one line.
    #[error("not an event that can be logged")]
    NotAnEvent,
    /// Another process writes this log.
    #[error("{0} is in use by another Gatekey process; stop that one first")]
    InUse(PathBuf),
    /// Something that was written is gone or changed. `gatekey audit verify` tells more.
    #[error("the audit log is damaged: {0}")]
    Damaged(#[from] Tampering),
}

impl AuditError {
    /// Says it in these words, of a failure in this folder.
    pub(crate) fn of(folder: &std::path::Path, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full(folder.to_owned()),
            _ => Self::Failed(format!("{}: {error}", folder.display())),
        }
    }
}

/// The first place where a log is not what was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event {event} in {}: {what}", .segment.display())]
pub struct Tampering {
    /// The file.
    pub segment: PathBuf,
    /// The number of the first event that is affected.
    pub event: u64,
    /// What is wrong.
    pub what: What,
}

/// What can be wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum What {
    /// The event was edited, or replaced.
    #[error("the event is not the one that was recorded")]
    Edited,
    /// The chain was made anew by someone without the key.
    #[error("the event was not written by Gatekey")]
    Forged,
    /// The events up to the one with this number are gone.
    #[error("events are missing; the next one there is number {0}")]
    Cut(u64),
    /// An event stands where another should: this is its number.
    #[error("events are out of order; number {0} stands here")]
    Reordered(u64),
    /// What stands here is not an event.
    #[error("what stands here is not an event")]
    Unreadable,
    /// The first line of the segment was not written by Gatekey, or is that of another segment.
    #[error("the segment's first line was not written by Gatekey for this place")]
    Header,
    /// The log ends before the event with this number, which was surely on the disk.
    #[error("the end of the log is missing; it went on to number {0} at least")]
    TailMissing(u64),
    /// The head file is missing, or was not written by Gatekey.
    #[error("the head file is missing or was not written by Gatekey")]
    Head,
    /// The event up to here is genuine, but not the one that was noted elsewhere.
    #[error("the events before are not those that the anchor was noted for: the trail was replaced")]
    Replaced,
    /// A file cannot be read.
    #[error("cannot be read: {0}")]
    Io(String),
}
