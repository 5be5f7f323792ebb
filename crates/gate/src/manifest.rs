use bytes::Bytes;
use gatekey_seal::{Keychain, Place, SealBroken, SetDigest};
use gatekey_store::{Batch, Revision, Store};
use gatekey_types::Entropy;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What all the records of the store add up to: a record that was taken away, added or put back to an earlier state is
/// found out, though each record by itself be genuine.
///
/// It is one sealed record, written by every transaction, and it counts the transactions: that number is also the
/// version under which a transaction seals its records.
#[derive(Clone)]
pub(crate) struct Manifest {
    sequence: u64,
    tables: BTreeMap<String, SetDigest>,
    /// Where the store has it; `None` before the first transaction.
    revision: Option<Revision>,
}

/// Its name as a table, and its key in the store.
const NAME: &str = "manifest";

/// The manifest as JSON, before it is sealed.
#[derive(Serialize, Deserialize)]
struct Written {
    sequence: u64,
    tables: BTreeMap<String, String>,
}

impl Manifest {
    /// The manifest of an empty store.
    pub(crate) fn empty() -> Self {
        Self { sequence: 0, tables: BTreeMap::new(), revision: None }
    }

    /// The manifest that the next transaction builds.
    pub(crate) fn next(&self) -> Self {
        Self { sequence: self.sequence.saturating_add(1), ..self.clone() }
    }

    /// The number of the transaction.
    pub(crate) fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Counts a record in.
    pub(crate) fn add(
        &mut self,
        keychain: &Keychain,
        place: &Place<'_>,
        sealed: &[u8],
    ) -> Result<(), SealBroken> {
        let digest = keychain.digest(place, sealed)?;
        self.tables.entry(place.table.to_owned()).or_default().add(&digest);
        Ok(())
    }

    /// Counts a record out.
    pub(crate) fn remove(
        &mut self,
        keychain: &Keychain,
        place: &Place<'_>,
        sealed: &[u8],
    ) -> Result<(), SealBroken> {
        let digest = keychain.digest(place, sealed)?;
        self.tables.entry(place.table.to_owned()).or_default().remove(&digest);
        Ok(())
    }

    /// The write that puts this manifest in the place of the one before.
    pub(crate) fn write(&self, keychain: &Keychain, entropy: &dyn Entropy) -> Result<Batch, SealBroken> {
        let tables =
            self.tables.iter().map(|(table, digest)| (table.clone(), hex::encode(digest.to_bytes())));
        let written = Written { sequence: self.sequence, tables: tables.collect() };
        let text = serde_json::to_vec(&written).unwrap_or_default();
        let sealed = keychain.seal_record(&place(self.sequence), &text, entropy)?;
        let batch = match self.revision {
            None => Batch::new().absent(NAME),
            Some(revision) => Batch::new().unchanged(NAME, revision),
        };
        Ok(batch.put(NAME, sealed))
    }

    /// Takes note of the revision at which the store took it.
    pub(crate) fn committed(&mut self, revision: Revision) {
        self.revision = Some(revision);
    }

    /// Reads the manifest that the store has.
    ///
    /// # Errors
    /// The store does not answer, or what it has is not a manifest of ours: the text is for the operator.
    pub(crate) async fn read(store: &dyn Store, keychain: &Keychain) -> Result<Option<Self>, String> {
        let Some(record) = store.get(NAME.as_bytes()).await.map_err(|e| e.to_string())? else {
            return Ok(None);
        };
        Self::open(&record.value, keychain, record.modified).map(Some)
    }

    fn open(sealed: &Bytes, keychain: &Keychain, revision: Revision) -> Result<Self, String> {
        let version = Keychain::peek(sealed).map_or(0, |header| header.version);
        let text = keychain.open_record(&place(version), sealed).map_err(|broken| broken.to_string())?;
        let written: Written =
            serde_json::from_slice(&text).map_err(|_| "the manifest cannot be read".to_owned())?;
        let digest = |hex: &str| SetDigest::from_bytes(&hex::decode(hex).ok()?).ok();
        let tables = written
            .tables
            .iter()
            .map(|(table, hex)| Some((table.clone(), digest(hex)?)))
            .collect::<Option<_>>()
            .ok_or("the manifest cannot be read")?;
        Ok(Self { sequence: written.sequence, tables, revision: Some(revision) })
    }

    /// Whether the records that were found are the records that the manifest counts.
    ///
    /// # Errors
    /// Names the tables in which records are missing, are too many, or are not the newest.
    pub(crate) fn compare(&self, found: &Self) -> Result<(), String> {
        let names: std::collections::BTreeSet<_> = self.tables.keys().chain(found.tables.keys()).collect();
        let of = |manifest: &Self, name: &str| manifest.tables.get(name).copied().unwrap_or_default();
        let wrong: Vec<String> = names
            .into_iter()
            .filter(|name| of(self, name) != of(found, name))
            .map(|name| {
                let (kept, have) = (of(self, name).count(), of(found, name).count());
                if kept == have {
                    format!("table {name}: a record was replaced by an older one")
                } else {
                    format!("table {name}: {have} records where there were {kept}")
                }
            })
            .collect();
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
    }

    /// Whether the other is the manifest of the same transaction.
    pub(crate) fn is_same_transaction(&self, other: &Self) -> bool {
        self.sequence == other.sequence && self.tables == other.tables
    }

    /// Where the store has it.
    pub(crate) fn revision(&self) -> Option<Revision> {
        self.revision
    }
}

fn place(sequence: u64) -> Place<'static> {
    Place { table: NAME, key: NAME.as_bytes(), version: sequence }
}
