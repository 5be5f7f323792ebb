//! What was recorded, for operations that tell of it: read where waiting for a disk holds up nobody.

use crate::{Allowed, Passage};
use gatekey_audit::{History, Page, PublicKey, Query};
use gatekey_model::{CommonError, common};
use std::sync::Arc;

impl Passage<'_> {
    /// The newest events that are as the query says. Whose they may be, the query says: the operation decides it.
    ///
    /// # Errors
    /// InternalFailure: they cannot be read. The operator is told why.
    pub async fn search_history(&self, _proof: &Allowed, query: Query) -> Result<Page, CommonError> {
        self.ask_history(move |history| history.search(&query)).await
    }

    /// The keys that digest files are signed with.
    ///
    /// # Errors
    /// InternalFailure: they cannot be read or made. The operator is told why.
    pub async fn digest_keys(&self, _proof: &Allowed) -> Result<Vec<PublicKey>, CommonError> {
        self.ask_history(|history| history.public_keys()).await
    }

    async fn ask_history<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&dyn History) -> Result<T, String> + Send + 'static,
    ) -> Result<T, CommonError> {
        let history = Arc::clone(&self.gate.history);
        let asked = tokio::task::spawn_blocking(move || ask(&*history)).await;
        asked.unwrap_or_else(|error| Err(crate::lost::told(&error))).map_err(|why| {
            tracing::error!(why, "recorded events cannot be read");
            common::InternalFailure::bare().into()
        })
    }
}
