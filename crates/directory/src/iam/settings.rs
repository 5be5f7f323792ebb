//! What IAM keeps of an account as a whole.

use super::records::LoginProfile;
use gatekey_store::{
    Revision,
    table::{Edit, Expected, Table},
};
use gatekey_types::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

/// The hash of a password, as an Argon2id string with its own salt and costs. It prints as `[SENSITIVE]`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// A hash in the PHC string format.
    pub fn new(phc: String) -> Self {
        Self(phc)
    }
    /// The PHC string: for verification only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl core::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("[SENSITIVE]")
    }
}

/// What the account demands of passwords.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PasswordPolicy {
    /// Least length: 6 to 128.
    pub minimum_length: u32,
    /// Whether a symbol must be in it.
    pub require_symbols: bool,
    /// Whether a digit must be in it.
    pub require_numbers: bool,
    /// Whether an upper-case letter must be in it.
    pub require_uppercase: bool,
    /// Whether a lower-case letter must be in it.
    pub require_lowercase: bool,
    /// Whether users may change their own.
    pub users_may_change: bool,
    /// Days until it ends: 1 to 1095; `None` for never.
    pub max_age: Option<u32>,
    /// How many earlier ones may not be used again: 1 to 24.
    pub reuse_prevention: Option<u32>,
    /// Whether only an administrator can renew one that has ended.
    pub hard_expiry: Option<bool>,
}

/// What the store keeps of an account's IAM.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AccountSettings {
    /// The account's alias for its sign-in page; unique on this server.
    #[serde(default)]
    pub alias: Option<String>,
    /// The password policy, where one was set.
    #[serde(default)]
    pub password_policy: Option<PasswordPolicy>,
    /// The root user's password.
    #[serde(default)]
    pub root_login: Option<LoginProfile>,
    /// `SetSecurityTokenServicePreferences`: 1 or 2.
    #[serde(default)]
    pub token_version: Option<u8>,
    /// When a credential report was last generated.
    #[serde(default)]
    pub credential_report: Option<Timestamp>,
}

/// The table of account settings, by account.
pub struct SettingsTable;

impl Table for SettingsTable {
    const NAME: &'static str = "iam-settings";
    const SCHEMA: u8 = 1;
    type Key = AccountId;
    type Record = AccountSettings;

    fn encode_key(key: &AccountId) -> String {
        key.to_string()
    }

    fn decode_key(text: &str) -> Option<AccountId> {
        text.parse().ok()
    }
}

/// An account's settings, and what guards their next change.
#[derive(Clone, Default, Debug)]
pub struct Settings {
    /// What is set.
    pub record: AccountSettings,
    /// `None` as long as nothing was ever set.
    pub revision: Option<Revision>,
}

impl Settings {
    /// Replaces the settings.
    pub fn update(&self, account: AccountId, record: &AccountSettings) -> Edit {
        let expected = self.revision.map_or(Expected::Absent, Expected::Unchanged);
        Edit::put::<SettingsTable>(&account, expected, record)
    }
}

/// The table of account aliases: a row for each, so that no two accounts take one at the same time.
pub struct AccountAliasTable;

impl Table for AccountAliasTable {
    const NAME: &'static str = "iam-account-aliases";
    const SCHEMA: u8 = 1;
    type Key = String;
    type Record = AccountId;

    fn encode_key(key: &String) -> String {
        key.clone()
    }

    fn decode_key(text: &str) -> Option<String> {
        Some(text.to_owned())
    }
}
