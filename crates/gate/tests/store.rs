//! The gate and its store: what is written opens again, and what was tampered with stops the start.
#![cfg(test)]

use bytes::Bytes;
use gatekey_audit::Frame;
use gatekey_directory::{AccountRecord, AccountTable};
use gatekey_gate::{Gate, LoadFault, Parts, SetupFault, Trail};
use gatekey_keyring::Quotas;
use gatekey_seal::{RootKey, SealFile, UnsealError, UnsealKey, Unsealer};
use gatekey_store::{Batch, MemoryStore, Record, Span, Store, table::Table};
use gatekey_testkit::{FakeClock, SeededEntropy};
use gatekey_types::{AccountId, Entropy, RequestId, Timestamp};
use std::sync::{Arc, Mutex};
use zeroize::Zeroizing;

/// Opens every seal with one key.
struct OneKey(u8);

impl Unsealer for OneKey {
    fn enroll(&self, _: &dyn Entropy) -> Result<(gatekey_seal::Method, UnsealKey), UnsealError> {
        Ok((gatekey_seal::Method::KeyFile {}, self.unseal_key(&gatekey_seal::Method::KeyFile {})?))
    }
    fn unseal_key(&self, _: &gatekey_seal::Method) -> Result<UnsealKey, UnsealError> {
        Ok(UnsealKey::from_bytes(Zeroizing::new([self.0; 32])))
    }
}

/// A trail in memory, which can be told to fail.
#[derive(Default)]
struct Memory {
    events: Mutex<Vec<RequestId>>,
    failing: Mutex<bool>,
}

impl Trail for Memory {
    fn record(&self, events: &mut [Frame]) -> Vec<Result<(), String>> {
        let failing = *self.failing.lock().unwrap();
        events.iter().map(|_| if failing { Err("full".into()) } else { Ok(()) }).collect()
    }
    fn deliver(&self, id: RequestId, _: &[u8]) -> Result<(), String> {
        if *self.failing.lock().unwrap() {
            return Err("full".into());
        }
        let mut events = self.events.lock().unwrap();
        if !events.contains(&id) {
            events.push(id);
        }
        Ok(())
    }
    fn waits(&self) -> bool {
        true
    }
}

/// One installation: a store that outlives the gates that open it.
struct Site {
    store: Arc<MemoryStore>,
    seal: SealFile,
    trail: Arc<Memory>,
}

impl Site {
    fn new() -> Self {
        let (seal, _) = SealFile::create(&OneKey(1), &SeededEntropy::new(1)).unwrap();
        Self { store: Arc::new(MemoryStore::new()), seal, trail: Arc::new(Memory::default()) }
    }

    fn root(&self) -> RootKey {
        self.seal.open(&OneKey(1)).unwrap()
    }

    async fn open_with(&self, root: RootKey) -> Result<Gate, LoadFault> {
        Gate::open(Parts {
            store: self.store.clone(),
            root,
            trail: self.trail.clone(),
            clock: Arc::new(FakeClock::at(Timestamp::from_seconds(1_800_000_000))),
            entropy: Arc::new(SeededEntropy::new(7)),
            quotas: Quotas::default(),
            cached_materials: 16,
        })
        .await
    }

    async fn open(&self) -> Result<Gate, LoadFault> {
        self.open_with(self.root()).await
    }

    async fn with_accounts(accounts: &[&str]) -> Self {
        let site = Self::new();
        let gate = site.open().await.unwrap();
        for account in accounts {
            make(&gate, account).await.unwrap();
        }
        site
    }

    async fn record(&self, table: &str, key: &str) -> Record {
        self.store.get(format!("{table}/{key}").as_bytes()).await.unwrap().unwrap()
    }

    async fn put(&self, table: &str, key: &str, value: Bytes) {
        self.store.commit(Batch::new().put(format!("{table}/{key}"), value)).await.unwrap();
    }

    /// What the operator reads when the server refuses to start.
    async fn refusal(&self) -> String {
        match self.open().await {
            Err(fault @ LoadFault::Tampered(_)) => fault.to_string(),
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("the server started on a store that was tampered with"),
        }
    }
}

async fn make(gate: &Gate, account: &str) -> Result<(), SetupFault> {
    let account: AccountId = account.parse().unwrap();
    let key = gate.new_root_key(account);
    gate.create_account(account, "", &key).await
}

const A: &str = "111122223333";
const B: &str = "444455556666";
const TABLE: &str = AccountTable::NAME;

#[tokio::test]
async fn what_was_committed_is_there_after_a_restart() {
    let site = Site::with_accounts(&[A, B]).await;
    let gate = site.open().await.unwrap();
    let accounts: Vec<String> =
        gate.snapshot().directory.accounts().map(|(account, _)| account.to_string()).collect();
    assert_eq!(accounts, [A, B]);
    assert!(matches!(make(&gate, A).await, Err(SetupFault::Exists(_))));
}

#[tokio::test]
async fn another_root_key_opens_nothing() {
    let site = Site::with_accounts(&[A]).await;
    let (_, other) = SealFile::create(&OneKey(2), &SeededEntropy::new(2)).unwrap();
    assert!(matches!(site.open_with(other).await, Err(LoadFault::Keychain(_))));
}

#[tokio::test]
async fn no_record_shows_what_it_holds() {
    let site = Site::with_accounts(&[A]).await;
    let page = site.store.range(Span::all(), 100, None).await.unwrap();
    assert!(page.records.len() >= 4);
    for record in page.records {
        let text = String::from_utf8_lossy(&record.value).into_owned();
        assert!(!text.contains("created") && !text.contains("secret"), "{:?}", record.key);
    }
}

#[tokio::test]
async fn an_edited_record_is_named_and_stops_the_start() {
    let site = Site::with_accounts(&[A, B]).await;
    let mut value = site.record(TABLE, A).await.value.to_vec();
    let last = value.len() - 1;
    value[last] ^= 1;
    site.put(TABLE, A, value.into()).await;
    let refusal = site.refusal().await;
    assert!(refusal.contains(A) && refusal.contains(TABLE), "{refusal}");
}

#[tokio::test]
async fn two_swapped_records_stop_the_start() {
    let site = Site::with_accounts(&[A, B]).await;
    let (a, b) = (site.record(TABLE, A).await.value, site.record(TABLE, B).await.value);
    site.put(TABLE, A, b).await;
    site.put(TABLE, B, a).await;
    assert!(site.refusal().await.contains(TABLE));
}

#[tokio::test]
async fn a_deleted_record_is_missed() {
    let site = Site::with_accounts(&[A, B]).await;
    site.store.commit(Batch::new().delete(format!("{TABLE}/{B}"))).await.unwrap();
    let refusal = site.refusal().await;
    assert!(refusal.contains("1 records where there were 2"), "{refusal}");
}

#[tokio::test]
async fn a_record_put_back_to_an_older_state_is_found_out() {
    let site = Site::with_accounts(&[A]).await;
    let manifest = site.store.get(b"manifest").await.unwrap().unwrap();
    let gate = site.open().await.unwrap();
    make(&gate, B).await.unwrap();
    drop(gate);
    // The older manifest is genuine, and so are all records: together they do not add up.
    site.store.commit(Batch::new().put("manifest", manifest.value)).await.unwrap();
    let refusal = site.refusal().await;
    assert!(refusal.contains("accounts"), "{refusal}");
}

#[tokio::test]
async fn a_record_moved_from_another_installation_does_not_open() {
    let site = Site::with_accounts(&[A]).await;
    let other = Site::new();
    let gate = Gate::open(Parts {
        store: other.store.clone(),
        root: SealFile::create(&OneKey(3), &SeededEntropy::new(3)).unwrap().1,
        trail: other.trail.clone(),
        clock: Arc::new(FakeClock::at(Timestamp::from_seconds(1_800_000_000))),
        entropy: Arc::new(SeededEntropy::new(99)),
        quotas: Quotas::default(),
        cached_materials: 16,
    })
    .await
    .unwrap();
    make(&gate, A).await.unwrap();
    site.put(TABLE, A, other.record(TABLE, A).await.value).await;
    assert!(site.refusal().await.contains(A));
}

#[tokio::test]
async fn a_table_of_records_reads_what_the_domain_wrote() {
    let record = AccountRecord { created: Timestamp::from_seconds(1), name: "n".into(), email: None };
    let edit = gatekey_store::table::Edit::insert::<AccountTable>(&A.parse().unwrap(), &record);
    let gatekey_store::table::Fate::Put(bytes) = edit.fate else { panic!("an insert puts") };
    assert_eq!(AccountTable::decode(&bytes), Some(record));
}

#[tokio::test]
async fn many_changes_at_once_are_all_made_and_all_answered() {
    let site = Site::new();
    let gate = Arc::new(site.open().await.unwrap());
    let tasks: Vec<_> = (0..200_u64)
        .map(|n| {
            let gate = gate.clone();
            tokio::spawn(async move { make(&gate, &format!("{:012}", 100_000_000_000 + n)).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(gate.snapshot().directory.accounts().count(), 200);
    let commits = gate.snapshot().revision.get();
    assert!(commits < 200, "changes that wait together share a transaction: {commits}");
    drop(gate);
    assert_eq!(site.open().await.unwrap().snapshot().directory.accounts().count(), 200);
}
