use crate::{
    AliasRecord, AliasTable, GrantTable, GrantTurnTable, HeldKeyStores, Key, KeyFault, KeyManager, KeyPolicy,
    KeyRecord, KeyStoresTable, KeyTable, KeyUse, KeyUseTable, MaterialRecord, MaterialTable, PolicyRecord,
    PolicyTable, grant::Retirable,
};
use core::ops::Bound;
use gatekey_policy::{Interner, Kind};
use gatekey_store::{
    Revision,
    table::{Row, Table, Unreadable},
};
use gatekey_types::{AccountId, AliasArn, AliasName, KeyArn, KeyId, KeyMaterialId, Region, Timestamp};
use imbl::{OrdMap, OrdSet};
use std::sync::Arc;

/// Every key of the server at one revision: immutable, cheap to clone, read without a lock.
#[derive(Clone, Default, Debug)]
pub struct Keyring {
    pub(crate) keys: OrdMap<KeyArn, Arc<Key>>,
    aliases: OrdMap<AliasArn, Arc<Alias>>,
    /// The aliases of each key, so that a decision need not look through all aliases.
    by_target: OrdSet<(KeyArn, AliasName)>,
    /// Which account has the key of this id, since ciphertext names keys by id alone.
    by_id: OrdMap<(Region, KeyId), AccountId>,
    /// When a policy of any key of an account was last put.
    policies_changed: OrdMap<AccountId, Revision>,
    /// How many customer managed keys each account has in each Region.
    counts: OrdMap<(AccountId, Region), usize>,
    /// Which key is to be deleted when.
    deletions: OrdSet<(Timestamp, KeyArn)>,
    /// When each key was last used, as far as that is written down.
    pub(crate) key_uses: OrdMap<KeyArn, Arc<(KeyUse, Revision)>>,
    /// The custom key stores of each account in each Region.
    pub(crate) key_stores: OrdMap<(AccountId, Region), Arc<HeldKeyStores>>,
    /// Which key is to be rotated when.
    pub(crate) rotations: OrdSet<(Timestamp, KeyArn)>,
    /// Which key has imported material that expires when.
    pub(crate) expiries: OrdSet<(Timestamp, KeyArn)>,
    /// Which grants each retiring principal may retire.
    pub(crate) retirable: OrdSet<Retirable>,
}

/// An alias and the revision that guards its next change.
#[derive(Debug)]
struct Alias {
    record: AliasRecord,
    revision: Revision,
}

/// How a request names a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySelector {
    /// By id or key ARN.
    Key(KeyArn),
    /// By alias name or alias ARN.
    Alias(AliasArn),
}

impl KeySelector {
    /// Reads a `KeyId` member: key id, key ARN, alias name or alias ARN. What lacks an account is the caller's own.
    ///
    /// # Errors
    /// [`KeyFault::NotAKeyId`], or [`KeyFault::WrongRegion`] for an ARN of another Region.
    pub fn parse(text: &str, account: AccountId, region: &Region) -> Result<Self, KeyFault> {
        let bad = |_| KeyFault::NotAKeyId(text.to_owned());
        if text.starts_with("arn:") {
            return Self::parse_arn(text, region);
        }
        let region = region.clone();
        if text.starts_with("alias/") {
            return Ok(Self::Alias(AliasArn { account, region, alias: text.parse().map_err(bad)? }));
        }
        Ok(Self::Key(KeyArn { account, region, key: text.parse().map_err(bad)? }))
    }

    fn parse_arn(text: &str, region: &Region) -> Result<Self, KeyFault> {
        let selector = match text.parse::<KeyArn>() {
            Ok(key) => Self::Key(key),
            Err(_) => Self::Alias(text.parse().map_err(|_| KeyFault::NotAKeyId(text.to_owned()))?),
        };
        if selector.region() == region {
            Ok(selector)
        } else {
            Err(KeyFault::WrongRegion(selector.region().to_string()))
        }
    }

    /// Reads a `KeyId` member of an operation that takes no alias.
    ///
    /// # Errors
    /// As [`KeySelector::parse`]; an alias is [`KeyFault::NotAKeyId`].
    pub fn parse_key(text: &str, account: AccountId, region: &Region) -> Result<KeyArn, KeyFault> {
        match Self::parse(text, account, region)? {
            Self::Key(key) => Ok(key),
            Self::Alias(_) => Err(KeyFault::NotAKeyId(text.to_owned())),
        }
    }

    /// The account that the key is in.
    pub fn account(&self) -> AccountId {
        match self {
            Self::Key(key) => key.account,
            Self::Alias(alias) => alias.account,
        }
    }

    fn region(&self) -> &Region {
        match self {
            Self::Key(key) => &key.region,
            Self::Alias(alias) => &alias.region,
        }
    }
}

/// A part of a listing, and whether more follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items, in order.
    pub items: Vec<T>,
    /// Whether there are items after these.
    pub truncated: bool,
}

impl<T> Page<T> {
    /// Takes the first `limit` items of an iterator.
    pub fn take(mut items: impl Iterator<Item = T>, limit: usize) -> Self {
        let page: Vec<T> = items.by_ref().take(limit).collect();
        Self { items: page, truncated: items.next().is_some() }
    }
}

impl Keyring {
    /// The names of the tables that this crate reads, in the order in which they must be loaded.
    pub const TABLES: &'static [&'static str] = &[
        KeyTable::NAME,
        PolicyTable::NAME,
        MaterialTable::NAME,
        AliasTable::NAME,
        GrantTurnTable::NAME,
        GrantTable::NAME,
        KeyStoresTable::NAME,
        KeyUseTable::NAME,
    ];

    /// Takes over one record that was written (`Some`) or deleted (`None`) at this revision.
    ///
    /// # Errors
    /// The record cannot be read: the server must not go on half-blind.
    pub fn apply(&mut self, row: &Row<'_>, interner: &Interner) -> Result<(), Unreadable> {
        let revision = row.revision;
        match row.table {
            KeyTable::NAME => self.apply_key(row.key_of::<KeyTable>()?, row.read::<KeyTable>()?, revision),
            PolicyTable::NAME => {
                let policy = row.read::<PolicyTable>()?;
                self.apply_policy(row.key_of::<PolicyTable>()?, policy, revision, interner);
            }
            MaterialTable::NAME => {
                let (arn, id) = row.key_of::<MaterialTable>()?;
                self.apply_material(&arn, id, row.read::<MaterialTable>()?, revision);
            }
            AliasTable::NAME => {
                self.apply_alias(row.key_of::<AliasTable>()?, row.read::<AliasTable>()?, revision);
            }
            GrantTable::NAME => {
                self.apply_grant(row.key_of::<GrantTable>()?, row.read::<GrantTable>()?, revision);
            }
            GrantTurnTable::NAME => {
                let turn = row.read::<GrantTurnTable>()?;
                self.apply_grant_turn(&row.key_of::<GrantTurnTable>()?, turn.map(|_| revision));
            }
            KeyUseTable::NAME => {
                let used = row.read::<KeyUseTable>()?;
                self.apply_key_use(row.key_of::<KeyUseTable>()?, used, revision);
            }
            KeyStoresTable::NAME => {
                let stores = row.read::<KeyStoresTable>()?;
                self.apply_key_stores(row.key_of::<KeyStoresTable>()?, stores, revision);
            }
            _ => {}
        }
        Ok(())
    }

    fn apply_key(&mut self, arn: KeyArn, record: Option<KeyRecord>, revision: Revision) {
        let before = self.keys.get(&arn).cloned();
        if let Some(on) = before.as_ref().and_then(|key| key.deletion_date()) {
            self.deletions.remove(&(on, arn.clone()));
        }
        if let Some(on) = before.as_ref().and_then(|key| key.next_rotation()) {
            self.rotations.remove(&(on, arn.clone()));
        }
        let id = (arn.region.clone(), arn.key);
        let customers = |manager| usize::from(manager == KeyManager::Customer);
        let was = before.as_ref().map_or(0, |key| customers(key.record.manager));
        let is = record.as_ref().map_or(0, |record| customers(record.manager));
        let count = self.counts.entry((arn.account, arn.region.clone())).or_default();
        *count = (*count + is).saturating_sub(was);
        let Some(record) = record else {
            if let Some(on) = before.as_ref().and_then(|key| key.next_expiry()) {
                self.expiries.remove(&(on, arn.clone()));
            }
            let grants = self.keys.remove(&arn).map(|key| Arc::clone(&key.grants)).unwrap_or_default();
            for entry in grants.after(None).filter_map(|held| Retirable::of(&arn, &held.record.grant)) {
                self.retirable.remove(&entry);
            }
            self.by_id.remove(&id);
            return;
        };
        let key = match before {
            Some(key) => Key { record, revision, ..Key::clone(&key) },
            None => Key { revision, ..Key::new(arn.clone(), record) },
        };
        if let Some(on) = key.deletion_date() {
            self.deletions.insert((on, arn.clone()));
        }
        if let Some(on) = key.next_rotation() {
            self.rotations.insert((on, arn.clone()));
        }
        self.by_id.insert(id, arn.account);
        self.keys.insert(arn, Arc::new(key));
    }

    fn apply_policy(
        &mut self,
        arn: KeyArn,
        record: Option<PolicyRecord>,
        revision: Revision,
        interner: &Interner,
    ) {
        self.policies_changed.insert(arn.account, revision);
        let Some(key) = self.keys.get_mut(&arn) else { return };
        Arc::make_mut(key).policy = record.map(|record| {
            let compiled = interner.read_stored(&record.document, Kind::Key, &record.pins);
            Arc::new(KeyPolicy { revision, version: record.version, compiled })
        });
    }

    fn apply_material(
        &mut self,
        arn: &KeyArn,
        id: KeyMaterialId,
        record: Option<MaterialRecord>,
        revision: Revision,
    ) {
        let Some(key) = self.keys.get_mut(arn) else { return };
        let key = Arc::make_mut(key);
        if let Some(on) = key.next_expiry() {
            self.expiries.remove(&(on, arn.clone()));
        }
        key.materials.retain(|(have, _, _)| *have != id);
        if let Some(record) = record {
            key.materials.push((id, revision, Arc::new(record)));
        }
        if let Some(on) = key.next_expiry() {
            self.expiries.insert((on, arn.clone()));
        }
    }

    fn apply_alias(&mut self, arn: AliasArn, record: Option<AliasRecord>, revision: Revision) {
        let target = |record: &AliasRecord| {
            let key = KeyArn { account: arn.account, region: arn.region.clone(), key: record.target };
            (key, arn.alias.clone())
        };
        if let Some(before) = self.aliases.remove(&arn) {
            self.by_target.remove(&target(&before.record));
        }
        if let Some(record) = record {
            self.by_target.insert(target(&record));
            self.aliases.insert(arn, Arc::new(Alias { record, revision }));
        }
    }

    /// The key of this name, unless its deletion day has come.
    pub fn key(&self, arn: &KeyArn, now: Timestamp) -> Option<&Arc<Key>> {
        self.keys.get(arn).filter(|key| !key.is_deleted(now))
    }

    /// The key of this name as long as it has a record, even after its deletion day.
    pub fn stored(&self, arn: &KeyArn) -> Option<&Arc<Key>> {
        self.keys.get(arn)
    }

    /// The key of this id in a Region, whosever it is.
    pub fn key_by_id(&self, region: &Region, key: KeyId, now: Timestamp) -> Option<&Arc<Key>> {
        let account = *self.by_id.get(&(region.clone(), key))?;
        self.key(&KeyArn { account, region: region.clone(), key }, now)
    }

    /// The alias of this name.
    pub fn alias(&self, arn: &AliasArn) -> Option<(&AliasRecord, Revision)> {
        self.aliases.get(arn).map(|alias| (&alias.record, alias.revision))
    }

    /// The key that an alias stands for.
    pub fn key_of_alias(&self, arn: &AliasArn, now: Timestamp) -> Option<&Arc<Key>> {
        let (alias, _) = self.alias(arn)?;
        self.key(&KeyArn { account: arn.account, region: arn.region.clone(), key: alias.target }, now)
    }

    /// The names of a key's aliases, in order.
    pub fn aliases_of<'a>(&'a self, key: &KeyArn) -> impl Iterator<Item = &'a AliasName> + use<'a> {
        let key = key.clone();
        self.by_target
            .range((Bound::Included((key.clone(), AliasName::lowest())), Bound::Unbounded))
            .take_while(move |(target, _)| *target == key)
            .map(|(_, alias)| alias)
    }

    /// The keys of an account in a Region after `after`, in id order.
    pub fn keys_of<'a>(
        &'a self,
        account: AccountId,
        region: &Region,
        after: Option<KeyId>,
        now: Timestamp,
    ) -> impl Iterator<Item = &'a Arc<Key>> + use<'a> {
        let region = region.clone();
        let start = |key| KeyArn { account, region: region.clone(), key };
        let bound = match after {
            Some(key) => Bound::Excluded(start(key)),
            None => Bound::Included(start(KeyId::from_parts([0; 16], false))),
        };
        self.keys
            .range((bound, Bound::Unbounded))
            .take_while(move |(arn, _)| arn.account == account && arn.region == region)
            .map(|(_, key)| key)
            .filter(move |key| !key.is_deleted(now))
    }

    /// The Regions in which an account has customer managed keys, in order.
    pub fn regions_of(&self, account: AccountId) -> impl Iterator<Item = &Region> {
        self.counts.keys().filter(move |(owner, _)| *owner == account).map(|(_, region)| region)
    }

    /// When a policy of any key of the account was last put.
    pub fn policies_changed(&self, account: AccountId) -> Revision {
        self.policies_changed.get(&account).copied().unwrap_or_default()
    }

    /// How many keys there are in all.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// How many customer managed keys an account has in a Region.
    pub fn count_of(&self, account: AccountId, region: &Region) -> usize {
        self.counts.get(&(account, region.clone())).copied().unwrap_or_default()
    }

    /// The aliases of an account in a Region after `after`, in name order.
    pub fn aliases_in<'a>(
        &'a self,
        account: AccountId,
        region: &Region,
        after: Option<&AliasName>,
    ) -> impl Iterator<Item = (&'a AliasArn, &'a AliasRecord)> + use<'a> {
        let region = region.clone();
        let start = |alias| AliasArn { account, region: region.clone(), alias };
        let bound = match after {
            Some(alias) => Bound::Excluded(start(alias.clone())),
            None => Bound::Included(start(AliasName::lowest())),
        };
        self.aliases
            .range((bound, Bound::Unbounded))
            .take_while(move |(arn, _)| arn.account == account && arn.region == region)
            .map(|(arn, alias)| (arn, &alias.record))
    }

    /// The keys whose deletion day has come, earliest first.
    pub fn due_for_deletion(&self, now: Timestamp) -> impl Iterator<Item = &Arc<Key>> {
        self.due(&self.deletions, now)
    }

    /// The keys of a calendar whose day has come, earliest first.
    pub(crate) fn due<'a>(
        &'a self,
        calendar: &'a OrdSet<(Timestamp, KeyArn)>,
        now: Timestamp,
    ) -> impl Iterator<Item = &'a Arc<Key>> {
        calendar.iter().take_while(move |(on, _)| *on <= now).filter_map(|(_, arn)| self.keys.get(arn))
    }
}
