//! Rotation: other material encrypts from now on, and all that ever did still decrypts.
//!
//! A multi-Region key is rotated by its primary key: its replicas follow in the same transaction, so that ciphertext of one
//! opens in every other.

use crate::{
    AutomaticRotation, Key, KeyFault, KeyManager, KeySpec, KeyState, Keyring, MaterialRecord, MaterialTable,
    Origin, PendingMaterial, Rotated, RotationType,
};
use gatekey_store::{Revision, table::Edit};
use gatekey_types::{KeyArn, KeyMaterialId, Timestamp};
use std::sync::Arc;

/// Days between automatic rotations if nothing else is said; AWS managed keys always have this period.
pub const DEFAULT_ROTATION_DAYS: u16 = 365;

impl AutomaticRotation {
    /// A rotation that begins to count now.
    pub fn starting(now: Timestamp, period_days: u16) -> Self {
        Self { period_days, next: now.plus_days(i64::from(period_days)) }
    }

    /// The schedule after it was kept at `now`.
    fn kept(self, now: Timestamp) -> Self {
        Self { next: inferred_next_rotation(self.next, now, self.period_days), ..self }
    }
}

/// When the next rotation is due after one that was due at `due`. A rotation that comes a day late or more (its key was
/// disabled meanwhile) counts from when it came, as AWS documents; how AWS keeps its schedule otherwise is not documented.
fn inferred_next_rotation(due: Timestamp, now: Timestamp, period_days: u16) -> Timestamp {
    let base = if now < due.plus_days(1) { due } else { now };
    base.plus_days(i64::from(period_days))
}

impl Key {
    /// Rotation, on demand or automatic, is for symmetric encryption keys whose material is here.
    pub fn is_rotatable(&self) -> bool {
        let held = matches!(self.record.origin, Origin::AwsKms | Origin::External);
        held && self.record.spec == KeySpec::SymmetricDefault
    }

    /// The automatic rotation of the key itself, while it is on. That of an AWS managed key always is.
    pub fn automatic_rotation(&self) -> Option<AutomaticRotation> {
        let managed = self.record.manager == KeyManager::Aws && self.record.origin == Origin::AwsKms;
        let fixed = || AutomaticRotation::starting(self.record.created, DEFAULT_ROTATION_DAYS);
        self.record.rotation.or_else(|| (managed && self.is_rotatable()).then(fixed))
    }

    /// When the key itself is to be rotated next: never while it is disabled, or waits for its deletion.
    pub(crate) fn next_rotation(&self) -> Option<Timestamp> {
        let runs = self.record.state == KeyState::Enabled && self.record.origin == Origin::AwsKms;
        let rotation = self.automatic_rotation().filter(|_| runs && !self.is_replica())?;
        Some(rotation.next)
    }

    /// The imported material that waits to become the current one, unless it is gone meanwhile.
    pub fn pending_material(&self, now: Timestamp) -> Option<KeyMaterialId> {
        let mut pending = self.materials.iter().filter(|(_, _, record)| record.pending.is_some());
        pending.find(|(id, _, _)| self.has_live(id, now)).map(|(id, _, _)| *id)
    }

    /// Whether the material is there, and has not expired.
    pub(crate) fn has_live(&self, id: &KeyMaterialId, now: Timestamp) -> bool {
        self.held_material(id).is_some_and(|(_, record)| record.is_present() && !record.has_expired(now))
    }

    /// The key's record once `to` is its current material. What is told of rotation is the same in every member of a
    /// multi-Region key, so that any can become the primary.
    fn turned(&self, to: KeyMaterialId, by: Rotated) -> Edit {
        self.changed(|record| {
            record.material = Some(to);
            match by.kind {
                RotationType::OnDemand => {
                    record.on_demand_rotations = record.on_demand_rotations.saturating_add(1);
                }
                RotationType::Automatic => {
                    record.rotation = self.automatic_rotation().map(|rotation| rotation.kept(by.on));
                }
            }
        })
    }

    /// What the store has of a material, and the revision that guards its next change.
    pub(crate) fn held_material(&self, id: &KeyMaterialId) -> Option<(Revision, &MaterialRecord)> {
        let (_, revision, record) = self.materials.iter().find(|(have, _, _)| have == id)?;
        Some((*revision, record))
    }

    /// Writes a material of this key, in the place of what there is of it.
    pub(crate) fn with_material(&self, id: KeyMaterialId, record: &MaterialRecord) -> Edit {
        let place = (self.arn.clone(), id);
        match self.held_material(&id) {
            Some((revision, _)) => Edit::update::<MaterialTable>(&place, revision, record),
            None => Edit::insert::<MaterialTable>(&place, record),
        }
    }
}

impl Keyring {
    /// The key that rotates this one: the primary of a multi-Region key, any other key itself.
    pub fn rotated_by<'a>(&'a self, key: &'a Arc<Key>) -> &'a Arc<Key> {
        let primary = key.record.multi_region.as_ref().map(|kin| kin.primary.clone());
        let primary = primary.and_then(|region| self.stored(&KeyArn { region, ..key.arn.clone() }));
        primary.unwrap_or(key)
    }

    /// Sets the automatic rotation of a key and of its replicas, or ends it.
    pub fn scheduled(&self, key: &Key, rotation: Option<AutomaticRotation>) -> Vec<Edit> {
        let stale = |member: &&Arc<Key>| member.record.rotation != rotation;
        let members = self.members(key).into_iter().filter(stale);
        members.map(|member| member.changed(|record| record.rotation = rotation)).collect()
    }

    /// What a material of a key still waits for, which is not its current one: first, its import into every replica.
    pub fn waits_for(&self, key: &Key, id: &KeyMaterialId, now: Timestamp) -> Option<PendingMaterial> {
        key.held_material(id)?.1.pending?;
        let everywhere = self.members(key).iter().all(|member| member.has_live(id, now));
        Some(if everywhere {
            PendingMaterial::Rotation
        } else {
            PendingMaterial::MultiRegionImportAndRotation
        })
    }

    /// Makes fresh material the current one of a key and of its replicas.
    pub fn rotated_to_new(
        &self,
        key: &Key,
        id: KeyMaterialId,
        fresh: &MaterialRecord,
        by: Rotated,
    ) -> Vec<Edit> {
        let record = MaterialRecord { rotated: Some(by), ..fresh.clone() };
        let members = self.members(key);
        members.iter().flat_map(|key| [key.turned(id, by), key.with_material(id, &record)]).collect()
    }

    /// Makes the imported material that waits for it the current one of a key and of its replicas, and says which it is.
    ///
    /// # Errors
    /// [`KeyFault::NothingToRotate`]: none waits, or not every replica has it.
    pub fn rotated_to_pending(&self, key: &Key, by: Rotated) -> Result<(KeyMaterialId, Vec<Edit>), KeyFault> {
        let ready = |id: &KeyMaterialId| self.waits_for(key, id, by.on) == Some(PendingMaterial::Rotation);
        let id = key
            .pending_material(by.on)
            .filter(ready)
            .ok_or_else(|| KeyFault::NothingToRotate(key.arn.clone()))?;
        let turned = |key: &&Arc<Key>| {
            let (_, held) = key.held_material(&id)?;
            let record = MaterialRecord { rotated: Some(by), pending: None, ..held.clone() };
            Some([key.turned(id, by), key.with_material(id, &record)])
        };
        Ok((id, self.members(key).iter().filter_map(turned).flatten().collect()))
    }

    /// The keys whose automatic rotation is due, earliest first.
    pub fn due_for_rotation(&self, now: Timestamp) -> impl Iterator<Item = &Arc<Key>> {
        self.due(&self.rotations, now)
    }

    /// The keys that hold material whose day has come, earliest first.
    pub fn due_for_expiry(&self, now: Timestamp) -> impl Iterator<Item = &Arc<Key>> {
        self.due(&self.expiries, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inferred_next_rotation() {
        let due = Timestamp::from_seconds(1_800_000_000);
        let next = |late: i64| super::inferred_next_rotation(due, due.plus_millis(late), 90);
        assert_eq!(next(0), due.plus_days(90));
        assert_eq!(next(5_000), due.plus_days(90), "the sweep may be some seconds late");
        assert_eq!(next(400 * 86_400_000), due.plus_days(490), "a key that was disabled starts again");
    }
}
