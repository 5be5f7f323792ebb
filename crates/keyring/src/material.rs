use crate::key::parse_key_arn;
use gatekey_store::table::Table;
use gatekey_types::{KeyArn, KeyMaterialId, Timestamp};
use serde::{Deserialize, Serialize};

/// One material of a key, sealed. The sealed bytes are opaque here: only `crypto` can look inside.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaterialRecord {
    /// When it was made or imported.
    pub created: Timestamp,
    /// The material, wrapped by `crypto` under a domain key.
    #[serde(with = "hex_bytes")]
    pub sealed: Vec<u8>,
}

impl core::fmt::Debug for MaterialRecord {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("MaterialRecord").field("created", &self.created).finish_non_exhaustive()
    }
}

/// The table of materials: account, Region, key id, material id.
pub struct MaterialTable;

impl Table for MaterialTable {
    const NAME: &'static str = "materials";
    const SCHEMA: u8 = 1;
    type Key = (KeyArn, KeyMaterialId);
    type Record = MaterialRecord;

    fn encode_key((key, material): &Self::Key) -> String {
        format!("{}/{}/{}/{material}", key.account, key.region, key.key)
    }

    fn decode_key(text: &str) -> Option<Self::Key> {
        let (key, material) = text.rsplit_once('/')?;
        Some((parse_key_arn(key)?, material.parse().ok()?))
    }
}

/// Bytes as hex digits in a JSON record.
mod hex_bytes {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        hex::decode(String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
