//! Feeds one sink from the log, by a thread of its own.

use crate::{
    Outgoing, Sink, StartFault,
    place::{Known, Place},
};
use gatekey_audit::{AuditKey, Cursor, Entry, Follower};
use parking_lot::{Condvar, Mutex, MutexGuard};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

/// So many events are handed over at once,
const AT_ONCE: usize = 256;
/// or about so many bytes.
const BYTES_AT_ONCE: usize = 512 << 10;
/// After a failure it is tried again so much later, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// One sink being fed.
pub(crate) struct Feed {
    name: &'static str,
    shared: Arc<Shared>,
    patience: Duration,
}

struct Shared {
    state: Mutex<State>,
    /// There is something to send, or an end.
    work: Condvar,
    /// Something was sent, or the thread has ended.
    news: Condvar,
}

struct State {
    /// The number of the last event that is in the log.
    wanted: u64,
    /// Behind which event the sink is.
    sent: Cursor,
    /// Since when nothing goes on although there is something to send.
    stuck_since: Option<Instant>,
    /// Why the last attempt failed.
    fault: Option<String>,
    closing: bool,
    ended: bool,
}

/// What a feed's thread works with.
struct Work {
    name: &'static str,
    shared: Arc<Shared>,
    follower: Follower,
    sink: Box<dyn Sink>,
    place: Place,
    log: PathBuf,
    key: AuditKey,
}

/// The log that sinks are fed from.
#[derive(Debug, Clone)]
pub(crate) struct Source<'s> {
    pub(crate) log: &'s Path,
    pub(crate) key: &'s AuditKey,
    pub(crate) end: Cursor,
}

impl Feed {
    /// Starts to feed a sink from where it was; a new one from what is recorded next.
    pub(crate) fn start(
        name: &'static str,
        sink: Box<dyn Sink>,
        source: &Source<'_>,
        folder: &Path,
        patience: Duration,
    ) -> Result<Self, StartFault> {
        let place = Place::new(folder, name);
        let failed = |error| StartFault::Place(folder.to_owned(), error);
        let begin = match place.read().map_err(failed)? {
            Known::Upto(cursor) if cursor.number <= source.end.number => Some(cursor),
            Known::New => {
                place.write(&source.end).map_err(failed)?;
                Some(source.end)
            }
            // Also of a log that was put back from a backup, what the sink has is not known.
            Known::Upto(_) | Known::Unreadable => None,
        };
        let state = State {
            wanted: source.end.number,
            sent: begin.unwrap_or_default(),
            stuck_since: None,
            fault: None,
            closing: false,
            ended: false,
        };
        let shared =
            Arc::new(Shared { state: Mutex::new(state), work: Condvar::new(), news: Condvar::new() });
        let (log, key) = (source.log.to_owned(), source.key.clone());
        let follower = Follower::new(&log, key.clone(), begin);
        let work = Work { name, shared: Arc::clone(&shared), follower, sink, place, log, key };
        thread::Builder::new()
            .name(format!("audit-{name}"))
            .spawn(move || work.run())
            .map_err(|error| StartFault::Start(error.to_string()))?;
        Ok(Self { name, shared, patience })
    }

    /// Waits until the sink has the event of this number.
    ///
    /// # Errors
    /// It does not have it in time; the text is for the operator.
    pub(crate) fn wait(&self, number: u64) -> Result<(), String> {
        let mut state = self.shared.state.lock();
        if state.wanted < number {
            state.wanted = number;
            self.shared.work.notify_one();
        }
        let begun = Instant::now();
        while state.sent.number < number {
            // Whoever comes while it is stuck does not wait once more for what others have waited for.
            let since = state.stuck_since.map_or(begun, |since| since.min(begun));
            let left = self.patience.saturating_sub(since.elapsed());
            if left.is_zero() || state.ended {
                let why = state.fault.as_deref().unwrap_or("it is too slow");
                return Err(format!("the audit sink {} lacks an event: {why}", self.name));
            }
            self.shared.news.wait_for(&mut state, left);
        }
        Ok(())
    }

    /// Behind which event it is.
    pub(crate) fn sent(&self) -> Cursor {
        self.shared.state.lock().sent
    }
}

impl Drop for Feed {
    /// What is recorded is sent, if the sink takes it in time; what it lacks then, it gets after the next start.
    fn drop(&mut self) {
        let mut state = self.shared.state.lock();
        state.closing = true;
        self.shared.work.notify_one();
        let begun = Instant::now();
        while !state.ended {
            let left = self.patience.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return;
            }
            self.shared.news.wait_for(&mut state, left);
        }
    }
}

/// However the thread ends, nobody is left waiting for it.
struct Attended(Arc<Shared>);

impl Drop for Attended {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        state.ended = true;
        let unknown = || "the thread that feeds it has ended".to_owned();
        state.fault.get_or_insert_with(unknown);
        self.0.news.notify_all();
    }
}

impl Work {
    fn run(mut self) {
        let _attended = Attended(Arc::clone(&self.shared));
        let mut pause = FIRST_PAUSE;
        let mut batch = Vec::new();
        while self.has_work() {
            match self.hand_over(&mut batch) {
                Ok(()) => pause = FIRST_PAUSE,
                Err(why) => {
                    self.note_fault(why);
                    if self.rest(pause) {
                        return;
                    }
                    pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// Waits until there is something to send. `false` at the end.
    fn has_work(&self) -> bool {
        let mut state = self.shared.state.lock();
        loop {
            if state.sent.number < state.wanted {
                state.stuck_since.get_or_insert_with(Instant::now);
                return true;
            }
            state.stuck_since = None;
            if state.closing {
                return false;
            }
            self.shared.work.wait(&mut state);
        }
    }

    /// Reads the next events, unless some are left of an attempt that failed, and hands them to the sink.
    fn hand_over(&mut self, batch: &mut Vec<Outgoing>) -> Result<(), String> {
        if batch.is_empty() {
            self.read(batch)?;
        }
        let Some(cursor) = self.follower.cursor().filter(|_| !batch.is_empty()) else {
            return Err("the log does not show the event yet".to_owned());
        };
        self.sink.take(batch).map_err(|fault| fault.to_string())?;
        batch.clear();
        if let Err(error) = self.place.write(&cursor) {
            tracing::warn!(sink = self.name, %error, "how far an audit sink is could not be written down");
        }
        self.note_sent(cursor);
        Ok(())
    }

    fn read(&mut self, batch: &mut Vec<Outgoing>) -> Result<(), String> {
        let mut bytes = 0;
        while batch.len() < AT_ONCE && bytes < BYTES_AT_ONCE {
            let see = |entry: &Entry<'_>| {
                bytes = bytes.saturating_add(entry.event.len());
                batch.push(Outgoing { number: entry.number, json: entry.event.to_vec() });
            };
            match self.follower.next(see) {
                Ok(true) => {}
                Ok(false) => break,
                Err(_) if !batch.is_empty() => break,
                Err(tampering) => {
                    self.begin_anew();
                    return Err(tampering.to_string());
                }
            }
        }
        Ok(())
    }

    /// Goes on with the oldest event that is kept, if the one where it was is not kept any more; or from where it was.
    fn begin_anew(&mut self) {
        let sent = self.shared.state.lock().sent;
        let oldest = gatekey_audit::oldest(&self.log, &self.key).unwrap_or_default();
        let gone = sent.segment < oldest;
        if gone {
            tracing::warn!(
                sink = self.name,
                after = sent.number,
                oldest,
                "the log no longer keeps all that an audit sink lacks"
            );
        }
        self.follower = Follower::new(&self.log, self.key.clone(), (!gone).then_some(sent));
    }

    fn note_sent(&self, cursor: Cursor) {
        let mut state = self.shared.state.lock();
        state.sent = cursor;
        state.stuck_since = None;
        if state.fault.take().is_some() {
            tracing::info!(sink = self.name, "an audit sink takes events again");
        }
        self.shared.news.notify_all();
    }

    fn note_fault(&self, why: String) {
        let mut state = self.shared.state.lock();
        if state.fault.is_none() {
            tracing::error!(
                sink = self.name,
                why,
                "an audit sink takes no events; what it must have before it is answered fails"
            );
        }
        state.fault = Some(why);
    }

    /// Waits before the next attempt. `true` if there is to be none.
    fn rest(&self, pause: Duration) -> bool {
        let mut state = self.shared.state.lock();
        let begun = Instant::now();
        while !state.closing {
            let left = pause.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return false;
            }
            wait_for(&self.shared.work, &mut state, left);
        }
        true
    }
}

fn wait_for(work: &Condvar, state: &mut MutexGuard<'_, State>, left: Duration) {
    let _ = work.wait_for(state, left);
}
