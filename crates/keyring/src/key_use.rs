//! When a key was last used in a cryptographic operation, for GetKeyLastUsage and for policies that protect keys in use.

use crate::{Key, KeyTable, Keyring, key::parse_key_arn};
use gatekey_store::{
    Revision,
    table::{Edit, Table},
};
use gatekey_types::{KeyArn, Timestamp};
use serde::{Deserialize, Serialize};

/// A use of a key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct KeyUse {
    /// When.
    pub at: Timestamp,
    /// The operation.
    pub operation: String,
    /// The id of the audit event that tells of it.
    pub event: String,
    /// The id of the request.
    pub request: String,
}

/// The table of last uses: account, Region, key id.
pub struct KeyUseTable;

impl Table for KeyUseTable {
    const NAME: &'static str = "key-uses";
    const SCHEMA: u8 = 1;
    type Key = KeyArn;
    type Record = KeyUse;

    fn encode_key(key: &KeyArn) -> String {
        KeyTable::encode_key(key)
    }

    fn decode_key(text: &str) -> Option<KeyArn> {
        parse_key_arn(text)
    }
}

impl Key {
    /// Whether a use is this key's own, and not that of a replica of the same name that was deleted.
    pub fn is_own_use(&self, used: &KeyUse) -> bool {
        used.at >= self.record.created
    }
}

impl Keyring {
    /// The last use of a key that was written down.
    pub fn key_use(&self, key: &Key) -> Option<&KeyUse> {
        let (used, _) = &**self.key_uses.get(&key.arn)?;
        Some(used).filter(|used| key.is_own_use(used))
    }

    /// Writes down a use, unless the key is gone.
    pub fn used(&self, key: &Key, used: &KeyUse) -> [Edit; 2] {
        let edit = match self.key_uses.get(&key.arn) {
            Some(held) => Edit::update::<KeyUseTable>(&key.arn, held.1, used),
            None => Edit::insert::<KeyUseTable>(&key.arn, used),
        };
        [key.kept(), edit]
    }

    /// Forgets the last use of a key that is deleted.
    pub(crate) fn without_use(&self, key: &KeyArn) -> Option<Edit> {
        self.key_uses.get(key).map(|held| Edit::delete::<KeyUseTable>(key, held.1))
    }

    pub(crate) fn apply_key_use(&mut self, key: KeyArn, record: Option<KeyUse>, revision: Revision) {
        match record {
            Some(record) => drop(self.key_uses.insert(key, (record, revision).into())),
            None => drop(self.key_uses.remove(&key)),
        }
    }
}
