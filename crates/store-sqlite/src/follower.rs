//! Watches: from memory while they keep up, from the database when they do not.

use crate::{
    error::closed,
    queries::{self, Extent},
    readers::Reader,
    recent::{News, Recent},
};
use gatekey_store::{Changes, Pending, Revision, Span, StoreError, Watch};
use tokio::sync::watch;

/// One watcher. It holds a place in history and no queue.
pub(crate) struct Follower {
    pub(crate) span: Span,
    pub(crate) known: Revision,
    pub(crate) recent: Recent,
    pub(crate) extent: watch::Receiver<Extent>,
    pub(crate) scans: Reader,
}

impl Follower {
    async fn ask_database(&self) -> Result<Changes, StoreError> {
        let (known, span) = (self.known, self.span.clone());
        let found = self.scans.ask(move |connection| {
            let transaction = connection.transaction()?;
            Ok(queries::commit_after(&transaction, known, &span)?.map(|commit| commit.within(&span)))
        });
        found.await
    }

    async fn wait(&mut self) -> Result<Changes, StoreError> {
        loop {
            // What was read from the database may be ahead of what the writer has told so far, never behind.
            let oldest = self.extent.borrow_and_update().oldest;
            if self.known < oldest {
                return Err(StoreError::Compacted { oldest });
            }
            match self.recent.after(self.known, &self.span) {
                News::Next(news) => return Ok(news),
                News::Elsewhere => return self.ask_database().await,
                News::None => self.extent.changed().await.map_err(|_| closed())?,
            }
        }
    }
}

impl Watch for Follower {
    fn next(&mut self) -> Pending<'_, Changes> {
        Box::pin(async move {
            let news = self.wait().await?;
            self.known = news.revision;
            Ok(news)
        })
    }
}
