use crate::{KeyUsage, Origin};
use core::fmt;
use gatekey_types::{AliasArn, KeyArn};

/// Why a key cannot do what it was asked, in AWS's words: `Display` is what the client may read.
///
/// The services turn each fault into the exception that their operation's model lists for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyFault {
    /// No such key in this account and Region.
    NoSuchKey(KeyArn),
    /// No such alias in this account and Region.
    NoSuchAlias(AliasArn),
    /// The text is neither a key id nor an ARN nor an alias.
    NotAKeyId(String),
    /// An ARN of another Region than the request's; holds the request's Region as AWS does.
    WrongRegion(String),
    /// The key is disabled.
    Disabled(KeyArn),
    /// The key is in its waiting period.
    PendingDeletion(KeyArn),
    /// The key waits for the deletion of its replicas.
    PendingReplicaDeletion(KeyArn),
    /// CancelKeyDeletion of a key that is not in its waiting period.
    NotPendingDeletion(KeyArn),
    /// Only the primary key of a multi-Region key can be asked for that.
    NotPrimary(KeyArn),
    /// The key has no material yet.
    PendingImport(KeyArn),
    /// The key store that holds the material cannot be reached.
    Unavailable(KeyArn),
    /// The key is used for something that its usage does not allow.
    WrongUsage {
        /// The key.
        key: KeyArn,
        /// What it is for.
        usage: KeyUsage,
        /// The operation that it was asked for.
        operation: &'static str,
    },
    /// The key's material comes from elsewhere than the operation is for.
    WrongOrigin {
        /// The key.
        key: KeyArn,
        /// Where its material comes from.
        origin: Origin,
    },
    /// RotateKeyOnDemand of a key whose material is imported, and none waits for its rotation.
    NothingToRotate(KeyArn),
    /// An AWS managed key cannot be changed by its account.
    Managed(KeyArn),
}

impl fmt::Display for KeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchKey(key) => write!(f, "Key '{key}' does not exist"),
            Self::NoSuchAlias(alias) => write!(f, "Alias {alias} is not found."),
            Self::NotAKeyId(text) => write!(f, "Invalid keyId '{text}'"),
            Self::WrongRegion(region) => write!(f, "Invalid arn {region}"),
            Self::Disabled(key) => write!(f, "{key} is disabled."),
            Self::PendingDeletion(key) => write!(f, "{key} is pending deletion."),
            Self::PendingReplicaDeletion(key) => write!(f, "{key} is pending replica deletion."),
            Self::NotPendingDeletion(key) => write!(f, "{key} is not pending deletion."),
            Self::NotPrimary(key) => write!(f, "{key} is not a multi-region primary key."),
            Self::PendingImport(key) => write!(f, "{key} is pending import."),
            Self::Unavailable(key) => write!(f, "{key} is unavailable."),
            Self::WrongUsage { key, usage, operation } => {
                write!(f, "{key} key usage is {usage} which is not valid for {operation}.")
            }
            Self::WrongOrigin { key, origin } => {
                write!(f, "{key} origin is {origin} which is not valid for this operation.")
            }
            Self::NothingToRotate(key) => {
                write!(f, "No available key material pending rotation for the key: {key}.")
            }
            Self::Managed(key) => write!(f, "{key} is an AWS managed key and cannot be changed."),
        }
    }
}

impl core::error::Error for KeyFault {}
