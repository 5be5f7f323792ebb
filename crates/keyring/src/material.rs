use crate::key::parse_key_arn;
use gatekey_store::table::Table;
use gatekey_types::{KeyArn, KeyMaterialId, Timestamp};
use serde::{Deserialize, Serialize};

/// One material of a key, sealed. The sealed bytes are opaque here: only `crypto` can look inside.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaterialRecord {
    /// When it was made or imported.
    pub created: Timestamp,
    /// The material, wrapped by `crypto` under a domain key; empty once imported material was deleted or has expired.
    #[serde(with = "hex_bytes")]
    pub sealed: Vec<u8>,
    /// The rotation by which it became, or ceased to wait to be, the current one; nothing for a key's first material.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotated: Option<Rotated>,
    /// What was said of it when it was imported; nothing for material made here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<Imported>,
    /// Set while it waits to become the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<PendingMaterial>,
}

/// How a key was rotated.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum RotationType {
    /// On its schedule.
    Automatic,
    /// By RotateKeyOnDemand.
    OnDemand,
}

/// A rotation that made a material current.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Rotated {
    /// When.
    pub on: Timestamp,
    /// Why.
    pub kind: RotationType,
}

/// What goes with an imported material.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Imported {
    /// The owner's words about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// When it expires, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
}

/// What a material that is not current yet waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum PendingMaterial {
    /// RotateKeyOnDemand.
    Rotation,
    /// Its import into every replica, then RotateKeyOnDemand.
    MultiRegionImportAndRotation,
}

impl MaterialRecord {
    /// Material that was made here.
    pub fn new(created: Timestamp, sealed: Vec<u8>) -> Self {
        Self { created, sealed, rotated: None, imported: None, pending: None }
    }

    /// As a replica key gets it: imported material must be imported there too.
    pub(crate) fn for_replica(&self) -> Self {
        match self.imported {
            Some(_) => Self { sealed: Vec::new(), imported: Some(Imported::default()), ..self.clone() },
            None => self.clone(),
        }
    }

    /// Whether its bytes are there.
    pub fn is_present(&self) -> bool {
        !self.sealed.is_empty()
    }

    /// Whether its day has come, for imported material that has one.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.imported.as_ref().and_then(|imported| imported.expires).is_some_and(|on| on <= now)
    }
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
