//! What the service does to keys by itself, because their time has come: nobody calls for it at that moment.

use crate::{CommitFault, Gate, event::deed_event, outbox::Outgoing};
use gatekey_keyring::Key;
use gatekey_store::table::Edit;
use gatekey_types::RequestId;
use std::borrow::Cow;

/// What was done to a key.
pub(crate) struct Deed<'a> {
    /// CloudTrail's name of it.
    pub(crate) name: &'static str,
    /// What there is to tell beside the key: CloudTrail's names, and their values.
    pub(crate) details: Vec<(&'static str, Cow<'a, str>)>,
}

impl Gate {
    /// Changes a key because its time has come, and records it.
    pub(crate) async fn do_to(&self, key: &Key, edits: Vec<Edit>, deed: Deed<'_>) -> Result<(), CommitFault> {
        let id = RequestId::from_random(self.entropy().bytes());
        let event = Outgoing { id, bytes: deed_event(key, deed, id, self.now()).into() };
        self.commits.commit(edits, vec![event], None).await.map(|_| ())
    }
}

/// How many were done, and what went wrong with the others: one key must not hold up the rest.
#[derive(Default)]
pub(crate) struct Sweep {
    done: usize,
    failed: Option<CommitFault>,
}

impl Sweep {
    pub(crate) fn note(&mut self, outcome: Result<(), CommitFault>) {
        match outcome {
            Ok(()) => self.done = self.done.saturating_add(1),
            // Cancelled or changed meanwhile: the next sweep looks again.
            Err(CommitFault::Conflict) => {}
            Err(fault) => self.failed = Some(fault),
        }
    }

    pub(crate) fn outcome(self) -> Result<usize, CommitFault> {
        self.failed.map_or(Ok(self.done), Err)
    }
}
