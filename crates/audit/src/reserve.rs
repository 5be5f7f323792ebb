//! Space kept for the events to come.
//!
//! Nothing leaves the server unrecorded, so on a full disk even a request that changes nothing would fail. A segment
//! therefore keeps space beyond its end: the store's writes fail first, and reads go on until this space is used up.
//! The file's length does not show it, and the next segment, or whatever closes this one, gives it back.

use std::fs::File;

/// So much space is kept, for some six thousand events.
pub(crate) const RESERVE: u64 = 8 << 20;
/// So much more is asked for at a time, to ask seldom.
const STRIDE: u64 = 1 << 20;
/// After a refusal, so many bytes are written before the next attempt.
const PATIENCE: u64 = 64 << 10;

/// How far a file has its space.
#[derive(Debug, Default)]
pub(crate) struct Reserve {
    kept: u64,
    next_attempt: u64,
}

impl Reserve {
    /// Keeps space beyond `end`. Where there is none, what was kept before is used up, and only then do writes fail.
    pub(crate) fn reach(&mut self, file: &File, end: u64) {
        if self.kept >= end.saturating_add(RESERVE) || end < self.next_attempt {
            return;
        }
        let wanted = end.saturating_add(RESERVE + STRIDE);
        match allocate(file, wanted) {
            Ok(()) => self.kept = wanted,
            // A full disk, or a file system that cannot: neither is a reason not to write what can be written.
            Err(_) => self.next_attempt = end.saturating_add(PATIENCE),
        }
    }

    /// Whether a write up to `end` has its space.
    pub(crate) fn covers(&self, end: u64) -> bool {
        end <= self.kept
    }

    /// The file was cut, and with it what was kept.
    pub(crate) fn lose(&mut self) {
        *self = Self::default();
    }
}

#[cfg(target_os = "linux")]
fn allocate(file: &File, upto: u64) -> std::io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    Ok(fallocate(file, FallocateFlags::KEEP_SIZE, 0, upto)?)
}

#[cfg(not(target_os = "linux"))]
fn allocate(_file: &File, _upto: u64) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use std::{io::Write as _, os::unix::fs::MetadataExt as _};

    /// Bytes that the file system holds for a file.
    fn held(file: &File) -> u64 {
        file.metadata().unwrap().blocks() * 512
    }

    #[test]
    fn space_is_kept_beyond_the_end_without_moving_the_end() {
        let mut file = tempfile::tempfile().unwrap();
        let mut reserve = Reserve::default();
        file.write_all(b"line\n").unwrap();
        reserve.reach(&file, 5);
        assert!(reserve.covers(RESERVE + 5) && !reserve.covers(2 * RESERVE + STRIDE));
        assert_eq!(file.metadata().unwrap().len(), 5);
        assert!(held(&file) >= RESERVE, "{}", held(&file));
    }

    #[test]
    fn cutting_the_file_gives_the_space_back() {
        let file = tempfile::tempfile().unwrap();
        let mut reserve = Reserve::default();
        reserve.reach(&file, 0);
        file.set_len(0).unwrap();
        reserve.lose();
        assert!(held(&file) < STRIDE && !reserve.covers(1));
    }

    #[test]
    fn after_a_refusal_the_next_attempt_waits_for_some_writing() {
        let readable = File::open("/dev/null").unwrap();
        let mut reserve = Reserve::default();
        reserve.reach(&readable, 10);
        assert_eq!(reserve.next_attempt, 10 + PATIENCE);
        assert!(!reserve.covers(11));
    }
}
