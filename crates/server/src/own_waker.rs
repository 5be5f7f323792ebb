//! A waker of one's own in front of a task's.

use std::{
    sync::Arc,
    task::{Wake, Waker},
};

/// A waker of one's own, for as long as the task behind it is the same. To ask for it takes no lock.
pub(crate) struct OwnWaker<W>(Option<Known<W>>);

struct Known<W> {
    task: Waker,
    bell: Arc<W>,
    own: Waker,
}

impl<W: Wake + Send + Sync + 'static> OwnWaker<W> {
    pub(crate) fn new() -> Self {
        Self(None)
    }

    /// What the own waker rings, and that waker: those of before, or newly made if the task is another one. A future that is polled with
    /// a new waker forgets the old one.
    pub(crate) fn before(&mut self, task: &Waker, make: impl FnOnce(Waker) -> W) -> (&W, &Waker) {
        if self.0.as_ref().is_some_and(|known| !known.task.will_wake(task)) {
            self.0 = None;
        }
        let known = self.0.get_or_insert_with(|| Known::new(task, make));
        (&known.bell, &known.own)
    }
}

impl<W: Wake + Send + Sync + 'static> Known<W> {
    fn new(task: &Waker, make: impl FnOnce(Waker) -> W) -> Self {
        let bell = Arc::new(make(task.clone()));
        Self { task: task.clone(), own: Waker::from(Arc::clone(&bell)), bell }
    }
}
