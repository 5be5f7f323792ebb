//! Time that nobody can set forward.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What a process's steady clock shows, which no administrator of the machine sets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reading {
    /// Which run of the server this is: a number drawn at its start.
    pub run: u64,
    /// How long that run lasts.
    pub steady: Duration,
}

/// How much time has gone by for sure, recorded again and again while it does.
///
/// Only what was seen to go by within one run counts. Neither a clock that is set forward nor a restart makes it more; the
/// time that the server is down does not count either, since nobody can tell it from a clock that was set.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Elapsed {
    millis: u64,
    run: u64,
    seen_millis: u64,
}

impl Elapsed {
    /// Nothing has gone by yet.
    pub fn from(reading: Reading) -> Self {
        Self { millis: 0, run: reading.run, seen_millis: millis(reading.steady) }
    }

    /// Takes note of the present reading.
    pub fn note(&mut self, reading: Reading) {
        let now = millis(reading.steady);
        if reading.run == self.run {
            self.millis = self.millis.saturating_add(now.saturating_sub(self.seen_millis));
            self.seen_millis = self.seen_millis.max(now);
        } else {
            self.run = reading.run;
            self.seen_millis = now;
        }
    }

    /// Whether the last note was of this run, and less than this ago.
    pub fn was_noted_within(self, time: Duration, reading: Reading) -> bool {
        reading.run == self.run
            && u128::from(millis(reading.steady).saturating_sub(self.seen_millis)) < time.as_millis()
    }

    /// What has gone by.
    pub fn time(self) -> Duration {
        Duration::from_millis(self.millis)
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(run: u64, seconds: u64) -> Reading {
        Reading { run, steady: Duration::from_secs(seconds) }
    }

    #[test]
    fn only_what_was_seen_within_a_run_counts() {
        let mut elapsed = Elapsed::from(at(1, 100));
        elapsed.note(at(1, 160));
        assert_eq!(elapsed.time(), Duration::from_secs(60));
        // A restart: its clock may show anything.
        elapsed.note(at(2, 1_000_000));
        assert_eq!(elapsed.time(), Duration::from_secs(60));
        elapsed.note(at(2, 1_000_010));
        assert_eq!(elapsed.time(), Duration::from_secs(70));
        // A clock that goes back is no steady one; what it repeats does not count twice.
        elapsed.note(at(2, 5));
        elapsed.note(at(2, 1_000_010));
        assert_eq!(elapsed.time(), Duration::from_secs(70));
    }
}
