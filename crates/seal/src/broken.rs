use crate::Place;
use core::fmt;

/// A sealed record that must not be used. The text is for the operator: it says which record, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealBroken {
    /// The table.
    pub table: Box<str>,
    /// The record's key in the table.
    pub key: Box<[u8]>,
    /// The version at which it was to be opened.
    pub version: u64,
    /// What is wrong with it.
    pub defect: Defect,
}

/// What is wrong with a sealed record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Defect {
    /// It is shorter than any sealed record.
    #[error("it is too short to be a sealed record")]
    Truncated,
    /// Its first byte is no format that this version reads.
    #[error("it is in format {0}, which this version of Gatekey does not read")]
    UnknownFormat(u8),
    /// It says that it is sealed with a domain key that the keychain has not.
    #[error("it is sealed with domain key {0}, which is not in the keychain")]
    UnknownDomainKey(u32),
    /// It says that it is another version of the record.
    #[error("it is version {0} of the record")]
    OtherVersion(u64),
    /// It was edited, or belongs to another place or to another installation.
    #[error("it was edited, moved from another place, or sealed by another installation")]
    NotAuthentic,
    /// It could not be sealed: a bug or a broken machine.
    #[error("the cryptographic library could not seal it")]
    CannotSeal,
}

impl SealBroken {
    pub(crate) fn at(place: &Place<'_>, defect: Defect) -> Self {
        Self { table: place.table.into(), key: place.key.into(), version: place.version, defect }
    }
}

impl fmt::Display for SealBroken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, key, version, defect } = self;
        write!(f, "record '{}' of table '{table}', version {version}: {defect}", key.escape_ascii())
    }
}

impl core::error::Error for SealBroken {}
