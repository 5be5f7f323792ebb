//! When access keys and roles were last used.

use crate::AccessKeyId;
use core::sync::atomic::{AtomicI64, Ordering};
use gatekey_store::table::Table;
use gatekey_types::{Timestamp, UniqueId};
use serde::{Deserialize, Serialize};

/// What a last use is kept of.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Used {
    /// A long-term access key.
    AccessKey(AccessKeyId),
    /// A role, by one of its sessions.
    Role(UniqueId),
}

impl Used {
    /// The id.
    pub fn as_str(&self) -> &str {
        match self {
            Self::AccessKey(id) => id.as_str(),
            Self::Role(id) => id.as_str(),
        }
    }
}

/// A last use. It is noted at most once a minute, and bears on no decision.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LastUse {
    /// When.
    pub at: Timestamp,
    /// The service, as signatures name it: `kms`.
    pub service: String,
    /// The Region.
    pub region: String,
}

/// The table of last uses, by the id of what was used.
pub struct LastUseTable;

impl Table for LastUseTable {
    const NAME: &'static str = "last-uses";
    const SCHEMA: u8 = 1;
    type Key = Used;
    type Record = LastUse;

    fn encode_key(key: &Used) -> String {
        key.as_str().to_owned()
    }

    fn decode_key(text: &str) -> Option<Used> {
        let role = text.parse().ok().filter(UniqueId::is_role).map(Used::Role);
        role.or_else(|| text.parse().ok().map(Used::AccessKey))
    }
}

/// The minute in which a use was last noted.
#[derive(Debug)]
pub(crate) struct Noted(AtomicI64);

impl Noted {
    /// Of what was not used yet.
    pub(crate) fn never() -> Self {
        Self(AtomicI64::new(i64::MIN))
    }

    /// Whether this is the first use within the present minute. Costs next to nothing.
    pub(crate) fn is_first_of_minute(&self, now: Timestamp) -> bool {
        let minute = now.seconds().div_euclid(60);
        self.0.load(Ordering::Relaxed) != minute && self.0.swap(minute, Ordering::Relaxed) != minute
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_use_is_of_a_role_or_of_an_access_key_by_its_id() {
        let read = |text: &str| LastUseTable::decode_key(text);
        assert!(matches!(read("AROAAAAAAAAAAAAAAAAAA"), Some(Used::Role(_))));
        assert!(matches!(read("AKIAAAAAAAAAAAAAAAAA"), Some(Used::AccessKey(_))));
        assert_eq!(read("not an id"), None);
    }

    #[test]
    fn a_minute_has_one_first_use() {
        let noted = Noted::never();
        let first = |seconds| noted.is_first_of_minute(Timestamp::from_seconds(seconds));
        assert_eq!([first(0), first(59), first(60), first(61)], [true, false, true, false]);
    }
}
