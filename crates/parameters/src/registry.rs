use crate::{
    Kind, ParameterKey, ParameterName, ParameterRecord, ParameterTable, Remains, RemainsKey, RemainsTable,
    Tier,
};
use core::ops::Bound;
use gatekey_store::{
    Revision,
    table::{Row, Table, Unreadable},
};
use gatekey_types::{AccountId, Arn, Region, Timestamp};
use imbl::{OrdMap, OrdSet};
use std::sync::Arc;

/// A parameter, and the revision that guards its next change.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Which it is.
    pub key: ParameterKey,
    /// Its ARN.
    pub arn: Arn,
    /// What is kept of it.
    pub record: ParameterRecord,
    /// The revision of that.
    pub revision: Revision,
}

impl Parameter {
    /// Whether its values are encrypted.
    pub fn is_secure(&self) -> bool {
        self.record.details.kind == Kind::SecureString
    }

    /// Whether its policy has deleted it by now.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.record.expires().is_some_and(|expires| expires <= now)
    }
}

/// Every one of the server at one revision: immutable, cheap to clone, read without a lock.
#[derive(Clone, Default, Debug)]
pub struct Parameters {
    parameters: OrdMap<ParameterKey, Arc<Parameter>>,
    /// How many of each tier each account has in each Region.
    counts: OrdMap<(AccountId, Region, Tier), usize>,
    /// Which is to be deleted when.
    expiries: OrdSet<(Timestamp, ParameterKey)>,
    /// What is left of those that are deleted.
    remains: OrdMap<RemainsKey, (Remains, Revision)>,
}

impl Parameters {
    /// The tables whose records are shown.
    pub const TABLES: &[&'static str] = &[ParameterTable::NAME, RemainsTable::NAME];

    /// Takes over one record as it was committed; `None` deletes it.
    ///
    /// # Errors
    /// The record cannot be read by this version.
    pub fn apply(&mut self, row: &Row<'_>) -> Result<(), Unreadable> {
        match row.table {
            ParameterTable::NAME => {
                let record = row.read::<ParameterTable>()?;
                self.apply_parameter(row.key_of::<ParameterTable>()?, record, row.revision);
            }
            RemainsTable::NAME => {
                let key = row.key_of::<RemainsTable>()?;
                match row.read::<RemainsTable>()? {
                    Some(remains) => self.remains.insert(key, (remains, row.revision)),
                    None => self.remains.remove(&key),
                };
            }
            _ => {}
        }
        Ok(())
    }

    fn apply_parameter(&mut self, key: ParameterKey, record: Option<ParameterRecord>, revision: Revision) {
        if let Some(before) = self.parameters.remove(&key) {
            self.count(&key, before.record.details.tier, |count| count.saturating_sub(1));
            before.record.expires().map(|at| self.expiries.remove(&(at, key.clone())));
        }
        let Some(record) = record else { return };
        self.count(&key, record.details.tier, |count| count.saturating_add(1));
        record.expires().map(|at| self.expiries.insert((at, key.clone())));
        let arn = key.arn();
        self.parameters.insert(key.clone(), Arc::new(Parameter { key, arn, record, revision }));
    }

    fn count(&mut self, key: &ParameterKey, tier: Tier, change: impl Fn(usize) -> usize) {
        let of = (key.account, key.region.clone(), tier);
        let count = self.counts.get(&of).copied().unwrap_or_default();
        self.counts.insert(of, change(count));
    }

    /// The parameter of this name, unless its time is over.
    pub fn get(&self, key: &ParameterKey, now: Timestamp) -> Option<&Arc<Parameter>> {
        self.stored(key).filter(|parameter| !parameter.is_expired(now))
    }

    /// The parameter of this name as long as it has a record.
    pub fn stored(&self, key: &ParameterKey) -> Option<&Arc<Parameter>> {
        self.parameters.get(key)
    }

    /// How many parameters of a tier an account has in a Region.
    pub fn count_of(&self, account: AccountId, region: &Region, tier: Tier) -> usize {
        self.counts.get(&(account, region.clone(), tier)).copied().unwrap_or_default()
    }

    /// An account's parameters in a Region whose names are after the given one, in order; all without one.
    pub fn after<'a>(
        &'a self,
        account: AccountId,
        region: &Region,
        after: Option<ParameterName>,
        now: Timestamp,
    ) -> impl Iterator<Item = &'a Arc<Parameter>> + use<'a> {
        let region = region.clone();
        // No name is before this one, which none has.
        let lowest = || ParameterName::of("\u{1}");
        let start = after.map(Some).unwrap_or_else(lowest);
        let start = start.map(|name| ParameterKey { account, region: region.clone(), name });
        let bound = start.map_or(Bound::Unbounded, Bound::Excluded);
        self.parameters
            .range((bound, Bound::Unbounded))
            .map(|(_, parameter)| parameter)
            .take_while(move |one| one.key.account == account && one.key.region == region)
            .filter(move |one| !one.is_expired(now))
    }

    /// Those whose policy has deleted them by now, though they have a record still.
    pub fn due(&self, now: Timestamp) -> impl Iterator<Item = &Arc<Parameter>> {
        let due = self.expiries.iter().take_while(move |(at, _)| *at <= now);
        due.filter_map(|(_, key)| self.parameters.get(key))
    }

    /// What is left of those that are deleted.
    pub fn remains(&self) -> impl Iterator<Item = (&RemainsKey, &(Remains, Revision))> {
        self.remains.iter()
    }
}
