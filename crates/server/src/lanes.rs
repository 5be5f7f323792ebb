//! Lanes: for each processor a thread that serves the connections that are given to it, and none but those.
//!
//! Where any thread serves any connection, what a request brings is mostly near another processor than the one that goes on with
//! it, and of requests that come together each thread gets a few. A connection that keeps to its thread is worked on where its
//! memory is, together with the others of that thread. `docs/adr/0006-connections-in-lanes.md` says what that saves.

use gatekey_types::{Places, enter_lane, places};
use std::{
    future::Future,
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle, available_parallelism},
    time::Duration,
};
use tokio::{
    runtime::{Builder, Handle},
    sync::oneshot,
};

/// Lanes, as those know them who put work into them. Cloning gives the same lanes.
#[derive(Debug, Clone, Default)]
pub struct Lanes(Arc<[Lane]>);

#[derive(Debug)]
struct Lane {
    handle: Handle,
    connections: AtomicUsize,
}

/// The threads of lanes. Dropping it ends them, and waits for nothing.
#[derive(Debug)]
pub struct LaneThreads(Vec<LaneThread>);

#[derive(Debug)]
struct LaneThread {
    /// Ends it: what cannot be broken off has so long.
    end: oneshot::Sender<Duration>,
    thread: JoinHandle<()>,
}

/// A connection's place in its lane, which it has until this is dropped.
pub(crate) struct InLane {
    lanes: Lanes,
    number: usize,
}

impl Lanes {
    /// Starts so many lanes.
    ///
    /// # Errors
    /// The system gives no more threads, or no more files.
    pub fn start(count: usize) -> io::Result<(Self, LaneThreads)> {
        let (mut lanes, mut threads) = (Vec::with_capacity(count), Vec::with_capacity(count));
        for number in 0..count {
            let (lane, thread) = start(number)?;
            lanes.push(lane);
            threads.push(thread);
        }
        Ok((Self(lanes.into()), LaneThreads(threads)))
    }

    /// The lanes' runtimes, by their numbers.
    pub fn handles(&self) -> impl ExactSizeIterator<Item = &Handle> {
        self.0.iter().map(|lane| &lane.handle)
    }

    /// Something for each of these lanes, and some for the threads outside of them.
    pub(crate) fn each<T>(&self, mut make: impl FnMut() -> T) -> Places<T> {
        let processors = available_parallelism().map_or(1, usize::from);
        let mut made = |count| (0..count).map(|_| make()).collect();
        Places { lanes: made(self.0.len()), others: made(places(processors)) }
    }

    /// A place in the lane that has the fewest connections. `None` if there are no lanes.
    pub(crate) fn enter(&self) -> Option<InLane> {
        let connections = |lane: &Lane| lane.connections.load(Ordering::Relaxed);
        let (number, lane) = self.0.iter().enumerate().min_by_key(|(_, lane)| connections(lane))?;
        lane.connections.fetch_add(1, Ordering::Relaxed);
        Some(InLane { lanes: self.clone(), number })
    }
}

/// Starts a lane. Its tasks have nobody to share them with, so its runtime is the simpler one.
fn start(number: usize) -> io::Result<(Lane, LaneThread)> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let lane = Lane { handle: runtime.handle().clone(), connections: AtomicUsize::new(0) };
    let (end, ended) = oneshot::channel();
    let thread = thread::Builder::new().name("lane".to_owned()).spawn(move || {
        enter_lane(number);
        let patience = runtime.block_on(ended).unwrap_or_default();
        runtime.shutdown_timeout(patience);
    })?;
    Ok((lane, LaneThread { end, thread }))
}

impl LaneThreads {
    /// Ends the lanes, and waits for that. Work that cannot be broken off has so long to end.
    pub fn end(self, patience: Duration) {
        let end = |LaneThread { end, thread }| {
            // One that has ended needs no telling.
            let _ = end.send(patience);
            thread
        };
        let threads: Vec<_> = self.0.into_iter().map(end).collect();
        for thread in threads {
            let _ = thread.join();
        }
    }
}

impl InLane {
    /// Does this in the lane.
    pub(crate) fn spawn(self, work: impl Future<Output = ()> + Send + 'static) {
        let Some(lane) = self.lanes.0.get(self.number) else { return };
        let handle = lane.handle.clone();
        drop(handle.spawn(async move {
            let _place = self;
            work.await;
        }));
    }
}

impl Drop for InLane {
    fn drop(&mut self) {
        if let Some(lane) = self.lanes.0.get(self.number) {
            lane.connections.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{future::pending, sync::mpsc};

    fn connections(lanes: &Lanes) -> Vec<usize> {
        lanes.0.iter().map(|lane| lane.connections.load(Ordering::Relaxed)).collect()
    }

    #[test]
    fn a_connection_comes_into_the_lane_that_has_the_fewest_until_it_ends() {
        let (lanes, _threads) = Lanes::start(3).unwrap();
        let mut open: Vec<_> = (0..7).map(|_| lanes.enter().unwrap()).collect();
        assert_eq!(connections(&lanes), [3, 2, 2]);
        open.retain(|place| place.number != 1);
        assert_eq!(connections(&lanes), [3, 0, 2]);
        let next: Vec<_> = (0..2).map(|_| lanes.enter().unwrap().number).collect();
        assert_eq!(next, [1, 1], "each was given back at once");
        assert!(Lanes::default().enter().is_none());
    }

    #[test]
    fn what_is_put_into_a_lane_is_done_there_and_broken_off_when_that_ends() {
        let (lanes, threads) = Lanes::start(2).unwrap();
        let places = Arc::new(Places { lanes: [0, 1].into(), others: [2].into() });
        let (told, heard) = mpsc::channel();
        for _ in 0..2 {
            let (own, told, place) = (Arc::clone(&places), told.clone(), lanes.enter().unwrap());
            let number = place.number;
            place.spawn(async move {
                told.send((number, *own.own().unwrap())).unwrap();
                pending().await
            });
        }
        drop(told);
        let mut done: Vec<_> = (0..2).map(|_| heard.recv().unwrap()).collect();
        done.sort_unstable();
        assert_eq!(done, [(0, 0), (1, 1)]);
        assert_eq!(places.own(), Some(&2), "this thread is in none");
        threads.end(Duration::from_secs(10));
        assert!(heard.recv().is_err(), "the tasks are gone");
        assert_eq!(connections(&lanes), [0, 0]);
    }

    #[tokio::test]
    async fn lanes_can_be_dropped_where_nothing_may_be_waited_for() {
        let (lanes, threads) = Lanes::start(1).unwrap();
        let (held, released) = oneshot::channel::<()>();
        lanes.enter().unwrap().spawn(async move {
            let _held = held;
            pending().await
        });
        drop(threads);
        assert!(released.await.is_err());
    }
}
