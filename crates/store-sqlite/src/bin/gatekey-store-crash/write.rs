//! Writers that commit pairs of keys, side by side, and report each step.

use crate::{
    Outcome, block_on,
    report::{Event, Report},
};
use gatekey_store::{Batch, Record, Revision, Store, StoreError};
use gatekey_store_sqlite::{Options, SqliteStore};
use std::{path::Path, sync::Arc, time::Duration};
use tokio::task::JoinSet;

/// So many write at the same time.
pub(crate) const WRITERS: u8 = 4;
/// After so many failures in a row, a writer takes the disk for dead.
const PATIENCE: u32 = 50;

/// The keys of a writer's pair.
pub(crate) fn keys(writer: u8) -> [String; 2] {
    [format!("first/{writer}"), format!("second/{writer}")]
}

/// What the writer's attempt with this number puts under its two keys. Now and then the second is deleted. Lengths
/// vary, so that records move, overflow their pages, and the log is copied back often.
pub(crate) fn values(writer: u8, number: u64) -> (Vec<u8>, Option<Vec<u8>>) {
    let text = |which: u64| {
        let mut value = format!("{number} ").into_bytes();
        let length = (number.wrapping_mul(2_654_435_761).wrapping_add(which * 7919) >> 3) % 6_000;
        value.extend(
            (0..length)
                .map(|at| at.wrapping_mul(number | 1).wrapping_add(u64::from(writer)).to_le_bytes()[0]),
        );
        value
    };
    (text(1), (!number.is_multiple_of(7)).then(|| text(2)))
}

/// Writes with numbers from `base` on, `commits` times each writer, or until killed.
pub(crate) fn write(folder: &Path, base: u64, commits: u64) -> Outcome {
    // A short history, so that it is cut again and again.
    let options = Options { history: 50, ..Options::default() };
    let store = Arc::new(SqliteStore::open_with(folder, options)?);
    block_on(async move {
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            let writer = Writer { store: Arc::clone(&store), writer, known: None };
            writers.spawn(writer.run(base, commits));
        }
        while let Some(done) = writers.join_next().await {
            done??;
        }
        Ok(())
    })?
}

struct Writer {
    store: Arc<SqliteStore>,
    writer: u8,
    /// When the first key was last written.
    known: Option<Revision>,
}

impl Writer {
    async fn run(mut self, base: u64, commits: u64) -> Outcome {
        let mut failures = 0;
        self.known = self.read().await?;
        let end = if commits == 0 { u64::MAX } else { base.saturating_add(commits) };
        let mut number = base;
        while number < end && failures < PATIENCE {
            number += 1;
            self.say(number, Event::Tried)?;
            let answer = self.store.commit(self.batch(number)).await;
            failures = if answer.is_ok() { 0 } else { failures + 1 };
            self.take(number, answer).await?;
        }
        Ok(())
    }

    fn batch(&self, number: u64) -> Batch {
        let [first, second] = keys(self.writer);
        let (value, other) = values(self.writer, number);
        let batch = match self.known {
            None => Batch::new().absent(first.clone()),
            Some(revision) => Batch::new().unchanged(first.clone(), revision),
        };
        let batch = batch.put(first, value);
        match other {
            Some(other) => batch.put(second, other),
            None => batch.delete(second),
        }
    }

    async fn take(&mut self, number: u64, answer: Result<Revision, StoreError>) -> Outcome {
        match answer {
            Ok(revision) => {
                self.say(number, Event::Acknowledged(revision.get()))?;
                self.known = Some(revision);
            }
            Err(StoreError::Unavailable(_)) => self.say(number, Event::Void)?,
            Err(StoreError::Unknown(_)) => {
                self.say(number, Event::Unknown)?;
                self.known = self.read().await?;
            }
            Err(other) => return Err(other.into()),
        }
        Ok(())
    }

    /// Reads when the first key was written; reading may fail too while the disk does.
    async fn read(&self) -> Result<Option<Revision>, StoreError> {
        let [first, _] = keys(self.writer);
        let mut failures = 0;
        loop {
            match self.store.get(first.as_bytes()).await {
                Err(StoreError::Unavailable(_)) if failures < PATIENCE => failures += 1,
                read => return Ok(read?.map(|Record { modified, .. }| modified)),
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    fn say(&self, number: u64, event: Event) -> std::io::Result<()> {
        Report { writer: self.writer, number, event }.say()
    }
}
