//! Opening the store: every record is unsealed and counted before the first request is served.

use crate::{
    manifest::Manifest,
    outbox::{OutboxTable, Outgoing},
    snapshot::Snapshot,
};
use gatekey_directory::Directory;
use gatekey_keyring::{Keyring, PolicyVersionTable};
use gatekey_parameters::{Parameters, VersionTable};
use gatekey_policy::Interner;
use gatekey_recovery::Recoveries;
use gatekey_seal::{Keychain, Place, RootKey, StoredKeychain};
use gatekey_secrets::{Secrets, ValueTable};
use gatekey_store::{
    Batch, Record, Revision, Span, Store,
    table::{Row, Table},
};
use gatekey_types::{Entropy, RequestId};

/// Why the store cannot be served: for the operator, who alone can help.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadFault {
    /// The store does not answer.
    #[error("the store cannot be read: {0}")]
    Store(String),
    /// The root key is not the one that sealed this store, or the keychain in it was edited.
    #[error("the store's keychain does not open under this root key: {0}")]
    Keychain(String),
    /// A record is not what Gatekey wrote there.
    #[error("the store was tampered with, and nothing of it is served: {0}")]
    Tampered(String),
    /// A record was written by a newer version.
    #[error("the store holds what this version cannot read: {0}")]
    Unreadable(String),
}

/// All that the store holds, opened and counted.
pub(crate) struct Loaded {
    pub(crate) keychain: Keychain,
    pub(crate) manifest: Manifest,
    pub(crate) snapshot: Snapshot,
    /// Events that the log may not have, and where the store has them.
    pub(crate) outbox: Vec<(Outgoing, Revision)>,
}

/// The store's key of the sealed domain keys.
const KEYCHAIN: &str = "keychain";
/// Tables that no snapshot shows: their records are checked and counted here, and read when they are asked for.
const UNSHOWN: [&str; 3] = [VersionTable::NAME, ValueTable::NAME, PolicyVersionTable::NAME];
/// Records are read so many at a time.
const PAGE: usize = 4096;

/// Opens the store's keychain, or makes one in an empty store.
pub(crate) async fn keychain(
    store: &dyn Store,
    root: &RootKey,
    entropy: &dyn Entropy,
) -> Result<Keychain, LoadFault> {
    let stored = store.get(KEYCHAIN.as_bytes()).await.map_err(|e| LoadFault::Store(e.to_string()))?;
    match stored {
        Some(record) => {
            let stored: StoredKeychain = serde_json::from_slice(&record.value)
                .map_err(|_| LoadFault::Keychain("it is malformed".into()))?;
            Keychain::open(root, &stored).map_err(|broken| LoadFault::Keychain(broken.to_string()))
        }
        None => make_keychain(store, root, entropy).await,
    }
}

async fn make_keychain(
    store: &dyn Store,
    root: &RootKey,
    entropy: &dyn Entropy,
) -> Result<Keychain, LoadFault> {
    let anything = store.range(Span::all(), 1, None).await.map_err(|e| LoadFault::Store(e.to_string()))?;
    if !anything.records.is_empty() {
        return Err(LoadFault::Keychain("it is missing from a store that has records".into()));
    }
    let (keychain, stored) =
        Keychain::create(root, entropy).map_err(|broken| LoadFault::Keychain(broken.to_string()))?;
    let text = serde_json::to_vec(&stored).map_err(|e| LoadFault::Keychain(e.to_string()))?;
    let batch = Batch::new().absent(KEYCHAIN).put(KEYCHAIN, text);
    store.commit(batch).await.map_err(|e| LoadFault::Store(e.to_string()))?;
    Ok(keychain)
}

/// Reads everything, opens everything, and compares it with the manifest.
pub(crate) async fn load(
    store: &dyn Store,
    keychain: Keychain,
    interner: &Interner,
) -> Result<Loaded, LoadFault> {
    let kept = Manifest::read(store, &keychain).await.map_err(LoadFault::Tampered)?;
    let mut found = Manifest::empty();
    let mut loaded =
        Loaded { keychain, manifest: Manifest::empty(), snapshot: Snapshot::default(), outbox: Vec::new() };
    let identities = Directory::TABLES.iter().chain(Recoveries::TABLES);
    let shown = identities.chain(Keyring::TABLES).chain(Parameters::TABLES).chain(Secrets::TABLES);
    let tables = shown.chain(&UNSHOWN).chain(&[OutboxTable::NAME]);
    for table in tables {
        let mut span = Some(Span::prefix(format!("{table}/")));
        while let Some(next) = span {
            let page = store.range(next, PAGE, None).await.map_err(|e| LoadFault::Store(e.to_string()))?;
            loaded.snapshot.revision = page.revision;
            for record in &page.records {
                loaded.take(table, record, &mut found, interner)?;
            }
            span = page.rest;
        }
    }
    let kept = kept.unwrap_or_else(Manifest::empty);
    kept.compare(&found).map_err(LoadFault::Tampered)?;
    loaded.manifest = kept;
    // Their keys are random; the log is to have them in the order in which they happened.
    loaded.outbox.sort_by_key(|(_, revision)| *revision);
    Ok(loaded)
}

impl Loaded {
    fn take(
        &mut self,
        table: &'static str,
        record: &Record,
        found: &mut Manifest,
        interner: &Interner,
    ) -> Result<(), LoadFault> {
        let tampered = |why: String| LoadFault::Tampered(why);
        let key = record.key.get(table.len() + 1..).unwrap_or_default();
        let version = Keychain::peek(&record.value).map_or(0, |header| header.version);
        let place = Place { table, key, version };
        let plain = self.keychain.open_record(&place, &record.value).map_err(|e| tampered(e.to_string()))?;
        found.add(&self.keychain, &place, &record.value).map_err(|e| tampered(e.to_string()))?;
        let key =
            core::str::from_utf8(key).map_err(|_| tampered(format!("table {table}: a key is not text")))?;
        if table == OutboxTable::NAME {
            let (id, event) =
                outgoing(key, &plain).ok_or_else(|| LoadFault::Unreadable(format!("{table}/{key}")))?;
            self.outbox.push((Outgoing { id, bytes: event.into() }, record.modified));
            return Ok(());
        }
        let row = Row { table, key, record: Some(&plain), revision: record.modified };
        self.snapshot
            .apply(&row, interner)
            .map_err(|unreadable| LoadFault::Unreadable(unreadable.to_string()))
    }
}

fn outgoing(key: &str, plain: &[u8]) -> Option<(RequestId, String)> {
    Some((OutboxTable::decode_key(key)?, OutboxTable::decode(plain)?))
}
