//! One secret, as the snapshot shows it.

use crate::{PolicyDocument, SecretKey, SecretRecord, SecretTable, ValueKey, VersionRecord, secret_arn};
use core::fmt;
use gatekey_policy::{Context, Interner, KeyName, Kind, Policy};
use gatekey_store::{Revision, table::Edit};
use gatekey_types::{Arn, Timestamp};
use std::sync::Arc;

/// A secret without its values: its record, the revision of that, and its policy ready to decide.
#[derive(Clone, Debug)]
pub struct Secret {
    /// What names it.
    pub key: SecretKey,
    /// Its ARN.
    pub arn: Arn,
    /// What is kept of it.
    pub record: SecretRecord,
    /// The revision of the record.
    pub revision: Revision,
    /// Its resource policy.
    pub policy: Option<Arc<Policy>>,
}

/// A replica is changed through its primary only. `Display` is AWS's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfAnother;

impl fmt::Display for OfAnother {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
        )
    }
}

impl core::error::Error for OfAnother {}

/// The secret waits for its deletion. `Display` is AWS's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkedForDeletion;

impl fmt::Display for MarkedForDeletion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("You can't perform this operation on the secret because it was marked for deletion.")
    }
}

impl core::error::Error for MarkedForDeletion {}

impl Secret {
    pub(crate) fn new(key: SecretKey, record: SecretRecord, revision: Revision, interner: &Interner) -> Self {
        let compiled =
            |document: &PolicyDocument| interner.read_stored(&document.text, Kind::Resource, &document.pins);
        let policy = record.policy.as_ref().map(compiled);
        Self { arn: secret_arn(&key, &record.suffix), key, record, revision, policy }
    }

    /// Insists that its deletion was not ordered.
    ///
    /// # Errors
    /// [`MarkedForDeletion`]
    pub fn live(&self) -> Result<(), MarkedForDeletion> {
        if self.record.due.is_some() { Err(MarkedForDeletion) } else { Ok(()) }
    }

    /// Whether its waiting period is over: it is gone for every caller.
    pub fn is_gone(&self, now: Timestamp) -> bool {
        self.record.due.is_some_and(|due| due <= now)
    }

    /// Whether it follows a primary in another Region.
    pub fn is_replica(&self) -> bool {
        self.record.primary.as_ref().is_some_and(|primary| *primary != self.key.region)
    }

    /// Insists that it follows no other.
    ///
    /// # Errors
    /// [`OfAnother`]
    pub fn own(&self) -> Result<(), OfAnother> {
        if self.is_replica() { Err(OfAnother) } else { Ok(()) }
    }

    /// Whether searches by tag know it: it has tags, or had some.
    pub fn is_tagged(&self) -> bool {
        self.record.had_tags || !self.record.tags.is_empty()
    }

    /// Sets the condition keys that describe it: its tags, where its primary is, and which function rotates it.
    pub fn set_own_keys<'a>(&'a self, context: &mut Context<'a>) {
        let tags = || self.record.tags.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        context.set_family(KeyName::AwsResourceTag, tags());
        context.set_family_named("secretsmanager:ResourceTag/", tags());
        let primary = self.record.primary.as_ref().unwrap_or(&self.key.region);
        context.set("secretsmanager:SecretPrimaryRegion", primary.as_str());
        if let Some(rotation) = &self.record.rotation {
            context.set("secretsmanager:resource/AllowRotationLambdaArn", rotation.function.as_str());
        }
    }

    /// Writes this in its place; it must not have changed meanwhile.
    pub fn update(&self, record: &SecretRecord) -> Edit {
        Edit::update::<SecretTable>(&self.key, self.revision, record)
    }

    /// Deletes it; the values of its versions are records of their own.
    pub fn delete(&self) -> Edit {
        Edit::delete::<SecretTable>(&self.key, self.revision)
    }

    /// Insists that it is as it was.
    pub fn kept(&self) -> Edit {
        Edit::keep::<SecretTable>(&self.key, self.revision)
    }

    /// Where the values of all its versions are.
    pub fn values(&self) -> impl Iterator<Item = ValueKey> {
        self.record.versions.values().filter_map(|version| self.value_key(version))
    }

    /// Where the value of a version is.
    pub fn value_key(&self, version: &VersionRecord) -> Option<ValueKey> {
        version.value.as_ref().map(|place| value_key(&self.key, &place.id))
    }
}

/// The key of a value.
pub fn value_key(of: &SecretKey, id: &str) -> ValueKey {
    ValueKey { account: of.account, region: of.region.clone(), id: id.to_owned() }
}

/// Makes a secret of a name that must be free.
pub fn insert_secret(key: &SecretKey, record: &SecretRecord) -> Edit {
    Edit::insert::<SecretTable>(key, record)
}
