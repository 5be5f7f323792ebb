use crate::{KeyFault, KeyGrants, KeyPolicy, KeySpec, KeyUsage, MaterialRecord, Origin};
use gatekey_policy::{KmsAction, Permit};
use gatekey_store::{
    Revision,
    table::{Table, in_region},
};
use gatekey_types::{Arn, KeyArn, KeyMaterialId, Region, Timestamp};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

/// Who manages a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum KeyManager {
    /// The service whose default key it is; its account cannot change it.
    Aws,
    /// The account that owns it.
    Customer,
}

impl KeyManager {
    /// AWS's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "AWS",
            Self::Customer => "CUSTOMER",
        }
    }
}

/// Where a key is in its life, as it is stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum KeyState {
    /// Usable.
    Enabled,
    /// Not usable until it is enabled.
    Disabled,
    /// Waiting for its deletion.
    PendingDeletion {
        /// When it will be deleted.
        on: Timestamp,
        /// The waiting period that was asked for, in days.
        window_days: u16,
    },
    /// A multi-Region primary key whose waiting period begins when its last replica is gone.
    PendingReplicaDeletion {
        /// The waiting period that was asked for, in days.
        window_days: u16,
    },
    /// Lacks material that must be imported, or imported again.
    PendingImport,
}

impl KeyState {
    /// When a key in this state will be deleted, if that is known.
    pub fn deletion_date(&self) -> Option<Timestamp> {
        match self {
            Self::PendingDeletion { on, .. } => Some(*on),
            _ => None,
        }
    }

    /// AWS's name of the state.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "Enabled",
            Self::Disabled => "Disabled",
            Self::PendingDeletion { .. } => "PendingDeletion",
            Self::PendingReplicaDeletion { .. } => "PendingReplicaDeletion",
            Self::PendingImport => "PendingImport",
        }
    }
}

/// The automatic rotation of a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AutomaticRotation {
    /// Days between rotations.
    pub period_days: u16,
    /// When the next one is due.
    pub next: Timestamp,
}

fn is_zero(count: &u16) -> bool {
    *count == 0
}

/// A multi-Region key's place among its kin.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MultiRegion {
    /// The Region of the primary key.
    pub primary: Region,
    /// The Regions of the replicas.
    pub replicas: Vec<Region>,
}

/// What the store keeps of a key, but for its policy and its materials.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct KeyRecord {
    /// When it was made.
    pub created: Timestamp,
    /// The owner's words about it.
    pub description: String,
    /// What it is for.
    pub usage: KeyUsage,
    /// What it is made of.
    pub spec: KeySpec,
    /// Where its material comes from.
    pub origin: Origin,
    /// Who manages it.
    pub manager: KeyManager,
    /// Where it is in its life.
    pub state: KeyState,
    /// The material that encrypts; absent for a key that has none, or whose materials have no ids.
    pub material: Option<KeyMaterialId>,
    /// Set for multi-Region keys.
    pub multi_region: Option<MultiRegion>,
    /// Automatic rotation, while it is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<AutomaticRotation>,
    /// How often the key was rotated on demand.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub on_demand_rotations: u16,
    /// The key's tags.
    pub tags: BTreeMap<String, String>,
    /// Whether it had tags that are all gone: searches by tag show such a key, and one that never had any they do not.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub had_tags: bool,
}

/// The table of keys: account, Region, key id.
pub struct KeyTable;

impl Table for KeyTable {
    const NAME: &'static str = "keys";
    const SCHEMA: u8 = 1;
    type Key = KeyArn;
    type Record = KeyRecord;

    fn encode_key(key: &KeyArn) -> String {
        format!("{}/{}/{}", key.account, key.region, key.key)
    }

    fn decode_key(text: &str) -> Option<KeyArn> {
        parse_key_arn(text)
    }
}

/// Reads `account/region/key-id`.
pub(crate) fn parse_key_arn(text: &str) -> Option<KeyArn> {
    let (account, region, key) = in_region(text)?;
    Some(KeyArn { account, region, key: key.parse().ok()? })
}

/// One key as a decision and an operation see it: everything in memory, its material still sealed.
#[derive(Clone, Debug)]
pub struct Key {
    /// The key's name.
    pub arn: KeyArn,
    /// The same as an ARN, since every decision, answer and record holds it.
    pub name: Arn,
    /// What the store has of it.
    pub record: KeyRecord,
    /// The revision of that record: the guard of the next change.
    pub revision: Revision,
    /// Its policy.
    pub policy: Option<Arc<KeyPolicy>>,
    /// Its materials, sealed.
    pub materials: Vec<(KeyMaterialId, Revision, Arc<MaterialRecord>)>,
    /// Its grants.
    pub grants: Arc<KeyGrants>,
}

impl Key {
    /// A key that is about to be made: it has neither policy nor material yet.
    pub fn new(arn: KeyArn, record: KeyRecord) -> Self {
        let name = arn.to_arn();
        let grants = KeyGrants::none();
        Self { arn, name, record, revision: Revision::ZERO, policy: None, materials: Vec::new(), grants }
    }

    /// Whether the key is gone as far as callers can tell: its deletion day has come, though the sweep may not have.
    pub fn is_deleted(&self, now: Timestamp) -> bool {
        matches!(self.record.state, KeyState::PendingDeletion { on, .. } if on <= now)
    }

    /// `PRIMARY` or `REPLICA`; `None` for a single-Region key.
    pub fn multi_region_type(&self) -> Option<&'static str> {
        let kin = self.record.multi_region.as_ref()?;
        Some(if kin.primary == self.arn.region { "PRIMARY" } else { "REPLICA" })
    }

    /// When the key will be deleted, if it waits for that.
    pub fn deletion_date(&self) -> Option<Timestamp> {
        self.record.state.deletion_date()
    }

    /// The sealed material of this id; nothing for one that was imported and is gone.
    pub fn material(&self, id: &KeyMaterialId) -> Option<&Arc<MaterialRecord>> {
        let (_, _, record) = self.materials.iter().find(|(have, _, _)| have == id)?;
        record.is_present().then_some(record)
    }

    /// Where the key is in its life at this moment. Imported material expires by the clock, whether or not that is stored
    /// yet; a key that lacks any material but one that waits for its rotation waits for its import.
    pub fn state(&self, now: Timestamp) -> KeyState {
        match self.record.state {
            KeyState::Enabled | KeyState::Disabled if self.lacks_material(now) => KeyState::PendingImport,
            stored => stored,
        }
    }

    /// Lets a permitted operation use the key, if its state and its usage allow that.
    ///
    /// The [`Permit`] is the proof that the decision allowed this very action on this very key; one for another action or
    /// another key is a defect of the caller and is answered as if there were no such key.
    ///
    /// # Errors
    /// The state first, then the usage: AWS reports a disabled key before it looks at what the key is for.
    pub fn usable(
        &self,
        permit: &Permit,
        usage: KeyUsage,
        action: KmsAction,
        now: Timestamp,
    ) -> Result<Usable<'_>, KeyFault> {
        if permit.resource() != Some(&self.name) || permit.action().kms() != Some(action) {
            return Err(KeyFault::NoSuchKey(self.arn.clone()));
        }
        self.in_use_state(now)?;
        if self.record.usage == usage {
            Ok(Usable { key: self })
        } else {
            let operation = match action {
                KmsAction::ReEncryptFrom | KmsAction::ReEncryptTo => "ReEncrypt",
                other => other.name(),
            };
            Err(KeyFault::WrongUsage { key: self.arn.clone(), usage: self.record.usage, operation })
        }
    }

    /// The key-state table's row for cryptographic operations.
    ///
    /// # Errors
    /// Disabled, pending deletion or pending import.
    pub fn in_use_state(&self, now: Timestamp) -> Result<(), KeyFault> {
        match self.state(now) {
            KeyState::Enabled => Ok(()),
            KeyState::Disabled => Err(KeyFault::Disabled(self.arn.clone())),
            KeyState::PendingDeletion { .. } => Err(KeyFault::PendingDeletion(self.arn.clone())),
            KeyState::PendingReplicaDeletion { .. } => {
                Err(KeyFault::PendingReplicaDeletion(self.arn.clone()))
            }
            KeyState::PendingImport => Err(KeyFault::PendingImport(self.arn.clone())),
        }
    }

    /// The key-state table's row for operations that only a pending deletion forbids.
    ///
    /// # Errors
    /// Pending deletion.
    pub fn not_pending_deletion(&self) -> Result<(), KeyFault> {
        match self.record.state {
            KeyState::PendingDeletion { .. } => Err(KeyFault::PendingDeletion(self.arn.clone())),
            KeyState::PendingReplicaDeletion { .. } => {
                Err(KeyFault::PendingReplicaDeletion(self.arn.clone()))
            }
            _ => Ok(()),
        }
    }

    /// The account may change the key unless a service manages it.
    ///
    /// # Errors
    /// The key is AWS managed.
    pub fn customer_managed(&self) -> Result<(), KeyFault> {
        match self.record.manager {
            KeyManager::Customer => Ok(()),
            KeyManager::Aws => Err(KeyFault::Managed(self.arn.clone())),
        }
    }
}

/// A key that this caller may use now for this operation. Only [`Key::usable`] makes it.
#[derive(Debug, Clone, Copy)]
pub struct Usable<'a> {
    key: &'a Key,
}

impl<'a> Usable<'a> {
    /// The key.
    pub fn key(&self) -> &'a Key {
        self.key
    }

    /// The material that new ciphertext is made with.
    ///
    /// # Errors
    /// The key has none.
    pub fn current_material(&self) -> Result<(KeyMaterialId, &'a Arc<MaterialRecord>), KeyFault> {
        let none = || KeyFault::PendingImport(self.key.arn.clone());
        let id = self.key.record.material.ok_or_else(none)?;
        Ok((id, self.key.material(&id).ok_or_else(none)?))
    }
}
