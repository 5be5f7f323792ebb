//! The changes of a key's life: each is a function from what is there to the records to write.

use crate::{
    AliasRecord, AliasTable, Key, KeyFault, KeyRecord, KeyState, KeyTable, Keyring, MaterialRecord,
    MaterialTable, PolicyRecord, PolicyTable, PolicyTold, policy_history,
};
use gatekey_store::{Revision, table::Edit};
use gatekey_types::{AliasArn, KeyArn, KeyMaterialId, Timestamp};
use std::collections::BTreeMap;

/// The tags of a key.
pub type Tags = BTreeMap<String, String>;

/// A key about to be made.
#[derive(Debug)]
pub struct NewKey {
    /// Its name.
    pub arn: KeyArn,
    /// Its record.
    pub record: KeyRecord,
    /// Its policy.
    pub policy: PolicyRecord,
    /// What its history tells of the policy; nothing for a key whose owner cannot change it, which has no history.
    pub told: Option<PolicyTold>,
    /// Its first material, unless it will be imported.
    pub material: Option<(KeyMaterialId, MaterialRecord)>,
}

impl NewKey {
    /// The records that make the key; none of them may be there yet.
    pub fn changes(&self) -> Vec<Edit> {
        let policy = PolicyRecord { version: self.told.is_some().into(), ..self.policy.clone() };
        let mut changes = vec![
            Edit::insert::<KeyTable>(&self.arn, &self.record),
            Edit::insert::<PolicyTable>(&self.arn, &policy),
        ];
        if let Some(told) = &self.told {
            changes.push(policy_history::version(&self.arn, policy, told.clone()));
        }
        if let Some((id, material)) = &self.material {
            changes.push(Edit::insert::<MaterialTable>(&(self.arn.clone(), *id), material));
        }
        changes
    }
}

impl Key {
    /// Gives the key one more material.
    pub(crate) fn gains(&self, id: KeyMaterialId, material: &MaterialRecord) -> Edit {
        Edit::insert::<MaterialTable>(&(self.arn.clone(), id), material)
    }

    /// Replaces the key's record by one that `edit` made of it.
    pub fn changed(&self, edit: impl FnOnce(&mut KeyRecord)) -> Edit {
        let mut record = self.record.clone();
        edit(&mut record);
        Edit::update::<KeyTable>(&self.arn, self.revision, &record)
    }

    /// Insists that the key stays as it is while something else is changed.
    pub fn kept(&self) -> Edit {
        Edit::keep::<KeyTable>(&self.arn, self.revision)
    }

    /// Insists that the key and its policy stay as a decision saw them. A key that is about to be made has neither yet.
    pub fn as_decided(&self) -> impl Iterator<Item = Edit> {
        let stored = |revision: Revision| revision != Revision::ZERO;
        let policy = self.policy.as_ref().filter(|policy| stored(policy.revision));
        let policy = policy.map(|policy| Edit::keep::<PolicyTable>(&self.arn, policy.revision));
        stored(self.revision).then(|| self.kept()).into_iter().chain(policy)
    }

    /// Starts the waiting period. That of a primary key with replicas starts when the last of them is gone.
    ///
    /// # Errors
    /// It has started already, or is asked for already.
    pub fn scheduled_for_deletion(
        &self,
        now: Timestamp,
        window_days: u16,
    ) -> Result<(KeyState, Edit), KeyFault> {
        self.not_pending_deletion()?;
        let state = if self.has_replicas() {
            KeyState::PendingReplicaDeletion { window_days }
        } else {
            KeyState::PendingDeletion { on: now.plus_days(i64::from(window_days)), window_days }
        };
        Ok((state, self.changed(|record| record.state = state)))
    }

    /// Ends the waiting period: the key is then disabled, not enabled.
    ///
    /// # Errors
    /// There is none.
    pub fn deletion_cancelled(&self) -> Result<Edit, KeyFault> {
        match self.record.state {
            KeyState::PendingDeletion { .. } | KeyState::PendingReplicaDeletion { .. } => {
                Ok(self.changed(|record| record.state = KeyState::Disabled))
            }
            _ => Err(KeyFault::NotPendingDeletion(self.arn.clone())),
        }
    }

    /// Enables or disables the key.
    ///
    /// # Errors
    /// It waits for its deletion or for its material.
    pub fn switched(&self, state: KeyState, now: Timestamp) -> Result<Option<Edit>, KeyFault> {
        self.not_pending_deletion()?;
        match self.state(now) {
            KeyState::PendingImport => Err(KeyFault::PendingImport(self.arn.clone())),
            present if present == state => Ok(None),
            _ => Ok(Some(self.changed(|record| record.state = state))),
        }
    }
}

impl Keyring {
    /// Deletes a key with all that hangs on it: its materials first of all, then its policy, aliases, grants and record, and
    /// its name from the records of its kin.
    pub fn deleted(&self, key: &Key, now: Timestamp) -> Vec<Edit> {
        let mut changes: Vec<Edit> = key
            .materials
            .iter()
            .map(|(id, revision, _)| Edit::delete::<MaterialTable>(&(key.arn.clone(), *id), *revision))
            .collect();
        changes.extend(key.policy.as_ref().map(|p| Edit::delete::<PolicyTable>(&key.arn, p.revision)));
        changes.extend(self.aliases_of(&key.arn).filter_map(|alias| {
            let arn =
                AliasArn { account: key.arn.account, region: key.arn.region.clone(), alias: alias.clone() };
            self.alias(&arn).map(|(_, revision)| Edit::delete::<AliasTable>(&arn, revision))
        }));
        changes.extend(key.without_grants());
        changes.extend(self.parted_from(key, now));
        changes.extend(self.without_use(&key.arn));
        changes.push(Edit::delete::<KeyTable>(&key.arn, key.revision));
        changes
    }
}

/// Makes an alias for a key.
pub fn new_alias(alias: &AliasArn, key: &Key, now: Timestamp) -> Vec<Edit> {
    let record = AliasRecord { target: key.arn.key, created: now, updated: now };
    vec![Edit::insert::<AliasTable>(alias, &record), key.kept()]
}

/// Points an alias at another key.
pub fn retargeted(
    alias: &AliasArn,
    present: (&AliasRecord, Revision),
    key: &Key,
    now: Timestamp,
) -> Vec<Edit> {
    let record = AliasRecord { target: key.arn.key, created: present.0.created, updated: now };
    vec![Edit::update::<AliasTable>(alias, present.1, &record), key.kept()]
}
