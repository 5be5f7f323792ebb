//! What the store keeps of recoveries.

use crate::{Case, Custody};
use gatekey_store::table::Table;
use gatekey_types::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

/// The table of deals: one for each account.
pub struct CustodyTable;

impl Table for CustodyTable {
    const NAME: &'static str = "recovery-custodies";
    const SCHEMA: u8 = 1;
    type Key = AccountId;
    type Record = Custody;

    fn encode_key(key: &AccountId) -> String {
        key.to_string()
    }

    fn decode_key(text: &str) -> Option<AccountId> {
        text.parse().ok()
    }
}

/// What names a case, or a way back that was taken: the key's account, and a UUID.
pub type CaseKey = (AccountId, String);

/// The table of cases.
pub struct CaseTable;

impl Table for CaseTable {
    const NAME: &'static str = "recovery-cases";
    const SCHEMA: u8 = 1;
    type Key = CaseKey;
    type Record = Case;

    fn encode_key(key: &CaseKey) -> String {
        encode(key)
    }

    fn decode_key(text: &str) -> Option<CaseKey> {
        decode(text)
    }
}

/// By which way somebody got back into a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Rung {
    /// An earlier version of the policy came back, with a custodian's approval.
    Rollback,
    /// A root session for unlocking key policies put a policy.
    UnlockSession,
    /// Custodians restored the default policy.
    Ceremony,
    /// The root user put a policy by the setting that lets root users in.
    RootRescue,
}

impl Rung {
    /// Its place on the ladder.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rollback => "R-1",
            Self::UnlockSession => "R-2",
            Self::Ceremony => "R-3",
            Self::RootRescue => "R-4",
        }
    }

    /// What it is, in a few words.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Rollback => "a rollback with a custodian's approval",
            Self::UnlockSession => "a root session for unlocking key policies",
            Self::Ceremony => "a recovery ceremony",
            Self::RootRescue => "the rescue by the root user, which is not AWS behaviour",
        }
    }
}

/// A way back that was taken: it is shown on the key for a while.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct WayBack {
    /// The key, by ARN.
    pub key: String,
    /// Which way.
    pub rung: Rung,
    /// Who took it, by ARN.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// The version of the key's policy that it brought.
    pub version: u32,
    /// The case, where it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
}

/// The table of ways back that were taken.
pub struct WayBackTable;

impl Table for WayBackTable {
    const NAME: &'static str = "recoveries";
    const SCHEMA: u8 = 1;
    type Key = CaseKey;
    type Record = WayBack;

    fn encode_key(key: &CaseKey) -> String {
        encode(key)
    }

    fn decode_key(text: &str) -> Option<CaseKey> {
        decode(text)
    }
}

fn encode((account, id): &CaseKey) -> String {
    format!("{account}/{id}")
}

fn decode(text: &str) -> Option<CaseKey> {
    let (account, id) = text.split_once('/')?;
    Some((account.parse().ok()?, id.to_owned()))
}
