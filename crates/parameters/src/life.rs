//! What becomes of parameters, as edits.

use crate::{
    Details, Parameter, ParameterKey, ParameterRecord, ParameterTable, Remains, RemainsKey, RemainsTable,
    Tags, Value, VersionKey, VersionRecord, VersionTable,
};
use gatekey_policy::Context;
use gatekey_store::{Revision, table::Edit};
use std::collections::BTreeMap;

/// Versions of one parameter that are kept.
pub const KEPT_VERSIONS: u64 = 100;
/// Labels of one version.
pub const HIGHEST_LABELS: usize = 10;
/// Tags of one parameter.
pub const MOST_TAGS: usize = 50;
/// Standard parameters of an account in a Region.
pub const STANDARD_QUOTA: usize = 10_000;
/// Advanced parameters of an account in a Region.
pub const ADVANCED_QUOTA: usize = 100_000;

/// The oldest version has a label, so that there is no room for another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoRoom {
    /// The oldest version.
    pub oldest: u64,
}

/// A version that must go so that there is room for another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pruned(pub VersionKey);

impl ParameterKey {
    /// Makes a parameter whose first version this is. `id` is random, and no other parameter's.
    pub fn created(&self, id: String, details: Details, value: Value, tags: Tags) -> [Edit; 2] {
        let record = first(id, &details, tags);
        let version = self.version(&record.id, record.version);
        [
            Edit::insert::<ParameterTable>(self, &record),
            Edit::insert::<VersionTable>(&version, &VersionRecord { details, value }),
        ]
    }

    fn version(&self, id: &str, version: u64) -> VersionKey {
        VersionKey { account: self.account, region: self.region.clone(), id: id.to_owned(), version }
    }
}

fn first(id: String, details: &Details, tags: Tags) -> ParameterRecord {
    let (details, labels) = (details.clone(), BTreeMap::new());
    ParameterRecord { id, version: 1, oldest: 1, details, labels, tags, had_tags: false }
}

impl Parameter {
    /// Which record has this version's value; nothing if there is no such version, or no more.
    pub fn version(&self, version: u64) -> Option<VersionKey> {
        let kept = self.record.oldest..=self.record.version;
        kept.contains(&version).then(|| self.key.version(&self.record.id, version))
    }

    /// The version that must go before another one is added, if any.
    ///
    /// # Errors
    /// [`NoRoom`]: it has a label.
    pub fn pruned(&self) -> Result<Option<Pruned>, NoRoom> {
        let (oldest, newest) = (self.record.oldest, self.record.version);
        if newest.saturating_sub(oldest).saturating_add(1) < KEPT_VERSIONS {
            return Ok(None);
        }
        if self.record.labels_of(oldest).next().is_some() {
            return Err(NoRoom { oldest });
        }
        Ok(Some(Pruned(self.key.version(&self.record.id, oldest))))
    }

    /// Adds a version. What must go so that there is room for it goes: the record of that revision.
    pub fn overwritten(
        &self,
        details: Details,
        value: Value,
        pruned: Option<(Pruned, Revision)>,
    ) -> Vec<Edit> {
        let mut record = self.record.clone();
        record.version = record.version.saturating_add(1);
        record.details = details.clone();
        let mut edits = Vec::with_capacity(3);
        if let Some((Pruned(key), revision)) = pruned {
            record.oldest = key.version.saturating_add(1);
            edits.push(Edit::delete::<VersionTable>(&key, revision));
        }
        let version = self.key.version(&record.id, record.version);
        edits.push(Edit::update::<ParameterTable>(&self.key, self.revision, &record));
        edits.push(Edit::insert::<VersionTable>(&version, &VersionRecord { details, value }));
        edits
    }

    /// Makes another parameter in the place of this one, which is over.
    pub fn replaced(&self, id: String, details: Details, value: Value, tags: Tags) -> [Edit; 3] {
        let record = first(id, &details, tags);
        let version = self.key.version(&record.id, record.version);
        [
            Edit::update::<ParameterTable>(&self.key, self.revision, &record),
            Edit::insert::<VersionTable>(&version, &VersionRecord { details, value }),
            self.left_behind(),
        ]
    }

    /// Deletes it. Its versions, which are more than one transaction takes, are deleted soon after.
    pub fn deleted(&self) -> [Edit; 2] {
        [Edit::delete::<ParameterTable>(&self.key, self.revision), self.left_behind()]
    }

    fn left_behind(&self) -> Edit {
        let ParameterKey { account, region, .. } = self.key.clone();
        let key = RemainsKey { account, region, id: self.record.id.clone() };
        let remains = Remains { oldest: self.record.oldest, newest: self.record.version };
        Edit::insert::<RemainsTable>(&key, &remains)
    }

    /// Changes what is not of a version: labels and tags.
    pub fn changed(&self, change: impl FnOnce(&mut ParameterRecord)) -> Edit {
        let mut record = self.record.clone();
        change(&mut record);
        Edit::update::<ParameterTable>(&self.key, self.revision, &record)
    }

    /// Sets `ssm:resourceTag/NAME` for each of its tags.
    pub fn set_own_tag_keys<'a>(&'a self, context: &mut Context<'a>) {
        let tags = self.record.tags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        context.set_family_named("ssm:resourceTag/", tags);
    }

    /// Takes the tags of these keys; those that it has not are passed over.
    pub fn untagged(&self, keys: &[String]) -> Edit {
        self.changed(|record| {
            record.had_tags |= !record.tags.is_empty();
            record.tags.retain(|name, _| !keys.contains(name));
        })
    }

    /// Whether searches by tag know it: it has tags, or had some.
    pub fn is_tagged(&self) -> bool {
        self.record.had_tags || !self.record.tags.is_empty()
    }
}

impl RemainsKey {
    /// The versions that are left, oldest first, at most so many.
    pub fn versions(&self, remains: Remains, most: usize) -> impl Iterator<Item = VersionKey> {
        (remains.oldest..=remains.newest).take(most).map(|version| VersionKey {
            account: self.account,
            region: self.region.clone(),
            id: self.id.clone(),
            version,
        })
    }

    /// Deletes these versions, and notes what is left after them.
    pub fn cleared(
        &self,
        (remains, revision): (Remains, Revision),
        versions: &[(VersionKey, Revision)],
        last: u64,
    ) -> Vec<Edit> {
        let delete = |(key, revision): &(VersionKey, Revision)| Edit::delete::<VersionTable>(key, *revision);
        let mut edits: Vec<Edit> = versions.iter().map(delete).collect();
        edits.push(if last >= remains.newest {
            Edit::delete::<RemainsTable>(self, revision)
        } else {
            let left = Remains { oldest: last.saturating_add(1), ..remains };
            Edit::update::<RemainsTable>(self, revision, &left)
        });
        edits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Kind, ParameterName, Parameters, Tier};
    use gatekey_store::table::{Fate, Row};
    use gatekey_types::Timestamp;

    fn key(name: &str) -> ParameterKey {
        ParameterKey {
            account: "111122223333".parse().unwrap(),
            region: "us-east-1".parse().unwrap(),
            name: ParameterName::of(name).unwrap(),
        }
    }

    fn details(expires: Option<i64>) -> Details {
        let policy = |at| crate::ParameterPolicy {
            kind: "Expiration".into(),
            text: String::new(),
            expires: Some(Timestamp::from_seconds(at)),
        };
        Details {
            kind: Kind::String,
            tier: Tier::Standard,
            key_id: None,
            description: None,
            pattern: None,
            policies: expires.map(policy).into_iter().collect(),
            data_type: "text".into(),
            modified: Timestamp::from_seconds(0),
            author: String::new(),
        }
    }

    fn take(shown: &mut Parameters, edits: &[Edit], revision: u64) {
        for edit in edits.iter().filter(|edit| Parameters::TABLES.contains(&edit.table)) {
            let record = match &edit.fate {
                Fate::Put(bytes) => Some(bytes.as_slice()),
                _ => None,
            };
            let revision = Revision::new(revision);
            shown.apply(&Row { table: edit.table, key: &edit.key, record, revision }).unwrap();
        }
    }

    fn value() -> Value {
        Value::Plain("v".into())
    }

    #[test]
    fn a_hundred_versions_are_kept_and_a_labelled_oldest_one_stays() {
        let mut shown = Parameters::default();
        let (key, now) = (key("/a"), Timestamp::from_seconds(1));
        take(&mut shown, &key.created("id".into(), details(None), value(), Tags::new()), 1);
        for revision in 2..=100 {
            let parameter = shown.get(&key, now).unwrap().clone();
            assert_eq!(parameter.pruned(), Ok(None));
            take(&mut shown, &parameter.overwritten(details(None), value(), None), revision);
        }
        let full = shown.get(&key, now).unwrap().clone();
        let pruned = full.pruned().unwrap().unwrap();
        assert_eq!(pruned.0.version, 1);
        let labelled = full.changed(|record| record.labels = [("prod".to_owned(), 1)].into());
        let edits = full.overwritten(details(None), value(), Some((pruned, Revision::new(1))));
        take(&mut shown, &edits, 101);
        let next = shown.get(&key, now).unwrap();
        assert_eq!((next.record.oldest, next.record.version), (2, 101));
        assert_eq!((next.version(1), next.version(102)), (None, None));
        assert!(next.version(2).is_some());
        take(&mut shown, &[labelled], 102);
        assert_eq!(shown.get(&key, now).unwrap().pruned(), Err(NoRoom { oldest: 1 }));
    }

    #[test]
    fn a_parameter_whose_time_is_over_is_gone_and_its_name_is_free() {
        let mut shown = Parameters::default();
        let (key, tier) = (key("a"), Tier::Standard);
        take(&mut shown, &key.created("one".into(), details(Some(10)), value(), Tags::new()), 1);
        let at = Timestamp::from_seconds;
        assert!(shown.get(&key, at(9)).is_some() && shown.get(&key, at(10)).is_none());
        assert_eq!((shown.due(at(9)).count(), shown.due(at(10)).count()), (0, 1));
        assert_eq!(shown.after(key.account, &key.region, None, at(10)).count(), 0);
        let over = shown.stored(&key).unwrap().clone();
        take(&mut shown, &over.replaced("two".into(), details(None), value(), Tags::new()), 2);
        assert_eq!(shown.get(&key, at(10)).unwrap().record.id, "two");
        assert_eq!(shown.count_of(key.account, &key.region, tier), 1);
        let (remains_key, remains) = shown.remains().next().map(|(key, kept)| (key.clone(), *kept)).unwrap();
        assert_eq!(remains_key.id, "one");
        let versions: Vec<_> =
            remains_key.versions(remains.0, 64).map(|version| (version, Revision::new(1))).collect();
        take(&mut shown, &remains_key.cleared(remains, &versions, 1), 3);
        assert_eq!(shown.remains().count(), 0);
        let second = shown.get(&key, at(10)).unwrap().clone();
        take(&mut shown, &second.deleted(), 4);
        assert_eq!(shown.count_of(key.account, &key.region, tier), 0);
        assert!(shown.stored(&key).is_none());
    }

    #[test]
    fn no_debug_output_tells_a_value() {
        let record = VersionRecord { details: details(None), value: Value::Plain("canary".into()) };
        assert!(!format!("{record:?}").contains("canary"));
    }
}
