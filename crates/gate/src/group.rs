//! Which waiting changes share a transaction.

use crate::{commit::Submission, outbox::MOST_EVENTS_CLEARED, seen::Seen};
use gatekey_store::{
    MAX_BATCH_BYTES, MAX_OPERATIONS,
    table::{Edit, Fate},
};
use std::collections::{HashMap, VecDeque};
use tokio::sync::mpsc;

/// Room that a transaction keeps for the manifest and the seals.
const RESERVED_BYTES: usize = 64 * 1024;
/// Room that a transaction keeps for the manifest and for clearing the outbox.
const RESERVED_OPERATIONS: usize = MOST_EVENTS_CLEARED + 8;

/// Takes what has arrived meanwhile, as long as it fits into one transaction and touches other records.
pub(crate) fn gather(
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
    /// Whether nothing else may come to it.
    is_alone: bool,
    bytes: usize,
    /// The records that it depends on, and whether it writes them.
    touched: HashMap<(&'static str, String), bool>,
}

impl Load {
    fn of(submission: &Submission) -> (usize, usize) {
        let bytes = |edit: &Edit| match &edit.fate {
            Fate::Put(bytes) => bytes.len() + 2 * edit.key.len() + 256,
            Fate::Delete | Fate::Keep => 2 * edit.key.len() + 64,
        };
        let events: usize = submission.events.iter().map(|event| event.bytes.len() + 512).sum();
        let operations = submission.edits.len() + submission.events.len().max(1) + 1;
        (operations, submission.edits.iter().map(bytes).sum::<usize>() + events)
    }

    fn fits(&self, submission: &Submission) -> bool {
        let (operations, bytes) = Self::of(submission);
        !self.is_alone
            && !is_alone(submission)
            && self.operations + operations + RESERVED_OPERATIONS < MAX_OPERATIONS
            && self.bytes + bytes + RESERVED_BYTES < MAX_BATCH_BYTES
            && submission.edits.iter().all(|edit| self.goes_with(edit))
    }

    /// Many may insist that a record stays as it is, but who writes it must be alone with it.
    fn goes_with(&self, edit: &Edit) -> bool {
        match self.touched.get(&(edit.table, edit.key.clone())) {
            None => true,
            Some(written) => !written && edit.fate == Fate::Keep,
        }
    }

    fn take(&mut self, submission: &Submission) {
        let (operations, bytes) = Self::of(submission);
        self.operations += operations;
        self.bytes += bytes;
        self.is_alone |= is_alone(submission);
        for edit in &submission.edits {
            let written = self.touched.entry((edit.table, edit.key.clone())).or_default();
            *written |= edit.fate != Fate::Keep;
        }
    }
}

fn is_alone(submission: &Submission) -> bool {
    submission.seen.as_ref().is_some_and(Seen::is_alone)
}
