//! Request ids: unique, and cheap enough to give one to every request.

use gatekey_types::{Entropy, RequestId};
use std::sync::atomic::{AtomicU64, Ordering};

/// Gives each request an id of its own.
///
/// The id is two 64-bit mixes of one counter, each begun at a random place. A mix is a bijection, so no two ids of one
/// process are equal, and the random beginnings set processes apart. An id is a name and not a secret: nothing may
/// depend on its being hard to guess.
pub struct RequestIds {
    next: AtomicU64,
    offset: u64,
}

/// The odd constant nearest to 2^64 divided by the golden ratio: successive multiples of it spread evenly.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

impl RequestIds {
    /// A source that begins where the entropy says.
    pub fn new(entropy: &dyn Entropy) -> Self {
        Self {
            next: AtomicU64::new(u64::from_le_bytes(entropy.bytes())),
            offset: u64::from_le_bytes(entropy.bytes()),
        }
    }

    /// The next id.
    pub fn next(&self) -> RequestId {
        let step = self.next.fetch_add(GOLDEN, Ordering::Relaxed);
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
    use std::collections::HashSet;

    struct Always(u8);
    impl Entropy for Always {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0);
        }
    }

    #[test]
    fn ids_differ_within_a_process_even_under_the_worst_entropy() {
        let ids = RequestIds::new(&Always(0));
        let seen: HashSet<_> = (0..10_000).map(|_| ids.next()).collect();
        assert_eq!(seen.len(), 10_000);
    }

    #[test]
    fn ids_are_version_4_uuids() {
        let id = RequestIds::new(&Always(7)).next().to_string();
        assert_eq!(id.len(), 36);
        assert_eq!(id.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&id.as_bytes()[19]), "{id}");
    }

    #[test]
    fn processes_with_different_entropy_give_different_ids() {
        assert_ne!(RequestIds::new(&Always(1)).next(), RequestIds::new(&Always(2)).next());
    }
}
