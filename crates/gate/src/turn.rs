//! The queue of changes that met another.
//!
//! A change that lost to another is decided again on the new snapshot. When many want the same record at once, losing has
//! a system: each new attempt meets somebody else's. So losers queue, and the one whose turn it is meets newcomers only;
//! when it loses to those as well, newcomers queue behind it until its turn is over.

use crate::Gate;
use core::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{Mutex, MutexGuard};

/// After so many attempts lost in its own turn, a change lets no newcomer pass any more.
const PATIENCE: u8 = 2;

/// The queue itself.
#[derive(Default)]
pub(crate) struct Turns {
    front: Mutex<()>,
    /// Whether the one in front has lost its patience.
    pressed: AtomicBool,
}

/// The front of the queue, until it is dropped.
pub struct Turn<'g> {
    turns: &'g Turns,
    lost: u8,
    _front: MutexGuard<'g, ()>,
}

impl Turns {
    async fn take(&self) -> Turn<'_> {
        Turn { _front: self.front.lock().await, turns: self, lost: 0 }
    }

    async fn behind(&self) -> Option<Turn<'_>> {
        if self.pressed.load(Ordering::Acquire) { Some(self.take().await) } else { None }
    }
}

impl Turn<'_> {
    /// Notes that an attempt was lost although it had its turn.
    pub fn lose(&mut self) {
        self.lost = self.lost.saturating_add(1);
        if self.lost >= PATIENCE {
            self.turns.pressed.store(true, Ordering::Release);
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.turns.pressed.store(false, Ordering::Release);
    }
}

impl Gate {
    /// Waits for the front of the queue, first come, first served.
    pub async fn turn(&self) -> Turn<'_> {
        self.turns.take().await
    }

    /// The same for a newcomer, when the one in front lets no newcomer pass.
    pub async fn turn_of_newcomer(&self) -> Option<Turn<'_>> {
        self.turns.behind().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::future::{Future, poll_fn};
    use core::task::Poll;
    use std::pin::pin;

    #[tokio::test]
    async fn a_newcomer_passes_a_turn_until_that_has_lost_twice() {
        let turns = Turns::default();
        let mut turn = turns.take().await;
        turn.lose();
        assert!(turns.behind().await.is_none());
        turn.lose();
        let mut newcomer = pin!(turns.behind());
        let waits = poll_fn(|context| Poll::Ready(newcomer.as_mut().poll(context).is_pending())).await;
        assert!(waits, "it queues");
        drop(turn);
        assert!(newcomer.await.is_some());
        assert!(turns.behind().await.is_none(), "the next turn is patient again");
    }
}
