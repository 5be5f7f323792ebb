//! The task that writes: it seals the records, keeps the manifest, puts the audit events beside the changes, commits,
//! swaps the snapshot and only then answers. Changes that arrive together and touch different records share a transaction.

use crate::{
    commit::{CommitFault, Reply, Submission, store_key},
    group::gather,
    health::Health,
    manifest::Manifest,
    outbox::{Outbox, Outgoing},
    snapshot::Snapshots,
};
use bytes::Bytes;
use gatekey_seal::{Keychain, Place, SealBroken};
use gatekey_store::{
    Batch, Revision, Store, StoreError,
    table::{Edit, Expected, Fate, Row},
};
use gatekey_types::Entropy;
use std::{collections::VecDeque, sync::Arc, time::Duration};
use tokio::sync::mpsc;

/// What is left to do when no change has come for so long: events that the log did not take, rows that it has.
const LULL: Duration = Duration::from_secs(1);

/// The writer's own state.
pub(crate) struct Writer {
    store: Arc<dyn Store>,
    keychain: Arc<Keychain>,
    entropy: Arc<dyn Entropy>,
    snapshots: Arc<Snapshots>,
    manifest: Manifest,
    outbox: Outbox,
    /// A transaction of which the store did not say whether it is in force.
    doubtful: Option<Plan>,
    health: Arc<Health>,
}

/// A record as this transaction will write it.
struct Sealed {
    edit: Edit,
    store_key: Bytes,
    value: Option<Bytes>,
}

/// A transaction, and the manifest as it will be after it.
struct Plan {
    manifest: Manifest,
    records: Vec<Sealed>,
    events: Vec<Outgoing>,
    cleared: usize,
}

impl Writer {
    /// A writer of a store that was just read.
    pub(crate) fn new(
        store: Arc<dyn Store>,
        keychain: Arc<Keychain>,
        entropy: Arc<dyn Entropy>,
        snapshots: Arc<Snapshots>,
        manifest: Manifest,
        outbox: Outbox,
    ) -> Self {
        let health = Arc::default();
        Self { store, keychain, entropy, snapshots, manifest, outbox, doubtful: None, health }
    }

    /// Where it notes that it cannot go on.
    pub(crate) fn health(&self) -> Arc<Health> {
        Arc::clone(&self.health)
    }

    /// Serves until nobody is left who could ask, or until it cannot go on.
    pub(crate) async fn run(mut self, mut inbox: mpsc::Receiver<Submission>) {
        let mut held = VecDeque::new();
        while self.health.fault().is_none() {
            let next = match held.pop_front() {
                Some(held) => Some(held),
                None => self.next(&mut inbox).await,
            };
            let Some(first) = next else { return };
            let group = gather(first, &mut held, &mut inbox);
            self.write(group).await;
        }
    }

    /// Waits for a change, and tidies up while none comes.
    async fn next(&mut self, inbox: &mut mpsc::Receiver<Submission>) -> Option<Submission> {
        while !self.outbox.is_empty() || self.doubtful.is_some() {
            if let Ok(next) = tokio::time::timeout(LULL, inbox.recv()).await {
                return next;
            }
            self.outbox.deliver().await;
            self.write(Vec::new()).await;
        }
        inbox.recv().await
    }

    /// Writes a group in one transaction; a change that cannot be part of it is answered at once.
    async fn write(&mut self, group: Vec<Submission>) {
        let prepared = self.prepare().await;
        let mut plan =
            Plan { manifest: self.manifest.next(), records: Vec::new(), events: Vec::new(), cleared: 0 };
        let mut replies: Vec<Reply> = Vec::with_capacity(group.len());
        for Submission { mut edits, events, seen, reply } in group {
            edits.extend(events.iter().map(Outbox::edit));
            let holds = seen.is_none_or(|seen| seen.holds(&self.snapshots.present()));
            let staged = match &prepared {
                Ok(()) if !holds => Err(CommitFault::Conflict),
                Ok(()) => self.stage(&mut plan, edits).await,
                Err(fault) => Err(fault.clone()),
            };
            match staged {
                Ok(()) => {
                    replies.push(reply);
                    plan.events.extend(events);
                }
                Err(fault) => drop(reply.send(Err(fault))),
            }
        }
        self.clear(&mut plan).await;
        if plan.records.is_empty() {
            return;
        }
        let outcome = self.commit(plan).await;
        for reply in replies {
            drop(reply.send(outcome.clone()));
        }
    }

    /// What must be true before anything is written: it is known what the store has, and the log keeps up.
    async fn prepare(&mut self) -> Result<(), CommitFault> {
        if self.doubtful.is_some() {
            self.settle().await?;
        }
        if self.outbox.is_full() {
            self.outbox.deliver().await;
        }
        if self.outbox.is_full() {
            return Err(CommitFault::Unavailable("too many audit events wait for the log".into()));
        }
        Ok(())
    }

    /// Clears away, in the same transaction, events that the log has.
    async fn clear(&mut self, plan: &mut Plan) {
        let clearing = self.outbox.clearing();
        let count = clearing.len();
        match self.stage(plan, clearing).await {
            Ok(()) => plan.cleared = count,
            // They stay in the store; the next start hands them to the log, which knows that it has them.
            Err(CommitFault::Conflict) => self.outbox.cleared(count),
            Err(_) => {}
        }
    }

    /// Adds edits to the transaction: all of them, or none.
    async fn stage(&self, plan: &mut Plan, edits: Vec<Edit>) -> Result<(), CommitFault> {
        let mut manifest = plan.manifest.clone();
        let mut sealed = Vec::with_capacity(edits.len());
        for edit in edits {
            sealed.push(self.seal(edit, &mut manifest).await?);
        }
        plan.manifest = manifest;
        plan.records.extend(sealed);
        Ok(())
    }

    /// Checks what an edit expects, seals its record and brings the manifest up to date.
    async fn seal(&self, edit: Edit, manifest: &mut Manifest) -> Result<Sealed, CommitFault> {
        let store_key = store_key(edit.table, &edit.key);
        let present = self.store.get(&store_key).await.map_err(unavailable)?;
        let as_expected = match (edit.expected, &present) {
            (Expected::Absent, None) => true,
            (Expected::Unchanged(revision), Some(record)) => record.modified == revision,
            _ => false,
        };
        if !as_expected {
            return Err(CommitFault::Conflict);
        }
        if let (Some(record), false) = (&present, edit.fate == Fate::Keep) {
            let version = Keychain::peek(&record.value).map_or(0, |header| header.version);
            let place = Place { table: edit.table, key: edit.key.as_bytes(), version };
            self.keychain.open_record(&place, &record.value).map_err(tampered)?;
            manifest.remove(&self.keychain, &place, &record.value).map_err(tampered)?;
        }
        let value = match &edit.fate {
            Fate::Put(bytes) => {
                let place =
                    Place { table: edit.table, key: edit.key.as_bytes(), version: manifest.sequence() };
                let sealed = self.keychain.seal_record(&place, bytes, &*self.entropy).map_err(tampered)?;
                manifest.add(&self.keychain, &place, &sealed).map_err(tampered)?;
                Some(Bytes::from(sealed))
            }
            Fate::Delete | Fate::Keep => None,
        };
        Ok(Sealed { edit, store_key, value })
    }

    /// Commits the transaction and takes it over.
    async fn commit(&mut self, plan: Plan) -> Result<Revision, CommitFault> {
        let manifest = plan.manifest.write(&self.keychain, &*self.entropy).map_err(tampered)?;
        let batch = plan.records.iter().fold(manifest, Sealed::add_to);
        match self.store.commit(batch).await {
            Ok(revision) => self.adopt(plan, revision).await,
            // What it depends on was looked at a moment ago: then a doubtful transaction has come into force since.
            Err(StoreError::Conflict { .. }) => {
                Err(self.settle().await.err().unwrap_or(CommitFault::Conflict))
            }
            Err(StoreError::Unknown(why)) => self.ask_for(plan, why).await,
            Err(other) => Err(unavailable(other)),
        }
    }

    /// Asks the store what became of a commit without an answer.
    async fn ask_for(&mut self, plan: Plan, why: String) -> Result<Revision, CommitFault> {
        let wanted = plan.manifest.sequence();
        self.doubtful = Some(plan);
        match self.settle().await {
            Ok(()) => {}
            Err(CommitFault::Unavailable(unread)) => return Err(CommitFault::Unknown(unread)),
            Err(fault) => return Err(fault),
        }
        match self.manifest.revision() {
            Some(revision) if self.manifest.sequence() == wanted => Ok(revision),
            _ => Err(CommitFault::Unknown(why)),
        }
    }

    /// Compares the store's manifest with what this writer knows of. A doubtful transaction that is in force is taken over;
    /// one that is not stays doubtful until another one has taken its place.
    ///
    /// # Errors
    /// The store cannot be read; or somebody else has written to it, and then the writer cannot go on.
    async fn settle(&mut self) -> Result<(), CommitFault> {
        let have = Manifest::read(&*self.store, &self.keychain).await.map_err(CommitFault::Unavailable)?;
        let have = have.unwrap_or_else(Manifest::empty);
        if have.is_same_transaction(&self.manifest) {
            return Ok(());
        }
        match (self.doubtful.take_if(|plan| have.is_same_transaction(&plan.manifest)), have.revision()) {
            (Some(plan), Some(revision)) => self.adopt(plan, revision).await.map(drop),
            _ => Err(self.stop("something else has written to the store")),
        }
    }

    /// Takes over a transaction that is in force: swaps the snapshot and delivers the events.
    async fn adopt(&mut self, plan: Plan, revision: Revision) -> Result<Revision, CommitFault> {
        let Plan { mut manifest, records, events, cleared } = plan;
        manifest.committed(revision);
        self.manifest = manifest;
        self.doubtful = None;
        self.outbox.cleared(cleared);
        self.outbox.add(events, revision);
        let rows = records.iter().filter_map(|sealed| sealed.row(revision));
        let advanced = self.snapshots.advance(revision, rows);
        self.outbox.deliver().await;
        match advanced {
            Ok(()) => Ok(revision),
            // Decisions on what was before would be decisions on what is no longer true.
            Err(unreadable) => Err(self.stop(&unreadable.to_string())),
        }
    }

    /// Notes that nothing can be decided or written any more until a restart has read the store.
    fn stop(&self, why: &str) -> CommitFault {
        tracing::error!(why, "the writer stops, and nothing is served until Gatekey is restarted");
        self.health.fail(why);
        CommitFault::Tampered(why.to_owned())
    }
}

impl Sealed {
    fn add_to(batch: Batch, sealed: &Self) -> Batch {
        let key = sealed.store_key.clone();
        let batch = match sealed.edit.expected {
            Expected::Absent => batch.absent(key.clone()),
            Expected::Unchanged(revision) => batch.unchanged(key.clone(), revision),
        };
        match (&sealed.edit.fate, &sealed.value) {
            (Fate::Keep, _) => batch,
            (_, Some(value)) => batch.put(key, value.clone()),
            (_, None) => batch.delete(key),
        }
    }

    /// What the snapshot takes over.
    fn row(&self, revision: Revision) -> Option<Row<'_>> {
        let record = match &self.edit.fate {
            Fate::Put(bytes) => Some(bytes.as_slice()),
            Fate::Delete => None,
            Fate::Keep => return None,
        };
        Some(Row { table: self.edit.table, key: &self.edit.key, record, revision })
    }
}

fn unavailable(error: StoreError) -> CommitFault {
    CommitFault::Unavailable(error.to_string())
}

fn tampered(broken: SealBroken) -> CommitFault {
    CommitFault::Tampered(broken.to_string())
}
