//! The log that events are written to.

use crate::{
    AuditError, AuditKey, Cursor, Entry, Event, EventId, Seen, Tampering, What, Witness,
    chain::Link,
    deliveries::Deliveries,
    frame::{Frame, check},
    head::{Head, HeadFile},
    open::{self, Opened},
    page_cache, retention,
    segment::{self, Header, Segment},
};
use gatekey_types::Timestamp;
use parking_lot::{Condvar, Mutex, MutexGuard};
use std::{
    fs::File,
    io::ErrorKind,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    thread,
    time::Duration,
};

/// What is promised of an event when [`Log::record`] returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Promise {
    /// The operating system has it: it survives the end of the process, however it comes.
    #[default]
    Handed,
    /// The disk has it: it survives a power cut too. `record` then waits for the disk, and must not be called where
    /// waiting is forbidden; those who wait at the same time share one sync.
    Synced,
    /// As [`Promise::Handed`], and the log as a whole may be lost in a power cut: the disk is never waited for, not even
    /// when the log is made. For a log that is thrown away.
    Fleeting,
}

impl Promise {
    /// Waits until a file is on the disk, if that was promised at all.
    pub(crate) fn sync(self, file: &File) -> std::io::Result<()> {
        if self == Self::Fleeting { Ok(()) } else { file.sync_data() }
    }

    /// Waits until the names in a folder are on the disk: names of files survive a power cut only then.
    pub(crate) fn sync_folder(self, folder: &Path) -> std::io::Result<()> {
        if self == Self::Fleeting { Ok(()) } else { File::open(folder)?.sync_all() }
    }
}

/// How a log is kept.
#[derive(Debug, Clone)]
pub struct Options {
    /// What is promised of each event.
    pub promise: Promise,
    /// A segment is closed before it exceeds so many bytes.
    pub segment_bytes: u64,
    /// How long an event waits for its turn before that is an error.
    pub patience: Duration,
    /// How often the head is brought up to date, if there is something new. `None`: only by [`Log::checkpoint`].
    pub checkpoint_every: Option<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            promise: Promise::default(),
            segment_bytes: 32 << 20,
            patience: Duration::from_secs(5),
            checkpoint_every: Some(Duration::from_secs(1)),
        }
    }
}

/// Proof that an event is recorded. Only the log makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Recorded {
    number: u64,
}

impl Recorded {
    /// The number of the event in the log, counted from 1.
    pub fn number(&self) -> u64 {
        self.number
    }
}

/// What was found when a log was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// The number of the last event; 0 if there is none.
    pub number: u64,
    /// How many bytes of an unfinished end, left by a crash, were put aside.
    pub cut: u64,
}

/// So many bytes of events are written at once, or one event that is longer.
const AT_ONCE: usize = 256 << 10;
/// So many closed segments wait for the next checkpoint at most; then writing waits for the disk.
const UNSYNCED: usize = 8;

/// The log. It is shared by all who write; dropping it brings the head up to date.
#[derive(Debug)]
pub struct Log {
    shared: Arc<Shared>,
    checkpoints: Option<thread::JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    folder: PathBuf,
    key: AuditKey,
    options: Options,
    writing: Mutex<Writing>,
    syncing: Mutex<Syncing>,
    closing: Mutex<bool>,
    closed: Condvar,
    witness: OnceLock<Arc<dyn Witness>>,
    _lock: File,
}

/// Where the log ends. Held while lines are written.
#[derive(Debug)]
struct Writing {
    segment: Segment,
    number: u64,
    link: Link,
    deliveries: Deliveries,
    /// Lines that are written together; kept for its memory.
    lines: Vec<u8>,
    /// Segments that were closed and not synced yet.
    closed: Vec<Arc<File>>,
    /// Why nothing can be written any more.
    broken: Option<String>,
}

/// How far the log is on the disk. Held while it is synced, so that those who wait share one sync.
#[derive(Debug)]
struct Syncing {
    number: u64,
    /// Whether the names of all segments are on the disk: of one that was there at the start, nobody knows.
    names_synced: bool,
    head: HeadFile,
}

impl Writing {
    fn end(&self) -> Cursor {
        let Self { segment, number, link, .. } = self;
        Cursor { segment: segment.first(), number: *number, position: segment.position(), link: *link }
    }
}

impl Log {
    /// Opens the log in `folder`, which is made if it is not there, and goes on behind its last event.
    ///
    /// An unfinished end, as a crash leaves it, is put aside and noted in the log. What is surely older than the last
    /// checkpoint must be there: [`AuditError::Damaged`] otherwise.
    pub fn open(folder: &Path, key: AuditKey, options: Options) -> Result<(Self, Recovered), AuditError> {
        let Opened { segment, place, deliveries, head, cut, lock } =
            open::open(folder, &key, options.promise)?;
        let recovered = Recovered { number: place.number, cut };
        let writing = Writing {
            segment,
            number: place.number,
            link: place.link,
            deliveries,
            lines: Vec::new(),
            closed: Vec::new(),
            broken: None,
        };
        let syncing = Syncing { number: head.last().number, names_synced: false, head };
        let shared = Arc::new(Shared {
            folder: folder.to_owned(),
            key,
            options,
            writing: Mutex::new(writing),
            syncing: Mutex::new(syncing),
            closing: Mutex::new(false),
            closed: Condvar::new(),
            witness: OnceLock::new(),
            _lock: lock,
        });
        let checkpoints = shared.options.checkpoint_every.map(|every| start(&shared, every)).transpose();
        let checkpoints = checkpoints.map_err(|error| AuditError::of(folder, &error))?;
        Ok((Self { shared, checkpoints }, recovered))
    }

    /// Shows this witness every event from now on. There can be one: a second is not taken.
    pub fn show_to(&self, witness: Arc<dyn Witness>) {
        let _ = self.shared.witness.set(witness);
    }

    /// Records an event. Nothing may be answered, released or changed for which this fails.
    pub fn record(&self, event: &Event<'_>) -> Result<Recorded, AuditError> {
        self.shared.record(Frame::of(event), None)
    }

    /// Records events, one behind the other, and tells of each what became of it. They share their writes, and a sync if
    /// that is [promised](Promise): it costs little more than to record one.
    pub fn record_all(&self, frames: &mut [Frame]) -> Vec<Result<Recorded, AuditError>> {
        let mut outcomes = Vec::with_capacity(frames.len());
        self.shared.write_all(frames, &mut outcomes);
        let last = outcomes.iter().rev().find_map(|outcome| outcome.as_ref().ok()).map(Recorded::number);
        if let (Some(last), Promise::Synced) = (last, self.shared.options.promise)
            && let Err(error) = self.shared.sync(last)
        {
            outcomes
                .iter_mut()
                .filter(|outcome| outcome.is_ok())
                .for_each(|outcome| *outcome = Err(error.clone()));
        }
        outcomes
    }

    /// Records an event that was made by [`Event::to_bytes`]. Nothing may happen for which this fails.
    pub fn record_bytes(&self, event: &[u8]) -> Result<Recorded, AuditError> {
        self.shared.record(Frame::of_bytes(event)?, None)
    }

    /// Records an event that was kept elsewhere since it happened, under its id: once, however often it is delivered.
    /// Again it gives the same number, also after a crash, until 256 others have been delivered; so whoever keeps
    /// events must not keep more.
    pub fn deliver(&self, id: EventId, event: &[u8]) -> Result<Recorded, AuditError> {
        check(event)?;
        self.shared.record(Frame::of_written(Some(&id), event), Some(id))
    }

    /// Waits until all that was recorded is on the disk, and notes in the head how far that is.
    pub fn checkpoint(&self) -> Result<(), AuditError> {
        self.shared.checkpoint()
    }

    /// The number of the last event, and the hash that stands for it and all before it: to be noted elsewhere, so that
    /// even who replaces the whole folder by an older one is found out.
    pub fn head(&self) -> (u64, [u8; 32]) {
        let writing = self.shared.writing.lock();
        (writing.number, writing.link)
    }

    /// Behind its last event: where a [`Follower`](crate::Follower) begins that is to read what comes from now on.
    pub fn end(&self) -> Cursor {
        self.shared.writing.lock().end()
    }

    /// Removes the oldest segments, as long as all their events were recorded before `time` and none of them is, or follows, the
    /// event `spared`. Tells which event is the oldest then; the chain of those that are left begins there.
    ///
    /// # Errors
    /// The head cannot be written, or a file not be removed; what is left is proven all the same, and it can be tried again.
    pub fn forget(&self, time: Timestamp, spared: u64) -> Result<u64, AuditError> {
        self.checkpoint()?;
        let Shared { folder, key, options, syncing, .. } = &*self.shared;
        let failed = |error: std::io::Error| AuditError::of(folder, &error);
        let mut syncing = syncing.lock();
        let last = syncing.head.last();
        let oldest = retention::oldest_to_keep(folder, key, &last, time, spared).map_err(failed)?;
        if oldest > last.oldest {
            // Before anything is removed: what is missing then is known to be.
            syncing.head.write(Head { oldest, ..last }, key).map_err(failed)?;
        }
        retention::remove_before(folder, oldest, options.promise).map_err(failed)?;
        Ok(oldest)
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        *self.shared.closing.lock() = true;
        self.shared.closed.notify_all();
        let _ = self.checkpoints.take().map(thread::JoinHandle::join);
        // What is recorded is recorded; a head that is behind is no more than that.
        let _ = self.shared.checkpoint();
    }
}

/// Starts the thread that keeps the head up to date.
fn start(shared: &Arc<Shared>, every: Duration) -> std::io::Result<thread::JoinHandle<()>> {
    let shared = Arc::clone(shared);
    thread::Builder::new().name("audit-head".to_owned()).spawn(move || {
        let mut closing = shared.closing.lock();
        while !*closing {
            shared.closed.wait_for(&mut closing, every);
            if !*closing {
                // A failed sync breaks the log, and whoever records next is told.
                let _ = MutexGuard::unlocked(&mut closing, || shared.checkpoint());
            }
        }
    })
}

/// How many of the frames, at least one, are written at once: so few that a segment need not end long before it is full.
fn share(frames: &[Frame], segment_bytes: u64) -> usize {
    let most = AT_ONCE.min(usize::try_from(segment_bytes / 4).unwrap_or(AT_ONCE));
    let mut bytes = 0_usize;
    let fitting = frames.iter().take_while(|frame| {
        bytes = bytes.saturating_add(frame.line().len());
        bytes <= most
    });
    fitting.count().max(1)
}

/// Whether there is no space left, or none that this user may take.
fn is_full(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

impl Shared {
    fn record(&self, frame: Frame, delivery: Option<EventId>) -> Result<Recorded, AuditError> {
        let number = self.write(frame, delivery)?;
        if self.options.promise == Promise::Synced {
            self.sync(number)?;
        }
        Ok(Recorded { number })
    }

    fn write(&self, mut frame: Frame, delivery: Option<EventId>) -> Result<u64, AuditError> {
        let mut writing = self.take_turn()?;
        if let Some(number) = delivery.and_then(|id| writing.deliveries.find(&id)) {
            return Ok(number);
        }
        let number = *self.write_together(&mut writing, core::slice::from_mut(&mut frame))?.end();
        if let Some(id) = delivery {
            writing.deliveries.note(id, number);
        }
        Ok(number)
    }

    /// Writes events, and says of each, in their order, what became of it.
    fn write_all(&self, mut frames: &mut [Frame], outcomes: &mut Vec<Result<Recorded, AuditError>>) {
        while !frames.is_empty() {
            let (together, rest) = frames.split_at_mut(share(frames, self.options.segment_bytes));
            frames = rest;
            self.write_share(together, outcomes);
        }
    }

    fn write_share(&self, frames: &mut [Frame], outcomes: &mut Vec<Result<Recorded, AuditError>>) {
        let mut writing = match self.take_turn() {
            Ok(writing) => writing,
            Err(error) => return outcomes.extend(frames.iter().map(|_| Err(error.clone()))),
        };
        match self.write_together(&mut writing, frames) {
            Ok(numbers) => outcomes.extend(numbers.map(|number| Ok(Recorded { number }))),
            // What is too much together may find its place one by one, as on a disk that is nearly full.
            Err(_) => outcomes.extend(frames.iter_mut().map(|frame| {
                let numbers = self.write_together(&mut writing, core::slice::from_mut(frame))?;
                Ok(Recorded { number: *numbers.end() })
            })),
        }
    }

    /// Waits until no other writes.
    fn take_turn(&self) -> Result<MutexGuard<'_, Writing>, AuditError> {
        self.writing.try_lock_for(self.options.patience).ok_or(AuditError::Busy)
    }

    /// Writes events at once: all of them, or none. Gives their numbers.
    fn write_together(
        &self,
        writing: &mut Writing,
        frames: &mut [Frame],
    ) -> Result<RangeInclusive<u64>, AuditError> {
        if let Some(reason) = &writing.broken {
            return Err(AuditError::Broken(reason.clone()));
        }
        let first = writing.number.saturating_add(1);
        let (mut number, mut link) = (writing.number, writing.link);
        let mut lines = core::mem::take(&mut writing.lines);
        lines.clear();
        for frame in &mut *frames {
            number = number.saturating_add(1);
            link = frame.place(&self.key, &link, number);
            lines.extend_from_slice(frame.line());
        }
        let written = self.append(writing, &lines);
        // One giant event must not hold its memory for ever.
        lines.clear();
        lines.shrink_to(AT_ONCE);
        writing.lines = lines;
        written.map_err(|error| AuditError::of(&self.folder, &error))?;
        writing.number = number;
        writing.link = link;
        self.show(first, frames, writing.end());
        Ok(first..=number)
    }

    /// Shows the witness what was just written, the first of it under this number, up to `end`.
    fn show(&self, first: u64, frames: &[Frame], end: Cursor) {
        let Some(witness) = self.witness.get() else { return };
        let bytes: usize = frames.iter().map(|frame| frame.line().len()).sum();
        let mut position = end.position.saturating_sub(bytes as u64);
        let mut seen = (first..).zip(frames).map(|(number, frame)| {
            let length = frame.line().len() as u64;
            let entry = Entry { number, segment: end.segment, position, length, event: frame.event() };
            position = position.saturating_add(length);
            Seen { entry, terms: frame.terms() }
        });
        witness.see(&mut seen, end);
    }

    fn append(&self, writing: &mut Writing, lines: &[u8]) -> std::io::Result<()> {
        let end = writing.segment.position().saturating_add(lines.len() as u64);
        let empty = writing.number < writing.segment.first();
        if end > self.options.segment_bytes && !empty {
            match self.turn(writing) {
                // A full disk: the present segment grows beyond its size, for as long as space was kept for it.
                Err(error)
                    if is_full(&error) && writing.broken.is_none() && writing.segment.has_room(end) => {}
                turned => turned?,
            }
        }
        writing.segment.append(lines)
    }

    /// Begins the next segment. Until that has succeeded, the present one stays as it is, and there is no other: what can fail
    /// comes before the next has its name.
    fn turn(&self, writing: &mut Writing) -> std::io::Result<()> {
        if writing.closed.len() >= UNSYNCED {
            if let Err(error) = self.sync_closed(&writing.closed) {
                // As for every sync: another would prove nothing.
                writing.broken = Some(error.to_string());
                return Err(error);
            }
            writing.closed.clear();
        }
        let (first, deliveries) = (writing.number.saturating_add(1), writing.deliveries.clone());
        let header = Header { first, previous: writing.link, cut: 0, deliveries };
        let next = Segment::create(&self.folder, &header, &self.key, self.options.promise)?;
        let full = core::mem::replace(&mut writing.segment, next);
        writing.closed.push(full.file());
        // Zeros at the end do no harm, should this fail.
        let _ = full.close();
        Ok(())
    }

    /// Brings segments that nothing is added to any more to the disk. Whoever reads them again finds them there.
    fn sync_closed(&self, closed: &[Arc<File>]) -> std::io::Result<()> {
        if self.options.promise == Promise::Fleeting {
            return Ok(());
        }
        closed.iter().try_for_each(|file| {
            self.options.promise.sync(file)?;
            page_cache::release(file);
            Ok(())
        })
    }

    /// Waits until the event with this number is on the disk.
    fn sync(&self, number: u64) -> Result<(), AuditError> {
        let mut syncing = self.syncing.try_lock_for(self.options.patience).ok_or(AuditError::Busy)?;
        if syncing.number >= number {
            return Ok(());
        }
        self.sync_all(&mut syncing).map(drop)
    }

    fn checkpoint(&self) -> Result<(), AuditError> {
        let mut syncing = self.syncing.lock();
        let (number, link) = self.sync_all(&mut syncing)?;
        let last = syncing.head.last();
        if last.number < number {
            let written = syncing.head.write(Head { number, link, ..last }, &self.key);
            written.map_err(|error| AuditError::of(&self.folder, &error))?;
        }
        Ok(())
    }

    /// Brings all that is written to the disk, and tells how far that is.
    fn sync_all(&self, syncing: &mut Syncing) -> Result<(u64, Link), AuditError> {
        let promise = self.options.promise;
        let (closed, present, number, link) = {
            let mut writing = self.writing.lock();
            if let Some(reason) = &writing.broken {
                return Err(AuditError::Broken(reason.clone()));
            }
            (core::mem::take(&mut writing.closed), writing.segment.file(), writing.number, writing.link)
        };
        let mut done = Ok(());
        if syncing.number < number {
            done = self.sync_closed(&closed).and_then(|()| promise.sync(&present));
        }
        if !closed.is_empty() || !syncing.names_synced {
            done = done.and_then(|()| promise.sync_folder(&self.folder));
        }
        if let Err(error) = done {
            // The system may now take for clean what never reached the disk, so that another sync would prove nothing.
            self.writing.lock().broken = Some(error.to_string());
            return Err(AuditError::Broken(error.to_string()));
        }
        syncing.number = number;
        syncing.names_synced = true;
        Ok((number, link))
    }
}

/// Names the first bad event of a segment.
pub(crate) fn tampering(folder: &Path, first: u64, event: u64, what: What) -> Tampering {
    Tampering { segment: segment::path(folder, first), event, what }
}
