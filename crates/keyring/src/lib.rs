//! Keys, materials, aliases, grants and key policies: their records and their life.
//!
//! This crate does no I/O. [`Keyring`] is the immutable picture of every key that a decision reads; the records are
//! what the store keeps (sealed by the gate); and each change is a function from the picture to the records to write.

mod alias;
mod fault;
mod grant;
mod import;
mod key;
mod key_store;
mod key_use;
mod kin;
mod lifecycle;
mod managed;
mod material;
mod policy;
mod quota;
mod ring;
mod rotation;
mod spec;
mod tag;

pub use alias::{AliasRecord, AliasTable};
pub use fault::KeyFault;
pub use grant::{GrantRecord, GrantTable, GrantTurn, GrantTurnTable, HeldGrant, KeyGrants, kept_grant};
pub use import::{Import, ImportFault, ImportKind};
pub use key::{AutomaticRotation, Key, KeyManager, KeyRecord, KeyState, KeyTable, MultiRegion, Usable};
pub use key_store::{
    Backing, Cluster, Connection, ConnectionError, Connectivity, HeldKeyStores, KeyStore, KeyStoreFault,
    KeyStoreId, KeyStores, KeyStoresTable, Proxy, StoreSecret,
};
pub use key_use::{KeyUse, KeyUseTable};
pub use kin::Own;
pub use lifecycle::{NewKey, Tags, new_alias, retargeted};
pub use managed::{ManagedAlias, managed_alias, managed_aliases};
pub use material::{Imported, MaterialRecord, MaterialTable, PendingMaterial, Rotated, RotationType};
pub use policy::{KeyPolicy, PolicyRecord, PolicyTable, default_policy};
pub use quota::Quotas;
pub use ring::{KeySelector, Keyring, Page};
pub use rotation::DEFAULT_ROTATION_DAYS;
pub use spec::{KeySpec, KeyUsage, Origin};
pub use tag::{TagFault, read_tags, set_request_tags, set_tag_keys};
