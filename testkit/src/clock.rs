use gatekey_types::{Clock, Timestamp};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

/// A clock that stands still until it is told to move. Clones show the same time.
///
/// Setting it is what an administrator of a machine can do; what it advances by, its steady time shows too.
#[derive(Clone, Debug)]
pub struct FakeClock {
    millis: Arc<AtomicI64>,
    steady: Arc<AtomicI64>,
}

impl FakeClock {
    /// A clock that shows `now`.
    pub fn at(now: Timestamp) -> Self {
        Self { millis: Arc::new(AtomicI64::new(now.millis())), steady: Arc::default() }
    }

    /// Moves the clock to a moment, which may be in its past.
    pub fn set(&self, now: Timestamp) {
        self.millis.store(now.millis(), Ordering::SeqCst);
    }

    /// Moves the clock forward.
    pub fn advance_millis(&self, millis: i64) {
        self.millis.fetch_add(millis, Ordering::SeqCst);
        self.steady.fetch_add(millis, Ordering::SeqCst);
    }

    /// Begins the steady time again, as a restart does.
    pub fn restart(&self) {
        self.steady.store(0, Ordering::SeqCst);
    }

    /// Moves the clock forward by whole seconds.
    pub fn advance_seconds(&self, seconds: i64) {
        self.advance_millis(seconds.saturating_mul(1000));
    }

    /// Moves the clock forward by whole days.
    pub fn advance_days(&self, days: i64) {
        self.advance_seconds(days.saturating_mul(86_400));
    }
}

/// Starts at 2026-01-01T00:00:00Z.
impl Default for FakeClock {
    fn default() -> Self {
        Self::at(Timestamp::from_seconds(1_767_225_600))
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.millis.load(Ordering::SeqCst))
    }

    fn steady(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.steady.load(Ordering::SeqCst)).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_show_the_same_time() {
        let clock = FakeClock::default();
        let other = clock.clone();
        assert_eq!(other.now().to_string(), "2026-01-01T00:00:00Z");
        clock.advance_days(1);
        clock.advance_millis(1);
        assert_eq!(other.now().millis(), 1_767_225_600_000 + 86_400_001);
        clock.set(Timestamp::from_seconds(5));
        assert_eq!(other.now(), Timestamp::from_seconds(5));
        assert_eq!(other.steady(), Duration::from_millis(86_400_001), "no setting moves the steady time");
    }
}
