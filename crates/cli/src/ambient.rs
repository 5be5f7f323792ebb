//! The one place that asks the machine for time and randomness.

use gatekey_types::{Clock, Entropy, Places, Timestamp, places};
use std::{
    sync::{Mutex, PoisonError},
    thread::available_parallelism,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use zeroize::{Zeroize as _, Zeroizing};

/// The machine's clock.
#[derive(Debug)]
pub(crate) struct SystemClock {
    started: Instant,
}

impl SystemClock {
    /// A clock whose steady time begins now.
    pub(crate) fn start() -> Self {
        Self { started: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn steady(&self) -> Duration {
        self.started.elapsed()
    }

    fn now(&self) -> Timestamp {
        // A machine that believes to be before 1970 is served as if it were 1970: signatures will not verify.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// The operating system's random numbers.
///
/// A message's nonce and IV, which every encryption draws, come from a supply that is drawn in one piece: a system call
/// for each costs more than the cipher. All else, every usual key and secret among it, is drawn for itself, so that it was
/// nowhere before. What was given away is erased from the supply. Threads have supplies of their own, or their processors would take it
/// from each other with every message.
pub(crate) struct SystemEntropy {
    supplies: Places<Mutex<Supply>>,
}

impl Default for SystemEntropy {
    fn default() -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        let supplies = (0..places(processors)).map(|_| Mutex::default()).collect();
        Self { supplies: Places { lanes: Box::default(), others: supplies } }
    }
}

/// Draws of so many bytes come from the supply: a nonce of 16 and an IV of 12.
const OF_A_MESSAGE: usize = 28;

/// Random bytes that were not given away yet: those from `next` on. Two share no line of a processor's cache.
#[repr(align(128))]
struct Supply {
    bytes: Zeroizing<[u8; 1024]>,
    next: usize,
}

impl Default for Supply {
    fn default() -> Self {
        let bytes = Zeroizing::new([0; 1024]);
        Self { next: bytes.len(), bytes }
    }
}

impl Supply {
    /// Fills a buffer.
    fn give(&mut self, buffer: &mut [u8]) {
        if self.bytes.len().saturating_sub(self.next) < buffer.len() {
            draw(self.bytes.as_mut_slice());
            self.next = 0;
        }
        let end = self.next.saturating_add(buffer.len());
        match self.bytes.get_mut(self.next..end) {
            Some(given) => {
                buffer.copy_from_slice(given);
                given.zeroize();
                self.next = end;
            }
            None => draw(buffer),
        }
    }
}

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        match self.supplies.own() {
            Some(supply) if buffer.len() == OF_A_MESSAGE => {
                supply.lock().unwrap_or_else(PoisonError::into_inner).give(buffer);
            }
            _ => draw(buffer),
        }
    }
}

fn draw(buffer: &mut [u8]) {
    if getrandom::fill(buffer).is_err() {
        // Without randomness every nonce and key to come would be worthless.
        crate::output::note("gatekey: the operating system gives no random numbers; stopping at once");
        std::process::abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_past_the_day_this_was_written() {
        assert!(SystemClock::start().now() > Timestamp::from_seconds(1_700_000_000));
    }

    #[test]
    fn two_draws_differ() {
        let entropy: &dyn Entropy = &SystemEntropy::default();
        assert_ne!(entropy.bytes::<16>(), entropy.bytes::<16>());
        assert_ne!(entropy.bytes::<OF_A_MESSAGE>(), entropy.bytes::<OF_A_MESSAGE>());
    }

    #[test]
    fn the_supply_gives_no_byte_twice_and_keeps_none_that_it_gave() {
        let mut supply = Supply::default();
        let mut seen = std::collections::HashSet::new();
        for _ in 0..1_000 {
            let mut buffer = [0; OF_A_MESSAGE];
            supply.give(&mut buffer);
            assert!(seen.insert(buffer), "two draws are equal");
            assert!(supply.bytes.iter().take(supply.next).all(|byte| *byte == 0));
        }
    }
}
