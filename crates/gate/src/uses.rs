//! When access keys were last used: noted in memory, written down once a minute.

use crate::{Arrival, CommitFault, Gate, Passage, Snapshot};
use gatekey_directory::{AccessKeyId, AccessKeyTable, AccessKeyUse, AccessKeyUseTable, Bearer};
use gatekey_store::table::Edit;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Uses that are not written down yet.
#[derive(Default)]
pub(crate) struct Uses {
    pending: Mutex<HashMap<AccessKeyId, AccessKeyUse>>,
}

/// Keys whose use waits to be written down; those beyond are noted a minute later.
const MOST: usize = 100_000;
/// Uses written in one transaction.
const AT_ONCE: usize = 500;

impl Uses {
    fn pending(&self) -> MutexGuard<'_, HashMap<AccessKeyId, AccessKeyUse>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, key: AccessKeyId, used: AccessKeyUse) {
        let mut pending = self.pending();
        if pending.len() < MOST || pending.contains_key(&key) {
            pending.insert(key, used);
        }
    }
}

impl Gate {
    /// Notes that the long-term access key of a request was used, at most once a minute.
    pub(crate) fn note_use(&self, snapshot: &Snapshot, arrival: &Arrival) {
        let Some(signature) = &arrival.signature else { return };
        if matches!(signature.principal(), Bearer::Session(_)) {
            return;
        }
        let id = signature.access_key_id();
        let key = snapshot.directory.access_key(id);
        if key.is_some_and(|key| key.is_first_use_of_minute(arrival.now))
            && let Ok(id) = id.parse()
        {
            let (service, region) = (signature.service().to_owned(), signature.region().to_string());
            self.uses.note(id, AccessKeyUse { at: arrival.now, service, region });
        }
    }

    /// Writes down the uses that were noted since it was last called. To be called once a minute.
    ///
    /// # Errors
    /// The store did not take some of them: they stay for the next time.
    pub async fn save_uses(&self) -> Result<usize, CommitFault> {
        let noted: Vec<_> = self.uses.pending().iter().map(|(id, used)| (id.clone(), used.clone())).collect();
        let mut outcome = Ok(noted.len());
        for some in noted.chunks(AT_ONCE) {
            let snapshot = self.snapshot();
            let edits: Vec<Edit> =
                some.iter().flat_map(|(id, used)| written(&snapshot, id, used)).flatten().collect();
            match self.commits.commit(edits, Vec::new(), None).await {
                Ok(_) => self.written_down(some),
                Err(fault) => outcome = Err(fault),
            }
        }
        outcome
    }

    fn written_down(&self, some: &[(AccessKeyId, AccessKeyUse)]) {
        let mut pending = self.uses.pending();
        for (id, used) in some {
            if pending.get(id) == Some(used) {
                pending.remove(id);
            }
        }
    }
}

/// The edits that write a use down, unless the key is gone.
fn written(snapshot: &Snapshot, id: &AccessKeyId, used: &AccessKeyUse) -> Option<[Edit; 2]> {
    let key = snapshot.directory.access_key(id.as_str())?;
    let edit = match snapshot.directory.key_use(id.as_str()) {
        Some(kept) => Edit::update::<AccessKeyUseTable>(id, kept.revision, used),
        None => Edit::insert::<AccessKeyUseTable>(id, used),
    };
    Some([Edit::keep::<AccessKeyTable>(id, key.revision), edit])
}

impl Passage<'_> {
    /// When a long-term access key was last used.
    pub fn last_use(&self, id: &AccessKeyId) -> Option<AccessKeyUse> {
        let noted = self.gate.uses.pending().get(id).cloned();
        let kept = || self.snapshot.directory.key_use(id.as_str()).map(|kept| kept.record.clone());
        noted.or_else(kept)
    }

    /// The edits that delete an access key and what was noted of it.
    pub fn delete_access_key(&self, id: &AccessKeyId) -> Vec<Edit> {
        let directory = &self.snapshot.directory;
        let key = directory.access_key(id.as_str()).map(|key| key.delete(id));
        let used = directory.key_use(id.as_str());
        let used = used.map(|kept| Edit::delete::<AccessKeyUseTable>(id, kept.revision));
        key.into_iter().chain(used).collect()
    }
}
