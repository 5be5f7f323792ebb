//! Grants: what the store keeps of them, and the grants of a key as a snapshot has them.

use crate::{Key, Keyring, key::parse_key_arn};
use core::ops::Bound;
use gatekey_policy::{Grant, GrantIndex, Party};
use gatekey_store::{
    Revision,
    table::{Edit, Expected, Table},
};
use gatekey_types::{GrantId, KeyArn, PrincipalArn, Region, Timestamp};
use imbl::{OrdMap, OrdSet};
use serde::{Deserialize, Serialize};
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, LazyLock},
};

/// What the store keeps of a grant. It never changes; it is made and deleted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct GrantRecord {
    /// The name by which a repeated request is known.
    pub name: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// Who may do what, and who may retire it.
    #[serde(with = "shared")]
    pub grant: Arc<Grant>,
}

/// What is shared in memory is written as itself.
mod shared {
    use super::{Arc, Deserialize, Grant, Serialize};
    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(grant: &Arc<Grant>, serializer: S) -> Result<S::Ok, S::Error> {
        Grant::serialize(grant, serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<Grant>, D::Error> {
        Grant::deserialize(deserializer).map(Arc::new)
    }
}

/// The table of grants: account, Region, key id, grant id.
pub struct GrantTable;

impl Table for GrantTable {
    const NAME: &'static str = "grants";
    const SCHEMA: u8 = 1;
    type Key = (KeyArn, GrantId);
    type Record = GrantRecord;

    fn encode_key((key, grant): &Self::Key) -> String {
        format!("{}/{}/{}/{grant}", key.account, key.region, key.key)
    }

    fn decode_key(text: &str) -> Option<Self::Key> {
        let (key, grant) = text.rsplit_once('/')?;
        Some((parse_key_arn(key)?, grant.parse().ok()?))
    }
}

/// What every grant writes that must be alone: one that has a name, and one near the quota. Of two such that are made at the
/// same moment one is decided again, and then sees the other.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct GrantTurn {
    /// When the last one was made.
    pub last: Timestamp,
}

/// The table of these: account, Region, key id.
pub struct GrantTurnTable;

impl Table for GrantTurnTable {
    const NAME: &'static str = "grant-turns";
    const SCHEMA: u8 = 1;
    type Key = KeyArn;
    type Record = GrantTurn;

    fn encode_key(key: &KeyArn) -> String {
        crate::KeyTable::encode_key(key)
    }

    fn decode_key(text: &str) -> Option<KeyArn> {
        parse_key_arn(text)
    }
}

/// A grant as a snapshot has it.
#[derive(Debug)]
pub struct HeldGrant {
    /// What the store has of it.
    pub record: GrantRecord,
    /// The revision of that record: the commit that made the grant.
    pub revision: Revision,
}

impl HeldGrant {
    /// Its id.
    pub fn id(&self) -> GrantId {
        self.record.grant.id
    }

    /// Deletes it.
    pub fn deleted(&self, key: &KeyArn) -> Edit {
        Edit::delete::<GrantTable>(&(key.clone(), self.id()), self.revision)
    }

    /// Insists that it is there while something is changed by its right.
    pub fn kept(&self, key: &KeyArn) -> Edit {
        kept_grant(key, self.id(), self.revision)
    }
}

/// Insists that the grant that was made by this commit is there.
pub fn kept_grant(key: &KeyArn, id: GrantId, revision: Revision) -> Edit {
    Edit::keep::<GrantTable>(&(key.clone(), id), revision)
}

/// The grants of one key. Persistent: a clone is cheap and shares everything.
#[derive(Clone, Default, Debug)]
pub struct KeyGrants {
    /// By who may use them: what a decision asks.
    pub index: GrantIndex,
    by_id: OrdMap<GrantId, Arc<HeldGrant>>,
    /// By name and what else a repeated request has in common with the first.
    named: OrdSet<(u64, GrantId)>,
    turn: Option<Revision>,
}

/// So close to the quota grants are made one by one, so that it holds.
const NEAR: usize = 256;

/// The grants of every key that has none.
static NONE: LazyLock<Arc<KeyGrants>> = LazyLock::new(Arc::default);

impl KeyGrants {
    /// No grants: most keys have none, and share this.
    pub fn none() -> Arc<Self> {
        Arc::clone(&NONE)
    }

    /// These, and one more that is only supposed: decisions meet it, and nothing else does.
    #[must_use]
    pub fn supposing(&self, grant: Arc<Grant>) -> Self {
        let mut grants = self.clone();
        grants.index.insert(grant);
        grants
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// The grant of this id.
    pub fn get(&self, id: &GrantId) -> Option<&Arc<HeldGrant>> {
        self.by_id.get(id)
    }

    /// The grants after `after`, by id.
    pub fn after(&self, after: Option<&GrantId>) -> impl Iterator<Item = &Arc<HeldGrant>> {
        let start = after.map_or(Bound::Unbounded, |id| Bound::Excluded(*id));
        self.by_id.range((start, Bound::Unbounded)).map(|(_, held)| held)
    }

    /// The first `limit` grants of this grantee after `after`, by id.
    pub fn of_grantee(&self, grantee: &Party, after: Option<&GrantId>, limit: usize) -> Vec<&Arc<HeldGrant>> {
        let grants = self.index.of_grantee(grantee, after, limit);
        grants.into_iter().filter_map(|grant| self.get(&grant.id)).collect()
    }

    /// The grant that an equal request has made, by its name: AWS gives it back instead of making another.
    pub fn repeated(&self, record: &GrantRecord) -> Option<&Arc<HeldGrant>> {
        let mark = mark(record)?;
        let first = GrantId::from_bytes([0; 32]);
        let marked = self.named.range((mark, first)..).take_while(|(found, _)| *found == mark);
        let mut held = marked.filter_map(|(_, id)| self.by_id.get(id));
        held.find(|held| held.record.name == record.name && is_alike(&held.record.grant, &record.grant))
    }

    pub(crate) fn turn(&mut self, revision: Option<Revision>) {
        self.turn = revision;
    }

    pub(crate) fn put(&mut self, held: HeldGrant) {
        let id = held.id();
        self.remove(&id);
        self.named.extend(mark(&held.record).map(|mark| (mark, id)));
        self.index.insert(Arc::clone(&held.record.grant));
        self.by_id.insert(id, Arc::new(held));
    }

    pub(crate) fn remove(&mut self, id: &GrantId) -> Option<Arc<HeldGrant>> {
        let held = self.by_id.remove(id)?;
        self.index.remove(id);
        if let Some(mark) = mark(&held.record) {
            self.named.remove(&(mark, *id));
        }
        Some(held)
    }
}

/// Whether two requests asked for the same, whatever their ids.
fn is_alike(one: &Grant, other: &Grant) -> bool {
    one.grantee.is_same_as(&other.grantee)
        && match (&one.retiring, &other.retiring) {
            (Some(one), Some(other)) => one.is_same_as(other),
            (None, None) => true,
            _ => false,
        }
        && one.issuing_account == other.issuing_account
        && one.terms == other.terms
}

/// Equal for equal requests with a name. Others may share it: it only says where to look.
fn mark(record: &GrantRecord) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    record.name.as_ref()?.hash(&mut hasher);
    let Grant { grantee, retiring, issuing_account, terms, .. } = &*record.grant;
    (party_name(grantee), retiring.as_ref().map(party_name), issuing_account, terms).hash(&mut hasher);
    Some(hasher.finish())
}

/// Who may retire which grant, in the order of a listing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Retirable {
    region: Region,
    party: String,
    /// Which grant. Nothing comes before every grant.
    at: Option<(KeyArn, GrantId)>,
}

impl Retirable {
    pub(crate) fn of(key: &KeyArn, grant: &Grant) -> Option<Self> {
        let party = party_name(grant.retiring.as_ref()?);
        Some(Self { region: key.region.clone(), party, at: Some((key.clone(), grant.id)) })
    }
}

/// A text that two parties share exactly if they mean the same principal.
fn party_name(party: &Party) -> String {
    match party {
        Party::Id(id) => id.to_string(),
        Party::Service(service) => service.to_string(),
        Party::Principal { arn: PrincipalArn::User(..) | PrincipalArn::Role(..), id: Some(id) } => {
            id.to_string()
        }
        Party::Principal { arn, id: Some(id) } => format!("{arn} {id}"),
        Party::Principal { arn, id: None } => arn.to_string(),
    }
}

impl Key {
    /// Makes a grant. `most` is how many the key may have.
    pub fn with_grant(&self, record: &GrantRecord, most: usize) -> Vec<Edit> {
        let mut edits = vec![Edit::insert::<GrantTable>(&(self.arn.clone(), record.grant.id), record)];
        if record.name.is_some() || self.grants.len() + NEAR >= most {
            let expected = self.grants.turn.map_or(Expected::Absent, Expected::Unchanged);
            let turn = GrantTurn { last: record.created };
            edits.push(Edit::put::<GrantTurnTable>(&self.arn, expected, &turn));
        }
        edits
    }

    /// Deletes every grant of the key, and what orders them.
    pub fn without_grants(&self) -> Vec<Edit> {
        let turn = self.grants.turn.map(|turn| Edit::delete::<GrantTurnTable>(&self.arn, turn));
        self.grants.after(None).map(|held| held.deleted(&self.arn)).chain(turn).collect()
    }
}

impl Keyring {
    /// The grants on keys of a Region that this principal may retire, on whosever keys, after `after`.
    pub fn retirable<'a>(
        &'a self,
        party: &Party,
        region: &Region,
        after: Option<(KeyArn, GrantId)>,
        now: Timestamp,
    ) -> impl Iterator<Item = (&'a Arc<Key>, &'a Arc<HeldGrant>)> + use<'a> {
        let (party, region) = (party_name(party), region.clone());
        let start = Retirable { region: region.clone(), party: party.clone(), at: after };
        let found = self.retirable.range((Bound::Excluded(start), Bound::Unbounded));
        found.take_while(move |entry| entry.region == region && entry.party == party).filter_map(
            move |entry| {
                let (key, grant) = entry.at.as_ref()?;
                let key = self.key(key, now)?;
                Some((key, key.grants.get(grant)?))
            },
        )
    }

    pub(crate) fn apply_grant(
        &mut self,
        (arn, id): (KeyArn, GrantId),
        record: Option<GrantRecord>,
        revision: Revision,
    ) {
        let Some(key) = self.keys.get_mut(&arn) else { return };
        let grants = Arc::make_mut(&mut Arc::make_mut(key).grants);
        if let Some(before) = grants.remove(&id).and_then(|held| Retirable::of(&arn, &held.record.grant)) {
            self.retirable.remove(&before);
        }
        if let Some(record) = record {
            self.retirable.extend(Retirable::of(&arn, &record.grant));
            grants.put(HeldGrant { record, revision });
        }
    }

    pub(crate) fn apply_grant_turn(&mut self, arn: &KeyArn, revision: Option<Revision>) {
        if let Some(key) = self.keys.get_mut(arn) {
            Arc::make_mut(&mut Arc::make_mut(key).grants).turn(revision);
        }
    }
}
