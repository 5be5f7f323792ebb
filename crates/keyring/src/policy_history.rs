//! The history of key policies: every version with its author, its time, its reason and its effect. AWS has none.
//!
//! Each version is a sealed record of its own that never changes, written in the transaction that puts the policy, and
//! deleted with the key. No snapshot shows them: they are long, and read when they are asked for.

use crate::{Key, PolicyRecord, PolicyTable, key::parse_key_arn};
use gatekey_store::{
    Revision,
    table::{Edit, Expected, Table},
};
use gatekey_types::KeyArn;
use serde::{Deserialize, Serialize};

/// Versions of one key's policy that are kept, the present one included; of more, the oldest goes.
pub const MOST_POLICY_VERSIONS: u32 = 32;

/// What is told of a version beside the policy itself.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct PolicyTold {
    /// By what it was put: the operation, and of a way back in which.
    pub why: String,
    /// The request, by which the audit log tells of it.
    pub request: String,
    /// Its effect on who controls the key: somebody who could put the policy again under it, by ARN; nobody where it left the
    /// key without anybody of the account who could.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keeper: Option<String>,
}

/// One version of a key's policy.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// The policy, with its author and its time.
    pub policy: PolicyRecord,
    /// What is told of it.
    pub told: PolicyTold,
}

/// The table of versions: account, Region, key id, number in ten digits.
pub struct PolicyVersionTable;

impl Table for PolicyVersionTable {
    const NAME: &'static str = "key-policy-versions";
    const SCHEMA: u8 = 1;
    type Key = (KeyArn, u32);
    type Record = PolicyVersion;

    fn encode_key((key, number): &Self::Key) -> String {
        format!("{}/{}/{}/{number:010}", key.account, key.region, key.key)
    }

    fn decode_key(text: &str) -> Option<Self::Key> {
        let (key, number) = text.rsplit_once('/')?;
        let is_whole = number.len() == 10 && number.bytes().all(|digit| digit.is_ascii_digit());
        Some((parse_key_arn(key)?, number.parse().ok().filter(|_| is_whole)?))
    }
}

/// What the store has of the history that a change of the policy must know.
#[derive(Debug, Default)]
pub struct Earlier {
    /// The present policy, of a key that is older than the history: it becomes the first version.
    pub present: Option<PolicyRecord>,
    /// The version that goes, and its revision.
    pub outlived: Option<(u32, Revision)>,
}

impl Key {
    /// The number of the present version; nothing for a key whose policy is older than the history, or not a customer's.
    pub fn policy_version(&self) -> Option<u32> {
        self.policy.as_ref().map(|policy| policy.version).filter(|version| *version > 0)
    }

    /// The number of the next version. The present policy of a key that is older than the history becomes the first.
    pub fn next_policy_version(&self) -> u32 {
        match &self.policy {
            None => 1,
            Some(policy) => policy.version.max(1).saturating_add(1),
        }
    }

    /// The version that goes when the next one comes.
    pub fn outlived_policy_version(&self) -> Option<u32> {
        self.next_policy_version().checked_sub(MOST_POLICY_VERSIONS).filter(|oldest| *oldest > 0)
    }

    /// The numbers of the versions that are kept, oldest first.
    pub fn policy_versions(&self) -> std::ops::RangeInclusive<u32> {
        let newest = self.policy_version().unwrap_or_default();
        newest.saturating_sub(MOST_POLICY_VERSIONS - 1).max(1)..=newest
    }

    /// Puts a new policy in place of the present one, as the next version of its history.
    pub fn with_policy(&self, mut policy: PolicyRecord, told: PolicyTold, earlier: Earlier) -> Vec<Edit> {
        policy.version = self.next_policy_version();
        let expected = self.policy.as_ref().map_or(Expected::Absent, |p| Expected::Unchanged(p.revision));
        let mut edits = vec![Edit::put::<PolicyTable>(&self.arn, expected, &policy)];
        if let Some(present) = earlier.present {
            edits.push(first_version(&self.arn, present));
        }
        if let Some((number, revision)) = earlier.outlived {
            edits.push(Edit::delete::<PolicyVersionTable>(&(self.arn.clone(), number), revision));
        }
        edits.push(version(&self.arn, policy, told));
        edits
    }
}

/// The version that a policy becomes that was put before there was a history.
fn first_version(key: &KeyArn, present: PolicyRecord) -> Edit {
    let told = PolicyTold { why: "before the history began".to_owned(), ..PolicyTold::default() };
    version(key, PolicyRecord { version: 1, ..present }, told)
}

/// Writes a version down; it must not be there yet.
pub(crate) fn version(key: &KeyArn, policy: PolicyRecord, told: PolicyTold) -> Edit {
    let at = (key.clone(), policy.version);
    Edit::insert::<PolicyVersionTable>(&at, &PolicyVersion { policy, told })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_versions_are_read_as_they_are_written_and_sort_by_number() {
        let key: KeyArn =
            "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001".parse().unwrap();
        let texts = [1, 9, 10, u32::MAX].map(|number| PolicyVersionTable::encode_key(&(key.clone(), number)));
        assert!(texts.is_sorted());
        for (text, number) in texts.iter().zip([1, 9, 10, u32::MAX]) {
            assert_eq!(PolicyVersionTable::decode_key(text), Some((key.clone(), number)));
        }
        for bad in ["x", "111122223333/us-east-1/0a1b2c3d-0000-4000-8000-000000000001/1"] {
            assert_eq!(PolicyVersionTable::decode_key(bad), None);
        }
    }
}
