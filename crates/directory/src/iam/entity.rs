//! What all entities of IAM have in common: an account, an id, a name, a path, tags; and how they are kept.

use core::marker::PhantomData;
use gatekey_policy::{Attachment, Interner, Kind, Policy};
use gatekey_store::{
    Revision,
    table::{Edit, Expected, Table},
};
use gatekey_types::{AccountId, Arn, Entropy, Partition, Timestamp, UniqueId};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{collections::BTreeMap, sync::Arc};

/// Tags by key. IAM keeps the case of a key, and takes keys that differ in case only for the same.
pub type Tags = BTreeMap<String, String>;

/// What every entity has.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Header {
    /// Its id, which a namesake made later does not have.
    pub id: UniqueId,
    /// Its name, as it was written. Names that differ in case only are the same.
    pub name: String,
    /// `/`, or `/a/b/`.
    pub path: String,
    /// When it was made.
    pub created: Timestamp,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

impl Header {
    /// The header of an entity that is being made.
    pub fn new<R: EntityRecord>(name: &str, path: &str, now: Timestamp, entropy: &dyn Entropy) -> Self {
        let id = UniqueId::from_random(R::ID_PREFIX, entropy.bytes());
        Self { id, name: name.to_owned(), path: path.to_owned(), created: now, tags: Tags::new() }
    }
}

/// A kind of entity: how its records are kept and named.
pub trait EntityRecord: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The table of its records.
    const TABLE: &'static str;
    /// Its ARN's resource up to the path, as in `user`.
    const ARN_TYPE: &'static str;
    /// What its ids begin with.
    const ID_PREFIX: &'static str;

    /// What every entity has.
    fn header(&self) -> &Header;
    /// The same, to change it.
    fn header_mut(&mut self) -> &mut Header;

    /// The documents that it holds for others to be decided by, with their names: inline policies, or the default
    /// version of a managed policy.
    fn documents(&self) -> Vec<(&str, &str)> {
        Vec::new()
    }

    /// The trust policy, of a role.
    fn trust(&self) -> Option<&crate::Document> {
        None
    }

    /// What it refers to, so that [`Directory::referrers`](crate::Directory::referrers) can tell who refers to that: ARNs
    /// of attached policies, `boundary:ARN`, ids of groups, roles and users.
    fn references(&self) -> Vec<String> {
        Vec::new()
    }

    /// The name under which it is found: IAM compares names without case.
    fn folded(name: &str) -> String {
        name.to_ascii_lowercase()
    }
}

/// The table of a kind of entity, by account and folded name.
pub struct EntityTable<R>(PhantomData<R>);

impl<R: EntityRecord> Table for EntityTable<R> {
    const NAME: &'static str = R::TABLE;
    const SCHEMA: u8 = 1;
    type Key = (AccountId, String);
    type Record = R;

    fn encode_key((account, folded): &(AccountId, String)) -> String {
        format!("{account}/{folded}")
    }

    fn decode_key(text: &str) -> Option<(AccountId, String)> {
        let (account, folded) = text.split_once('/')?;
        Some((account.parse().ok()?, folded.to_owned()))
    }
}

/// An entity as it is at one revision, ready to decide. Immutable.
#[derive(Debug)]
pub struct Entity<R> {
    /// Its account.
    pub account: AccountId,
    /// Its record.
    pub record: R,
    /// The revision of its record, which guards the next change.
    pub revision: Revision,
    /// Its documents, compiled, in the order of [`EntityRecord::documents`].
    pub compiled: Arc<[Attachment]>,
    /// Its trust policy, compiled.
    pub trust: Option<Arc<Policy>>,
}

impl<R: EntityRecord> Entity<R> {
    pub(crate) fn new(account: AccountId, record: R, revision: Revision, interner: &Interner) -> Self {
        let compile = |(name, document): (&str, &str)| {
            let policy = interner.read_stored(document, Kind::Identity, &BTreeMap::new());
            Attachment::inline(name, policy)
        };
        let compiled = record.documents().into_iter().map(compile).collect();
        let trust = record.trust().map(|trust| interner.read_stored(&trust.text, Kind::Trust, &trust.pins));
        Self { account, record, revision, compiled, trust }
    }

    /// What every entity has.
    pub fn header(&self) -> &Header {
        self.record.header()
    }
    /// Its id.
    pub fn id(&self) -> &UniqueId {
        &self.header().id
    }
    /// Its name.
    pub fn name(&self) -> &str {
        &self.header().name
    }

    /// Its ARN.
    pub fn arn(&self) -> Arn {
        arn_of::<R>(self.account, &self.header().path, self.name())
    }

    /// Whether this is its ARN. Unlike a comparison with [`Entity::arn`], it makes none.
    pub fn is_called(&self, arn: &Arn) -> bool {
        let name =
            arn.resource().strip_prefix(R::ARN_TYPE).and_then(|rest| rest.strip_prefix(&*self.header().path));
        let is_here =
            arn.service() == "iam" && arn.region().is_empty() && arn.account_text() == self.account.as_str();
        is_here && name == Some(self.name()) && arn.partition() == Partition::Aws.as_str()
    }

    fn key(&self) -> (AccountId, String) {
        (self.account, R::folded(self.name()))
    }

    /// Replaces its record. The name must be the same but for case: to rename, [`Entity::renamed`].
    pub fn update(&self, record: &R) -> Edit {
        Edit::update::<EntityTable<R>>(&self.key(), self.revision, record)
    }

    /// Writes it as it is: whoever meanwhile deletes it, or refers to it or ceases to, conflicts.
    pub fn touch(&self) -> Edit {
        self.update(&self.record)
    }

    /// Insists that nobody changes it meanwhile.
    pub fn keep(&self) -> Edit {
        Edit::keep::<EntityTable<R>>(&self.key(), self.revision)
    }

    /// Deletes it.
    pub fn delete(&self) -> Edit {
        Edit::delete::<EntityTable<R>>(&self.key(), self.revision)
    }

    /// Replaces its record by one that may have another name.
    pub fn renamed(&self, record: &R) -> Vec<Edit> {
        if R::folded(&record.header().name) == R::folded(self.name()) {
            return vec![self.update(record)];
        }
        vec![self.delete(), insert(self.account, record)]
    }
}

/// Makes an entity whose name is not taken.
pub fn insert<R: EntityRecord>(account: AccountId, record: &R) -> Edit {
    let key = (account, R::folded(&record.header().name));
    Edit::put::<EntityTable<R>>(&key, Expected::Absent, record)
}

/// The ARN that an entity of this path and name has.
pub fn arn_of<R: EntityRecord>(account: AccountId, path: &str, name: &str) -> Arn {
    Arn::of_parts(Partition::Aws, "iam", "", account, &format_args!("{}{path}{name}", R::ARN_TYPE))
}
