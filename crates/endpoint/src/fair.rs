//! Fair queueing: of an account that asks for more than can be answered at once, the requests wait in a queue of their own, and
//! the queues are served in turn. So an account is kept waiting by its own requests, and by at most one of each other account.

use gatekey_server::{Lanes, cohort};
use gatekey_types::{AccountId, Places};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    thread::available_parallelism,
};
use tokio::sync::oneshot;

/// How many requests are answered at once at least, whoever asks: two cohorts, so that of one that waits for something the next is not
/// kept waiting. Enough that those who wait for the disk share a sync, few enough that the next in turn does not wait long for a
/// processor.
const AT_ONCE: usize = 2 * cohort::MOST;

/// Where requests are answered: each lane has places of its own, since nobody else works on what comes to it, and all that is worked on
/// elsewhere shares some.
#[derive(Debug)]
pub(crate) struct Halls(Places<Arc<Fair>>);

impl Halls {
    pub(crate) fn new(lanes: &Lanes) -> Self {
        // Where there are many processors, each can have a cohort in hand.
        let processors = available_parallelism().map_or(1, usize::from);
        let of_others = AT_ONCE.max(processors.saturating_mul(cohort::MOST));
        let of_lanes = (0..lanes.handles().len()).map(|_| Fair::with_places(AT_ONCE)).collect();
        Self(Places { lanes: of_lanes, others: [Fair::with_places(of_others)].into() })
    }

    /// Waits until it is this account's turn where this thread works.
    pub(crate) async fn place(&self, account: AccountId) -> Place {
        match self.0.own() {
            Some(fair) => fair.place(account).await,
            None => Place(None),
        }
    }
}

/// Some places at which requests are answered, and who waits for one.
#[derive(Debug)]
struct Fair {
    hall: Mutex<Hall>,
}

#[derive(Debug)]
struct Hall {
    free: usize,
    /// The requests that wait, by account: none has an empty queue. As many at most as there are connections.
    queues: HashMap<AccountId, VecDeque<oneshot::Sender<Place>>>,
    /// The accounts with a queue, in the order in which they are served.
    turn: VecDeque<AccountId>,
}

/// The right to be answered. It goes to the next in turn when it is dropped.
#[derive(Debug)]
pub(crate) struct Place(Option<Arc<Fair>>);

impl Fair {
    fn with_places(free: usize) -> Arc<Self> {
        Arc::new(Self { hall: Mutex::new(Hall { free, queues: HashMap::new(), turn: VecDeque::new() }) })
    }

    /// Waits until it is this account's turn.
    async fn place(self: &Arc<Self>, account: AccountId) -> Place {
        let waiting = {
            let mut hall = self.hall();
            if hall.free > 0 {
                hall.free -= 1;
                return Place(Some(Arc::clone(self)));
            }
            hall.join(account)
        };
        // Who gives a place away never drops the sender; without one the request is answered all the same.
        waiting.await.unwrap_or(Place(None))
    }

    fn hall(&self) -> std::sync::MutexGuard<'_, Hall> {
        self.hall.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a place to the next in turn who still wants it.
    fn pass_on(self: Arc<Self>) {
        loop {
            let next = {
                let mut hall = self.hall();
                let next = hall.next();
                if next.is_none() {
                    hall.free += 1;
                }
                next
            };
            let Some(next) = next else { return };
            // A place that comes back was meant for a request that is gone.
            match next.send(Place(Some(Arc::clone(&self)))) {
                Ok(()) => return,
                Err(mut place) => place.0 = None,
            }
        }
    }
}

impl Hall {
    fn join(&mut self, account: AccountId) -> oneshot::Receiver<Place> {
        let (sender, receiver) = oneshot::channel();
        let queue = self.queues.entry(account).or_default();
        if queue.is_empty() {
            self.turn.push_back(account);
        }
        queue.push_back(sender);
        receiver
    }

    /// The first request of the account whose turn it is; the account goes to the end of the line if it has more.
    fn next(&mut self) -> Option<oneshot::Sender<Place>> {
        let account = self.turn.pop_front()?;
        let queue = self.queues.get_mut(&account)?;
        let next = queue.pop_front();
        if queue.is_empty() {
            self.queues.remove(&account);
        } else {
            self.turn.push_back(account);
        }
        next
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(fair) = self.0.take() {
            fair.pass_on();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::{
        future::Future,
        iter,
        pin::{Pin, pin},
        task::{Context, Poll, Waker},
    };
    use gatekey_types::enter_lane;
    use std::thread;

    fn account(n: u8) -> AccountId {
        format!("{n:012}").parse().unwrap()
    }

    type Waiting = Pin<Box<dyn Future<Output = Place>>>;

    fn ask(fair: &Arc<Fair>, of: u8) -> Waiting {
        let fair = Arc::clone(fair);
        let mut waiting: Waiting = Box::pin(async move { fair.place(account(of)).await });
        // It joins its queue when it is first looked at.
        assert!(poll(&mut waiting).is_none(), "there is no place");
        waiting
    }

    fn poll(waiting: &mut Waiting) -> Option<Place> {
        match waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(place) => Some(place),
            Poll::Pending => None,
        }
    }

    /// Answers one request after another, and tells whose they were.
    fn served(mut place: Place, mut waiting: Vec<(u8, Waiting)>) -> Vec<u8> {
        let mut order = Vec::new();
        while !waiting.is_empty() {
            drop(place);
            let found = waiting.iter_mut().enumerate().find_map(|(n, (_, one))| Some((n, poll(one)?)));
            let (n, next) = found.expect("a place that is given back goes to somebody");
            order.push(waiting.remove(n).0);
            place = next;
        }
        order
    }

    #[tokio::test]
    async fn queues_are_served_in_turn_however_long_each_is() {
        let fair = Fair::with_places(1);
        let place = fair.place(account(1)).await;
        let of = [1, 1, 1, 1, 1, 2, 3, 3];
        let waiting = of.map(|n| (n, ask(&fair, n))).into();
        assert_eq!(served(place, waiting), [1, 2, 3, 1, 3, 1, 1, 1]);
        assert_eq!(fair.hall().free, 1, "all are answered");
        assert!(fair.hall().queues.is_empty() && fair.hall().turn.is_empty());
    }

    #[tokio::test]
    async fn who_is_gone_keeps_nobody_waiting_and_loses_no_place() {
        let fair = Fair::with_places(1);
        let place = fair.place(account(1)).await;
        let (gone, given, stays) = (ask(&fair, 2), ask(&fair, 3), ask(&fair, 4));
        drop(gone);
        // The place is given to the second, who goes away without having looked.
        drop(place);
        drop(given);
        assert_eq!(served(Place(None), vec![(4, stays)]), [4]);
        assert_eq!(fair.hall().free, 1);
    }

    /// Takes places here until there is none left.
    fn fill(halls: &Halls) -> Vec<Place> {
        let take = || match pin!(halls.place(account(1))).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(place) => Some(place),
            Poll::Pending => None,
        };
        iter::from_fn(take).collect()
    }

    #[test]
    fn a_lane_that_is_full_keeps_nobody_waiting_elsewhere() {
        let (lanes, _threads) = Lanes::start(2).unwrap();
        let halls = Halls::new(&lanes);
        let fill_lane = |lane| {
            let there = || {
                enter_lane(lane);
                fill(&halls)
            };
            thread::scope(|scope| scope.spawn(there).join().unwrap())
        };
        let first = fill_lane(0);
        assert_eq!((first.len(), fill_lane(0).len(), fill_lane(1).len()), (AT_ONCE, 0, AT_ONCE));
        assert!(fill(&halls).len() >= AT_ONCE, "this thread is in no lane");
        drop(first);
        assert_eq!(fill_lane(0).len(), AT_ONCE);
    }

    #[tokio::test]
    async fn nobody_waits_while_there_are_places() {
        let fair = Fair::with_places(AT_ONCE);
        let mut places = Vec::new();
        for _ in 0..AT_ONCE {
            places.push(fair.place(account(1)).await);
        }
        let mut other = ask(&fair, 2);
        places.pop();
        assert!(poll(&mut other).is_some());
    }
}
