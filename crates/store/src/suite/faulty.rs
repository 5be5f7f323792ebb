//! A store that fails on demand.

use crate::{Batch, Page, Pending, Record, Revision, Span, Store, StoreError, Watch};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

/// How a coming commit fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// `Unavailable`: nothing is written.
    Refused,
    /// `Unknown`, and nothing is written.
    LostOnTheWay,
    /// `Unknown`, and the batch is in force.
    AnswerLost,
}

/// Passes everything on to another store, but fails commits as told.
pub struct Faulty {
    inner: Arc<dyn Store>,
    faults: Mutex<VecDeque<Option<Fault>>>,
}

impl Faulty {
    /// A store that works, until told otherwise.
    pub fn new(inner: Arc<dyn Store>) -> Self {
        Self { inner, faults: Mutex::default() }
    }

    /// Lets the commit fail that comes after `pass` more commits, beyond those that were told of already.
    pub fn fail_after(&self, pass: usize, fault: Fault) {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        faults.extend(core::iter::repeat_n(None, pass));
        faults.push_back(Some(fault));
    }

    fn fault(&self) -> Option<Fault> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).pop_front().flatten()
    }
}

impl Store for Faulty {
    fn get<'a>(&'a self, key: &'a [u8]) -> Pending<'a, Option<Record>> {
        self.inner.get(key)
    }

    fn range(&self, span: Span, limit: usize, at: Option<Revision>) -> Pending<'_, Page> {
        self.inner.range(span, limit, at)
    }

    fn commit(&self, batch: Batch) -> Pending<'_, Revision> {
        Box::pin(async move {
            let unknown = StoreError::Unknown("a fault on demand".to_owned());
            match self.fault() {
                None => self.inner.commit(batch).await,
                Some(Fault::Refused) => Err(StoreError::Unavailable("a fault on demand".to_owned())),
                Some(Fault::LostOnTheWay) => Err(unknown),
                Some(Fault::AnswerLost) => self.inner.commit(batch).await.and(Err(unknown)),
            }
        })
    }

    fn watch(&self, span: Span, after: Revision) -> Pending<'_, Box<dyn Watch>> {
        self.inner.watch(span, after)
    }

    fn compact(&self, through: Revision) -> Pending<'_, ()> {
        self.inner.compact(through)
    }
}
