//! Back-off for wrong passwords and wrong codes, counted per user and per device, in bounded memory.

use core::time::Duration;
use gatekey_types::Timestamp;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Who guesses at what: counted by the thing guessed at, so that many clients do not get more tries than one.
pub(crate) struct Throttle {
    counted: Mutex<HashMap<Arc<str>, Tries>>,
}

/// What is known of one password or device.
#[derive(Clone, Copy)]
struct Tries {
    failed: u32,
    last: Timestamp,
}

/// Wrong guesses that cost no waiting.
const FREE: u32 = 5;
/// Longest wait after a wrong guess: at this pace a code of six digits withstands years.
const LONGEST_WAIT_MILLIS: i64 = 15 * 60 * 1000;
/// After this long without a guess all is forgotten.
const FORGOTTEN_MILLIS: i64 = 24 * 3600 * 1000;
/// Things that are counted at the same time, about 100 bytes each. Only what exists is counted.
const MOST: usize = 65_536;

impl Tries {
    /// Nothing for the first wrong guesses, then a second, two, four ... up to a quarter of an hour.
    fn wait_millis(self) -> i64 {
        match self.failed.checked_sub(FREE) {
            None => 0,
            Some(over) => 1000_i64.checked_shl(over.min(20)).unwrap_or(i64::MAX).min(LONGEST_WAIT_MILLIS),
        }
    }

    fn remaining_millis(self, now: Timestamp) -> i64 {
        self.wait_millis() - now.millis_since(self.last).max(0)
    }
}

impl Throttle {
    pub(crate) fn new() -> Self {
        Self { counted: Mutex::default() }
    }

    /// Admits one guess and counts it as wrong until [`Throttle::right`] says otherwise: many guesses at once are counted
    /// like one after the other.
    ///
    /// # Errors
    /// How long to wait. Such a guess is not looked at, and does not count.
    pub(crate) fn admit(&self, what: &str, now: Timestamp) -> Result<(), Duration> {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let tries =
            counted.get(what).copied().filter(|tries| now.millis_since(tries.last) < FORGOTTEN_MILLIS);
        let remaining = tries.map_or(0, |tries| tries.remaining_millis(now));
        if remaining > 0 {
            return Err(Duration::from_millis(remaining.unsigned_abs()));
        }
        if counted.len() >= MOST && !counted.contains_key(what) {
            make_room(&mut counted, now);
        }
        let failed = tries.map_or(0, |tries| tries.failed).saturating_add(1);
        counted.insert(what.into(), Tries { failed, last: now });
        Ok(())
    }

    /// The guess was right: nothing is counted any more.
    pub(crate) fn right(&self, what: &str) {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner).remove(what);
    }
}

/// Forgets what is over; if nothing is, what was guessed at least.
fn make_room(counted: &mut HashMap<Arc<str>, Tries>, now: Timestamp) {
    counted.retain(|_, tries| now.millis_since(tries.last) < FORGOTTEN_MILLIS);
    if counted.len() >= MOST {
        let least = counted.iter().min_by_key(|(_, tries)| (tries.failed, tries.last.millis()));
        if let Some(victim) = least.map(|(what, _)| Arc::clone(what)) {
            counted.remove(&victim);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn waiting_doubles_up_to_a_quarter_of_an_hour() {
        let throttle = Throttle::new();
        for _ in 0..FREE {
            assert_eq!(throttle.admit("device", at(0)), Ok(()));
        }
        let mut now = 0;
        for expected in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            assert_eq!(throttle.admit("device", at(now)), Err(Duration::from_secs(expected)));
            now += i64::try_from(expected).unwrap();
            assert_eq!(throttle.admit("device", at(now)), Ok(()));
        }
        assert_eq!(throttle.admit("another", at(now)), Ok(()));
    }

    #[test]
    fn ten_thousand_guesses_at_once_are_five() {
        let throttle = Throttle::new();
        assert_eq!((0..10_000).filter(|_| throttle.admit("user", at(7)).is_ok()).count(), 5);
    }

    #[test]
    fn a_right_guess_and_a_day_without_any_clear_the_count() {
        let throttle = Throttle::new();
        for _ in 0..FREE {
            assert!(throttle.admit("user", at(0)).is_ok());
        }
        assert!(throttle.admit("user", at(0)).is_err());
        throttle.right("user");
        for _ in 0..FREE {
            assert!(throttle.admit("user", at(0)).is_ok());
        }
        for _ in 0..FREE {
            assert!(throttle.admit("user", at(24 * 3600)).is_ok());
        }
    }

    #[test]
    fn memory_is_bounded_and_who_guessed_most_is_kept() {
        let throttle = Throttle::new();
        for _ in 0..FREE {
            assert!(throttle.admit("guessed at", at(0)).is_ok());
        }
        for other in 0..MOST + 10 {
            assert!(throttle.admit(&other.to_string(), at(0)).is_ok());
        }
        assert_eq!(throttle.counted.lock().unwrap().len(), MOST);
        assert!(throttle.admit("guessed at", at(0)).is_err());
    }
}
