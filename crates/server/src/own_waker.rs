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
        let known = self.0.take().filter(|known| known.task.will_wake(task));
        let known = self.0.insert(known.unwrap_or_else(|| Known::new(task, make)));
        (&known.bell, &known.own)
    }
}

impl<W: Wake + Send + Sync + 'static> Known<W> {
    fn new(task: &Waker, make: impl FnOnce(Waker) -> W) -> Self {
        let bell = Arc::new(make(task.clone()));
        Self { task: task.clone(), own: Waker::from(Arc::clone(&bell)), bell }
    }
}
