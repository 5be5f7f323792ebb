//! Request ids: unique, and cheap enough to give one to every request.

use crate::lanes::Lanes;
use gatekey_types::{Entropy, Places, RequestId};
use std::sync::atomic::{AtomicU64, Ordering};

/// Gives each request an id of its own.
///
/// The id is two 64-bit mixes of one number, each begun at a random place. A mix is a bijection, so no two ids of one
/// process are equal, and the random beginnings set processes apart. An id is a name and not a secret: nothing may
/// depend on its being hard to guess.
pub struct RequestIds {
    /// The numbers go round the counters, so that no two give the same one and each lane has one that no other writes to.
    counters: Places<Counter>,
    /// What takes a counter to its next number.
    stride: u64,
    offset: u64,
}

/// Two share no line of a processor's cache.
#[repr(align(128))]
struct Counter(AtomicU64);

/// The odd constant nearest to 2^64 divided by the golden ratio: successive multiples of it spread evenly.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

impl RequestIds {
    /// A source for these lanes, and for threads outside of them, that begins where the entropy says.
    pub fn new(entropy: &dyn Entropy, lanes: &Lanes) -> Self {
        let (begin, mut place) = (u64::from_le_bytes(entropy.bytes()), 0_u64);
        let counters = lanes.each(|| {
            let first = begin.wrapping_add(place.wrapping_mul(GOLDEN));
            place += 1;
            Counter(AtomicU64::new(first))
        });
        Self { counters, stride: place.wrapping_mul(GOLDEN), offset: u64::from_le_bytes(entropy.bytes()) }
    }

    /// The next id.
    pub fn next(&self) -> RequestId {
        let step =
            self.counters.own().map_or(0, |Counter(next)| next.fetch_add(self.stride, Ordering::Relaxed));
        let [left, right] = [mix(step), mix(step.wrapping_add(self.offset))];
        RequestId::from_random((u128::from(left) << 64 | u128::from(right)).to_be_bytes())
    }
}

/// A bijection on 64 bits in which every input bit flips each output bit about half the time (splitmix64's finisher).
const fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::HashSet, thread};

    struct Always(u8);
    impl Entropy for Always {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0);
        }
    }

    fn ids(entropy: u8) -> RequestIds {
        RequestIds::new(&Always(entropy), &Lanes::default())
    }

    #[test]
    fn ids_differ_within_a_process_even_under_the_worst_entropy_and_whichever_thread_asks() {
        let ids = ids(0);
        let some = || (0..1_000).map(|_| ids.next()).collect::<Vec<_>>();
        let of_threads = thread::scope(|all| {
            let threads: Vec<_> = (0..10).map(|_| all.spawn(some)).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        let seen: HashSet<_> = of_threads.into_iter().chain(some()).collect();
        assert_eq!(seen.len(), 11_000);
    }

    #[test]
    fn ids_are_version_4_uuids() {
        let id = ids(7).next().to_string();
        assert_eq!(id.len(), 36);
        assert_eq!(id.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&id.as_bytes()[19]), "{id}");
    }

    #[test]
    fn processes_with_different_entropy_give_different_ids() {
        assert_ne!(ids(1).next(), ids(2).next());
    }
}
