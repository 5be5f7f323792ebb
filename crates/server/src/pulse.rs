//! The signs of life of a connection, and when their absence closes it.

use crate::limits::Limits;
use std::{
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    time::Duration,
};

/// What a connection has done so far. Written on the path of every request, so only counters that wrap.
#[derive(Default)]
pub(crate) struct Pulse {
    started: AtomicU32,
    finished: AtomicU32,
    reads: AtomicU32,
    reads_at_start: AtomicU32,
    multiplexed: AtomicBool,
}

impl Pulse {
    /// Bytes arrived.
    pub(crate) fn read(&self) {
        self.reads.fetch_add(1, Ordering::Relaxed);
    }

    /// A request's headers are complete. It is in flight until the guard is dropped.
    pub(crate) fn begin(&self, multiplexed: bool) -> InFlight<'_> {
        self.started.fetch_add(1, Ordering::Relaxed);
        self.reads_at_start.store(self.reads.load(Ordering::Relaxed), Ordering::Relaxed);
        if multiplexed {
            self.multiplexed.store(true, Ordering::Relaxed);
        }
        InFlight(self)
    }

    /// Whether any request's headers were ever completed.
    pub(crate) fn has_begun(&self) -> bool {
        self.started.load(Ordering::Relaxed) != 0
    }
}

/// A request in flight.
pub(crate) struct InFlight<'a>(&'a Pulse);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.finished.fetch_add(1, Ordering::Relaxed);
    }
}

/// Looks at a connection's pulse from time to time: one timer for a connection's life instead of one for each request.
pub(crate) struct Watchdog {
    seen: u32,
    quiet_for: Duration,
    header_deadline: Duration,
    idle_deadline: Duration,
}

impl Watchdog {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            seen: 0,
            quiet_for: Duration::ZERO,
            header_deadline: limits.header_deadline,
            idle_deadline: limits.idle_deadline,
        }
    }

    /// How long to sleep between looks.
    pub(crate) fn interval(&self) -> Duration {
        self.header_deadline.min(self.idle_deadline) / 2
    }

    /// Whether the connection, looked at one [interval](Self::interval) after the last time, may stay open.
    ///
    /// A client that has begun to send a request has the header deadline to end it; one that sends nothing has the
    /// idle deadline, except for its very first request. Over HTTP/2 bytes may be pings, so only idleness counts there.
    pub(crate) fn spares(&mut self, pulse: &Pulse) -> bool {
        let started = pulse.started.load(Ordering::Relaxed);
        let in_flight = started != pulse.finished.load(Ordering::Relaxed);
        if in_flight || started != self.seen {
            self.seen = started;
            self.quiet_for = Duration::ZERO;
            return true;
        }
        self.quiet_for += self.interval();
        let partial = pulse.reads.load(Ordering::Relaxed) != pulse.reads_at_start.load(Ordering::Relaxed);
        let hurried = !pulse.has_begun() || partial && !pulse.multiplexed.load(Ordering::Relaxed);
        self.quiet_for < if hurried { self.header_deadline } else { self.idle_deadline }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watchdog() -> Watchdog {
        let seconds = Duration::from_secs;
        let limits = Limits { header_deadline: seconds(10), idle_deadline: seconds(60), ..Limits::default() };
        Watchdog::new(&limits)
    }

    /// Looks until the watchdog bites, at most 100 times; how many seconds that took.
    fn seconds_until_closed(watchdog: &mut Watchdog, pulse: &Pulse) -> Option<u64> {
        let looks = (1..=100).find(|_| !watchdog.spares(pulse))?;
        Some(looks * watchdog.interval().as_secs())
    }

    #[test]
    fn a_connection_that_sends_nothing_has_the_header_deadline() {
        assert_eq!(seconds_until_closed(&mut watchdog(), &Pulse::default()), Some(10));
    }

    #[test]
    fn trickled_headers_do_not_buy_time() {
        let (pulse, mut watchdog) = (Pulse::default(), watchdog());
        let looks = (1..=100).find(|_| {
            pulse.read();
            !watchdog.spares(&pulse)
        });
        assert_eq!(looks, Some(2));
    }

    #[test]
    fn a_connection_that_was_used_has_the_idle_deadline() {
        let (pulse, mut watchdog) = (Pulse::default(), watchdog());
        pulse.read();
        drop(pulse.begin(false));
        assert!(watchdog.spares(&pulse));
        assert_eq!(seconds_until_closed(&mut watchdog, &pulse), Some(60));
    }

    #[test]
    fn half_a_second_request_has_the_header_deadline() {
        let (pulse, mut watchdog) = (Pulse::default(), watchdog());
        pulse.read();
        drop(pulse.begin(false));
        pulse.read();
        assert!(watchdog.spares(&pulse));
        assert_eq!(seconds_until_closed(&mut watchdog, &pulse), Some(10));
    }

    #[test]
    fn pings_between_multiplexed_requests_leave_the_idle_deadline() {
        let (pulse, mut watchdog) = (Pulse::default(), watchdog());
        drop(pulse.begin(true));
        pulse.read();
        assert!(watchdog.spares(&pulse));
        assert_eq!(seconds_until_closed(&mut watchdog, &pulse), Some(60));
    }

    #[test]
    fn a_request_in_flight_is_never_cut_off() {
        let (pulse, mut watchdog) = (Pulse::default(), watchdog());
        let _in_flight = pulse.begin(false);
        assert_eq!(seconds_until_closed(&mut watchdog, &pulse), None);
    }
}
