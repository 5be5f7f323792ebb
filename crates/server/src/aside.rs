//! A future beside a busy one.

use crate::own_waker::OwnWaker;
use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

/// Polls a future only when it was woken itself, and not whenever its task was.
///
/// A connection's task wakes for every request. Its timer and its signal to stop would each time be asked in vain, and
/// that signal has a lock which all connections share.
pub(crate) async fn aside<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut own = OwnWaker::new();
    poll_fn(|cx| {
        let (bell, waker) = own.before(cx.waker(), |task| Bell { rung: AtomicBool::new(true), task });
        if bell.rung.load(Ordering::Relaxed) && bell.rung.swap(false, Ordering::AcqRel) {
            future.as_mut().poll(&mut Context::from_waker(waker))
        } else {
            Poll::Pending
        }
    })
    .await
}

/// Remembers that the future was woken, and wakes the task.
struct Bell {
    rung: AtomicBool,
    task: Waker,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.rung.store(true, Ordering::Release);
        self.task.wake_by_ref();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;
    use tokio::sync::Notify;

    #[tokio::test]
    async fn it_is_polled_when_it_was_woken_and_not_when_its_neighbour_was() {
        let (signal, polls) = (Notify::new(), AtomicU32::new(0));
        let waits = async {
            let mut notified = pin!(signal.notified());
            poll_fn(|cx| {
                polls.fetch_add(1, Ordering::Relaxed);
                notified.as_mut().poll(cx)
            })
            .await;
        };
        let busy = async {
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            signal.notify_one();
            std::future::pending::<()>().await;
        };
        tokio::select! {
            biased;
            () = busy => {}
            () = aside(waits) => {}
        }
        assert_eq!(polls.load(Ordering::Relaxed), 2, "once at first, and once when the signal had come");
    }
}
