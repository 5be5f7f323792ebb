//! Changes, when the store, the log or the writer itself fails.

use crate::world::{A, World};
use gatekey_server::{Application, Readiness};
use gatekey_store::{Batch, MemoryStore, Page, Pending, Record, Revision, Span, Store, StoreError, Watch};
use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// How a commit fails.
#[derive(Clone, Copy)]
enum Fault {
    /// The disk is full: nothing is written.
    Full,
    /// No answer comes, and nothing is written.
    LostOnTheWay,
    /// No answer comes, and all is written.
    AnswerLost,
}

/// A store whose commits fail as told, and whose reads can be made to fail too.
#[derive(Default)]
struct Sick {
    store: MemoryStore,
    faults: Mutex<VecDeque<Fault>>,
    blind: AtomicBool,
}

impl Sick {
    fn next_commit(&self, fault: Fault) {
        self.faults.lock().unwrap().push_back(fault);
    }
    fn blind(&self, blind: bool) {
        self.blind.store(blind, Ordering::SeqCst);
    }
}

impl Store for Sick {
    fn get<'a>(&'a self, key: &'a [u8]) -> Pending<'a, Option<Record>> {
        // The manifest is what tells whether a commit is in force.
        if key == b"manifest" && self.blind.load(Ordering::SeqCst) {
            return Box::pin(async { Err(StoreError::Unavailable("the disk does not answer".into())) });
        }
        self.store.get(key)
    }
    fn range(&self, span: Span, limit: usize, at: Option<Revision>) -> Pending<'_, Page> {
        self.store.range(span, limit, at)
    }
    fn commit(&self, batch: Batch) -> Pending<'_, Revision> {
        let fault = self.faults.lock().unwrap().pop_front();
        let unknown = || StoreError::Unknown("no answer".into());
        Box::pin(async move {
            match fault {
                None => self.store.commit(batch).await,
                Some(Fault::Full) => Err(StoreError::Unavailable("no space left on device".into())),
                Some(Fault::LostOnTheWay) => Err(unknown()),
                Some(Fault::AnswerLost) => self.store.commit(batch).await.and(Err(unknown())),
            }
        })
    }
    fn watch(&self, span: Span, after: Revision) -> Pending<'_, Box<dyn Watch>> {
        self.store.watch(span, after)
    }
    fn compact(&self, through: Revision) -> Pending<'_, ()> {
        self.store.compact(through)
    }
}

async fn sick() -> (Arc<Sick>, World, String) {
    let store = Arc::new(Sick::default());
    let world = World::on(store.clone(), gatekey_keyring::Quotas::default()).await;
    let key = world.key().await;
    (store, world, key)
}

async fn state(world: &World, key: &str) -> Value {
    world.call("DescribeKey", json!({"KeyId": key})).await.ok()["KeyMetadata"]["KeyState"].clone()
}

#[tokio::test]
async fn a_full_store_refuses_changes_while_reads_go_on_and_takes_them_again_with_space() {
    let (store, world, key) = sick().await;
    store.next_commit(Fault::Full);
    let reply = world.call("DisableKey", json!({"KeyId": key})).await;
    assert_eq!((reply.status, reply.code()), (500, "KMSInternalException"));
    assert_eq!(state(&world, &key).await, "Enabled");
    world.call("Encrypt", json!({"KeyId": key, "Plaintext": "YQ=="})).await.ok();
    world.call("DisableKey", json!({"KeyId": key})).await.ok();
    assert_eq!(state(&world, &key).await, "Disabled");
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_acknowledged_if_it_is_in_force() {
    let (store, world, key) = sick().await;
    store.next_commit(Fault::AnswerLost);
    world.call("DisableKey", json!({"KeyId": key})).await.ok();
    assert_eq!(state(&world, &key).await, "Disabled");
    world.call("EnableKey", json!({"KeyId": key})).await.ok();
}

#[tokio::test]
async fn a_commit_that_was_lost_on_the_way_is_refused_and_can_be_made_again() {
    let (store, world, key) = sick().await;
    store.next_commit(Fault::LostOnTheWay);
    assert_eq!(world.call("DisableKey", json!({"KeyId": key})).await.code(), "KMSInternalException");
    assert_eq!(state(&world, &key).await, "Enabled");
    world.call("DisableKey", json!({"KeyId": key})).await.ok();
    assert_eq!(state(&world, &key).await, "Disabled");
}

/// Otherwise every later change would meet a manifest that the writer does not know, for ever.
#[tokio::test]
async fn a_commit_of_unknown_outcome_is_taken_over_once_the_store_can_be_read_again() {
    let (store, world, key) = sick().await;
    store.next_commit(Fault::AnswerLost);
    store.blind(true);
    assert_eq!(world.call("DisableKey", json!({"KeyId": key})).await.code(), "KMSInternalException");
    let tag = json!({"KeyId": key, "Tags": [{"TagKey": "a", "TagValue": "b"}]});
    assert_eq!(world.call("TagResource", tag.clone()).await.code(), "KMSInternalException", "still blind");
    store.blind(false);
    world.call("TagResource", tag).await.ok();
    assert_eq!(state(&world, &key).await, "Disabled", "it was in force all the time");
    let told = |name: &str| world.events.all().iter().filter(|event| event["eventName"] == name).count();
    assert_eq!(told("DisableKey"), 2, "the failure that was told, and the change that was made");
}

#[tokio::test]
async fn a_store_that_something_else_writes_to_is_served_no_more() {
    let (store, world, key) = sick().await;
    assert_eq!(world.endpoint.ready(), Readiness::Ready);
    // Another server on the same store, so to speak: the manifest is no longer the one that this one wrote.
    let manifest = store.store.get(b"manifest").await.unwrap().unwrap();
    world.call("DisableKey", json!({"KeyId": key})).await.ok();
    store.store.commit(Batch::new().put("manifest", manifest.value)).await.unwrap();
    assert_eq!(world.call("EnableKey", json!({"KeyId": key})).await.code(), "KMSInternalException");
    let reply = world.call("DescribeKey", json!({"KeyId": key})).await;
    assert_eq!(reply.code(), "KMSInternalException", "the snapshot may not be what the store has");
    assert!(
        matches!(world.endpoint.ready(), Readiness::Unready(why) if why.contains("written to the store"))
    );
}

#[tokio::test]
async fn a_writer_that_died_leaves_nobody_waiting_and_the_server_unready() {
    let (_, world, key) = sick().await;
    world.events.panic();
    let world = Arc::new(world);
    let change = {
        let (world, key) = (world.clone(), key.clone());
        // The defect ends whoever records: the writer's task, and this one with it.
        tokio::spawn(async move { world.call("DisableKey", json!({"KeyId": key})).await })
    };
    let waited = tokio::time::timeout(Duration::from_secs(60), change).await;
    assert!(waited.is_ok(), "it would have waited for ever");
    assert!(matches!(world.endpoint.ready(), Readiness::Unready(_)));
}

#[tokio::test]
async fn an_event_that_the_log_did_not_take_follows_without_another_change() {
    let world = World::new().await;
    let key = world.key().await;
    world.events.fail(true);
    world.call("DisableKey", json!({"KeyId": key})).await.ok();
    world.events.fail(false);
    for _ in 0..1_000 {
        if world.events.last()["eventName"] == "DisableKey" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it did not follow: {}", world.events.last());
}

#[tokio::test]
async fn changes_are_refused_before_their_events_fill_the_store() {
    let world = World::new().await;
    let key = world.key().await;
    world.events.fail(true);
    let mut made = 0;
    while world
        .call("UpdateKeyDescription", json!({"KeyId": key, "Description": made.to_string()}))
        .await
        .status
        == 200
    {
        made += 1;
        assert!(made < 1_000, "events pile up without bound");
    }
    world.events.fail(false);
    world.call("UpdateKeyDescription", json!({"KeyId": key, "Description": "again"})).await.ok();
    let descriptions: Vec<String> = (world.events.all().iter())
        .filter(|event| event["eventName"] == "UpdateKeyDescription")
        .map(|event| event["requestParameters"]["description"].as_str().unwrap().to_owned())
        .collect();
    let expected: Vec<String> = (0..made).map(|n| n.to_string()).chain(["again".to_owned()]).collect();
    assert_eq!(descriptions, expected, "all that was made is told, in order");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_who_change_the_same_key_at_once_all_get_their_turn() {
    let quotas = gatekey_keyring::Quotas { tags_per_key: 1_000, ..Default::default() };
    let world = Arc::new(World::with_quotas(quotas).await);
    let key = world.key().await;
    let tag = |n: usize| {
        let (world, key) = (world.clone(), key.clone());
        let input = json!({"KeyId": key, "Tags": [{"TagKey": format!("t{n}"), "TagValue": ""}]});
        tokio::spawn(async move { world.call_as(A, "TagResource", input).await })
    };
    let tasks: Vec<_> = (0..200).map(tag).collect();
    for task in tasks {
        task.await.unwrap().ok();
    }
    let found = world.gate.snapshot();
    let key =
        found.keyring.keys_of(A.parse().unwrap(), &"us-east-1".parse().unwrap(), None, world.gate.now());
    assert_eq!(key.last().unwrap().record.tags.len(), 200);
}
