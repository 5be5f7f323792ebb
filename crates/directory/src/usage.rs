//! When access keys were last used.

use crate::AccessKeyId;
use gatekey_store::table::Table;
use gatekey_types::Timestamp;
use serde::{Deserialize, Serialize};

/// The last use of an access key. It is noted at most once a minute, and bears on no decision.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AccessKeyUse {
    /// When.
    pub at: Timestamp,
    /// The service, as signatures name it: `kms`.
    pub service: String,
    /// The Region.
    pub region: String,
}

/// The table of last uses, by access key.
pub struct AccessKeyUseTable;

impl Table for AccessKeyUseTable {
    const NAME: &'static str = "access-key-uses";
    const SCHEMA: u8 = 1;
    type Key = AccessKeyId;
    type Record = AccessKeyUse;

    fn encode_key(key: &AccessKeyId) -> String {
        key.to_string()
    }

    fn decode_key(text: &str) -> Option<AccessKeyId> {
        text.parse().ok()
    }
}
