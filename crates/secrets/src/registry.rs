use crate::{Secret, SecretId, SecretKey, SecretTable};
use core::ops::Bound;
use gatekey_policy::Interner;
use gatekey_store::table::{Row, Table, Unreadable};
use gatekey_types::{AccountId, Region, Timestamp};
use imbl::{OrdMap, OrdSet};
use std::sync::Arc;

/// Every one of the server at one revision: immutable, cheap to clone, read without a lock.
#[derive(Clone, Default, Debug)]
pub struct Secrets {
    secrets: OrdMap<SecretKey, Arc<Secret>>,
    /// Those whose deletion was ordered, by their day.
    due: OrdSet<(Timestamp, SecretKey)>,
}

impl Secrets {
    /// The tables whose records are shown.
    pub const TABLES: &[&'static str] = &[SecretTable::NAME];

    /// Takes over one record as it was committed; `None` deletes it.
    ///
    /// # Errors
    /// The record cannot be read by this version.
    pub fn apply(&mut self, row: &Row<'_>, interner: &Interner) -> Result<(), Unreadable> {
        let name = row.key_of::<SecretTable>()?;
        let record = row.read::<SecretTable>()?;
        if let Some(due) = self.secrets.get(&name).and_then(|before| before.record.due) {
            self.due.remove(&(due, name.clone()));
        }
        match record {
            Some(record) => {
                self.due.extend(record.due.map(|due| (due, name.clone())));
                let secret = Secret::new(name.clone(), record, row.revision, interner);
                self.secrets.insert(name, Arc::new(secret));
            }
            None => {
                self.secrets.remove(&name);
            }
        }
        Ok(())
    }

    /// The one of this key, even one whose waiting period is over.
    pub fn stored(&self, key: &SecretKey) -> Option<&Arc<Secret>> {
        self.secrets.get(key)
    }

    /// The one of this key.
    pub fn get(&self, key: &SecretKey, now: Timestamp) -> Option<&Arc<Secret>> {
        self.secrets.get(key).filter(|secret| !secret.is_gone(now))
    }

    /// The one that a request names. A name means the caller's own account and Region.
    pub fn find(
        &self,
        id: &SecretId,
        account: AccountId,
        region: &Region,
        now: Timestamp,
    ) -> Option<&Arc<Secret>> {
        let (account, region) = match id {
            SecretId::Name(_) => (account, region),
            SecretId::Arn { account, region, .. } => (*account, region),
        };
        id.candidates().into_iter().find_map(|(name, suffix)| {
            let key = SecretKey { account, region: region.clone(), name: name.to_owned() };
            let found = self.get(&key, now)?;
            suffix.is_none_or(|suffix| found.record.suffix == suffix).then_some(found)
        })
    }

    /// Those of an account in a Region, by name, after this name.
    pub fn of<'s>(
        &'s self,
        account: AccountId,
        region: &'s Region,
        after: &str,
        now: Timestamp,
    ) -> impl Iterator<Item = &'s Arc<Secret>> + use<'s> {
        let from = SecretKey { account, region: region.clone(), name: after.to_owned() };
        let range = self.secrets.range((Bound::Excluded(from), Bound::Unbounded));
        let here = range.take_while(move |(key, _)| key.account == account && key.region == *region);
        here.map(|(_, secret)| secret).filter(move |secret| !secret.is_gone(now))
    }

    /// Those whose waiting period is over, the longest first.
    pub fn due_for_deletion(&self, now: Timestamp) -> impl Iterator<Item = &Arc<Secret>> {
        let due = self.due.iter().take_while(move |(due, _)| *due <= now);
        due.filter_map(|(_, key)| self.secrets.get(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        SecretRecord,
        testing::{key, record},
    };
    use gatekey_store::{
        Revision,
        table::{Edit, Fate},
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn with(all: &[(&str, SecretRecord)]) -> Secrets {
        let mut secrets = Secrets::default();
        for (name, record) in all {
            let Edit { key, fate: Fate::Put(bytes), .. } = Edit::insert::<SecretTable>(&key(name), record)
            else {
                panic!()
            };
            let row =
                Row { table: SecretTable::NAME, key: &key, record: Some(&bytes), revision: Revision::ZERO };
            secrets.apply(&row, &Interner::new()).unwrap();
        }
        secrets
    }

    #[test]
    fn a_secret_is_found_by_name_arn_and_partial_arn_but_not_by_another_ones_end() {
        let plain = record();
        let secrets =
            with(&[("a", plain.clone()), ("a-AAAAAA", SecretRecord { suffix: "BBBBBB".into(), ..plain })]);
        let own = key("a");
        let found = |text: &str| {
            let id = SecretId::parse(text).unwrap();
            secrets.find(&id, own.account, &own.region, at(0)).map(|secret| secret.key.name.clone())
        };
        let arn = |rest: &str| format!("arn:aws:secretsmanager:us-east-1:111122223333:secret:{rest}");
        assert_eq!(found("a").as_deref(), Some("a"));
        assert_eq!(found(&arn("a-AAAAAA")).as_deref(), Some("a"), "a whole ARN comes first");
        assert_eq!(found(&arn("a-AAAAAA-BBBBBB")).as_deref(), Some("a-AAAAAA"));
        assert_eq!(found(&arn("a")).as_deref(), Some("a"));
        assert_eq!(found(&arn("a-CCCCCC")), None);
        assert_eq!(found("b"), None);
        let other = SecretId::parse("a").unwrap();
        assert!(secrets.find(&other, own.account, &"eu-west-1".parse().unwrap(), at(0)).is_none());
    }

    #[test]
    fn what_is_due_is_gone_for_callers_and_waits_for_the_sweep() {
        let dying = SecretRecord { due: Some(at(10)), ..record() };
        let secrets = with(&[("a", dying), ("b", record())]);
        assert!(secrets.get(&key("a"), at(9)).is_some());
        assert!(secrets.get(&key("a"), at(10)).is_none());
        assert_eq!(secrets.due_for_deletion(at(9)).count(), 0);
        assert_eq!(secrets.due_for_deletion(at(10)).count(), 1);
        let key = key("a");
        let names: Vec<_> = secrets.of(key.account, &key.region, "", at(10)).map(|s| &s.key.name).collect();
        assert_eq!(names, ["b"]);
    }
}
