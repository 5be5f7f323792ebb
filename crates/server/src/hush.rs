//! A conversation that is not woken for what it has heard.
//!
//! hyper wakes a connection's task whenever a piece of a request's body is taken, so that it may read the next one; after the last piece,
//! too, when there is nothing more to read. Each request would take one more turn of its whole connection for that.

use crate::own_waker::OwnWaker;
use std::{
    cell::Cell,
    pin::Pin,
    ptr,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::LocalKey,
};

thread_local! {
    /// The conversation that is being polled.
    static PRESENT: Cell<Voice> = const { Cell::new(Voice::NOBODY) };
    /// The one that is held back.
    static HUSHED: Cell<Voice> = const { Cell::new(Voice::NOBODY) };
    /// The call that was held back meanwhile.
    static HELD: Cell<Option<Held>> = const { Cell::new(None) };
}

/// Which conversation: the address of its caller, and 0 for none.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Voice(usize);

impl Voice {
    /// No conversation's: nothing is held back.
    pub(crate) const NOBODY: Self = Self(0);

    /// The conversation that is being polled now.
    pub(crate) fn present() -> Self {
        PRESENT.get()
    }
}

/// A conversation's waker, which it can hold back itself.
pub(crate) struct Hearing(OwnWaker<Caller>);

impl Hearing {
    pub(crate) fn new() -> Self {
        Self(OwnWaker::new())
    }

    /// Polls the conversation.
    pub(crate) fn poll<F: Future>(&mut self, conversation: Pin<&mut F>, cx: &Context<'_>) -> Poll<F::Output> {
        let (caller, waker) = self.0.before(cx.waker(), Caller);
        let _until_then = Until(&PRESENT, PRESENT.replace(caller.voice()));
        conversation.poll(&mut Context::from_waker(waker))
    }
}

/// Wakes the task, unless the thread that calls is just being hushed in it.
struct Caller(Waker);

impl Caller {
    fn voice(&self) -> Voice {
        Voice(ptr::from_ref(self).addr())
    }
}

impl Wake for Caller {
    fn wake(self: Arc<Self>) {
        if HUSHED.get() == self.voice() {
            HELD.set(Some(Held(self)));
        } else {
            self.0.wake_by_ref();
        }
    }

    fn wake_by_ref(self: &Arc<Self>) {
        Arc::clone(self).wake();
    }
}

/// A call that was held back.
pub(crate) struct Held(Arc<Caller>);

impl Held {
    /// Wakes the conversation after all, whoever polls.
    pub(crate) fn wake(self) {
        self.0.0.wake_by_ref();
    }
}

/// Does something for a conversation, and gives the call that this would have woken it by. It is for who did it to say whether that is
/// in vain. What other threads call is never held back, nor any other waker.
pub(crate) fn hushed<T>(voice: Voice, what: impl FnOnce() -> T) -> (T, Option<Held>) {
    let _until_then = Until(&HUSHED, HUSHED.replace(voice));
    HELD.set(None);
    (what(), HELD.take())
}

/// Puts back what was before, whatever happens meanwhile.
struct Until(&'static LocalKey<Cell<Voice>>, Voice);

impl Drop for Until {
    fn drop(&mut self) {
        self.0.set(self.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        future::poll_fn,
        pin::pin,
        sync::atomic::{AtomicU32, Ordering},
        thread,
    };

    #[derive(Default)]
    struct Counting(AtomicU32);
    impl Wake for Counting {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Does this within a conversation; says whether that was said to have been called, and how often its task was woken.
    fn heard(within: impl Fn(&Waker) + Sync) -> (bool, u32) {
        let task = Arc::new(Counting::default());
        let waker = Waker::from(Arc::clone(&task));
        let conversation =
            poll_fn(|cx| Poll::Ready(hushed(Voice::present(), || within(cx.waker())).1.is_some()));
        let polled = Hearing::new().poll(pin!(conversation), &Context::from_waker(&waker));
        let Poll::Ready(called) = polled else { panic!("it was not done") };
        (called, task.0.load(Ordering::Relaxed))
    }

    #[test]
    fn a_conversation_that_wakes_itself_is_told_so_and_not_woken() {
        assert_eq!(heard(|_| {}), (false, 0));
        assert_eq!(heard(Waker::wake_by_ref), (true, 0));
    }

    #[test]
    fn whoever_else_wakes_it_meanwhile_is_heard() {
        assert_eq!(heard(|waker| thread::scope(|all| drop(all.spawn(|| waker.wake_by_ref())))), (false, 1));
    }

    #[test]
    fn no_other_conversation_is_hushed() {
        assert_eq!(heard(|_| assert_eq!(heard_outside(), 1)), (false, 0));
    }

    /// How often a conversation is woken that hushes nothing itself.
    fn heard_outside() -> u32 {
        let task = Arc::new(Counting::default());
        let waker = Waker::from(Arc::clone(&task));
        let conversation = poll_fn(|cx| {
            cx.waker().wake_by_ref();
            Poll::Ready(())
        });
        assert!(Hearing::new().poll(pin!(conversation), &Context::from_waker(&waker)).is_ready());
        task.0.load(Ordering::Relaxed)
    }

    #[test]
    fn after_a_hush_it_is_woken_again() {
        let task = Arc::new(Counting::default());
        let waker = Waker::from(Arc::clone(&task));
        let conversation = poll_fn(|cx| {
            let (_, held) = hushed(Voice::present(), || ());
            cx.waker().wake_by_ref();
            Poll::Ready(held.is_some())
        });
        let polled = Hearing::new().poll(pin!(conversation), &Context::from_waker(&waker));
        assert_eq!((polled, task.0.load(Ordering::Relaxed)), (Poll::Ready(false), 1));
    }
}
