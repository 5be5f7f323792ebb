//! Memory for the headers of answers, taken from requests that were answered before.
//!
//! Few headers are in an answer, but their map is made as large as a request's: the connection takes it for its next request. Who
//! answers one request behind the other has the map of the one for the next, and has it near.

use http::HeaderMap;
use std::{cell::RefCell, mem};

/// So many headers the SDKs send at most. A map that must grow is laid out anew.
const USUAL: usize = 12;
/// The largest map that is kept, in headers: who sends many must not have their memory held for ever.
const LARGEST: usize = 2 * USUAL;
/// How many a thread keeps: as many requests are answered at once.
const MOST: usize = crate::cohort::MOST;

thread_local! {
    static SPARE: RefCell<Vec<HeaderMap>> = const { RefCell::new(Vec::new()) };
}

/// An empty map for the headers of an answer.
pub fn take() -> HeaderMap {
    SPARE.with_borrow_mut(Vec::pop).unwrap_or_else(|| HeaderMap::with_capacity(USUAL))
}

/// Keeps the memory of a map that is not needed any more.
pub(crate) fn keep(map: &mut HeaderMap) {
    if !(USUAL..=LARGEST).contains(&map.capacity()) {
        return;
    }
    let mut map = mem::take(map);
    map.clear();
    // A thread that is ending keeps nothing.
    let _ = SPARE.try_with(|spare| {
        let mut spare = spare.borrow_mut();
        if spare.len() < MOST {
            spare.push(map);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header::{ACCEPT, HeaderValue};

    fn kept() -> usize {
        SPARE.with_borrow(Vec::len)
    }

    #[test]
    fn an_answer_has_none_of_the_headers_of_the_request_whose_map_it_takes() {
        let mut map = take();
        for value in ["a", "b"] {
            map.append(ACCEPT, HeaderValue::from_static(value));
        }
        let capacity = map.capacity();
        keep(&mut map);
        assert_eq!((map.capacity(), kept()), (0, 1));
        let map = take();
        assert!(map.is_empty() && !map.contains_key(ACCEPT));
        assert_eq!((map.capacity(), kept()), (capacity, 0));
    }

    #[test]
    fn no_more_are_kept_than_so_many_and_none_that_is_small_or_large() {
        for headers in [0, 1, 1000] {
            keep(&mut HeaderMap::with_capacity(headers));
        }
        assert_eq!(kept(), 0);
        (0..2 * MOST).for_each(|_| keep(&mut HeaderMap::with_capacity(USUAL)));
        assert_eq!(kept(), MOST);
    }
}
