//! Shapes that CloudTrail names differently from the wire.

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
        map.end()
    }
}
