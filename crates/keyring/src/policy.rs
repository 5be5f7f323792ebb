use crate::key::parse_key_arn;
use gatekey_policy::{Pins, Policy};
use gatekey_store::{Revision, table::Table};
use gatekey_types::{AccountId, KeyArn, Region, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What the store keeps of a key policy.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PolicyRecord {
    /// The document as it was put.
    pub document: String,
    /// The unique ids that the users and roles named in it had when it was put: a principal that is made again under
    /// the same name has another id and gets nothing.
    pub pins: Pins,
    /// Who put it.
    pub author: String,
    /// When it was put.
    pub put: Timestamp,
    /// Which version of the key's policy it is, from 1; 0 for one that has no history.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub version: u32,
}

fn is_zero(version: &u32) -> bool {
    *version == 0
}

/// The table of key policies: account, Region, key id. Each key has exactly one, named `default`.
pub struct PolicyTable;

impl Table for PolicyTable {
    const NAME: &'static str = "key-policies";
    const SCHEMA: u8 = 1;
    type Key = KeyArn;
    type Record = PolicyRecord;

    fn encode_key(key: &KeyArn) -> String {
        crate::KeyTable::encode_key(key)
    }

    fn decode_key(text: &str) -> Option<KeyArn> {
        parse_key_arn(text)
    }
}

/// A key's policy, ready to decide. The text is in the compiled document, which equal policies share: a million keys
/// under the default policy hold it once.
#[derive(Debug)]
pub struct KeyPolicy {
    /// The revision of its record.
    pub revision: Revision,
    /// Which version it is, from 1; 0 where there is no history.
    pub version: u32,
    /// The compiled document, shared by all keys that have an equal one.
    pub compiled: Arc<Policy>,
}

/// The policy of a key that was made without one: the account decides by IAM policies, and its root user may all.
pub fn default_policy(account: AccountId, region: &Region) -> String {
    let partition = region.partition();
    format!(
        r#"{{"Version":"2012-10-17","Id":"key-default-1","Statement":[{{"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{{"AWS":"arn:{partition}:iam::{account}:root"}},"Action":"kms:*","Resource":"*"}}]}}"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_policy_names_the_account_in_its_own_partition() {
        let text = default_policy("111122223333".parse().unwrap(), &"cn-north-1".parse().unwrap());
        assert!(text.contains("arn:aws-cn:iam::111122223333:root"), "{text}");
    }
}
