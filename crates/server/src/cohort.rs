//! Brief requests that are there at the same time, worked on together and piece by piece.
//!
//! A request runs once through more code than a processor keeps near, so that each finds little of what the one before it fetched:
//! most of its time it waits for instructions. So of a cohort the first piece is done for every request, then the second for every
//! request, and each piece's code is fetched once. The application says where a piece ends: [`gatekey_types::pause`].
//! `docs/adr/0005-requests-in-cohorts.md` says what that saves.

use crate::{
    Answer,
    dispatch::boxed,
    errand::{Errand, Reached},
    lanes::Lanes,
    refusal::{Dialect, Refusal},
};
use gatekey_types::{Places, places, poll_piece};
use parking_lot::Mutex;
use std::{
    collections::VecDeque,
    convert::Infallible,
    future::{pending, poll_fn},
    iter::repeat,
    mem,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
    thread::available_parallelism,
};
use tokio::{
    runtime::Handle,
    sync::{
        Notify,
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
        oneshot,
    },
    task::{JoinSet, yield_now},
};

/// A cohort has at most so many requests: what they hold together is to stay near, too.
pub const MOST: usize = 32;

/// Where requests come to be worked on in cohorts.
pub(crate) struct Cohorts {
    lanes: Lanes,
    desks: Places<Arc<Desk>>,
    /// Where there are lanes: the runtime beside them, for what may take long.
    abroad: OnceLock<Handle>,
}

/// Requests that came from one lane, or where there are none, from one thread or a few. Two desks share no line of a processor's cache,
/// or their threads would take it from each other.
#[derive(Default)]
#[repr(align(128))]
struct Desk {
    waiting: Mutex<Waiting>,
    /// Calls the clerk.
    called: Notify,
}

#[derive(Default)]
struct Waiting {
    /// As many at most as there are requests in flight. `None` where nobody is there to work on them.
    requests: Option<VecDeque<Working>>,
    /// Whether the clerk waits to be called.
    is_idle: bool,
}

/// A request, and who waits for its answer.
struct Working {
    errand: Errand,
    client: oneshot::Sender<Worked>,
}

/// What became of a request in its cohort.
enum Worked {
    /// It is answered.
    Answered(Box<Answer>),
    /// It waits for something, and is to do so by itself.
    Waits(Errand),
    /// It may take long.
    Long(Errand),
}

impl Cohorts {
    /// Desks that nobody sits at yet: one for each lane, where all these requests come from, or some for the threads of a runtime.
    pub(crate) fn new(lanes: Lanes) -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        let desks = |count| (0..count).map(|_| Arc::default()).collect();
        let (of_lanes, of_others) = match lanes.handles().len() {
            0 => (0, places(processors)),
            count => (count, 0),
        };
        let desks = Places { lanes: desks(of_lanes), others: desks(of_others) };
        Self { lanes, desks, abroad: OnceLock::new() }
    }

    /// Has requests worked on for as long as the tasks are there: those of lanes in these, others on the present runtime.
    pub(crate) fn open(&self, clerks: &mut JoinSet<Infallible>) {
        let present = Handle::current();
        if self.lanes.handles().len() > 0 {
            let _ = self.abroad.set(present.clone());
        }
        let where_to_work = self.lanes.handles().chain(repeat(&present));
        for (desk, handle) in self.desks.iter().zip(where_to_work) {
            let (ready, leaving) = unbounded_channel();
            clerks.spawn_on(work(Attended::begin(Arc::clone(desk)), ready), handle);
            clerks.spawn_on(let_go(leaving), handle);
        }
    }

    /// Answers a request, together with others if some are there.
    pub(crate) async fn answer(&self, errand: Errand) -> Box<Answer> {
        // What is rare is in boxes: each request has room for this, and the larger it is, the longer it takes to hand on.
        match self.hand_in(errand) {
            Ok(worked) => match worked.await {
                Ok(Worked::Answered(answer)) => answer,
                Ok(Worked::Waits(errand)) => boxed(|| self.go_on(errand)).await,
                Ok(Worked::Long(errand)) => boxed(|| self.go_abroad(errand)).await,
                // The server ends.
                Err(_) => Refusal::Internal.answer(Dialect::Json),
            },
            Err(errand) => boxed(|| self.go_on(errand)).await,
        }
    }

    /// Goes on with a request by itself.
    async fn go_on(&self, mut errand: Errand) -> Box<Answer> {
        loop {
            match poll_fn(|cx| errand.poll_stage(cx)).await {
                Reached::Answer(answer) => return answer,
                Reached::Work { is_brief: false } => return self.go_abroad(errand).await,
                Reached::Work { is_brief: true } | Reached::Record => {}
            }
        }
    }

    /// Answers a request that may take long where it holds up no lane. Who gives up waiting breaks it off.
    async fn go_abroad(&self, errand: Errand) -> Box<Answer> {
        let Some(abroad) = self.abroad.get() else { return errand.await };
        let mut alone = JoinSet::new();
        alone.spawn_on(errand, abroad);
        let answer = alone.join_next().await.and_then(Result::ok);
        answer.unwrap_or_else(|| Refusal::Internal.answer(Dialect::Json))
    }

    /// Hands a request in at this thread's desk; gives it back if nobody is there.
    fn hand_in(&self, errand: Errand) -> Result<oneshot::Receiver<Worked>, Errand> {
        match self.desks.own() {
            Some(desk) => desk.add(errand),
            None => Err(errand),
        }
    }
}

impl Desk {
    /// Adds a request, and calls the clerk if he is idle.
    fn add(&self, errand: Errand) -> Result<oneshot::Receiver<Worked>, Errand> {
        let mut waiting = self.waiting.lock();
        let Some(requests) = &mut waiting.requests else { return Err(errand) };
        let (client, worked) = oneshot::channel();
        requests.push_back(Working { errand, client });
        if mem::take(&mut waiting.is_idle) {
            self.called.notify_one();
        }
        Ok(worked)
    }

    /// How many requests wait.
    fn waiting(&self) -> usize {
        self.waiting.lock().requests.as_ref().map_or(0, VecDeque::len)
    }

    /// Lets a cohort come together. In each turn the tasks that are ready come first, and those whose sockets are: as long as they bring
    /// more requests, there is another turn. Nobody waits for who does not come.
    async fn gather(&self) {
        let mut before = 0;
        loop {
            yield_now().await;
            let waiting = self.waiting();
            if waiting <= before || waiting >= MOST {
                break;
            }
            before = waiting;
        }
    }

    /// The next cohort. If nobody waits the clerk is idle from now on.
    fn take(&self) -> Vec<Working> {
        let mut waiting = self.waiting.lock();
        let Some(requests) = &mut waiting.requests else { return Vec::new() };
        let most = requests.len().min(MOST);
        let cohort: Vec<_> = requests.drain(..most).collect();
        waiting.is_idle = cohort.is_empty();
        cohort
    }
}

/// A desk for as long as a clerk is there. However that ends, nobody is left waiting.
struct Attended(Arc<Desk>);

impl Attended {
    fn begin(desk: Arc<Desk>) -> Self {
        *desk.waiting.lock() = Waiting { requests: Some(VecDeque::new()), is_idle: true };
        Self(desk)
    }
}

impl Drop for Attended {
    fn drop(&mut self) {
        // They are let go when the desk is free again.
        let _left = self.0.waiting.lock().requests.take();
    }
}

/// Answers of a cohort that wait for their records, and who waits for each.
type Departing = Vec<Working>;

impl Working {
    /// Does the next piece of a request, and gives it back if there is more to do.
    fn advance(mut self, departing: &mut Departing, cx: &mut Context<'_>) -> Option<Self> {
        let (polled, has_paused) = poll_piece(|| self.errand.poll_stage(cx));
        let Self { errand, client } = self;
        // Who gave up has gone.
        match polled {
            Poll::Pending if has_paused => return Some(Self { errand, client }),
            Poll::Ready(Reached::Work { is_brief: true }) => return Some(Self { errand, client }),
            Poll::Pending => drop(client.send(Worked::Waits(errand))),
            Poll::Ready(Reached::Work { is_brief: false }) => drop(client.send(Worked::Long(errand))),
            Poll::Ready(Reached::Record) => departing.push(Self { errand, client }),
            Poll::Ready(Reached::Answer(answer)) => drop(client.send(Worked::Answered(answer))),
        }
        None
    }
}

/// Works on cohort after cohort.
async fn work(attended: Attended, ready: UnboundedSender<Departing>) -> Infallible {
    let desk = &*attended.0;
    loop {
        desk.called.notified().await;
        loop {
            desk.gather().await;
            let mut cohort = desk.take();
            if cohort.is_empty() {
                break;
            }
            let mut departing = Vec::with_capacity(cohort.len());
            poll_fn(|cx| {
                while !cohort.is_empty() {
                    let each = mem::take(&mut cohort).into_iter();
                    cohort = each.filter_map(|working| working.advance(&mut departing, cx)).collect();
                }
                Poll::Ready(())
            })
            .await;
            if !departing.is_empty() {
                drop(ready.send(departing));
            }
        }
    }
}

/// Lets answers go once they are recorded: in the order in which they were handed in, which is the order in which they are. Of these,
/// too, there are as many at most as there are requests in flight.
async fn let_go(mut leaving: UnboundedReceiver<Departing>) -> Infallible {
    while let Some(departing) = leaving.recv().await {
        for Working { errand, client } in departing {
            drop(client.send(Worked::Answered(errand.await)));
        }
    }
    // Without a clerk nobody hands in any more.
    pending().await
}

#[cfg(test)]
mod tests;
