//! Threads that read.

use crate::error::{closed, translate};
use gatekey_store::StoreError;
use rusqlite::Connection;
use std::{io, thread, time::Duration};
use tokio::sync::{mpsc, oneshot};

/// So many questions wait at most; more make the askers wait.
const QUEUE: usize = 256;

type Question = Box<dyn FnOnce(&mut Connection) + Send>;

/// What a question gives: the engine's failure, or the answer of the contract.
pub(crate) type Found<T> = rusqlite::Result<Result<T, StoreError>>;

/// Where to ask. Watchers have one each; it does not keep the store open.
#[derive(Debug, Clone)]
pub(crate) struct Reader(mpsc::Sender<Option<Question>>);

/// A thread with a connection of its own. Dropped, it stops and is waited for, whoever could still ask it.
#[derive(Debug)]
pub(crate) struct Reading {
    reader: Reader,
    thread: Option<thread::JoinHandle<()>>,
}

impl Reading {
    /// Starts the thread.
    pub(crate) fn start(name: &str, mut connection: Connection) -> io::Result<Self> {
        let (questions, mut queue) = mpsc::channel::<Option<Question>>(QUEUE);
        let serve = move || {
            while let Some(Some(question)) = queue.blocking_recv() {
                question(&mut connection);
            }
        };
        let thread = thread::Builder::new().name(name.to_owned()).spawn(serve)?;
        Ok(Self { reader: Reader(questions), thread: Some(thread) })
    }

    /// Where to ask this thread.
    pub(crate) fn reader(&self) -> &Reader {
        &self.reader
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        // The thread empties its queue by itself, so there is room soon; an executor's thread may not wait otherwise.
        while let Err(mpsc::error::TrySendError::Full(_)) = self.reader.0.try_send(None) {
            thread::sleep(Duration::from_millis(1));
        }
        // A thread that died was noticed by whoever it left without an answer.
        let _ = self.thread.take().map(thread::JoinHandle::join);
    }
}

impl Reader {
    /// Asks, and waits for the answer.
    pub(crate) async fn ask<T, F>(&self, question: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> Found<T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let question = move |connection: &mut Connection| {
            let found = question(connection).unwrap_or_else(|error| Err(translate(&error)));
            // Nobody listens when the asker gave up; that is no fault.
            let _ = answer.send(found);
        };
        self.0.send(Some(Box::new(question))).await.map_err(|_| closed())?;
        answered.await.unwrap_or_else(|_| Err(closed()))
    }
}
