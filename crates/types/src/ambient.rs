use crate::Timestamp;
use core::time::Duration;

/// Where time comes from. A field, never a global: days and deletions are tested in a millisecond.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;

    /// How long this run lasts, by a clock that no administrator of the machine sets: for what must not be shortened by
    /// setting a clock forward.
    fn steady(&self) -> Duration;
}

/// Where randomness comes from. A field, never a global: a failing run can be replayed from its seed.
pub trait Entropy: Send + Sync {
    /// Fills the whole buffer. An implementation that cannot must end the process: no caller can go on without.
    fn fill(&self, buffer: &mut [u8]);
}

impl dyn Entropy + '_ {
    /// `N` fresh random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut buffer = [0; N];
        self.fill(&mut buffer);
        buffer
    }
}
