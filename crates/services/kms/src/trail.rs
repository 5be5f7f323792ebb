//! Shapes that CloudTrail names differently from the wire.

use gatekey_keyring::KeyRecord;
use gatekey_model::kms;
use serde::{Serialize, Serializer, ser::SerializeMap};

/// CreateKey's answer in an event: the metadata with CloudTrail's names, `keyMetadata.keyId` and so on.
pub(crate) struct KeyMetadata<'a> {
    pub(crate) key_metadata: Option<&'a kms::KeyMetadata>,
}

impl Serialize for KeyMetadata<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        if let Some(metadata) = self.key_metadata {
            map.serialize_entry("keyMetadata", &Named(metadata))?;
        }
        map.end()
    }
}

/// ReplicateKey's answer in an event.
pub(crate) struct Replica<'a> {
    pub(crate) metadata: Option<&'a kms::KeyMetadata>,
    pub(crate) policy: Option<&'a str>,
}

impl Serialize for Replica<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(metadata) = self.metadata {
            map.serialize_entry("replicaKeyMetadata", &Named(metadata))?;
        }
        map.serialize_entry("replicaPolicy", &self.policy)?;
        map.end()
    }
}

/// CreateKey's parameters in an event.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateKey<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) policy: Option<&'a str>,
    pub(crate) description: &'a str,
    pub(crate) key_usage: &'a str,
    pub(crate) key_spec: &'a str,
    pub(crate) customer_master_key_spec: &'a str,
    pub(crate) origin: &'a str,
    pub(crate) multi_region: bool,
    pub(crate) bypass_policy_lockout_safety_check: bool,
    pub(crate) tags: &'a [kms::Tag],
}

/// What CreateKey would have been asked for in the Region of a replica.
pub(crate) fn created<'a>(request: &'a kms::ReplicateKeyRequest, replica: &'a KeyRecord) -> CreateKey<'a> {
    CreateKey {
        policy: request.policy.as_deref(),
        description: &replica.description,
        key_usage: replica.usage.as_str(),
        key_spec: replica.spec.as_str(),
        customer_master_key_spec: replica.spec.as_str(),
        origin: replica.origin.as_str(),
        multi_region: true,
        bypass_policy_lockout_safety_check: request.bypass_policy_lockout_safety_check == Some(true),
        tags: request.tags.as_deref().unwrap_or_default(),
    }
}

/// A multi-Region key's members in an event.
struct Members<'a>(&'a kms::MultiRegionConfiguration);

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("multiRegionKeyType", &self.0.multi_region_key_type)?;
        map.serialize_entry("primaryKey", &self.0.primary_key.as_ref().map(Member::of))?;
        let replicas: Vec<_> = self.0.replica_keys.iter().flatten().map(Member::of).collect();
        map.serialize_entry("replicaKeys", &replicas)?;
        map.end()
    }
}

/// One of them.
#[derive(Serialize)]
struct Member<'a> {
    arn: Option<&'a str>,
    region: Option<&'a str>,
}

impl<'a> Member<'a> {
    fn of(key: &'a kms::MultiRegionKey) -> Self {
        Self { arn: key.arn.as_deref(), region: key.region.as_deref() }
    }
}

/// The members of the metadata that an event tells.
struct Named<'a>(&'a kms::KeyMetadata);

impl Serialize for Named<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let key = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("aWSAccountId", &key.aws_account_id)?;
        map.serialize_entry("keyId", &key.key_id)?;
        map.serialize_entry("arn", &key.arn)?;
        map.serialize_entry("enabled", &key.enabled)?;
        map.serialize_entry("description", &key.description)?;
        map.serialize_entry("keyUsage", &key.key_usage)?;
        map.serialize_entry("keyState", &key.key_state)?;
        map.serialize_entry("origin", &key.origin)?;
        map.serialize_entry("keyManager", &key.key_manager)?;
        map.serialize_entry("keySpec", &key.key_spec)?;
        map.serialize_entry("multiRegion", &key.multi_region)?;
        if let Some(members) = &key.multi_region_configuration {
            map.serialize_entry("multiRegionConfiguration", &Members(members))?;
        }
        map.end()
    }
}
