//! Multi-Region keys: keys of one id and one material in several Regions of an account, each with a policy, aliases, grants,
//! tags and a state of its own.
//!
//! Each member's record names all members, and whatever changes who they are writes every member's record in one transaction:
//! so no two of them ever disagree, and who changes one meanwhile decides again.

use crate::{
    Key, KeyFault, KeyRecord, KeyState, Keyring, MaterialRecord, MultiRegion, NewKey, PolicyRecord,
    PolicyTold, Tags,
};
use gatekey_store::table::Edit;
use gatekey_types::{KeyArn, KeyMaterialId, Region, Timestamp};
use std::sync::Arc;

impl MultiRegion {
    /// The Regions of all members, the primary's first.
    pub fn regions(&self) -> impl Iterator<Item = &Region> {
        core::iter::once(&self.primary).chain(&self.replicas)
    }

    /// With a replica in one more Region.
    #[must_use]
    pub fn with_replica(&self, region: &Region) -> Self {
        let mut replicas = self.without_replica(region).replicas;
        replicas.push(region.clone());
        Self { primary: self.primary.clone(), replicas }
    }

    /// Without the replica in this Region.
    #[must_use]
    pub fn without_replica(&self, region: &Region) -> Self {
        let replicas = self.replicas.iter().filter(|replica| *replica != region).cloned().collect();
        Self { primary: self.primary.clone(), replicas }
    }

    /// With the replica in this Region for the primary key, and the present primary key for a replica.
    #[must_use]
    pub fn led_from(&self, region: &Region) -> Self {
        let mut replicas = self.without_replica(region).replicas;
        replicas.push(self.primary.clone());
        Self { primary: region.clone(), replicas }
    }
}

/// What a replica has of its own from the start.
#[derive(Debug, Clone)]
pub struct Own {
    /// When it is made.
    pub created: Timestamp,
    /// Its owner's words about it.
    pub description: String,
    /// Its tags.
    pub tags: Tags,
}

impl Key {
    /// The members of the multi-Region key whose primary key this is.
    ///
    /// # Errors
    /// It is a replica, or a key of one Region only.
    pub fn leads(&self) -> Result<&MultiRegion, KeyFault> {
        let kin = self.record.multi_region.as_ref().filter(|kin| kin.primary == self.arn.region);
        kin.ok_or_else(|| KeyFault::NotPrimary(self.arn.clone()))
    }

    /// Whether it is a replica: its primary key rotates it, and gets new material first.
    pub fn is_replica(&self) -> bool {
        self.multi_region_type() == Some("REPLICA")
    }

    /// What replicas leave to their primary key is for every other key.
    ///
    /// # Errors
    /// It is a replica.
    pub fn follows_none(&self) -> Result<(), KeyFault> {
        if self.is_replica() { Err(KeyFault::NotPrimary(self.arn.clone())) } else { Ok(()) }
    }

    /// Whether the key has replicas: their deletion must come before its own.
    pub fn has_replicas(&self) -> bool {
        self.leads().is_ok_and(|kin| !kin.replicas.is_empty())
    }

    /// The replica of this primary key that another Region is to get: what is shared is copied.
    ///
    /// # Errors
    /// This is no primary key.
    pub fn replica(&self, region: &Region, own: Own) -> Result<Self, KeyFault> {
        let kin = self.leads()?.with_replica(region);
        let record = KeyRecord {
            created: own.created,
            description: own.description,
            tags: own.tags,
            had_tags: false,
            state: KeyState::Enabled,
            multi_region: Some(kin),
            ..self.record.clone()
        };
        Ok(Self::new(KeyArn { region: region.clone(), ..self.arn.clone() }, record))
    }

    /// The key's materials as a replica gets them. Material that was imported into one Region must be imported into each:
    /// what a replica gets of it says which one it is, and that it is not there.
    fn copied_materials(&self) -> impl Iterator<Item = (KeyMaterialId, MaterialRecord)> {
        self.materials.iter().map(|(id, _, material)| (*id, material.for_replica()))
    }

    /// This member after a replica is gone. The waiting period of a primary key that had to wait for that begins with it.
    fn bereft_of(&self, region: &Region, now: Timestamp) -> Edit {
        self.changed(|record| {
            record.multi_region = record.multi_region.as_ref().map(|kin| kin.without_replica(region));
            let alone = record.multi_region.as_ref().is_some_and(|kin| kin.replicas.is_empty());
            if let KeyState::PendingReplicaDeletion { window_days } = record.state
                && alone
            {
                let on = now.plus_days(i64::from(window_days));
                record.state = KeyState::PendingDeletion { on, window_days };
            }
        })
    }
}

impl Keyring {
    /// The keys that are one multi-Region key, the primary first; any other key alone.
    pub fn members(&self, key: &Key) -> Vec<&Arc<Key>> {
        let Some(kin) = &key.record.multi_region else {
            return self.stored(&key.arn).into_iter().collect();
        };
        let there = |region: &Region| KeyArn { region: region.clone(), ..key.arn.clone() };
        kin.regions().filter_map(|region| self.stored(&there(region))).collect()
    }

    /// The records that make a replica of a primary key, and those by which every member knows of it.
    pub fn replicated(
        &self,
        primary: &Key,
        replica: &Key,
        policy: PolicyRecord,
        told: PolicyTold,
    ) -> Vec<Edit> {
        let (arn, record) = (replica.arn.clone(), replica.record.clone());
        let new = NewKey { arn, record, policy, told: Some(told), material: None };
        let mut changes = new.changes();
        changes.extend(primary.copied_materials().map(|(id, material)| replica.gains(id, &material)));
        let known = |record: &mut KeyRecord| record.multi_region.clone_from(&replica.record.multi_region);
        changes.extend(self.members(primary).iter().map(|key| key.changed(known)));
        changes
    }

    /// The records that make the replica in this Region the primary key. The schedule of rotations, which the primary key
    /// keeps for all, goes with that.
    pub fn led_from(&self, primary: &Key, region: &Region) -> Vec<Edit> {
        let led = |record: &mut KeyRecord| {
            record.multi_region = record.multi_region.as_ref().map(|kin| kin.led_from(region));
            record.rotation = primary.record.rotation;
        };
        self.members(primary).iter().map(|key| key.changed(led)).collect()
    }

    /// The records by which the other members know that a replica is gone.
    pub(crate) fn parted_from(&self, key: &Key, now: Timestamp) -> Vec<Edit> {
        let others = self.members(key).into_iter().filter(|other| other.arn != key.arn);
        others.map(|other| other.bereft_of(&key.arn.region, now)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(name: &str) -> Region {
        name.parse().unwrap()
    }

    #[test]
    fn members_come_go_and_change_places() {
        let alone = MultiRegion { primary: region("us-east-1"), replicas: Vec::new() };
        let two = alone.with_replica(&region("eu-west-1"));
        assert_eq!(two.with_replica(&region("eu-west-1")), two);
        let three = two.with_replica(&region("sa-east-1"));
        let led = three.led_from(&region("eu-west-1"));
        assert_eq!(led.primary, region("eu-west-1"));
        assert_eq!(led.replicas, [region("sa-east-1"), region("us-east-1")]);
        assert_eq!(three.without_replica(&region("sa-east-1")), two);
        assert_eq!(led.regions().count(), 3);
    }
}
