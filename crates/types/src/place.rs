//! Places for threads: what is kept for each of a few.

use core::{
    cell::Cell,
    sync::atomic::{AtomicUsize, Ordering},
};

/// Places for each processor. A thread keeps to one of them, and there may be some more threads than processors.
const FOR_EACH: usize = 4;

static NEXT: AtomicUsize = AtomicUsize::new(0);

std::thread_local! {
    static PLACE: usize = NEXT.fetch_add(1, Ordering::Relaxed);
    static LANE: Cell<Option<usize>> = const { Cell::new(None) };
}

/// So many places are enough that the threads of a runtime need not share any.
pub const fn places(processors: usize) -> usize {
    processors.saturating_mul(FOR_EACH)
}

/// From now on this thread works in the lane of this number.
pub fn enter_lane(number: usize) {
    LANE.set(Some(number));
}

/// What is kept for each of the lanes, and for threads that are in none.
#[derive(Debug)]
pub struct Places<T> {
    /// For each lane, by its number.
    pub lanes: Box<[T]>,
    /// For the others.
    pub others: Box<[T]>,
}

impl<T> Places<T> {
    /// This thread's of these: what the thread put there is near the same processor still. `None` if there are none.
    pub fn own(&self) -> Option<&T> {
        let of_lane = LANE.get().and_then(|lane| self.lanes.get(lane));
        of_lane.or_else(|| PLACE.with(|place| self.others.get(place.checked_rem(self.others.len())?)))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.lanes.iter().chain(&self.others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(lanes: usize, others: usize) -> Places<usize> {
        Places { lanes: (0..lanes).collect(), others: (lanes..lanes + others).collect() }
    }

    #[test]
    fn a_thread_keeps_to_its_place() {
        let all = numbered(0, places(2));
        assert_eq!(all.own(), all.own());
        assert_eq!(numbered(0, 0).own(), None);
    }

    #[test]
    fn threads_that_come_one_after_the_other_have_places_of_their_own() {
        let all = numbered(2, 1000);
        let own = || *all.own().unwrap();
        let others: Vec<_> =
            (0..3).map(|_| std::thread::scope(|scope| scope.spawn(own).join().unwrap())).collect();
        let different: std::collections::BTreeSet<_> = others.iter().collect();
        assert_eq!(different.len(), 3);
        assert!(others.iter().all(|place| *place >= 2), "the first two are the lanes'");
    }

    #[test]
    fn the_threads_of_a_lane_share_its_place_and_where_it_has_none_they_are_as_others() {
        let (all, without) = (numbered(2, 5), numbered(1, 5));
        let in_lane = |number| {
            let own = || {
                enter_lane(number);
                (*all.own().unwrap(), *without.own().unwrap())
            };
            std::thread::scope(|scope| scope.spawn(own).join().unwrap())
        };
        assert_eq!((in_lane(0).0, in_lane(1).0, in_lane(1).0), (0, 1, 1));
        assert_eq!(in_lane(0).1, 0);
        assert!(in_lane(1).1 >= 1);
    }
}
