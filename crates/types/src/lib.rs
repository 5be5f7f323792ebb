//! Names and values of Gatekey's domain, each parsed once.
//!
//! Nothing here knows a clock, a socket, a file or a random number: [`Clock`] and [`Entropy`] are traits whose
//! real implementations live in the composition root (the `gatekey` binary) and whose fakes live in `testkit`.

mod account;
mod ambient;
mod arn;
mod hex;
mod key;
mod piece;
mod place;
mod plain;
mod principal;
mod time;

pub use account::{AccountId, Partition, Region};
pub use ambient::{Clock, Entropy};
pub use arn::Arn;
pub use hex::{put, put_hex, take_hex};
pub use key::{AliasArn, AliasName, GrantId, KeyArn, KeyId, KeyMaterialId};
pub use piece::{pause, poll_piece};
pub use place::{Places, enter_lane, places};
pub use plain::{needs_escape, needs_escapes};
pub use principal::{PrincipalArn, ServicePrincipal, UniqueId};
pub use time::{RequestId, Timestamp};

/// A text that is not what it was said to be. It names the kind, never the text: the text may be hostile or secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed(
    /// What the text should have been, for instance `"account id"`.
    pub &'static str,
);

impl core::fmt::Display for Malformed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "not a valid {}", self.0)
    }
}

impl core::error::Error for Malformed {}

/// Makes serde write a type as its `Display` text and read it by `FromStr`, so that a stored or received value is
/// checked exactly as a typed one is.
macro_rules! serde_as_text {
    ($($kind:ty),*) => {$(
        impl serde::Serialize for $kind {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $kind {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}
pub(crate) use serde_as_text;
