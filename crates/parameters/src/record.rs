use crate::{ParameterKey, ParameterName};
use core::fmt;
use gatekey_store::table::{Table, in_region};
use gatekey_types::{AccountId, Region, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Tags of a parameter.
pub type Tags = BTreeMap<String, String>;

/// What a parameter's values are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Kind {
    /// A text.
    String,
    /// Texts between commas.
    StringList,
    /// A text that KMS encrypts.
    SecureString,
}

/// What a parameter may hold, and how it is encrypted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Tier {
    /// 4 KB, no policies; encrypted by KMS itself.
    Standard,
    /// 8 KB; encrypted under a data key.
    Advanced,
}

impl Tier {
    /// The longest value, in bytes.
    pub const fn longest_value(self) -> usize {
        match self {
            Self::Standard => 4096,
            Self::Advanced => 8192,
        }
    }
}

/// A policy of an advanced parameter.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ParameterPolicy {
    /// `Expiration`, `ExpirationNotification` or `NoChangeNotification`.
    pub kind: String,
    /// As it was sent, for whoever asks.
    pub text: String,
    /// When it deletes the parameter, if that is what it does.
    pub expires: Option<Timestamp>,
}

/// What is said of one version, beside its value.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Details {
    /// What the value is.
    pub kind: Kind,
    /// The tier.
    pub tier: Tier,
    /// The KMS key, as the request named it; for what is encrypted.
    pub key_id: Option<String>,
    /// Free text.
    pub description: Option<String>,
    /// What values must match.
    pub pattern: Option<String>,
    /// Policies, in the order in which they were sent.
    pub policies: Vec<ParameterPolicy>,
    /// What the value is checked to be.
    pub data_type: String,
    /// When the version was made.
    pub modified: Timestamp,
    /// Who made it: an ARN.
    pub author: String,
}

/// What the store keeps of a parameter, without its values.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ParameterRecord {
    /// Tells its versions from those of an earlier parameter of the same name. Random, 32 hexadecimal digits.
    pub id: String,
    /// The newest version.
    pub version: u64,
    /// The oldest version that is kept.
    pub oldest: u64,
    /// What is said of the newest version.
    pub details: Details,
    /// Which version each label is at.
    pub labels: BTreeMap<String, u64>,
    /// Its tags.
    pub tags: Tags,
    /// Whether it had tags once: searches by tag know it still.
    pub had_tags: bool,
}

impl ParameterRecord {
    /// When its policy deletes it.
    pub fn expires(&self) -> Option<Timestamp> {
        self.details.policies.iter().find_map(|policy| policy.expires)
    }

    /// The labels of a version, in order.
    pub fn labels_of(&self, version: u64) -> impl Iterator<Item = &String> {
        self.labels.iter().filter(move |(_, at)| **at == version).map(|(label, _)| label)
    }
}

/// The table of parameters: account, Region, name.
pub struct ParameterTable;

impl Table for ParameterTable {
    const NAME: &'static str = "parameters";
    const SCHEMA: u8 = 1;
    type Key = ParameterKey;
    type Record = ParameterRecord;

    fn encode_key(key: &ParameterKey) -> String {
        format!("{}/{}/{}", key.account, key.region, key.name)
    }

    fn decode_key(text: &str) -> Option<ParameterKey> {
        let (account, region, name) = in_region(text)?;
        Some(ParameterKey { account, region, name: ParameterName::of(name)? })
    }
}

/// A version's value, as it is stored: what is encrypted is so before it comes here.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// In the clear, but for the seal of every record.
    Plain(String),
    /// KMS's ciphertext in base64.
    Encrypted(String),
    /// An envelope in base64: the data key as KMS encrypted it, then the value under it.
    Enveloped(String),
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[SENSITIVE]")
    }
}

/// One version. It is written once and never changed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct VersionRecord {
    /// What is said of it.
    pub details: Details,
    /// Its value.
    pub value: Value,
}

/// Which version: the parameter's account, Region and id, and the number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VersionKey {
    /// The account.
    pub account: AccountId,
    /// The Region.
    pub region: Region,
    /// The parameter's id.
    pub id: String,
    /// The number.
    pub version: u64,
}

/// The table of versions: account, Region, parameter id, number. No snapshot shows it.
pub struct VersionTable;

impl Table for VersionTable {
    const NAME: &'static str = "parameter-versions";
    const SCHEMA: u8 = 1;
    type Key = VersionKey;
    type Record = VersionRecord;

    fn encode_key(key: &VersionKey) -> String {
        format!("{}/{}/{}/{:020}", key.account, key.region, key.id, key.version)
    }

    fn decode_key(text: &str) -> Option<VersionKey> {
        let (rest, version) = text.rsplit_once('/')?;
        let RemainsKey { account, region, id } = RemainsTable::decode_key(rest)?;
        Some(VersionKey { account, region, id, version: version.parse().ok()? })
    }
}

/// A parameter that is deleted, and whose versions are still to be.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct RemainsKey {
    /// The account.
    pub account: AccountId,
    /// The Region.
    pub region: Region,
    /// The parameter's id.
    pub id: String,
}

/// What is left of a deleted parameter: its versions, more than one transaction takes. They are deleted soon.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Remains {
    /// The oldest version that is left.
    pub oldest: u64,
    /// The newest.
    pub newest: u64,
}

/// The table of remains: account, Region, parameter id.
pub struct RemainsTable;

impl Table for RemainsTable {
    const NAME: &'static str = "parameter-remains";
    const SCHEMA: u8 = 1;
    type Key = RemainsKey;
    type Record = Remains;

    fn encode_key(key: &RemainsKey) -> String {
        format!("{}/{}/{}", key.account, key.region, key.id)
    }

    fn decode_key(text: &str) -> Option<RemainsKey> {
        let (account, region, id) = in_region(text)?;
        Some(RemainsKey { account, region, id: id.to_owned() })
    }
}
