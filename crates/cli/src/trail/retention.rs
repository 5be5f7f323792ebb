//! Removes events that are kept long enough, for as long as the server runs.

use super::{AuditTrail, history::IndexedHistory};
use gatekey_types::Clock;
use std::{
    sync::{Arc, Weak},
    time::Duration,
};

/// How often it is looked for what is old enough.
const EVERY: Duration = Duration::from_secs(3600);

/// What is looked after; nothing any more once the server is gone.
pub(crate) struct Retention {
    /// So many days events are kept at least.
    pub(crate) days: u32,
    pub(crate) trail: Weak<AuditTrail>,
    pub(crate) history: Weak<IndexedHistory>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Retention {
    /// Looks at once, and again every hour.
    pub(crate) async fn run(self) {
        let retention = Arc::new(self);
        loop {
            let work = Arc::clone(&retention);
            let looked = tokio::task::spawn_blocking(move || work.look()).await;
            // Not the error itself, which repeats the text of a panic.
            match looked.unwrap_or_else(|_| Err("the task panicked".to_owned())) {
                Ok(true) => tokio::time::sleep(EVERY).await,
                Ok(false) => return,
                Err(why) => {
                    tracing::error!(why, "old audit events could not be removed; trying again in an hour");
                    tokio::time::sleep(EVERY).await;
                }
            }
        }
    }

    /// `false` if there is nothing to look after any more.
    fn look(&self) -> Result<bool, String> {
        let (Some(trail), Some(history)) = (self.trail.upgrade(), self.history.upgrade()) else {
            return Ok(false);
        };
        let oldest = trail.forget(self.clock.now().plus_days(-i64::from(self.days)))?;
        tracing::debug!(oldest, "audit events before this one are not kept");
        history.prune()?;
        Ok(true)
    }
}
