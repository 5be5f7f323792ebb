//! The one writer: many changes, one transaction, one fsync.
//!
//! Every change of the store goes through one task. It seals the records, keeps the manifest, puts the audit events
//! beside the changes, commits, swaps the snapshot and only then answers. Changes that arrive together and touch
//! different records share a transaction.

use crate::{
    manifest::Manifest,
    outbox::{Outbox, Outgoing},
    snapshot::{Row, Snapshots},
};
use bytes::Bytes;
use gatekey_seal::{Keychain, Place, SealBroken};
use gatekey_store::{
    Batch, MAX_BATCH_BYTES, MAX_OPERATIONS, Revision, Store, StoreError,
    table::{Edit, Expected, Fate},
};
use gatekey_types::Entropy;
use std::{collections::HashSet, collections::VecDeque, sync::Arc};
use tokio::sync::{mpsc, oneshot};

/// Why a change did not happen. In every case nothing of it happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommitFault {
    /// Somebody else changed a record that the change depends on: decide again on the new snapshot.
    #[error("a record that the change depends on has changed")]
    Conflict,
    /// The store cannot write now.
    #[error("the store cannot write: {0}")]
    Unavailable(String),
    /// The store holds something that Gatekey did not write.
    #[error("the store was tampered with: {0}")]
    Tampered(String),
}

/// A change and the audit event that tells of it.
pub(crate) struct Submission {
    pub(crate) edits: Vec<Edit>,
    pub(crate) event: Option<Outgoing>,
    pub(crate) reply: oneshot::Sender<Result<Revision, CommitFault>>,
}

/// Changes that wait for the writer; more than these must wait outside.
const WAITING: usize = 256;
/// Room that a transaction keeps for the manifest and the seals.
const RESERVED_BYTES: usize = 64 * 1024;
/// Room that a transaction keeps for the manifest and for clearing the outbox.
const RESERVED_OPERATIONS: usize = 32;

/// Where changes are handed in.
#[derive(Clone)]
pub(crate) struct Commits {
    inbox: mpsc::Sender<Submission>,
}

impl Commits {
    /// Starts the writer on the present runtime. It ends when the last `Commits` is dropped.
    pub(crate) fn start(writer: Writer) -> Self {
        let (inbox, changes) = mpsc::channel(WAITING);
        drop(tokio::spawn(writer.run(changes)));
        Self { inbox }
    }

    /// Makes a change, all of it or nothing. The change is made even if the caller stops waiting.
    ///
    /// # Errors
    /// [`CommitFault`]; nothing happened.
    pub(crate) async fn commit(
        &self,
        edits: Vec<Edit>,
        event: Option<Outgoing>,
    ) -> Result<Revision, CommitFault> {
        let (reply, answer) = oneshot::channel();
        let stopped = || CommitFault::Unavailable("the writer has stopped".into());
        self.inbox.send(Submission { edits, event, reply }).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }
}

/// The writer's own state.
pub(crate) struct Writer {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) keychain: Arc<Keychain>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) snapshots: Arc<Snapshots>,
    pub(crate) manifest: Manifest,
    pub(crate) outbox: Outbox,
}

/// A record as this transaction will write it.
struct Sealed {
    edit: Edit,
    store_key: Bytes,
    value: Option<Bytes>,
}

type Reply = oneshot::Sender<Result<Revision, CommitFault>>;

/// A transaction under construction, and the manifest as it will be after it.
struct Plan {
    manifest: Manifest,
    records: Vec<Sealed>,
    replies: Vec<Reply>,
    events: Vec<Outgoing>,
    cleared: usize,
}

impl Writer {
    async fn run(mut self, mut inbox: mpsc::Receiver<Submission>) {
        let mut held = VecDeque::new();
        loop {
            let first = match held.pop_front() {
                Some(first) => first,
                None => match inbox.recv().await {
                    Some(first) => first,
                    None => return,
                },
            };
            let group = gather(first, &mut held, &mut inbox);
            self.write(group).await;
        }
    }

    /// Writes a group in one transaction; a change that cannot be part of it is answered at once.
    async fn write(&mut self, group: Vec<Submission>) {
        let manifest = self.manifest.next();
        let mut plan =
            Plan { manifest, records: Vec::new(), replies: Vec::new(), events: Vec::new(), cleared: 0 };
        for Submission { mut edits, event, reply } in group {
            edits.extend(event.as_ref().map(Outbox::edit));
            match self.stage(&mut plan, edits).await {
                Ok(()) => {
                    plan.replies.push(reply);
                    plan.events.extend(event);
                }
                Err(fault) => drop(reply.send(Err(fault))),
            }
        }
        if plan.replies.is_empty() {
            return;
        }
        let clearing = self.outbox.clearing();
        let count = clearing.len();
        if self.stage(&mut plan, clearing).await.is_ok() {
            plan.cleared = count;
        }
        let outcome = self.commit(&mut plan).await;
        for reply in plan.replies {
            drop(reply.send(outcome.clone()));
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

    /// Commits the transaction, swaps the snapshot and delivers the events.
    async fn commit(&mut self, plan: &mut Plan) -> Result<Revision, CommitFault> {
        let manifest = plan.manifest.write(&self.keychain, &*self.entropy).map_err(tampered)?;
        let batch = plan.records.iter().fold(manifest, Sealed::add_to);
        let revision = match self.store.commit(batch).await {
            Ok(revision) => revision,
            Err(StoreError::Conflict { .. }) => return Err(CommitFault::Conflict),
            Err(StoreError::Unknown(why)) => self.settle(&plan.manifest, why).await?,
            Err(other) => return Err(unavailable(other)),
        };
        plan.manifest.committed(revision);
        self.manifest = plan.manifest.clone();
        self.outbox.cleared(plan.cleared);
        let rows = plan.records.iter().filter_map(|sealed| sealed.row(revision));
        self.snapshots.advance(revision, rows).map_err(CommitFault::Tampered)?;
        self.outbox.deliver(core::mem::take(&mut plan.events), revision);
        Ok(revision)
    }

    /// Finds out what became of a commit without an answer: the manifest in the store tells.
    async fn settle(&self, planned: &Manifest, why: String) -> Result<Revision, CommitFault> {
        let have = Manifest::read(&*self.store, &self.keychain).await.map_err(CommitFault::Unavailable)?;
        have.filter(|have| have.is_same_transaction(planned))
            .and_then(|have| have.revision())
            .ok_or(CommitFault::Unavailable(why))
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

/// Takes what has arrived meanwhile, as long as it fits into one transaction and touches other records.
fn gather(
    first: Submission,
    held: &mut VecDeque<Submission>,
    inbox: &mut mpsc::Receiver<Submission>,
) -> Vec<Submission> {
    let mut load = Load::default();
    load.take(&first);
    let mut group = vec![first];
    while let Ok(next) = inbox.try_recv() {
        if !load.fits(&next) {
            held.push_back(next);
            break;
        }
        load.take(&next);
        group.push(next);
    }
    group
}

/// What a transaction holds so far.
#[derive(Default)]
struct Load {
    operations: usize,
    bytes: usize,
    touched: HashSet<(&'static str, String)>,
}

impl Load {
    fn of(submission: &Submission) -> (usize, usize) {
        let bytes = |edit: &Edit| match &edit.fate {
            Fate::Put(bytes) => bytes.len() + 2 * edit.key.len() + 256,
            Fate::Delete | Fate::Keep => 2 * edit.key.len() + 64,
        };
        let event = submission.event.as_ref().map_or(0, |event| event.bytes.len() + 512);
        (submission.edits.len() + 2, submission.edits.iter().map(bytes).sum::<usize>() + event)
    }

    fn fits(&self, submission: &Submission) -> bool {
        let (operations, bytes) = Self::of(submission);
        self.operations + operations + RESERVED_OPERATIONS < MAX_OPERATIONS
            && self.bytes + bytes + RESERVED_BYTES < MAX_BATCH_BYTES
            && submission.edits.iter().all(|edit| !self.touched.contains(&(edit.table, edit.key.clone())))
    }

    fn take(&mut self, submission: &Submission) {
        let (operations, bytes) = Self::of(submission);
        self.operations += operations;
        self.bytes += bytes;
        self.touched.extend(submission.edits.iter().map(|edit| (edit.table, edit.key.clone())));
    }
}

/// The store's key of a record: its table, a slash, its key.
pub(crate) fn store_key(table: &str, key: &str) -> Bytes {
    Bytes::from(format!("{table}/{key}"))
}

fn unavailable(error: StoreError) -> CommitFault {
    CommitFault::Unavailable(error.to_string())
}

fn tampered(broken: SealBroken) -> CommitFault {
    CommitFault::Tampered(broken.to_string())
}
