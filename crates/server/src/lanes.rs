//! Lanes: for each processor a thread that serves the connections that are given to it, and none but those.
//!
//! Where any thread serves any connection, what a request brings is mostly near another processor than the one that goes on with
//! it, and of requests that come together each thread gets a few. A connection that keeps to its thread is worked on where its
//! memory is, together with the others of that thread. `docs/adr/0006-connections-in-lanes.md` says what that saves.

use gatekey_types::enter_lane;
use std::{
    future::Future,
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::runtime::{Builder, Handle, Runtime};

/// Lanes, as those know them who put work into them. Cloning gives the same lanes.
#[derive(Debug, Clone, Default)]
pub struct Lanes(Arc<[Lane]>);

#[derive(Debug)]
struct Lane {
    handle: Handle,
    connections: AtomicUsize,
}

/// The threads of lanes. Dropping it ends them without waiting for anything.
#[derive(Debug)]
pub struct LaneThreads(Vec<Runtime>);

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
        let threads = LaneThreads((0..count).map(runtime).collect::<io::Result<_>>()?);
        let lane =
            |runtime: &Runtime| Lane { handle: runtime.handle().clone(), connections: AtomicUsize::new(0) };
        Ok((Self(threads.0.iter().map(lane).collect()), threads))
    }

    /// The lanes' runtimes, by their numbers.
    pub fn handles(&self) -> impl ExactSizeIterator<Item = &Handle> {
        self.0.iter().map(|lane| &lane.handle)
    }

    /// A place in the lane that has the fewest connections. `None` if there are no lanes.
    pub(crate) fn enter(&self) -> Option<InLane> {
        let connections = |lane: &Lane| lane.connections.load(Ordering::Relaxed);
        let (number, lane) = self.0.iter().enumerate().min_by_key(|(_, lane)| connections(lane))?;
        lane.connections.fetch_add(1, Ordering::Relaxed);
        Some(InLane { lanes: self.clone(), number })
    }
}

/// A lane: a thread, and others that take its place while it does what takes long.
fn runtime(number: usize) -> io::Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("lane")
        .on_thread_start(move || enter_lane(number))
        .enable_all()
        .build()
}

impl LaneThreads {
    /// Ends the lanes. Work that cannot be broken off has so long to end.
    pub fn end(self, patience: Duration) {
        let end = Instant::now() + patience;
        for runtime in self.into_runtimes() {
            runtime.shutdown_timeout(end.saturating_duration_since(Instant::now()));
        }
    }

    fn into_runtimes(mut self) -> Vec<Runtime> {
        std::mem::take(&mut self.0)
    }
}

impl Drop for LaneThreads {
    fn drop(&mut self) {
        // Where a runtime must not be waited for, as in another one, this is still allowed.
        self.0.drain(..).for_each(Runtime::shutdown_background);
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
    use gatekey_types::Places;
    use std::sync::mpsc;

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
    fn what_is_put_into_a_lane_runs_there_also_behind_work_that_takes_long() {
        let (lanes, threads) = Lanes::start(2).unwrap();
        let places = Arc::new(Places { lanes: [0, 1].into(), others: [2].into() });
        let (told, heard) = mpsc::channel();
        let (finish, wait) = mpsc::channel::<()>();
        let (first, second) = (lanes.enter().unwrap(), lanes.enter().unwrap());
        let number = first.number;
        assert_ne!(number, second.number);
        first.spawn(async move { tokio::task::block_in_place(|| wait.recv()).unwrap() });
        let (own, lane) = (Arc::clone(&places), lanes.handles().nth(number).unwrap());
        lane.spawn(async move { told.send(*own.own().unwrap()).unwrap() });
        assert_eq!(heard.recv().unwrap(), number, "by a thread that took the other's place");
        finish.send(()).unwrap();
        threads.end(Duration::from_secs(10));
        assert_eq!(places.own(), Some(&2), "this thread is in none");
    }

    #[tokio::test]
    async fn lanes_can_be_dropped_where_nothing_may_be_waited_for() {
        let (lanes, threads) = Lanes::start(1).unwrap();
        lanes.enter().unwrap().spawn(std::future::pending());
        drop(threads);
    }
}
