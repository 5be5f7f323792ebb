//! When access keys and roles were last used: noted in memory, written down once a minute.

use crate::{Arrival, CommitFault, Gate, Passage, Snapshot, noted::Noted};
use gatekey_directory::{AccessKeyId, AccessKeyTable, Bearer, LastUse, LastUseTable, Role, Subject, Used};
use gatekey_store::table::Edit;

/// Uses that are not written down yet.
pub(crate) type Uses = Noted<Used, LastUse>;

/// Access keys and roles of one shard whose use waits to be written down.
pub(crate) const MOST: usize = 6_250;

impl Gate {
    /// Notes that the long-term access key of a request was used, or the role whose session it is of: at most once a minute
    /// for each key and session.
    pub(crate) fn note_use(&self, snapshot: &Snapshot, arrival: &Arrival) {
        let Some(signature) = &arrival.signature else { return };
        let used = match signature.principal() {
            Bearer::Session(session) => session
                .is_first_use_of_minute(arrival.now)
                .then(|| role_of(&session.claims.subject))
                .flatten(),
            Bearer::Root(_) | Bearer::User(..) => {
                let id = signature.access_key_id();
                let key = snapshot.directory.access_key(id);
                let is_first = key.is_some_and(|key| key.is_first_use_of_minute(arrival.now));
                is_first.then(|| id.parse().ok().map(Used::AccessKey)).flatten()
            }
        };
        if let Some(used) = used {
            let (service, region) = (signature.service().to_owned(), signature.region().to_string());
            self.uses.note(&used, LastUse { at: arrival.now, service, region });
        }
    }

    /// Writes down the uses that were noted since it was last called. To be called once a minute.
    ///
    /// # Errors
    /// The store did not take some of them: they stay for the next time.
    pub async fn save_uses(&self) -> Result<usize, CommitFault> {
        let of_callers = self.write_down(&self.uses, written).await;
        let of_keys = self.save_key_uses().await?;
        of_callers.map(|count| count.saturating_add(of_keys))
    }
}

fn role_of(subject: &Subject) -> Option<Used> {
    match subject {
        Subject::Role { role, .. } => Some(Used::Role(role.clone())),
        Subject::Root(_) | Subject::User(..) | Subject::Federated { .. } | Subject::AssumedRoot { .. } => {
            None
        }
    }
}

/// The edits that write a use down, unless the key or role is gone.
fn written(snapshot: &Snapshot, used: &Used, last: &LastUse) -> Option<[Edit; 2]> {
    let directory = &snapshot.directory;
    let guard = match used {
        Used::AccessKey(id) => Edit::keep::<AccessKeyTable>(id, directory.access_key(id.as_str())?.revision),
        Used::Role(id) => directory.roles.by_id(id)?.keep(),
    };
    let edit = match directory.last_use(used.as_str()) {
        Some(kept) => Edit::update::<LastUseTable>(used, kept.revision, last),
        None => Edit::insert::<LastUseTable>(used, last),
    };
    Some([guard, edit])
}

impl Passage<'_> {
    /// When a long-term access key or a role was last used.
    pub fn last_use(&self, used: &Used) -> Option<LastUse> {
        let noted = self.gate.uses.get(used);
        let kept = || self.snapshot.directory.last_use(used.as_str()).map(|kept| kept.record.clone());
        noted.or_else(kept)
    }

    /// The edits that delete an access key and what was noted of it.
    pub fn delete_access_key(&self, id: &AccessKeyId) -> Vec<Edit> {
        let directory = &self.snapshot.directory;
        let key = directory.access_key(id.as_str()).map(|key| key.delete(id));
        key.into_iter().chain(self.forget_use(&Used::AccessKey(id.clone()))).collect()
    }

    /// The edits that delete a role and what was noted of it.
    pub fn delete_role(&self, role: &Role) -> Vec<Edit> {
        let forgotten = self.forget_use(&Used::Role(role.id().clone()));
        core::iter::once(role.delete()).chain(forgotten).collect()
    }

    fn forget_use(&self, used: &Used) -> Option<Edit> {
        let kept = self.snapshot.directory.last_use(used.as_str())?;
        Some(Edit::delete::<LastUseTable>(used, kept.revision))
    }
}
