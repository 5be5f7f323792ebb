//! The audit trail of a data folder, as its operator reads it: followed, searched, exported, verified.

mod digest;
mod export;
mod filter;
mod history;
mod record;
mod retention;
mod search;
mod show;
mod tail;

pub(crate) use export::Export;
pub(crate) use filter::Filter;
pub(crate) use record::{AuditTrail, Reach};
pub(crate) use retention::Retention;
pub(crate) use search::{Search, reindex};
pub(crate) use tail::Tail;

use crate::{
    failure::{Failure, Kind},
    progress,
};
use gatekey_audit::{AuditKey, DigestKey, Summary, Tampering};
use gatekey_audit_index::{Index, IndexError};
use gatekey_seal::RootKey;
use gatekey_types::{Clock, Timestamp};
use history::IndexedHistory;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// Where the trail is, and the key that proves it.
pub(crate) struct TrailFiles {
    log: PathBuf,
    index: PathBuf,
    digest_key: PathBuf,
    key: AuditKey,
}

impl TrailFiles {
    /// Of this data folder.
    pub(crate) fn new(data: &Path, root: &RootKey) -> Self {
        Self {
            log: data.join("audit"),
            index: data.join("audit-index"),
            digest_key: data.join("digest-key.json"),
            key: AuditKey::new(&root.audit_key()),
        }
    }

    /// The way from operations to what was recorded. It is kept up to date for as long as it is held.
    pub(crate) fn history(self, clock: Arc<dyn Clock>) -> Result<Arc<IndexedHistory>, Failure> {
        IndexedHistory::open(self, clock)
    }

    fn index(&self) -> Result<Index, Failure> {
        Index::open(&self.index, &self.log, self.key.clone()).map_err(unindexed)
    }

    fn digest_key(&self, now: Timestamp) -> Result<DigestKey, Failure> {
        DigestKey::open_or_create(&self.digest_key, &self.key, now)
            .map_err(|fault| Failure::new(Kind::Data, fault.to_string()))
    }

    /// Proves the whole trail, or names the first event that is not what was recorded. With an anchor, which was noted elsewhere,
    /// that event must be the one that it was.
    pub(crate) fn verify(&self, anchor: Option<(u64, [u8; 32])>) -> Result<Summary, Failure> {
        let all = gatekey_audit::segments(&self.log, &self.key).map_err(damaged)?;
        let bar = progress::bar("verifying", all.iter().map(|segment| segment.bytes).sum());
        let verified = gatekey_audit::verify_with(&self.log, &self.key, anchor, &mut |bytes| bar.inc(bytes));
        bar.finish_and_clear();
        verified.map_err(damaged)
    }
}

fn damaged(tampering: Tampering) -> Failure {
    Failure::new(Kind::Verification, tampering.to_string())
}

fn unindexed(error: IndexError) -> Failure {
    match error {
        IndexError::Damaged(tampering) => damaged(tampering),
        error => Failure::new(Kind::Data, error.to_string()),
    }
}
