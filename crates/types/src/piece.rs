//! Pieces of the work on a request: where one ends, others that are worked on with it may have their turn.

use core::{cell::Cell, future::poll_fn, task::Poll};

std::thread_local! {
    /// Whether the request that is being worked on has come to the end of a piece; `None` if nobody asks.
    static PAUSED: Cell<Option<bool>> = const { Cell::new(None) };
}

/// Ends a piece of the work on a request: in a cohort the others come to the same place first. Elsewhere it does nothing.
///
/// Between two of these should be about as much code as a processor keeps at hand, some thousands of instructions.
pub async fn pause() {
    let mut is_over = false;
    poll_fn(|_| {
        if PAUSED.get().is_none() || core::mem::replace(&mut is_over, true) {
            return Poll::Ready(());
        }
        PAUSED.set(Some(true));
        Poll::Pending
    })
    .await;
}

/// Polls a future up to its next [`pause`], and tells whether it has come to one. One that has must be polled like this again, and
/// soon: nothing wakes it.
pub fn poll_piece<T>(poll: impl FnOnce() -> Poll<T>) -> (Poll<T>, bool) {
    PAUSED.set(Some(false));
    let polled = poll();
    (polled, PAUSED.take() == Some(true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::{
        pin::pin,
        task::{Context, Waker},
    };

    #[test]
    fn who_polls_a_piece_sees_each_pause_and_nobody_else_any() {
        let done = Cell::new(0);
        let work = async || {
            for _ in 0..2 {
                done.set(done.get() + 1);
                pause().await;
            }
        };
        let mut cx = Context::from_waker(Waker::noop());
        let mut pieces = pin!(work());
        for piece in 1..=2 {
            assert_eq!(poll_piece(|| pieces.as_mut().poll(&mut cx)), (Poll::Pending, true));
            assert_eq!(done.get(), piece);
        }
        assert_eq!(poll_piece(|| pieces.as_mut().poll(&mut cx)), (Poll::Ready(()), false));
        assert_eq!(pin!(work()).poll(&mut cx), Poll::Ready(()), "elsewhere it goes on at once");
        let never = poll_piece(|| pin!(core::future::pending::<()>()).poll(&mut cx));
        assert_eq!(never, (Poll::Pending, false), "to wait is no pause");
    }
}
