use gatekey_store::table::Table;
use gatekey_types::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

/// What the store keeps of an account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AccountRecord {
    /// When it was made.
    pub created: Timestamp,
    /// The owner's name for it.
    pub name: String,
    /// The owner's e-mail address, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// The table of accounts, by number.
pub struct AccountTable;

impl Table for AccountTable {
    const NAME: &'static str = "accounts";
    const SCHEMA: u8 = 1;
    type Key = AccountId;
    type Record = AccountRecord;

    fn encode_key(key: &AccountId) -> String {
        key.to_string()
    }

    fn decode_key(text: &str) -> Option<AccountId> {
        text.parse().ok()
    }
}
