use crate::{
    OpenError, Options,
    error::{closed, translate},
    follower::Follower,
    open::Folder,
    queries::{self, Extent},
    readers::{Found, Reading},
    recent::Recent,
    writer::{Answer, Job, Writer},
};
use gatekey_store::{Batch, Page, Pending, Record, Revision, Span, Store, StoreError, Watch};
use rusqlite::Connection;
use std::{io, path::Path, sync::Arc, thread};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

/// So many commits wait for the writer at most,
const QUEUE: usize = 1024;
/// and so many bytes of them; more make the committers wait.
const QUEUE_BYTES: usize = 32 << 20;

/// A store in a folder, for one process at a time. Dropping it waits for the commits under way.
#[derive(Debug)]
pub struct SqliteStore {
    // Dropped in this order: the writer ends when nobody can give it jobs, and the folder is free when all have ended.
    jobs: mpsc::Sender<Job>,
    _writing: Writing,
    gets: Reading,
    scans: Reading,
    _folder: Folder,
    room: Arc<Semaphore>,
    recent: Recent,
    extent: watch::Receiver<Extent>,
}

/// The writer's thread, which is waited for: it finishes what it was given.
#[derive(Debug)]
struct Writing(Option<thread::JoinHandle<()>>);

impl Drop for Writing {
    fn drop(&mut self) {
        let _ = self.0.take().map(thread::JoinHandle::join);
    }
}

impl SqliteStore {
    /// Opens the store in `folder`, which is made if it is not there, with the usual options.
    pub fn open(folder: &Path) -> Result<Self, OpenError> {
        Self::open_with(folder, Options::default())
    }

    /// Opens the store in `folder`, which is made if it is not there.
    pub fn open_with(folder: &Path, options: Options) -> Result<Self, OpenError> {
        let failed = |source| OpenError::Folder { folder: folder.to_owned(), source };
        let folder_taken = Folder::take(folder)?;
        let connection = folder_taken.writer(&options)?;
        let writer = Writer::new(connection, options).map_err(|error| OpenError::Engine {
            path: folder_taken.database(),
            source: translate(&error),
        })?;
        let (recent, extent) = (writer.recent(), writer.extent());
        let gets = Reading::start("store-gets", folder_taken.reader()?).map_err(failed)?;
        let scans = Reading::start("store-scans", folder_taken.reader()?).map_err(failed)?;
        let (jobs, writing) = start(writer).map_err(failed)?;
        let room = Arc::new(Semaphore::new(QUEUE_BYTES));
        Ok(Self { jobs, _writing: writing, gets, scans, _folder: folder_taken, room, recent, extent })
    }

    /// Reads the whole database and checks its structure, for an operator who doubts it; other reads of pages wait.
    ///
    /// Error: [`StoreError::Damaged`] with what is wrong first.
    pub async fn examine(&self) -> Result<(), StoreError> {
        let verdict = |connection: &mut Connection| {
            let verdict = "PRAGMA integrity_check(1)";
            connection.query_row(verdict, [], |row| row.get::<_, String>(0)).map(Ok)
        };
        let verdict = self.scans.reader().ask(verdict).await?;
        if verdict == "ok" { Ok(()) } else { Err(StoreError::Damaged(verdict)) }
    }

    /// Hands a job to the writer and waits for its answer. Once handed over, no answer means an unknown outcome.
    async fn job<T>(&self, job: impl FnOnce(Answer<T>) -> Job) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.jobs.send(job(answer)).await.map_err(|_| closed())?;
        let lost = || StoreError::Unknown("the store's writer ended before it answered".to_owned());
        answered.await.unwrap_or_else(|_| Err(lost()))
    }
}

fn start(writer: Writer) -> io::Result<(mpsc::Sender<Job>, Writing)> {
    let (jobs, queue) = mpsc::channel(QUEUE);
    let thread = thread::Builder::new().name("store-writer".to_owned()).spawn(move || writer.run(queue))?;
    Ok((jobs, Writing(Some(thread))))
}

/// Asks within a transaction, so that all it reads is of one state.
fn at_once<T>(
    question: impl FnOnce(&Connection) -> Found<T> + Send + 'static,
) -> impl FnOnce(&mut Connection) -> Found<T> + Send + 'static {
    move |connection| question(&*connection.transaction()?)
}

impl Store for SqliteStore {
    fn get<'a>(&'a self, key: &'a [u8]) -> Pending<'a, Option<Record>> {
        let key = key.to_vec();
        Box::pin(self.gets.reader().ask(move |connection| Ok(Ok(queries::get(connection, &key)?))))
    }

    fn range(&self, span: Span, limit: usize, at: Option<Revision>) -> Pending<'_, Page> {
        Box::pin(
            self.scans.reader().ask(at_once(move |connection| queries::page(connection, span, limit, at))),
        )
    }

    fn commit(&self, batch: Batch) -> Pending<'_, Revision> {
        Box::pin(async move {
            let batch = batch.check()?;
            let size = u32::try_from(batch.bytes()).unwrap_or(u32::MAX);
            let room = Arc::clone(&self.room).acquire_many_owned(size).await.map_err(|_| closed())?;
            self.job(|answer| Job::Commit { batch, answer, room }).await
        })
    }

    fn watch(&self, span: Span, after: Revision) -> Pending<'_, Box<dyn Watch>> {
        Box::pin(async move {
            // A page may have shown a commit that the writer is about to tell of; only the database knows the newest.
            let found = self.scans.reader().ask(|connection| Ok(Ok(queries::extent(connection)?))).await?;
            found.holds(after)?;
            let (recent, extent) = (self.recent.clone(), self.extent.clone());
            let follower =
                Follower { span, known: after, recent, extent, scans: self.scans.reader().clone() };
            Ok(Box::new(follower) as Box<dyn Watch>)
        })
    }

    fn compact(&self, through: Revision) -> Pending<'_, ()> {
        Box::pin(self.job(move |answer| Job::Compact { through, answer }))
    }
}
