//! What the store keeps of secrets.

use gatekey_policy::Pins;
use gatekey_store::table::{Table, in_region};
use gatekey_types::{AccountId, Region, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Tags: key to value. Keys are distinct with case.
pub type Tags = BTreeMap<String, String>;

/// What names a secret within the server. Replicas have the name of their primary, in another Region.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SecretKey {
    /// Whose it is.
    pub account: AccountId,
    /// Where it is.
    pub region: Region,
    /// Its friendly name.
    pub name: String,
}

/// A secret without its values.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SecretRecord {
    /// The six random characters after the name in the ARN: of two secrets with the same name, one after the other, each
    /// has its own.
    pub suffix: String,
    /// When it was made.
    pub created: Timestamp,
    /// When anything about it last changed.
    pub changed: Timestamp,
    /// The day (its midnight, UTC) on which a value was last read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accessed: Option<Timestamp>,
    /// What its owner says it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The KMS key as the request named it; without one, the account's `alias/aws/secretsmanager`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<String>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
    /// Whether it had tags that were all taken away: searches by tag know it still.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub had_tags: bool,
    /// Its versions by id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub versions: BTreeMap<String, VersionRecord>,
    /// Its resource policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyDocument>,
    /// When it is to be deleted, while that was ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// Of a primary: its replicas in other Regions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub replicas: BTreeMap<Region, ReplicaRecord>,
    /// Where its primary is: of a replica that Region, of a primary with replicas its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary: Option<Region>,
}

/// A version of a secret.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct VersionRecord {
    /// When it was made.
    pub created: Timestamp,
    /// Its staging labels, in the order in which they came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<String>,
    /// Where its value is; a rotation may have begun a version that has none yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<ValuePlace>,
    /// The day on which it was last read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accessed: Option<Timestamp>,
}

/// Where the value of a version is, and under which key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ValuePlace {
    /// The id of the record: a value that is sealed anew gets a new one.
    pub id: String,
    /// The ARN of the KMS key; nothing for the account's `alias/aws/secretsmanager`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<String>,
}

/// A resource policy, with the unique ids that the users and roles named in it had when it was put.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PolicyDocument {
    /// The text as it was put.
    pub text: String,
    /// The unique ids of whom it names.
    #[serde(default)]
    pub pins: Pins,
}

/// A replica as its primary knows it.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ReplicaRecord {
    /// The KMS key as the request named it; without one, `alias/aws/secretsmanager` of that Region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<String>,
    /// Why it is not what its primary is; nothing while it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// The value of one version: sealed under a data key, which KMS can open. It never changes; what is sealed anew is another
/// record.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedValue {
    /// The data key as KMS gave it, in base64.
    pub data_key: String,
    /// The value under the data key, in base64.
    pub sealed: String,
}

/// What names the value of a version.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ValueKey {
    /// Whose it is.
    pub account: AccountId,
    /// Where it is.
    pub region: Region,
    /// The id that the version has for it: hexadecimal digits.
    pub id: String,
}

/// The table of secrets.
pub struct SecretTable;

impl Table for SecretTable {
    const NAME: &'static str = "secrets";
    const SCHEMA: u8 = 1;
    type Key = SecretKey;
    type Record = SecretRecord;

    fn encode_key(key: &SecretKey) -> String {
        format!("{}/{}/{}", key.account, key.region, key.name)
    }

    fn decode_key(text: &str) -> Option<SecretKey> {
        let (account, region, name) = in_region(text)?;
        Some(SecretKey { account, region, name: name.to_owned() })
    }
}

/// The table of values. No snapshot shows it.
pub struct ValueTable;

impl Table for ValueTable {
    const NAME: &'static str = "secret-values";
    const SCHEMA: u8 = 1;
    type Key = ValueKey;
    type Record = SealedValue;

    fn encode_key(key: &ValueKey) -> String {
        format!("{}/{}/{}", key.account, key.region, key.id)
    }

    fn decode_key(text: &str) -> Option<ValueKey> {
        let (account, region, id) = in_region(text)?;
        Some(ValueKey { account, region, id: id.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_records_are_read_back_even_with_slashes_in_names() {
        let key = SecretKey {
            account: "111122223333".parse().unwrap(),
            region: "us-east-1".parse().unwrap(),
            name: "prod/db/password".into(),
        };
        let text = SecretTable::encode_key(&key);
        assert_eq!(text, "111122223333/us-east-1/prod/db/password");
        assert_eq!(SecretTable::decode_key(&text), Some(key));
        assert_eq!(SecretTable::decode_key("111122223333/us-east-1"), None);
    }
}
