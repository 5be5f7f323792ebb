//! Events of requests that changed nothing, on their way to the log: those that wait at the same time share a write, and a
//! sync if the log waits for its disk.

use crate::outbox::{Trail, use_trail};
use gatekey_audit::Frame;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::{
    sync::{Notify, oneshot},
    task::{JoinHandle, yield_now},
};

const STOPPED: &str = "the audit log's recorder has stopped";

/// So many events are not kept waiting for more: a write for so many costs each of them little, and what their requests
/// have in the processor's caches is still there when they go on.
const ENOUGH: usize = 8;

/// What is told of one event.
type Outcome = Result<(), String>;

/// Events in the order in which they came, and who waits for each.
#[derive(Default)]
struct Group {
    frames: Vec<Frame>,
    waiting: Vec<oneshot::Sender<Outcome>>,
}

/// Where events are handed in.
pub(crate) struct Recorder {
    desk: Arc<Desk>,
    clerk: JoinHandle<()>,
}

struct Desk {
    trail: Arc<dyn Trail>,
    // Each request waits for its one event, so requests bound what waits here.
    group: Mutex<Group>,
    begun: Notify,
}

impl Recorder {
    /// Starts on the present runtime. It ends when the recorder is dropped.
    pub(crate) fn start(trail: Arc<dyn Trail>) -> Self {
        let desk = Arc::new(Desk { trail, group: Mutex::default(), begun: Notify::new() });
        let clerk = tokio::spawn(run(Arc::clone(&desk)));
        Self { desk, clerk }
    }

    /// Whether it is there.
    ///
    /// # Errors
    /// It died of a defect; the text is for the operator.
    pub(crate) fn health(&self) -> Result<(), &str> {
        if self.clerk.is_finished() { Err(STOPPED) } else { Ok(()) }
    }

    /// Records an event. It is recorded even if the caller stops waiting.
    ///
    /// # Errors
    /// It could not be recorded; the text is for the operator.
    pub(crate) async fn record(&self, frame: Frame) -> Outcome {
        let (recorded, outcome) = oneshot::channel();
        if let Some(enough) = self.desk.add(frame, recorded) {
            enough.record(&*self.desk.trail);
        }
        outcome.await.map_err(|_| STOPPED)?
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.clerk.abort();
    }
}

impl Desk {
    fn group(&self) -> MutexGuard<'_, Group> {
        self.group.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an event; gives all that wait if they are enough, and if to record them is no long wait.
    fn add(&self, frame: Frame, recorded: oneshot::Sender<Outcome>) -> Option<Group> {
        let mut group = self.group();
        group.frames.push(frame);
        group.waiting.push(recorded);
        match group.frames.len() {
            1 => self.begun.notify_one(),
            ENOUGH.. if !self.trail.waits() => return Some(core::mem::take(&mut *group)),
            _ => {}
        }
        None
    }
}

/// Records groups that nobody else has recorded.
async fn run(desk: Arc<Desk>) {
    loop {
        desk.begun.notified().await;
        // Requests that are ready to go on come first, so that their events join this one.
        yield_now().await;
        let group = core::mem::take(&mut *desk.group());
        if let Err(why) = use_trail(&desk.trail, move |trail| group.record(trail)).await {
            // Those who waited are told nothing, and take it for the failure that it is.
            tracing::error!(why, "audit events could not be recorded");
        }
    }
}

impl Group {
    /// Records the events and tells everyone what became of his. Who gave up has gone.
    fn record(mut self, trail: &dyn Trail) {
        if !self.frames.is_empty() {
            let outcomes = trail.record(&mut self.frames);
            self.waiting.into_iter().zip(outcomes).for_each(|(who, outcome)| drop(who.send(outcome)));
        }
    }
}
