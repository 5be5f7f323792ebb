//! Memory for lines, taken from lines that were written before.
//!
//! A line is written by the thread of its request, and let go by whichever records it. For an allocator that is the slow case, and
//! there is one such line for every request; here the thread that lets go keeps the memory, for the next line that it writes, and
//! what is too much for one thread the others find in a common place.

use core::cell::RefCell;
use core::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Bytes for which a line has room from the start: nearly every event is shorter.
const ROOM: usize = 2048;
/// The largest memory that is kept, in bytes: one giant event must not hold its memory for ever.
const LARGEST: usize = 2 * ROOM;
/// How many a thread keeps.
const MOST: usize = 64;
/// How many go to or come from the common place at once,
const AT_ONCE: usize = MOST / 2;
/// and how many it keeps.
const MOST_COMMON: usize = 4 * MOST;

thread_local! {
    static SPARE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

static COMMON: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

fn common() -> MutexGuard<'static, Vec<Vec<u8>>> {
    COMMON.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A line in the making. Its memory is kept when it is dropped.
#[derive(Debug, Clone)]
pub(crate) struct Spare(Vec<u8>);

impl Spare {
    /// An empty line.
    pub(crate) fn take() -> Self {
        let spare = SPARE.with_borrow_mut(|own| own.pop().or_else(|| fetch(own)));
        Self(spare.unwrap_or_else(|| Vec::with_capacity(ROOM)))
    }
}

/// Fetches some from the common place, and gives one of them.
fn fetch(own: &mut Vec<Vec<u8>>) -> Option<Vec<u8>> {
    let mut common = common();
    let left = common.len().saturating_sub(AT_ONCE);
    own.extend(common.drain(left..));
    own.pop()
}

/// Keeps one, and brings some to the common place if there are too many.
fn keep(own: &mut Vec<Vec<u8>>, line: Vec<u8>) {
    if own.len() >= MOST {
        let mut common = common();
        if common.len() >= MOST_COMMON {
            return;
        }
        common.extend(own.drain(MOST.saturating_sub(AT_ONCE)..));
    }
    own.push(line);
}

impl Drop for Spare {
    fn drop(&mut self) {
        let mut line = core::mem::take(&mut self.0);
        if !(ROOM..=LARGEST).contains(&line.capacity()) {
            return;
        }
        line.clear();
        // A thread that is ending keeps nothing.
        let _ = SPARE.try_with(|spare| keep(&mut spare.borrow_mut(), line));
    }
}

impl Deref for Spare {
    type Target = Vec<u8>;
    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl DerefMut for Spare {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept() -> usize {
        SPARE.with_borrow(Vec::len)
    }

    #[test]
    fn a_line_begins_empty_in_the_memory_of_one_that_was_let_go() {
        let mut line = Spare::take();
        line.extend_from_slice(b"an event");
        let place = line.as_ptr();
        drop(line);
        let line = Spare::take();
        assert!(line.is_empty());
        assert_eq!(line.as_ptr(), place);
    }

    #[test]
    fn what_one_thread_has_too_many_of_another_finds_and_no_more_than_so_many_are_kept() {
        let lines: Vec<Spare> = (0..10 * MOST).map(|_| Spare::take()).collect();
        let places: Vec<_> = lines.iter().map(|line| line.as_ptr() as usize).collect();
        drop(lines);
        assert!(kept() <= MOST);
        assert!((MOST_COMMON..MOST_COMMON + AT_ONCE).contains(&common().len()));
        let found = std::thread::spawn(|| Spare::take().as_ptr() as usize).join().unwrap();
        assert!(places.contains(&found));
    }

    #[test]
    fn none_that_is_large_is_kept() {
        let before = kept();
        let mut giant = Spare(Vec::new());
        giant.resize(LARGEST + 1, 0);
        drop(giant);
        assert_eq!(kept(), before);
    }
}
