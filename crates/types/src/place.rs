//! Places for threads: what is kept for each of a few.

use core::sync::atomic::{AtomicUsize, Ordering};

/// Places for each processor. A thread keeps to one of them, and there may be some more threads than processors.
const FOR_EACH: usize = 4;

static NEXT: AtomicUsize = AtomicUsize::new(0);

std::thread_local! {
    static PLACE: usize = NEXT.fetch_add(1, Ordering::Relaxed);
}

/// So many places are enough that the threads of a runtime need not share any.
pub const fn places(processors: usize) -> usize {
    processors.saturating_mul(FOR_EACH)
}

/// This thread's of these: what the thread put there is near the same processor still. `None` if there are none.
pub fn own_place<T>(places: &[T]) -> Option<&T> {
    PLACE.with(|place| places.get(place.checked_rem(places.len())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_keeps_to_its_place() {
        let all: Vec<usize> = (0..places(2)).collect();
        assert_eq!(own_place(&all), own_place(&all));
        assert_eq!(own_place::<u8>(&[]), None);
    }

    #[test]
    fn threads_that_come_one_after_the_other_have_places_of_their_own() {
        let all: Vec<usize> = (0..1000).collect();
        let own = || *own_place(&all).unwrap();
        let others: Vec<_> =
            (0..3).map(|_| std::thread::scope(|scope| scope.spawn(own).join().unwrap())).collect();
        let different: std::collections::BTreeSet<_> = others.iter().collect();
        assert_eq!(different.len(), 3);
    }
}
