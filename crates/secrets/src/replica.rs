//! Replicas: what they take over from their primary, and what they have of their own.

use crate::{ReplicaRecord, Secret, SecretKey, SecretRecord, Secrets, Tags, VersionRecord};
use gatekey_store::table::Edit;
use gatekey_types::{Region, Timestamp};

/// What becomes of a replica when it follows its primary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirrored {
    /// Its record; values that it lacks are still to be put in.
    pub record: SecretRecord,
    /// The versions whose values it lacks.
    pub lacking: Vec<String>,
    /// The versions that it has no more.
    pub gone: Vec<VersionRecord>,
}

impl SecretRecord {
    /// A replica that has nothing yet, under a key of its own.
    #[must_use]
    pub fn new_replica(&self, primary: &Region, replica: &ReplicaRecord) -> Self {
        Self {
            kms_key: replica.kms_key.clone(),
            versions: Default::default(),
            accessed: None,
            due: None,
            replicas: Default::default(),
            primary: Some(primary.clone()),
            rotation: None,
            ..self.clone()
        }
    }

    /// What a replica takes over: all but its key, its values, and when those were read.
    pub fn mirror(&self, replica: &Self) -> Mirrored {
        let mut old = replica.versions.clone();
        let mut record = Self {
            kms_key: replica.kms_key.clone(),
            accessed: replica.accessed,
            due: None,
            replicas: Default::default(),
            primary: replica.primary.clone(),
            rotation: None,
            ..self.clone()
        };
        let mut lacking = Vec::new();
        for (id, version) in &mut record.versions {
            let own = old.remove(id);
            let value = own.as_ref().and_then(|own| own.value.clone());
            if version.value.is_some() && value.is_none() {
                lacking.push(id.clone());
            }
            version.accessed = own.and_then(|own| own.accessed);
            version.value = value;
        }
        Mirrored { record, lacking, gone: old.into_values().collect() }
    }
}

impl Secrets {
    /// The replica in this Region of the primary of this key, if there is one that follows it.
    pub fn replica_of(&self, primary: &SecretKey, region: &Region) -> Option<&std::sync::Arc<Secret>> {
        let key = SecretKey { region: region.clone(), ..primary.clone() };
        self.stored(&key).filter(|replica| replica.record.primary.as_ref() == Some(&primary.region))
    }

    /// Gives a secret and its replicas these tags: nothing that takes a key.
    pub fn retagged(&self, secret: &Secret, tags: &Tags, now: Timestamp) -> Vec<Edit> {
        let retag = |secret: &Secret| {
            let mut record = secret.record.clone();
            record.had_tags |= !record.tags.is_empty();
            record.tags = tags.clone();
            record.changed = now;
            secret.update(&record)
        };
        let replicas = secret.record.replicas.keys();
        let replicas = replicas.filter_map(|region| self.replica_of(&secret.key, region));
        core::iter::once(retag(secret)).chain(replicas.map(|replica| retag(replica))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{record, version};

    #[test]
    fn a_replica_takes_over_labels_and_policies_and_keeps_its_key_and_values() {
        let at = Timestamp::from_seconds(0);
        let mut primary = record();
        primary.description = Some("new".into());
        for id in ["1", "2"] {
            primary.versions.insert(id.into(), version(at));
        }
        let region: Region = "us-east-1".parse().unwrap();
        let own = ReplicaRecord { kms_key: Some("k".into()), failure: None };
        let mut replica = primary.new_replica(&region, &own);
        assert_eq!(replica.versions.len(), 0);
        let mut first = version(at);
        first.stages = vec!["old".into()];
        replica.versions.insert("1".into(), first.clone());
        replica.versions.insert("0".into(), version(at));
        replica.accessed = Some(at);
        let mirrored = primary.mirror(&replica);
        assert_eq!(mirrored.lacking, ["2"]);
        assert_eq!(mirrored.gone, [version(at)]);
        let record = mirrored.record;
        assert_eq!((record.kms_key.as_deref(), record.accessed), (Some("k"), Some(at)));
        assert_eq!((record.primary, record.description.as_deref()), (Some(region), Some("new")));
        assert_eq!(record.versions["1"].value, first.value);
        assert_eq!(record.versions["1"].stages, primary.versions["1"].stages);
        assert_eq!(record.versions["2"].value, None);
    }
}
