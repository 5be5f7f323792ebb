//! Brief requests that are there at the same time, worked on together and piece by piece.
//!
//! A request runs once through more code than a processor keeps near, so that each finds little of what the one before it fetched:
//! most of its time it waits for instructions. So of a cohort the first piece is done for every request, then the second for every
//! request, and each piece's code is fetched once. The application says where a piece ends: [`gatekey_types::pause`].
//! `docs/adr/0005-requests-in-cohorts.md` says what that saves.

use crate::{Answer, dispatch::Leaving, guarded::Guarded};
use gatekey_types::poll_piece;
use parking_lot::Mutex;
use std::{
    collections::VecDeque,
    convert::Infallible,
    future::poll_fn,
    mem,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
    thread::available_parallelism,
};
use tokio::{
    sync::oneshot,
    task::{JoinSet, yield_now},
};

/// A cohort has at most so many requests: what they hold together is to stay near, too.
pub const MOST: usize = 16;

/// Desks for each processor. A thread keeps to one of them, and there may be some more threads than processors.
const DESKS: usize = 4;

thread_local! {
    /// Which desk is this thread's: what one thread put there is near the same processor still.
    static PLACE: usize = NEXT.fetch_add(1, Ordering::Relaxed);
}

static NEXT: AtomicUsize = AtomicUsize::new(0);

/// Where requests come to be worked on in cohorts.
pub(crate) struct Cohorts(Box<[Arc<Desk>]>);

/// Requests that came from one thread, or a few.
#[derive(Default)]
struct Desk(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    /// As many at most as there are requests in flight. `None` where nobody is there to work on them.
    requests: Option<VecDeque<Working>>,
    clerk: Option<Waker>,
}

/// A request, and who waits for its answer.
struct Working {
    work: Guarded<Leaving>,
    client: oneshot::Sender<Worked>,
}

/// What became of a request in its cohort.
enum Worked {
    /// It is answered.
    Answered(Box<Answer>),
    /// It waits for something, and is to do so by itself.
    Waits(Guarded<Leaving>),
}

impl Cohorts {
    /// Desks that nobody sits at yet.
    pub(crate) fn new() -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        Self((0..processors.saturating_mul(DESKS)).map(|_| Arc::default()).collect())
    }

    /// Has requests worked on for as long as the tasks are there.
    pub(crate) fn open(&self, clerks: &mut JoinSet<Infallible>) {
        for desk in &self.0 {
            let mut clerk = Clerk::at(Arc::clone(desk));
            clerks.spawn(async move { poll_fn(|cx| clerk.poll(cx)).await });
        }
    }

    /// Answers a request, together with others if some are there. `None` if its handler panicked.
    pub(crate) async fn answer(&self, work: Guarded<Leaving>) -> Option<Box<Answer>> {
        let rest = match self.hand_in(work) {
            Ok(worked) => match worked.await {
                Ok(Worked::Answered(answer)) => return Some(answer),
                Ok(Worked::Waits(work)) => work,
                Err(_) => return None,
            },
            Err(work) => work,
        };
        leave(rest).await
    }

    /// Hands a request in at this thread's desk; gives it back if nobody is there.
    fn hand_in(&self, work: Guarded<Leaving>) -> Result<oneshot::Receiver<Worked>, Guarded<Leaving>> {
        let desk = PLACE.with(|place| self.0.get(place % self.0.len().max(1)));
        let Some(desk) = desk else { return Err(work) };
        desk.add(work)
    }
}

/// Finishes a request by itself, and waits until its answer may leave. `None` if its handler panicked.
pub(crate) async fn leave(work: Guarded<Leaving>) -> Option<Box<Answer>> {
    let id = work.id();
    let leaving = work.await?;
    Guarded::new(id, || Box::pin(leaving.answer())).await
}

impl Desk {
    /// Adds a request. Whoever adds the first calls the clerk.
    fn add(&self, work: Guarded<Leaving>) -> Result<oneshot::Receiver<Worked>, Guarded<Leaving>> {
        let mut waiting = self.0.lock();
        let Some(requests) = &mut waiting.requests else { return Err(work) };
        let (client, worked) = oneshot::channel();
        requests.push_back(Working { work, client });
        if requests.len() == 1
            && let Some(clerk) = &waiting.clerk
        {
            clerk.wake_by_ref();
        }
        Ok(worked)
    }
}

/// Who works at a desk.
struct Clerk {
    desk: Arc<Desk>,
    /// Whether others that were ready to come were let come.
    has_waited: bool,
    /// Answers that wait for their records, in the order in which these were handed in, which is the order in which they are
    /// made.
    leaving: VecDeque<(Guarded<Box<Answer>>, oneshot::Sender<Worked>)>,
}

impl Clerk {
    fn at(desk: Arc<Desk>) -> Self {
        desk.0.lock().requests = Some(VecDeque::new());
        Self { desk, has_waited: false, leaving: VecDeque::new() }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Infallible> {
        self.let_go(cx);
        let mut cohort = self.gather(cx);
        while !cohort.is_empty() {
            cohort = cohort.into_iter().filter_map(|working| self.advance(working, cx)).collect();
        }
        Poll::Pending
    }

    /// Lets those answers go that are recorded.
    fn let_go(&mut self, cx: &mut Context<'_>) {
        while let Some((answer, _)) = self.leaving.front_mut() {
            let Poll::Ready(answer) = Pin::new(answer).poll(cx) else { return };
            if let (Some((_, client)), Some(answer)) = (self.leaving.pop_front(), answer) {
                // Who gave up has gone.
                drop(client.send(Worked::Answered(answer)));
            }
        }
    }

    /// The next cohort; nobody if nobody waits, or others that are ready to come are let come first.
    fn gather(&mut self, cx: &mut Context<'_>) -> Vec<Working> {
        let mut waiting = self.desk.0.lock();
        if !waiting.clerk.as_ref().is_some_and(|clerk| clerk.will_wake(cx.waker())) {
            waiting.clerk = Some(cx.waker().clone());
        }
        let Some(requests) = &mut waiting.requests else { return Vec::new() };
        if requests.is_empty() {
            self.has_waited = false;
            return Vec::new();
        }
        // There is more to do: the next cohort, or this one behind the tasks that are ready, and those whose sockets are.
        let _ = pin!(yield_now()).poll(cx);
        if !mem::replace(&mut self.has_waited, true) {
            return Vec::new();
        }
        let most = requests.len().min(MOST);
        requests.drain(..most).collect()
    }

    /// Does the next piece for a request, and gives it back if there is more to do.
    fn advance(&mut self, mut working: Working, cx: &mut Context<'_>) -> Option<Working> {
        let (polled, has_paused) = poll_piece(|| Pin::new(&mut working.work).poll(cx));
        let Working { work, client } = working;
        match polled {
            Poll::Pending if has_paused => return Some(Working { work, client }),
            Poll::Pending => drop(client.send(Worked::Waits(work))),
            Poll::Ready(Some(Leaving::Now(answer))) => drop(client.send(Worked::Answered(answer))),
            Poll::Ready(Some(Leaving::Recorded(answer))) => {
                self.leaving.push_back((Guarded::new(work.id(), || answer), client));
            }
            // Who waits learns it by that.
            Poll::Ready(None) => drop(client),
        }
        None
    }
}

impl Drop for Clerk {
    fn drop(&mut self) {
        // However that ends, nobody is left waiting. They are let go when the desk is free again.
        let _left = self.desk.0.lock().requests.take();
    }
}

#[cfg(test)]
mod tests;
