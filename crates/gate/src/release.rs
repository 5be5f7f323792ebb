//! From an operation's outcome to something that may leave: only what was allowed, and only what was recorded.

use crate::{
    Allowed, CommitFault, Gate, Passage,
    deeds::Object,
    event::{Told, event_elsewhere, event_of},
    outbox::Outgoing,
    recorder::Receipt,
    seen::Seen,
};
use gatekey_audit::Frame;
use gatekey_store::{Revision, table::Edit};
use gatekey_types::{AccountId, RequestId};
use std::collections::BTreeSet;

/// The result of an operation that was allowed. Only a [`Passage`] makes one, and only of an [`Allowed`].
#[derive(Debug)]
pub struct Answered<T> {
    output: T,
    /// Whether the event is in the store already, beside the change.
    recorded: bool,
}

/// An outcome whose audit event is handed in. It stays closed until the event is recorded: it can be encoded, so that
/// nothing else of the request need be kept while it waits, but nobody sees it.
#[derive(Debug)]
pub struct Withheld<T> {
    content: T,
    /// Nothing for what is recorded already.
    receipt: Option<Receipt>,
}

impl<T> Withheld<T> {
    /// Gives the content another form, in which it stays closed.
    pub fn map<U>(self, form: impl FnOnce(T) -> U) -> Withheld<U> {
        Withheld { content: form(self.content), receipt: self.receipt }
    }

    /// Waits until the event is recorded, and lets the content go.
    ///
    /// # Errors
    /// [`Unrecorded`]: the content is gone.
    pub async fn recorded(self) -> Result<Released<T>, Unrecorded> {
        if let Some(receipt) = self.receipt {
            receipt.recorded().await.map_err(Unrecorded)?;
        }
        Ok(Released(self.content))
    }
}

/// An outcome whose audit event is recorded. Only [`Withheld::recorded`] makes one, and nothing else leaves.
#[derive(Debug)]
pub struct Released<T>(T);

impl<T> Released<T> {
    /// What may leave now.
    pub fn into_inner(self) -> T {
        self.0
    }
}

/// The event could not be recorded, or the decision may rest on what is no longer true: nothing leaves. The text is for
/// the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("nothing can be answered: {0}")]
pub struct Unrecorded(pub String);

impl Passage<'_> {
    /// Answers a request that changes nothing.
    pub fn answer<T>(&self, _proof: &Allowed, output: T) -> Answered<T> {
        Answered { output, recorded: false }
    }

    /// Makes the change that was allowed, its audit event in the same transaction, and answers when the snapshot shows it.
    ///
    /// # Errors
    /// [`CommitFault`]. After a conflict the request is decided again from the start.
    pub async fn commit<T>(
        &mut self,
        proof: &Allowed,
        edits: Vec<Edit>,
        output: T,
    ) -> Result<Answered<T>, CommitFault> {
        if edits.is_empty() {
            return Ok(self.answer(proof, output));
        }
        self.commit_with(proof, edits, |_| output).await
    }

    /// The same, for an answer that tells of the commit. There must be something to change.
    ///
    /// # Errors
    /// As [`Passage::commit`].
    pub async fn commit_with<T>(
        &mut self,
        _proof: &Allowed,
        edits: Vec<Edit>,
        output: impl FnOnce(Revision) -> T,
    ) -> Result<Answered<T>, CommitFault> {
        let foreseen = self.foresee_change(&edits).await?;
        let events = self.events_of_change();
        let edits = self.guarded(edits);
        let outcome = self.gate.commits.commit(edits, events, Some(self.seen(foreseen))).await;
        self.conflicted = outcome == Err(CommitFault::Conflict);
        outcome.map(|revision| Answered { output: output(revision), recorded: true })
    }

    /// The event of the change, those that tell of it in other Regions, and those of what the service does because of it.
    fn events_of_change(&self) -> Vec<Outgoing> {
        let outgoing = |bytes_of: &dyn Fn(RequestId) -> Vec<u8>| {
            let id = RequestId::from_random(self.entropy().bytes());
            Outgoing { id, bytes: bytes_of(id).into() }
        };
        let own = outgoing(&|id| event_of(self, id, None, |event| event.to_bytes()));
        let elsewhere = self.draft.elsewhere.iter();
        let elsewhere = elsewhere.map(|other| outgoing(&|id| event_elsewhere(self, id, other)));
        let deeds = self.draft.deeds.iter().map(|(to, deed)| self.gate.told(&Object::from(to), deed));
        core::iter::once(own).chain(elsewhere).chain(deeds).collect()
    }

    /// The edits, and beside them everything that the decisions read of their keys, which must be as it was: a policy or
    /// a tag that was changed meanwhile, or a grant that is gone, decides anew, so that a right that was taken away is not
    /// used once more.
    fn guarded(&self, mut edits: Vec<Edit>) -> Vec<Edit> {
        let of_keys = self.decided_on.iter().flat_map(|key| key.as_decided());
        for guard in of_keys.chain(self.used_grants.iter().cloned()) {
            if !edits.iter().any(|edit| edit.table == guard.table && edit.key == guard.key) {
                edits.push(guard);
            }
        }
        edits
    }

    /// What the decisions read of identities and organizations, and of which accounts what it brings was foreseen.
    fn seen(&self, foreseen: BTreeSet<AccountId>) -> Seen {
        let mut accounts = self.owners.to_vec();
        accounts.push(self.account());
        Seen { revision: self.snapshot.revision, accounts, foreseen }
    }

    /// Whether a change met another: the request must be decided again on the new snapshot.
    pub fn conflicted(&self) -> bool {
        self.conflicted
    }
}

impl Gate {
    /// Records what came of a request, and lets it go. `tell` says what the client will read of an error.
    ///
    /// # Errors
    /// [`Unrecorded`]: the outcome stays here, and the client is told of an internal failure.
    pub async fn release<T, E>(
        &self,
        passage: &Passage<'_>,
        outcome: Result<Answered<T>, E>,
        tell: impl FnOnce(&E) -> Told,
    ) -> Result<Released<Result<T, E>>, Unrecorded> {
        self.withhold(passage, outcome, tell)?.recorded().await
    }

    /// Hands in the event of what came of a request, which stays closed until that is recorded. `tell` says what the
    /// client will read of an error.
    ///
    /// # Errors
    /// [`Unrecorded`]: the outcome stays here, and the client is told of an internal failure.
    pub fn withhold<T, E>(
        &self,
        passage: &Passage<'_>,
        outcome: Result<Answered<T>, E>,
        tell: impl FnOnce(&E) -> Told,
    ) -> Result<Withheld<Result<T, E>>, Unrecorded> {
        self.health().map_err(|why| Unrecorded(why.to_owned()))?;
        let (content, receipt) = match outcome {
            Ok(Answered { output, recorded: true }) => (Ok(output), None),
            Ok(Answered { output, recorded: false }) => {
                let receipt = self.hand_in(passage, None)?;
                passage.note_key_uses();
                (Ok(output), Some(receipt))
            }
            Err(error) => {
                let told = tell(&error);
                (Err(error), Some(self.hand_in(passage, Some(&told))?))
            }
        };
        Ok(Withheld { content, receipt })
    }

    fn hand_in(&self, passage: &Passage<'_>, error: Option<&Told>) -> Result<Receipt, Unrecorded> {
        let id = passage.id.next_of_kin();
        let frame = event_of(passage, id, error, Frame::of);
        self.recorder.hand_in(frame).map_err(Unrecorded)
    }
}
