use gatekey_store::table::{Table, in_region};
use gatekey_types::{AliasArn, KeyId, Timestamp};
use serde::{Deserialize, Serialize};

/// What the store keeps of an alias.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AliasRecord {
    /// The key that the alias stands for, in the alias's own account and Region.
    pub target: KeyId,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last pointed at a key.
    pub updated: Timestamp,
}

/// The table of aliases: account, Region, alias name.
pub struct AliasTable;

impl Table for AliasTable {
    const NAME: &'static str = "aliases";
    const SCHEMA: u8 = 1;
    type Key = AliasArn;
    type Record = AliasRecord;

    fn encode_key(alias: &AliasArn) -> String {
        format!("{}/{}/{}", alias.account, alias.region, alias.alias)
    }

    fn decode_key(text: &str) -> Option<AliasArn> {
        let (account, region, alias) = in_region(text)?;
        Some(AliasArn { account, region, alias: alias.parse().ok()? })
    }
}
