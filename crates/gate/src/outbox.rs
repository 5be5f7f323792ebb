//! Audit events of changes travel in the transaction of the change, and from there to the log.

use bytes::Bytes;
use gatekey_audit::Frame;
use gatekey_store::{
    Revision,
    table::{Edit, Expected, Fate, Table},
};
use gatekey_types::RequestId;
use std::{collections::VecDeque, sync::Arc};

/// Where audit events go. The log of `gatekey-audit` is one; tests have others, that fail on purpose.
pub trait Trail: Send + Sync {
    /// Records events of requests that changed nothing, and says of each, in their order, what became of it.
    ///
    /// # Errors
    /// An event could not be recorded; the text is for the operator.
    fn record(&self, events: &mut [Frame]) -> Vec<Result<(), String>>;

    /// Records the event of a change, which the store keeps until then: once, however often it is delivered, also if
    /// the process died in between.
    ///
    /// # Errors
    /// It could not be recorded; the text is for the operator.
    fn deliver(&self, id: RequestId, event: &[u8]) -> Result<(), String>;

    /// Whether recording waits for a disk, so that it must not be done where other requests wait for their turn.
    fn waits(&self) -> bool;
}

/// Uses the trail where it may wait as long as it does.
pub(crate) async fn use_trail<R: Send + 'static>(
    trail: &Arc<dyn Trail>,
    work: impl FnOnce(&dyn Trail) -> R + Send + 'static,
) -> Result<R, String> {
    if !trail.waits() {
        return Ok(work(&**trail));
    }
    let trail = Arc::clone(trail);
    tokio::task::spawn_blocking(move || work(&*trail)).await.map_err(|error| crate::lost::told(&error))
}

/// An event on its way to the log.
#[derive(Clone)]
pub(crate) struct Outgoing {
    /// The event's id: under it the log knows whether it has the event already.
    pub(crate) id: RequestId,
    /// The event as the log will have it.
    pub(crate) bytes: Bytes,
}

/// The table of events that the log may not have yet.
pub(crate) struct OutboxTable;

impl Table for OutboxTable {
    const NAME: &'static str = "outbox";
    const SCHEMA: u8 = 1;
    type Key = RequestId;
    /// The event's text.
    type Record = String;

    fn encode_key(key: &RequestId) -> String {
        key.to_string()
    }

    fn decode_key(text: &str) -> Option<RequestId> {
        text.parse().ok()
    }
}

/// At most so many delivered events are cleared away by one transaction.
pub(crate) const MOST_EVENTS_CLEARED: usize = 24;

/// Brings events to the log, and clears them away when it has them.
pub(crate) struct Outbox {
    trail: Arc<dyn Trail>,
    delivered: VecDeque<(String, Revision)>,
    undelivered: VecDeque<(Outgoing, Revision)>,
}

impl Outbox {
    pub(crate) fn new(trail: Arc<dyn Trail>) -> Self {
        Self { trail, delivered: VecDeque::new(), undelivered: VecDeque::new() }
    }

    /// The edit that puts an event beside the change that it tells of.
    pub(crate) fn edit(event: &Outgoing) -> Edit {
        Edit::insert::<OutboxTable>(&event.id, &String::from_utf8_lossy(&event.bytes).into_owned())
    }

    /// Takes on events that were committed.
    pub(crate) fn add(&mut self, events: Vec<Outgoing>, revision: Revision) {
        self.undelivered.extend(events.into_iter().map(|event| (event, revision)));
    }

    /// Whether there is neither an event to deliver nor one to clear away.
    pub(crate) fn is_empty(&self) -> bool {
        self.undelivered.is_empty() && self.delivered.is_empty()
    }

    /// Whether the log does not have an event of a change that was made. Then no other may be made: its event is safe in the
    /// store, but more of them would fill that, and a log that keeps failing must be noticed.
    pub(crate) fn is_behind(&self) -> bool {
        !self.undelivered.is_empty()
    }

    /// Brings events to the log. What the log does not take now stays in the store, is tried again with the next change,
    /// a second later if none comes, and at the next start: a change is never without its event.
    pub(crate) async fn deliver(&mut self) {
        while let Some((event, revision)) = self.undelivered.pop_front() {
            if let Err(why) = self.hand_over(event.clone()).await {
                tracing::error!(event = %event.id, why, "an audit event of a change waits in the store for the log");
                self.undelivered.push_front((event, revision));
                return;
            }
            self.delivered.push_back((OutboxTable::encode_key(&event.id), revision));
        }
    }

    async fn hand_over(&self, event: Outgoing) -> Result<(), String> {
        use_trail(&self.trail, move |trail| trail.deliver(event.id, &event.bytes)).await?
    }

    /// Edits that clear away some of what the log has.
    pub(crate) fn clearing(&self) -> Vec<Edit> {
        let edit = |(key, revision): &(String, Revision)| Edit {
            table: OutboxTable::NAME,
            key: key.clone(),
            expected: Expected::Unchanged(*revision),
            fate: Fate::Delete,
        };
        self.delivered.iter().take(MOST_EVENTS_CLEARED).map(edit).collect()
    }

    /// Takes note that the edits of [`Outbox::clearing`] were committed.
    pub(crate) fn cleared(&mut self, count: usize) {
        drop(self.delivered.drain(..count.min(self.delivered.len())));
    }
}
