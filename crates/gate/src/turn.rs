//! The queue of changes that met another.
//!
//! A change that lost to another is decided again on the new snapshot. When many want the same record at once, losing has
//! a system: each new attempt meets somebody else's. So losers queue, and the one whose turn it is meets newcomers only.

use crate::Gate;
use tokio::sync::MutexGuard;

/// The front of the queue, until it is dropped.
pub struct Turn<'g> {
    _front: MutexGuard<'g, ()>,
}

impl Gate {
    /// Waits for the front of the queue, first come, first served.
    pub async fn turn(&self) -> Turn<'_> {
        Turn { _front: self.losers.lock().await }
    }
}
