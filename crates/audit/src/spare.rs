//! Memory for lines, taken from lines that were written before.
//!
//! A line is written by the thread of its request, and let go by whichever records it. For an allocator that is the slow case, and
//! there is one such line for every request; here the thread that lets go keeps the memory, for the next line that it writes.

use core::cell::RefCell;
use core::ops::{Deref, DerefMut};

/// Bytes for which a line has room from the start: nearly every event is shorter.
const ROOM: usize = 2048;
/// The largest memory that is kept, in bytes: one giant event must not hold its memory for ever.
const LARGEST: usize = 2 * ROOM;
/// How many a thread keeps.
const MOST: usize = 64;

thread_local! {
    static SPARE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// A line in the making. Its memory is kept when it is dropped.
#[derive(Debug, Clone)]
pub(crate) struct Spare(Vec<u8>);

impl Spare {
    /// An empty line.
    pub(crate) fn take() -> Self {
        let spare = SPARE.with_borrow_mut(Vec::pop);
        Self(spare.unwrap_or_else(|| Vec::with_capacity(ROOM)))
    }
}

impl Drop for Spare {
    fn drop(&mut self) {
        let mut line = core::mem::take(&mut self.0);
        if !(ROOM..=LARGEST).contains(&line.capacity()) {
            return;
        }
        line.clear();
        // A thread that is ending keeps nothing.
        let _ = SPARE.try_with(|spare| {
            let mut spare = spare.borrow_mut();
            if spare.len() < MOST {
                spare.push(line);
            }
        });
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
    fn only_so_many_are_kept_and_none_that_is_large() {
        let lines: Vec<Spare> = (0..MOST + 10).map(|_| Spare::take()).collect();
        drop(lines);
        assert_eq!(kept(), MOST);
        let mut giant = Spare::take();
        giant.resize(LARGEST + 1, 0);
        drop(giant);
        assert_eq!(kept(), MOST - 1);
    }
}
