//! All sinks of a log.

use crate::{
    Sink, StartFault,
    feed::{Feed, Source},
};
use gatekey_audit::{AuditError, AuditKey, Cursor, Recorded};
use std::{
    fs::DirBuilder,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

/// What is to be fed, and from what.
pub struct Plan<'p> {
    /// The log's folder.
    pub log: &'p Path,
    /// Its key.
    pub key: &'p AuditKey,
    /// Its end, before anything more is recorded.
    pub end: Cursor,
    /// Where it is kept how far each sink is.
    pub places: PathBuf,
    /// How long a sink may take for an event.
    pub patience: Duration,
}

/// All sinks. Dropped, it gives each a moment to take what it lacks.
#[derive(Default)]
pub struct Sinks(Vec<Feed>);

impl Sinks {
    /// Starts to feed these sinks, each of which has a name of its own.
    ///
    /// # Errors
    /// [`StartFault`]
    pub fn start(plan: &Plan<'_>, sinks: Vec<(&'static str, Box<dyn Sink>)>) -> Result<Self, StartFault> {
        if sinks.is_empty() {
            return Ok(Self::default());
        }
        let folder = &plan.places;
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|error| StartFault::Place(folder.clone(), error))?;
        let source = Source { log: plan.log, key: plan.key, end: plan.end };
        let start = |(name, sink)| Feed::start(name, sink, &source, folder, plan.patience);
        sinks.into_iter().map(start).collect::<Result<_, _>>().map(Self)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Waits until every sink has the event of this number.
    ///
    /// # Errors
    /// One does not have it in time; the text is for the operator.
    pub fn wait(&self, number: u64) -> Result<(), String> {
        self.0.iter().try_for_each(|feed| feed.wait(number))
    }

    /// What became of events that the log was given: recorded is what the log and every sink have.
    pub fn settle(&self, outcomes: Vec<Result<Recorded, AuditError>>) -> Vec<Result<(), String>> {
        let last =
            outcomes.iter().rev().find_map(|outcome| outcome.as_ref().ok()).map_or(0, Recorded::number);
        let waited = self.wait(last);
        let reached = self.0.iter().map(|feed| feed.sent().number).min().unwrap_or(u64::MAX);
        let settle = |outcome: Result<Recorded, AuditError>| match (outcome, &waited) {
            (Err(error), _) => Err(error.to_string()),
            (Ok(recorded), Err(why)) if recorded.number() > reached => Err(why.clone()),
            (Ok(_), _) => Ok(()),
        };
        outcomes.into_iter().map(settle).collect()
    }

    /// The first event of the oldest segment that a sink still needs; all of them may go if there is no sink.
    pub fn needs(&self) -> u64 {
        self.0.iter().map(|feed| feed.sent().segment).min().unwrap_or(u64::MAX)
    }
}
