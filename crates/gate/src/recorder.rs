//! Events of requests that changed nothing, on their way to the log: those that wait at the same time share a write, and a
//! sync if the log waits for its disk.

use crate::outbox::{Trail, use_trail};
use gatekey_audit::Frame;
use gatekey_types::{Places, places};
use std::sync::{
    Arc, Mutex, MutexGuard, OnceLock, PoisonError,
    atomic::{AtomicBool, Ordering},
};
use std::thread::available_parallelism;
use tokio::{
    runtime::Handle,
    sync::Notify,
    task::{AbortHandle, yield_now},
};

const STOPPED: &str = "the audit log's recorder has stopped";

/// What is told of one event.
type Outcome = Result<(), String>;

/// Events in the order in which they came. However it ends, nobody is left waiting.
#[derive(Default)]
struct Group {
    frames: Vec<Frame>,
    fate: Arc<Fate>,
}

/// What becomes of a group of events.
#[derive(Debug, Default)]
struct Fate {
    /// Of each in its place. It is no longer than that if nothing is known of the rest.
    outcomes: OnceLock<Vec<Outcome>>,
    /// Calls those who wait.
    sealed: Notify,
}

/// Where events are handed in. Lanes and other threads have desks of their own, so that a request and those who wait for it stay where
/// they are; but where the log waits for its disk there is one for all, so that they share its syncs.
pub(crate) struct Recorder {
    desks: Places<Arc<Desk>>,
    clerks: Vec<AbortHandle>,
    /// Whether one of the clerks has died.
    is_broken: Arc<AtomicBool>,
}

#[repr(align(128))]
struct Desk {
    trail: Arc<dyn Trail>,
    /// What waits; each request waits for its one event, so requests bound it. `None` once nobody is there to record it.
    group: Mutex<Option<Group>>,
    begun: Notify,
    is_broken: Arc<AtomicBool>,
}

impl Recorder {
    /// Starts on the present runtime. It ends when the recorder is dropped.
    pub(crate) fn start(trail: Arc<dyn Trail>) -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        let count = if trail.waits() { 1 } else { places(processors) };
        let is_broken = Arc::new(AtomicBool::new(false));
        let desks = Places { lanes: Box::default(), others: Box::default() };
        let mut recorder = Self { desks, clerks: Vec::new(), is_broken };
        let present = Handle::current();
        recorder.desks.others = (0..count).map(|_| recorder.open(&trail, &present)).collect();
        recorder
    }

    /// The same, with a desk in each of these lanes; unless there is one desk for all.
    pub(crate) fn in_lanes<'h>(mut self, lanes: impl Iterator<Item = &'h Handle>) -> Self {
        let Some(trail) = self.desks.others.first().map(|desk| Arc::clone(&desk.trail)) else { return self };
        if !trail.waits() {
            self.desks.lanes = lanes.map(|lane| self.open(&trail, lane)).collect();
        }
        self
    }

    /// Opens a desk, at which somebody works there.
    fn open(&mut self, trail: &Arc<dyn Trail>, handle: &Handle) -> Arc<Desk> {
        let desk = Desk::new(trail, &self.is_broken);
        self.clerks.push(handle.spawn(run(Attended(Arc::clone(&desk)))).abort_handle());
        desk
    }

    /// Whether it is there.
    ///
    /// # Errors
    /// It died of a defect; the text is for the operator.
    pub(crate) fn health(&self) -> Result<(), &str> {
        if self.is_broken.load(Ordering::Relaxed) { Err(STOPPED) } else { Ok(()) }
    }

    /// Hands in an event. It is recorded even if nobody waits for it.
    ///
    /// # Errors
    /// Nobody is there to record it; the text is for the operator.
    pub(crate) fn hand_in(&self, frame: Frame) -> Result<Receipt, String> {
        self.desks.own().ok_or(STOPPED)?.add(frame)
    }
}

/// What whoever handed in an event waits with.
#[derive(Debug)]
pub(crate) struct Receipt {
    fate: Arc<Fate>,
    place: usize,
}

impl Receipt {
    /// Waits until the event is recorded.
    ///
    /// # Errors
    /// It could not be recorded; the text is for the operator.
    pub(crate) async fn recorded(self) -> Outcome {
        let Self { fate, place } = self;
        fate.known().await.get(place).cloned().unwrap_or_else(|| Err(STOPPED.to_owned()))
    }
}

impl Fate {
    fn seal(&self, outcomes: Vec<Outcome>) {
        // What was told stays as it was told.
        let _ = self.outcomes.set(outcomes);
        self.sealed.notify_waiters();
    }

    /// Waits until it is known.
    async fn known(&self) -> &[Outcome] {
        if let Some(outcomes) = self.outcomes.get() {
            return outcomes;
        }
        let sealed = self.sealed.notified();
        if self.outcomes.get().is_none() {
            sealed.await;
        }
        self.outcomes.get().map(Vec::as_slice).unwrap_or_default()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.clerks.iter().for_each(AbortHandle::abort);
    }
}

impl Desk {
    fn new(trail: &Arc<dyn Trail>, is_broken: &Arc<AtomicBool>) -> Arc<Self> {
        let group = Mutex::new(Some(Group::default()));
        Arc::new(Self {
            trail: Arc::clone(trail),
            group,
            begun: Notify::new(),
            is_broken: Arc::clone(is_broken),
        })
    }

    fn group(&self) -> MutexGuard<'_, Option<Group>> {
        self.group.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an event. Whoever adds the first sees to it that the group is recorded.
    fn add(&self, frame: Frame) -> Result<Receipt, String> {
        let mut group = self.group();
        let group = group.as_mut().ok_or(STOPPED)?;
        let receipt = Receipt { fate: Arc::clone(&group.fate), place: group.frames.len() };
        group.frames.push(frame);
        if receipt.place == 0 {
            self.begun.notify_one();
        }
        Ok(receipt)
    }
}

/// A desk for as long as somebody is there. However that ends, nobody is left waiting.
struct Attended(Arc<Desk>);

impl Drop for Attended {
    fn drop(&mut self) {
        self.0.is_broken.store(true, Ordering::Relaxed);
        drop(self.0.group().take());
    }
}

/// Records group after group.
async fn run(attended: Attended) {
    let desk = &*attended.0;
    loop {
        desk.begun.notified().await;
        // Requests that are ready to go on come first, so that their events join this one. Under load that makes groups of
        // dozens, and smaller ones, measured, cost more than they save in waiting.
        yield_now().await;
        let Some(group) = desk.group().as_mut().map(Group::turn) else { return };
        if let Err(why) = use_trail(&desk.trail, move |trail| group.record(trail)).await {
            // Those who waited are told nothing, and take it for the failure that it is.
            tracing::error!(why, "audit events could not be recorded");
        }
    }
}

impl Group {
    /// Takes what is there. The next is probably about as large.
    fn turn(&mut self) -> Self {
        let next = Self { frames: Vec::with_capacity(self.frames.len()), fate: Arc::default() };
        core::mem::replace(self, next)
    }

    /// Records the events and tells everyone what became of his.
    fn record(mut self, trail: &dyn Trail) {
        if !self.frames.is_empty() {
            let outcomes = trail.record(&mut self.frames);
            self.fate.seal(outcomes);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.fate.seal(Vec::new());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatekey_types::{RequestId, enter_lane};

    /// Counts how often it is asked; panics when it is asked to record nothing that it knows.
    #[derive(Default)]
    struct Counting {
        groups: Mutex<Vec<usize>>,
        waits: bool,
        broken: bool,
    }

    impl Trail for Counting {
        fn record(&self, events: &mut [Frame]) -> Vec<Outcome> {
            assert!(!self.broken, "a defect");
            self.groups.lock().unwrap().push(events.len());
            (0..events.len()).map(|index| if index % 2 == 0 { Ok(()) } else { Err("odd".into()) }).collect()
        }
        fn deliver(&self, _: RequestId, _: &[u8]) -> Outcome {
            Ok(())
        }
        fn waits(&self) -> bool {
            self.waits
        }
    }

    fn frame() -> Frame {
        Frame::of_bytes(b"{}").unwrap()
    }

    async fn record(recorder: &Arc<Recorder>, events: usize) -> Vec<Outcome> {
        let tasks: Vec<_> = (0..events)
            .map(|_| {
                let recorder = Arc::clone(recorder);
                tokio::spawn(async move { recorder.hand_in(frame())?.recorded().await })
            })
            .collect();
        let mut outcomes = Vec::new();
        for task in tasks {
            outcomes.push(task.await.unwrap());
        }
        outcomes
    }

    #[tokio::test]
    async fn those_who_wait_together_are_recorded_together_and_each_is_told_his_own() {
        for waits in [false, true] {
            let trail = Arc::new(Counting { waits, ..Counting::default() });
            let outcomes = record(&Arc::new(Recorder::start(trail.clone())), 19).await;
            assert_eq!(*trail.groups.lock().unwrap(), [19]);
            assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 10);
        }
    }

    /// Notes by which threads it is asked.
    #[derive(Default)]
    struct Watching {
        threads: Mutex<Vec<String>>,
        waits: bool,
    }

    impl Trail for Watching {
        fn record(&self, events: &mut [Frame]) -> Vec<Outcome> {
            let name = std::thread::current().name().unwrap().to_owned();
            self.threads.lock().unwrap().push(name);
            events.iter().map(|_| Ok(())).collect()
        }
        fn deliver(&self, _: RequestId, _: &[u8]) -> Outcome {
            Ok(())
        }
        fn waits(&self) -> bool {
            self.waits
        }
    }

    #[tokio::test]
    async fn events_of_a_lane_are_recorded_there_unless_that_waits_for_the_disk() {
        for (waits, there) in [(false, true), (true, false)] {
            let lane = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .thread_name("lane")
                .on_thread_start(|| enter_lane(0))
                .build()
                .unwrap();
            let trail = Arc::new(Watching { waits, ..Watching::default() });
            let recorder = Recorder::start(trail.clone()).in_lanes(core::iter::once(lane.handle()));
            let handed_in = lane.spawn(async move { recorder.hand_in(frame())?.recorded().await });
            assert_eq!(handed_in.await.unwrap(), Ok(()));
            let threads: Vec<bool> =
                trail.threads.lock().unwrap().iter().map(|thread| thread == "lane").collect();
            assert_eq!(threads, [there]);
            lane.shutdown_background();
        }
    }

    #[tokio::test]
    async fn a_defect_leaves_nobody_waiting_and_is_seen() {
        let recorder = Arc::new(Recorder::start(Arc::new(Counting { broken: true, ..Counting::default() })));
        assert_eq!(recorder.health(), Ok(()));
        assert_eq!(record(&recorder, 3).await, vec![Err(STOPPED.to_owned()); 3]);
        assert_eq!(recorder.health(), Err(STOPPED));
        assert_eq!(recorder.hand_in(frame()).map(drop), Err(STOPPED.to_owned()));
    }
}
