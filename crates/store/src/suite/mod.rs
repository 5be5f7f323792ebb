//! What every engine must pass: the rules of the contract one by one ([`rules`], run by
//! [`conformance!`](crate::conformance)), and a model that random histories are compared with ([`model`]), with faults
//! put in on the way ([`faulty`]).
//!
//! For dev-dependencies only. A broken rule panics, as a failing test does.

pub mod faulty;
pub mod model;
pub mod rules;
pub mod steps;

/// Makes one test of each rule. `$open` gives `(store, guard)`: an empty `Arc<dyn Store>`, and what must live as long.
#[macro_export]
macro_rules! conformance {
    ($open:expr) => {
        $crate::conformance! { @each $open;
            an_absent_key_reads_as_nothing
            what_was_put_is_read_with_its_revisions
            writing_again_keeps_the_creation_and_deleting_ends_it
            revisions_grow_by_one_with_each_commit
            a_batch_without_writes_makes_no_revision
            a_broken_guard_writes_nothing_and_names_its_key
            guards_see_creation_change_and_deletion
            keys_are_ordered_by_their_bytes
            pages_follow_one_another_without_gap_or_overlap
            a_page_ends_before_it_grows_too_large
            the_past_reads_as_it_was
            the_future_cannot_be_read_or_watched
            a_compacted_past_is_refused_and_the_present_stays
            the_limits_of_a_batch_are_enforced
            a_batch_at_the_limits_is_taken
            a_watch_gives_every_commit_once_in_order
            a_watch_sees_only_its_span_and_still_the_revision
            a_watch_from_the_past_catches_up_first
            a_watch_can_begin_at_any_revision_that_was_read
            a_watch_that_is_dropped_while_waiting_loses_nothing
            a_watch_that_fell_behind_is_told_to_read_again
            writers_at_once_never_lose_an_update
            readers_at_once_never_see_half_a_batch
        }
    };
    (@each $open:expr; $($rule:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $rule() {
            let (store, _guard) = $open;
            $crate::suite::rules::$rule(store).await.unwrap();
        }
    )*};
}
