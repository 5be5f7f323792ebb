//! The model: what a store is, said with a `BTreeMap` for each revision and nothing else.

use super::{
    faulty::Faulty,
    steps::{Claim, KeyNumber, Step, key, value},
};
use crate::{Batch, Change, Page, Record, Revision, Span, Store, StoreError, Watch, Write};
use bytes::Bytes;
use std::{collections::BTreeMap, sync::Arc};

type State = BTreeMap<Bytes, Record>;

/// Every state there ever was.
struct Model {
    states: Vec<State>,
    oldest: Revision,
}

impl Model {
    fn newest(&self) -> Revision {
        Revision::new(self.states.len() as u64 - 1)
    }

    fn at(&self, revision: Revision) -> State {
        self.states.get(usize::try_from(revision.get()).unwrap_or(usize::MAX)).cloned().unwrap_or_default()
    }

    fn present(&self) -> State {
        self.at(self.newest())
    }

    fn commit(&mut self, batch: &Batch) -> Result<Revision, StoreError> {
        let mut state = self.present();
        for guard in batch.guards() {
            if !guard.holds(state.get(guard.key()).map(|record| record.modified)) {
                return Err(StoreError::Conflict { key: guard.key().clone() });
            }
        }
        if batch.writes().is_empty() {
            return Ok(self.newest());
        }
        let modified = self.newest().next();
        for write in batch.writes() {
            let old = state.remove(write.key());
            if let Write::Put(key, value) = write {
                let created = old.map_or(modified, |old| old.created);
                state.insert(
                    key.clone(),
                    Record { key: key.clone(), value: value.clone(), created, modified },
                );
            }
        }
        self.states.push(state);
        Ok(modified)
    }

    fn range(&self, span: &Span, limit: usize, at: Revision) -> Page {
        let mut records: Vec<Record> =
            self.at(at).into_values().filter(|record| span.contains(&record.key)).collect();
        let more = records.len() > limit;
        records.truncate(limit);
        let rest = more.then(|| records.last().map_or_else(|| span.clone(), |last| span.behind(&last.key)));
        Page { records, rest, revision: at }
    }

    fn batch(&self, guards: &[(KeyNumber, Claim)], writes: &[(KeyNumber, Option<u8>)]) -> Batch {
        let mut batch = Batch::new();
        for (number, claim) in guards {
            let truth = self.present().get(&key(*number)).map(|record| record.modified);
            batch = match (claim, truth) {
                (Claim::Absent, _) | (Claim::True, None) => batch.absent(key(*number)),
                (Claim::True, Some(modified)) => batch.unchanged(key(*number), modified),
                (Claim::WrittenBack(back), _) => batch.unchanged(key(*number), self.newest().back(*back)),
            };
        }
        let writes: BTreeMap<_, _> = writes.iter().copied().collect();
        writes.into_iter().fold(batch, |batch, (number, content)| match content {
            Some(content) => batch.put(key(number), value(content)),
            None => batch.delete(key(number)),
        })
    }
}

/// A watcher that keeps its own copy of the store by what it is told.
struct Mirror {
    watch: Box<dyn Watch>,
    known: Revision,
    state: State,
}

impl Mirror {
    /// Learns everything up to `newest`, reading all again if told to.
    async fn catch_up(&mut self, store: &dyn Store, newest: Revision) -> Result<(), StoreError> {
        while self.known < newest {
            match self.watch.next().await {
                Ok(news) => {
                    self.known = news.revision;
                    news.changes.into_iter().for_each(|change| self.apply(change));
                }
                Err(StoreError::Compacted { .. }) => *self = mirror(store).await?,
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    fn apply(&mut self, change: Change) {
        match change {
            Change::Put(record) => drop(self.state.insert(record.key.clone(), record)),
            Change::Delete(key) => {
                assert!(self.state.remove(&key).is_some(), "what is not there cannot be deleted");
            }
        }
    }
}

async fn mirror(store: &dyn Store) -> Result<Mirror, StoreError> {
    let page = store.range(Span::all(), 1000, None).await?;
    let state = page.records.into_iter().map(|record| (record.key.clone(), record)).collect();
    let watch = store.watch(Span::all(), page.revision).await?;
    Ok(Mirror { watch, known: page.revision, state })
}

struct Trial {
    store: Arc<Faulty>,
    model: Model,
    mirror: Mirror,
}

/// Does the steps to a store and to the model, and compares all that can be read. `reopen` is given the store, alone
/// in the world, and gives it back opened anew (an engine without durability gives it back as it is).
pub async fn agrees<R, F>(store: Arc<dyn Store>, steps: Vec<Step>, mut reopen: R) -> Result<(), StoreError>
where
    R: FnMut(Arc<dyn Store>) -> F,
    F: Future<Output = Arc<dyn Store>>,
{
    let mirror = mirror(&*store).await?;
    let model = Model { states: vec![State::new()], oldest: Revision::ZERO };
    let mut inner = Arc::clone(&store);
    let mut trial = Trial { store: Arc::new(Faulty::new(store)), model, mirror };
    for step in steps {
        if matches!(step, Step::Reopen) {
            let Trial { store, model, mirror } = trial;
            drop((store, mirror.watch));
            inner = reopen(inner).await;
            let watch = inner.watch(Span::all(), mirror.known).await;
            let mirror = match watch {
                Ok(watch) => Mirror { watch, ..mirror },
                Err(StoreError::Compacted { .. }) => self::mirror(&*inner).await?,
                Err(other) => return Err(other),
            };
            trial = Trial { store: Arc::new(Faulty::new(Arc::clone(&inner))), model, mirror };
        } else {
            trial.take(step).await?;
        }
        trial.compare().await?;
    }
    trial.follow().await
}

impl Trial {
    async fn take(&mut self, step: Step) -> Result<(), StoreError> {
        match step {
            Step::Commit { guards, writes, fault } => {
                if let Some(fault) = fault {
                    self.store.fail_after(0, fault);
                }
                self.commit(self.model.batch(&guards, &writes)).await
            }
            Step::Read(from, to, limit, back) => {
                let span = if to == 8 { Span::prefix(key(from)) } else { Span::between(key(from), key(to)) };
                self.read(span, limit, back.map(|back| self.model.newest().back(back))).await
            }
            Step::Follow => self.follow().await,
            Step::Compact(back) => {
                let through = self.model.newest().back(back);
                self.model.oldest = self.model.oldest.max(through);
                self.store.compact(through).await
            }
            Step::Reopen => Ok(()),
        }
    }

    /// An unknown outcome is settled as a caller must settle it: by reading.
    async fn commit(&mut self, batch: Batch) -> Result<(), StoreError> {
        match self.store.commit(batch.clone()).await {
            Err(StoreError::Unavailable(_)) => {}
            Err(StoreError::Unknown(_)) => {
                let newest = self.store.range(Span::all(), 0, None).await?.revision;
                if newest > self.model.newest() {
                    assert_eq!(self.model.commit(&batch), Ok(newest));
                }
            }
            known => assert_eq!(known, self.model.commit(&batch)),
        }
        Ok(())
    }

    async fn read(&self, span: Span, limit: usize, at: Option<Revision>) -> Result<(), StoreError> {
        match self.store.range(span.clone(), limit, at).await {
            Err(StoreError::Compacted { .. }) => {
                assert!(at.is_some_and(|at| at < self.model.oldest), "forgotten though nobody asked for it");
            }
            answer => {
                let at = at.unwrap_or_else(|| self.model.newest());
                assert!(at >= self.model.oldest, "a compacted revision was read");
                assert_eq!(answer?, self.model.range(&span, limit, at));
            }
        }
        Ok(())
    }

    async fn follow(&mut self) -> Result<(), StoreError> {
        let newest = self.model.newest();
        self.mirror.catch_up(&*self.store, newest).await?;
        assert_eq!((self.mirror.known, &self.mirror.state), (newest, &self.model.present()));
        Ok(())
    }

    async fn compare(&self) -> Result<(), StoreError> {
        self.read(Span::all(), 1000, None).await?;
        for number in 0..8 {
            assert_eq!(self.store.get(&key(number)).await?, self.model.present().get(&key(number)).cloned());
        }
        Ok(())
    }
}
