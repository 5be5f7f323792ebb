//! Shapes that CloudTrail names differently from the wire.

use gatekey_gate::Draft;
use gatekey_keyring::KeyRecord;
use gatekey_model::kms;
use gatekey_wire::json;
use serde::{Serialize, Serializer, ser::SerializeMap};

/// Sets the parameters of what is asked for all the time. They are the same as [`Draft::set_parameters`] makes, but written as
/// answers are, which looks at a text as a whole and not at every letter.
pub(crate) fn set_parameters(draft: &mut Draft, parameters: &impl Serialize) {
    match json::encode(parameters) {
        Ok(json) => draft.set_parameters_json(json),
        // What is written like no answer is still written.
        Err(_) => draft.set_parameters(parameters),
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Parameters<'a> {
        key_id: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        encryption_context: &'a Option<BTreeMap<String, String>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        number_of_bytes: Option<i32>,
        encryption_algorithm: kms::EncryptionAlgorithmSpec,
    }

    /// What the parameters of frequent operations are made of is written, and needs no second way.
    #[test]
    fn parameters_are_written_as_answers_are() {
        let written = |context: Option<&[(&str, &str)]>, number_of_bytes| {
            let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
            let parameters = Parameters {
                key_id: "alias/\"é\n",
                encryption_context: &context.map(|pairs| pairs.iter().map(owned).collect()),
                number_of_bytes,
                encryption_algorithm: kms::EncryptionAlgorithmSpec::SymmetricDefault,
            };
            String::from_utf8(json::encode(&parameters).unwrap()).unwrap()
        };
        let algorithm = r#""encryptionAlgorithm":"SYMMETRIC_DEFAULT"}"#;
        assert_eq!(written(None, None), format!(r#"{{"keyId":"alias/\"é\n",{algorithm}"#));
        assert_eq!(
            written(Some(&[("b\\", "2"), ("a", "\u{1}")]), Some(-7)),
            format!(
                r#"{{"keyId":"alias/\"é\n","encryptionContext":{{"a":"\u0001","b\\":"2"}},"numberOfBytes":-7,{algorithm}"#
            )
        );
        assert!(written(Some(&[]), None).contains(r#""encryptionContext":{},"#));
    }
}
