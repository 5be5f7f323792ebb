//! Events of requests that changed nothing, on their way to the log: those that wait at the same time share a write, and a
//! sync if the log waits for its disk.

use crate::outbox::{Trail, use_trail};
use gatekey_audit::Frame;
use std::sync::Arc;
use tokio::{
    sync::{mpsc, oneshot},
    task::yield_now,
};

/// An event, and who waits for it.
struct Waiting {
    frame: Frame,
    recorded: oneshot::Sender<Result<(), String>>,
}

const STOPPED: &str = "the audit log's recorder has stopped";

/// Where events are handed in.
pub(crate) struct Recorder {
    // Each request waits for its one event, so requests bound what waits here.
    inbox: mpsc::UnboundedSender<Waiting>,
}

impl Recorder {
    /// Starts on the present runtime. It ends when the recorder is dropped.
    pub(crate) fn start(trail: Arc<dyn Trail>) -> Self {
        let (inbox, waiting) = mpsc::unbounded_channel();
        drop(tokio::spawn(run(trail, waiting)));
        Self { inbox }
    }

    /// Whether it is there.
    ///
    /// # Errors
    /// It died of a defect; the text is for the operator.
    pub(crate) fn health(&self) -> Result<(), &str> {
        if self.inbox.is_closed() { Err(STOPPED) } else { Ok(()) }
    }

    /// Records an event. It is recorded even if the caller stops waiting.
    ///
    /// # Errors
    /// It could not be recorded; the text is for the operator.
    pub(crate) async fn record(&self, frame: Frame) -> Result<(), String> {
        let (recorded, outcome) = oneshot::channel();
        self.inbox.send(Waiting { frame, recorded }).map_err(|_| STOPPED)?;
        outcome.await.map_err(|_| STOPPED)?
    }
}

async fn run(trail: Arc<dyn Trail>, mut inbox: mpsc::UnboundedReceiver<Waiting>) {
    while let Some(first) = inbox.recv().await {
        // Requests that are ready to go on come first, so that their events join this one.
        yield_now().await;
        let (mut frames, mut waiting) = (vec![first.frame], vec![first.recorded]);
        while let Ok(next) = inbox.try_recv() {
            frames.push(next.frame);
            waiting.push(next.recorded);
        }
        let outcomes = use_trail(&trail, move |trail| trail.record(&mut frames)).await;
        answer(waiting, outcomes);
    }
}

/// Tells everyone. Who gave up has gone; who is told nothing takes it for a failure.
fn answer(
    waiting: Vec<oneshot::Sender<Result<(), String>>>,
    outcomes: Result<Vec<Result<(), String>>, String>,
) {
    match outcomes {
        Ok(outcomes) => waiting.into_iter().zip(outcomes).for_each(|(who, outcome)| drop(who.send(outcome))),
        Err(why) => waiting.into_iter().for_each(|who| drop(who.send(Err(why.clone())))),
    }
}
