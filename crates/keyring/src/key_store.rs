//! Custom key stores: what stands for an HSM cluster or an external key manager, and whether it is connected.
//!
//! The stores of an account in a Region are one record, since their names, proxies and clusters must differ and there are
//! ten of them at most: whoever changes one is alone with all of them.

use crate::Keyring;
use core::fmt;
use gatekey_store::{
    Revision,
    table::{Edit, Expected, Table},
};
use gatekey_types::{AccountId, Malformed, Region, Timestamp};
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use zeroize::Zeroizing;

/// The id of a custom key store: `cks-` and 17 hexadecimal digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyStoreId(String);

impl KeyStoreId {
    /// An id of these random bytes.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(format!("cks-{}", hex::encode(bytes).chars().take(17).collect::<String>()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyStoreId {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let digits = text.strip_prefix("cks-").unwrap_or_default();
        let is_id =
            digits.len() == 17 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if is_id { Ok(Self(text.to_owned())) } else { Err(Malformed("custom key store id")) }
    }
}

/// The password of an HSM's user, or the secret of an external proxy's credential. It prints as `[SENSITIVE]` and is zeroized.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StoreSecret(Zeroizing<String>);

impl StoreSecret {
    /// A secret that a request brought.
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// The secret itself: for whoever connects the store.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for StoreSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[SENSITIVE]")
    }
}

/// How an external proxy is reached.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Connectivity {
    /// At a public address.
    PublicEndpoint,
    /// Through an endpoint service of a private network.
    VpcEndpointService {
        /// Its name.
        service: String,
        /// The account that owns it.
        owner: AccountId,
    },
}

impl Connectivity {
    /// AWS's name.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::PublicEndpoint => "PUBLIC_ENDPOINT",
            Self::VpcEndpointService { .. } => "VPC_ENDPOINT_SERVICE",
        }
    }

    /// The endpoint service's name, where there is one.
    pub fn service(&self) -> Option<&str> {
        match self {
            Self::PublicEndpoint => None,
            Self::VpcEndpointService { service, .. } => Some(service),
        }
    }
}

/// An HSM cluster as a key store.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Cluster {
    /// Its id.
    pub id: String,
    /// The certificate that its own chain up to, as PEM.
    pub trust_anchor: String,
    /// The password of the user `kmsuser` of the cluster.
    pub password: StoreSecret,
}

/// An external key manager behind a proxy as a key store.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Proxy {
    /// How it is reached.
    pub connectivity: Connectivity,
    /// `https://` and its host.
    pub endpoint: String,
    /// The path of its API.
    pub path: String,
    /// The id of the credential that requests to it are signed with.
    pub access_key_id: String,
    /// That credential's secret.
    pub secret: StoreSecret,
}

/// What stands behind a key store.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Backing {
    /// An HSM cluster.
    CloudHsm(Cluster),
    /// An external key manager.
    External(Proxy),
}

impl Backing {
    /// AWS's name of the kind.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::CloudHsm(_) => "AWS_CLOUDHSM",
            Self::External(_) => "EXTERNAL_KEY_STORE",
        }
    }
}

/// Whether a key store is connected with what stands behind it. This version connects none, so that none is `CONNECTED`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Connection {
    /// Never connected, or disconnected again.
    Disconnected,
    /// An attempt to connect failed.
    Failed(ConnectionError),
}

impl Connection {
    /// AWS's name of the state.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Disconnected => "DISCONNECTED",
            Self::Failed(_) => "FAILED",
        }
    }
}

/// Why a key store could not be connected.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum ConnectionError {
    /// There is no cluster of that id.
    ClusterNotFound,
    /// The proxy does not answer.
    ProxyNotReachable,
    /// There is no endpoint service of that name.
    VpcEndpointServiceNotFound,
}

impl ConnectionError {
    /// AWS's code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClusterNotFound => "CLUSTER_NOT_FOUND",
            Self::ProxyNotReachable => "XKS_PROXY_NOT_REACHABLE",
            Self::VpcEndpointServiceNotFound => "XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND",
        }
    }
}

/// A custom key store.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct KeyStore {
    /// Its id.
    pub id: KeyStoreId,
    /// Its name, which no other store of the account in the Region has.
    pub name: String,
    /// When it was made.
    pub created: Timestamp,
    /// What stands behind it.
    pub backing: Backing,
    /// Whether it is connected.
    pub connection: Connection,
}

/// Why a key store is not taken, or not changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum KeyStoreFault {
    /// There is none of this id or name.
    NoSuchStore(String),
    /// Another store has the name.
    NameInUse(String),
    /// Another store has the cluster, or one with the same certificate.
    ClusterInUse(String),
    /// Another store has the proxy's endpoint and path.
    ProxyInUse(String),
    /// Another store has the endpoint, and reaches it in another way or must have it alone.
    EndpointInUse(String),
    /// Another store has the endpoint service.
    ServiceInUse(String),
    /// Its connection forbids it.
    WrongState {
        /// Which store.
        id: KeyStoreId,
        /// What its connection is.
        is: Connection,
    },
    /// The account has as many in the Region as it may.
    TooMany(usize),
}

impl fmt::Display for KeyStoreFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchStore(which) => write!(f, "Custom key store {which} does not exist."),
            Self::NameInUse(name) => write!(f, "Another custom key store is named {name}."),
            Self::ClusterInUse(id) => {
                write!(f, "Cluster {id}, or one with its certificate, belongs to another custom key store.")
            }
            Self::ProxyInUse(uri) => write!(f, "Another external key store uses the proxy at {uri}."),
            Self::EndpointInUse(endpoint) => write!(f, "Another external key store uses {endpoint}."),
            Self::ServiceInUse(name) => {
                write!(f, "Another external key store uses the VPC endpoint service {name}.")
            }
            Self::WrongState { id, is } => {
                write!(f, "Custom key store {} is in the state {}.", id.as_str(), is.as_str())
            }
            Self::TooMany(most) => {
                write!(f, "The account has the maximum of {most} custom key stores in this Region.")
            }
        }
    }
}

impl core::error::Error for KeyStoreFault {}

/// The custom key stores of an account in a Region, in the order in which they were made.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct KeyStores {
    /// The stores.
    pub stores: Vec<KeyStore>,
}

impl KeyStores {
    /// The store of this id.
    ///
    /// # Errors
    /// [`KeyStoreFault::NoSuchStore`]
    pub fn get(&self, id: &str) -> Result<&KeyStore, KeyStoreFault> {
        let found = self.stores.iter().find(|store| store.id.as_str() == id);
        found.ok_or_else(|| KeyStoreFault::NoSuchStore(id.to_owned()))
    }

    /// With one more.
    ///
    /// # Errors
    /// It has what must be another's alone, or there are `most` already.
    pub fn with(&self, store: KeyStore, most: usize) -> Result<Self, KeyStoreFault> {
        if self.stores.len() >= most {
            return Err(KeyStoreFault::TooMany(most));
        }
        self.is_apart(&store)?;
        let mut stores = self.stores.clone();
        stores.push(store);
        Ok(Self { stores })
    }

    /// With this in place of the one of its id.
    ///
    /// # Errors
    /// It has what must be another's alone.
    pub fn with_changed(&self, store: KeyStore) -> Result<Self, KeyStoreFault> {
        self.is_apart(&store)?;
        let mut stores = self.stores.clone();
        stores.iter_mut().filter(|have| have.id == store.id).for_each(|have| *have = store.clone());
        Ok(Self { stores })
    }

    /// Without the one of this id.
    #[must_use]
    pub fn without(&self, id: &KeyStoreId) -> Self {
        Self { stores: self.stores.iter().filter(|store| store.id != *id).cloned().collect() }
    }

    fn is_apart(&self, store: &KeyStore) -> Result<(), KeyStoreFault> {
        for other in self.stores.iter().filter(|other| other.id != store.id) {
            if other.name == store.name {
                return Err(KeyStoreFault::NameInUse(store.name.clone()));
            }
            match (&store.backing, &other.backing) {
                (Backing::CloudHsm(cluster), Backing::CloudHsm(other)) => cluster.is_apart_from(other)?,
                (Backing::External(proxy), Backing::External(other)) => proxy.is_apart_from(other)?,
                _ => {}
            }
        }
        Ok(())
    }
}

impl Cluster {
    /// Clusters of one certificate share a backup history: they count as one.
    fn is_apart_from(&self, other: &Self) -> Result<(), KeyStoreFault> {
        let same = self.id == other.id || self.trust_anchor.trim() == other.trust_anchor.trim();
        if same { Err(KeyStoreFault::ClusterInUse(self.id.clone())) } else { Ok(()) }
    }
}

impl Proxy {
    /// A proxy's address is one store's alone. A host may serve several stores at other paths, but only over public endpoints;
    /// an endpoint service, and the host that stands for it, are one store's alone.
    fn is_apart_from(&self, other: &Self) -> Result<(), KeyStoreFault> {
        let (mine, theirs) = (self.connectivity.service(), other.connectivity.service());
        if mine.is_some() && mine == theirs {
            return Err(KeyStoreFault::ServiceInUse(mine.unwrap_or_default().to_owned()));
        }
        if !self.endpoint.eq_ignore_ascii_case(&other.endpoint) {
            return Ok(());
        }
        if self.path == other.path {
            return Err(KeyStoreFault::ProxyInUse(format!("{}{}", self.endpoint, self.path)));
        }
        if mine.is_some() || theirs.is_some() {
            return Err(KeyStoreFault::EndpointInUse(self.endpoint.clone()));
        }
        Ok(())
    }
}

impl KeyStore {
    /// Tries to connect the store. Nothing that could stand behind one is served by this version, so that it fails with AWS's
    /// code for what is not there.
    ///
    /// # Errors
    /// A store that failed must be disconnected first.
    pub fn connected(&self) -> Result<Self, KeyStoreFault> {
        match self.connection {
            Connection::Disconnected => {
                Ok(Self { connection: Connection::Failed(self.why_not()), ..self.clone() })
            }
            Connection::Failed(_) => Err(self.wrong_state()),
        }
    }

    fn why_not(&self) -> ConnectionError {
        match &self.backing {
            Backing::CloudHsm(_) => ConnectionError::ClusterNotFound,
            Backing::External(proxy) => match proxy.connectivity {
                Connectivity::PublicEndpoint => ConnectionError::ProxyNotReachable,
                Connectivity::VpcEndpointService { .. } => ConnectionError::VpcEndpointServiceNotFound,
            },
        }
    }

    /// Disconnects the store.
    ///
    /// # Errors
    /// It is disconnected.
    pub fn disconnected(&self) -> Result<Self, KeyStoreFault> {
        match self.connection {
            Connection::Disconnected => Err(self.wrong_state()),
            Connection::Failed(_) => Ok(Self { connection: Connection::Disconnected, ..self.clone() }),
        }
    }

    /// What is to be changed or deleted must be disconnected.
    ///
    /// # Errors
    /// It is not.
    pub fn is_at_rest(&self) -> Result<(), KeyStoreFault> {
        match self.connection {
            Connection::Disconnected => Ok(()),
            Connection::Failed(_) => Err(self.wrong_state()),
        }
    }

    /// Keys can be made and random bytes drawn in a connected store alone, and this version connects none.
    pub fn not_connected(&self) -> KeyStoreFault {
        self.wrong_state()
    }

    fn wrong_state(&self) -> KeyStoreFault {
        KeyStoreFault::WrongState { id: self.id.clone(), is: self.connection }
    }
}

/// The table of custom key stores: account, Region.
pub struct KeyStoresTable;

impl Table for KeyStoresTable {
    const NAME: &'static str = "key-stores";
    const SCHEMA: u8 = 1;
    type Key = (AccountId, Region);
    type Record = KeyStores;

    fn encode_key((account, region): &Self::Key) -> String {
        format!("{account}/{region}")
    }

    fn decode_key(text: &str) -> Option<Self::Key> {
        let (account, region) = text.split_once('/')?;
        Some((account.parse().ok()?, region.parse().ok()?))
    }
}

/// The stores of an account in a Region, and the revision that guards their next change.
#[derive(Clone, Debug, Default)]
pub struct HeldKeyStores {
    /// The stores.
    pub record: KeyStores,
    revision: Option<Revision>,
}

impl HeldKeyStores {
    /// Puts these stores in the place of the present ones.
    pub fn replaced(&self, account: AccountId, region: &Region, stores: &KeyStores) -> Edit {
        let expected = self.revision.map_or(Expected::Absent, Expected::Unchanged);
        Edit::put::<KeyStoresTable>(&(account, region.clone()), expected, stores)
    }
}

impl Keyring {
    /// The custom key stores of an account in a Region.
    pub fn key_stores(&self, account: AccountId, region: &Region) -> HeldKeyStores {
        self.key_stores
            .get(&(account, region.clone()))
            .map(|held| HeldKeyStores::clone(held))
            .unwrap_or_default()
    }

    pub(crate) fn apply_key_stores(
        &mut self,
        place: (AccountId, Region),
        record: Option<KeyStores>,
        revision: Revision,
    ) {
        match record {
            Some(record) => {
                let held = HeldKeyStores { record, revision: Some(revision) };
                self.key_stores.insert(place, held.into());
            }
            None => drop(self.key_stores.remove(&place)),
        }
    }
}
