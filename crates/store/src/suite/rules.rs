//! The rules of the contract, each a function that takes an empty store.

use crate::{
    Batch, Change, Changes, MAX_BATCH_BYTES, MAX_KEY_BYTES, MAX_OPERATIONS, MAX_PAGE_BYTES, MAX_PAGE_RECORDS,
    Page, Record, Refusal, Revision, Span, Store, StoreError, Watch,
};
use bytes::Bytes;
use std::{sync::Arc, time::Duration};
use tokio::{task::JoinSet, time::timeout};

type Outcome = Result<(), StoreError>;
type Subject = Arc<dyn Store>;

fn put(key: &'static str, value: &'static str) -> Batch {
    Batch::new().put(key, value)
}

fn record(key: &'static str, value: &'static str, created: u64, modified: u64) -> Record {
    Record {
        key: key.into(),
        value: value.into(),
        created: Revision::new(created),
        modified: Revision::new(modified),
    }
}

fn keys(page: &Page) -> Vec<&[u8]> {
    page.records.iter().map(|record| record.key.as_ref()).collect()
}

/// Waits for news, but not for ever: a watch that hangs is a failed rule, not a hanging test.
async fn news(watch: &mut Box<dyn Watch>) -> Result<Changes, StoreError> {
    let waited = timeout(Duration::from_secs(20), watch.next()).await;
    waited.unwrap_or_else(|_| Err(StoreError::Unavailable("the watch gave no news for 20 s".to_owned())))
}

/// The next change of the watched span, past mere revisions.
async fn next_change(watch: &mut Box<dyn Watch>) -> Result<Changes, StoreError> {
    loop {
        let news = news(watch).await?;
        if !news.changes.is_empty() {
            return Ok(news);
        }
    }
}

/// An empty store knows no key and is at revision 0.
pub async fn an_absent_key_reads_as_nothing(store: Subject) -> Outcome {
    assert_eq!(store.get(b"a").await?, None);
    let page = store.range(Span::all(), 10, None).await?;
    assert_eq!(page, Page { records: vec![], rest: None, revision: Revision::ZERO });
    Ok(())
}

/// Keys and values are any bytes; a value may be empty.
pub async fn what_was_put_is_read_with_its_revisions(store: Subject) -> Outcome {
    let key: Vec<u8> = (0..=255).collect();
    let first = store.commit(Batch::new().put(key.clone(), "\0value\0").put("empty", "")).await?;
    let read = store.get(&key).await?;
    let value = Bytes::from("\0value\0");
    assert_eq!(read, Some(Record { key: key.into(), value, created: first, modified: first }));
    assert_eq!(store.get(b"empty").await?, Some(record("empty", "", 1, 1)));
    Ok(())
}

/// `created` is of the record, `modified` of the value.
pub async fn writing_again_keeps_the_creation_and_deleting_ends_it(store: Subject) -> Outcome {
    store.commit(put("a", "1")).await?;
    store.commit(put("a", "2")).await?;
    assert_eq!(store.get(b"a").await?, Some(record("a", "2", 1, 2)));
    store.commit(Batch::new().delete("a")).await?;
    assert_eq!(store.get(b"a").await?, None);
    store.commit(put("a", "4")).await?;
    assert_eq!(store.get(b"a").await?, Some(record("a", "4", 4, 4)));
    Ok(())
}

/// Also when a commit deletes what is not there.
pub async fn revisions_grow_by_one_with_each_commit(store: Subject) -> Outcome {
    assert_eq!(store.commit(put("a", "1")).await?, Revision::new(1));
    assert_eq!(store.commit(Batch::new().delete("b")).await?, Revision::new(2));
    assert_eq!(store.commit(put("a", "1")).await?, Revision::new(3));
    assert_eq!(store.range(Span::all(), 0, None).await?.revision, Revision::new(3));
    Ok(())
}

/// It only tells the newest one, and still minds its guards.
pub async fn a_batch_without_writes_makes_no_revision(store: Subject) -> Outcome {
    assert_eq!(store.commit(Batch::new()).await?, Revision::ZERO);
    store.commit(put("a", "1")).await?;
    assert_eq!(store.commit(Batch::new().unchanged("a", Revision::new(1))).await?, Revision::new(1));
    let refused = store.commit(Batch::new().absent("a")).await;
    assert_eq!(refused, Err(StoreError::Conflict { key: "a".into() }));
    Ok(())
}

/// The first that does not hold is named; a conflict makes no revision.
pub async fn a_broken_guard_writes_nothing_and_names_its_key(store: Subject) -> Outcome {
    store.commit(put("a", "1")).await?;
    let batch =
        Batch::new().absent("free").absent("a").unchanged("b", Revision::new(1)).put("c", "3").delete("a");
    assert_eq!(store.commit(batch).await, Err(StoreError::Conflict { key: "a".into() }));
    let page = store.range(Span::all(), 10, None).await?;
    assert_eq!(page, Page { records: vec![record("a", "1", 1, 1)], rest: None, revision: Revision::new(1) });
    Ok(())
}

/// `Absent` and `Unchanged`, before and after each kind of write.
pub async fn guards_see_creation_change_and_deletion(store: Subject) -> Outcome {
    let conflict = Err(StoreError::Conflict { key: "a".into() });
    let created = store.commit(put("a", "1").absent("a")).await?;
    assert_eq!(store.commit(put("a", "2").absent("a")).await, conflict);
    let changed = store.commit(put("a", "2").unchanged("a", created)).await?;
    assert_eq!(store.commit(put("a", "3").unchanged("a", created)).await, conflict);
    store.commit(Batch::new().delete("a").unchanged("a", changed)).await?;
    assert_eq!(store.commit(put("a", "4").unchanged("a", changed)).await, conflict);
    assert_eq!(store.commit(put("a", "4").unchanged("a", Revision::ZERO)).await, conflict);
    store.commit(put("a", "4").absent("a")).await?;
    Ok(())
}

/// Unsigned, byte by byte, a prefix before what it begins.
pub async fn keys_are_ordered_by_their_bytes(store: Subject) -> Outcome {
    let ordered: [&[u8]; 7] = [b"\0", b"\0\0", b"A", b"a", b"a\0", b"a\xff", b"\xff"];
    let batch = ordered.iter().rev().fold(Batch::new(), |batch, key| batch.put(*key, "v"));
    store.commit(batch).await?;
    assert_eq!(keys(&store.range(Span::all(), 10, None).await?), ordered);
    let a: [&[u8]; 3] = [b"a", b"a\0", b"a\xff"];
    assert_eq!(keys(&store.range(Span::prefix("a"), 10, None).await?), a);
    let between: [&[u8]; 2] = [b"A", b"a"];
    assert_eq!(keys(&store.range(Span::between("A", "a\0"), 10, None).await?), between);
    assert!(store.range(Span::between("b", "a"), 10, None).await?.records.is_empty());
    Ok(())
}

/// At any limit, and `rest` is `None` exactly when nothing is left.
pub async fn pages_follow_one_another_without_gap_or_overlap(store: Subject) -> Outcome {
    let all: Vec<String> = (0..20).map(|n| format!("k{n:02}")).collect();
    store
        .commit(all.iter().fold(put("j", "").put("l", ""), |batch, key| batch.put(key.clone(), "v")))
        .await?;
    for limit in [1, 3, 19, 20, 21, usize::MAX] {
        let mut seen = Vec::new();
        let mut rest = Some(Span::prefix("k"));
        while let Some(span) = rest {
            let page = store.range(span, limit, None).await?;
            assert!(page.records.len() <= limit);
            assert!(!page.records.is_empty(), "a rest is never empty while nobody writes");
            seen.extend(page.records.into_iter().map(|record| record.key));
            rest = page.rest;
        }
        assert_eq!(seen, all);
    }
    Ok(())
}

/// By the bytes in it and by the number of records, whatever the limit.
pub async fn a_page_ends_before_it_grows_too_large(store: Subject) -> Outcome {
    let value = vec![7; MAX_BATCH_BYTES - 100];
    for n in 0..10 {
        store.commit(Batch::new().put(format!("large{n}"), value.clone())).await?;
    }
    let page = store.range(Span::all(), usize::MAX, None).await?;
    assert!(page.rest.is_some());
    assert!(page.records.len() * value.len() < MAX_PAGE_BYTES + MAX_BATCH_BYTES);
    for hundred in 0..=MAX_PAGE_RECORDS / 100 {
        store
            .commit((0..100).fold(Batch::new(), |batch, n| batch.put(format!("many{hundred}-{n}"), "")))
            .await?;
    }
    let page = store.range(Span::prefix("many"), usize::MAX, None).await?;
    assert_eq!(page.records.len(), MAX_PAGE_RECORDS);
    assert!(page.rest.is_some());
    Ok(())
}

/// With values, revisions, and records that are gone since.
pub async fn the_past_reads_as_it_was(store: Subject) -> Outcome {
    store.commit(put("a", "1").put("b", "1")).await?;
    store.commit(put("a", "2").delete("b").put("c", "2")).await?;
    store.commit(put("b", "3").delete("c")).await?;
    let states = [
        vec![],
        vec![record("a", "1", 1, 1), record("b", "1", 1, 1)],
        vec![record("a", "2", 1, 2), record("c", "2", 2, 2)],
        vec![record("a", "2", 1, 2), record("b", "3", 3, 3)],
    ];
    for (number, records) in (0..).zip(states) {
        let revision = Revision::new(number);
        let page = store.range(Span::all(), 10, Some(revision)).await?;
        assert_eq!(page, Page { records, rest: None, revision });
        let first = store.range(Span::all(), 1, Some(revision)).await?;
        assert_eq!(first.records, page.records.iter().take(1).cloned().collect::<Vec<_>>());
        assert_eq!(first.rest.is_some(), page.records.len() > 1);
    }
    Ok(())
}

/// A revision that was never reached means that the store was put back.
pub async fn the_future_cannot_be_read_or_watched(store: Subject) -> Outcome {
    let newest = store.commit(put("a", "1")).await?;
    let refused = StoreError::Refused(Refusal::FutureRevision);
    assert_eq!(store.range(Span::all(), 1, Some(newest.next())).await, Err(refused.clone()));
    assert_eq!(store.watch(Span::all(), newest.next()).await.err(), Some(refused.clone()));
    assert_eq!(store.compact(newest.next()).await.err(), Some(refused));
    Ok(())
}

/// And compacting what is compacted already is no error.
pub async fn a_compacted_past_is_refused_and_the_present_stays(store: Subject) -> Outcome {
    store.commit(put("a", "1")).await?;
    store.commit(put("a", "2").put("b", "2")).await?;
    store.commit(Batch::new().delete("b")).await?;
    let oldest = Revision::new(2);
    store.compact(oldest).await?;
    store.compact(Revision::new(1)).await?;
    let compacted = StoreError::Compacted { oldest };
    assert_eq!(store.range(Span::all(), 1, Some(Revision::new(1))).await, Err(compacted.clone()));
    assert_eq!(store.watch(Span::all(), Revision::new(1)).await.err(), Some(compacted));
    let past = store.range(Span::all(), 9, Some(oldest)).await?;
    assert_eq!(past.records, [record("a", "2", 1, 2), record("b", "2", 2, 2)]);
    assert_eq!(store.range(Span::all(), 9, None).await?.records, [record("a", "2", 1, 2)]);
    let mut watch = store.watch(Span::all(), oldest).await?;
    assert_eq!(news(&mut watch).await?.changes, [Change::Delete("b".into())]);
    Ok(())
}

/// Each with its own refusal, and nothing is written.
pub async fn the_limits_of_a_batch_are_enforced(store: Subject) -> Outcome {
    let numbered = || (0..=MAX_OPERATIONS).map(|n| format!("k{n}"));
    for (batch, refusal) in [
        (numbered().fold(Batch::new(), |batch, key| batch.put(key, "")), Refusal::TooManyOperations),
        (numbered().fold(put("a", ""), Batch::absent), Refusal::TooManyOperations),
        (Batch::new().put("a", vec![0; MAX_BATCH_BYTES]), Refusal::TooManyBytes),
        (Batch::new().put("", ""), Refusal::KeyLength),
        (put("a", "").absent(""), Refusal::KeyLength),
        (Batch::new().delete(vec![1; MAX_KEY_BYTES + 1]), Refusal::KeyLength),
        (put("a", "1").put("b", "").delete("a"), Refusal::WrittenTwice),
    ] {
        assert_eq!(store.commit(batch).await, Err(StoreError::Refused(refusal)));
    }
    assert_eq!(store.range(Span::all(), 1, None).await?.revision, Revision::ZERO);
    Ok(())
}

/// The limits themselves are lawful.
pub async fn a_batch_at_the_limits_is_taken(store: Subject) -> Outcome {
    let numbered = || (0..MAX_OPERATIONS).map(|n| format!("k{n:03}"));
    let batch = numbered().fold(Batch::new(), Batch::absent);
    store.commit(numbered().fold(batch, |batch, key| batch.put(key, "v"))).await?;
    assert_eq!(store.range(Span::all(), 1000, None).await?.records.len(), MAX_OPERATIONS);
    let key = vec![1; MAX_KEY_BYTES];
    store.commit(Batch::new().put(key.clone(), vec![2; MAX_BATCH_BYTES - MAX_KEY_BYTES])).await?;
    let read = store.get(&key).await?.map(|record| record.value.len());
    assert_eq!(read, Some(MAX_BATCH_BYTES - MAX_KEY_BYTES));
    Ok(())
}

/// The changes of one commit come together, in the order of keys; deleting nothing changes nothing.
pub async fn a_watch_gives_every_commit_once_in_order(store: Subject) -> Outcome {
    let mut watch = store.watch(Span::all(), Revision::ZERO).await?;
    store.commit(put("b", "1").put("a", "1")).await?;
    let first = news(&mut watch).await?;
    let changes = vec![Change::Put(record("a", "1", 1, 1)), Change::Put(record("b", "1", 1, 1))];
    assert_eq!(first, Changes { revision: Revision::new(1), changes });
    store.commit(put("c", "2").delete("a").delete("nothing")).await?;
    store.commit(put("c", "3")).await?;
    let changes = vec![Change::Delete("a".into()), Change::Put(record("c", "2", 2, 2))];
    assert_eq!(news(&mut watch).await?, Changes { revision: Revision::new(2), changes });
    let changes = vec![Change::Put(record("c", "3", 2, 3))];
    assert_eq!(news(&mut watch).await?, Changes { revision: Revision::new(3), changes });
    Ok(())
}

/// So that a watcher can tell how fresh it is.
pub async fn a_watch_sees_only_its_span_and_still_the_revision(store: Subject) -> Outcome {
    let mut watch = store.watch(Span::prefix("mine/"), Revision::ZERO).await?;
    store.commit(put("other/a", "1")).await?;
    assert_eq!(news(&mut watch).await?, Changes { revision: Revision::new(1), changes: vec![] });
    store.commit(put("mine/a", "2").put("other/a", "2")).await?;
    let changes = vec![Change::Put(record("mine/a", "2", 2, 2))];
    assert_eq!(news(&mut watch).await?, Changes { revision: Revision::new(2), changes });
    Ok(())
}

/// Replaced and deleted values included, commit by commit.
pub async fn a_watch_from_the_past_catches_up_first(store: Subject) -> Outcome {
    store.commit(put("a", "1")).await?;
    store.commit(put("a", "2").put("b", "2")).await?;
    store.commit(Batch::new().delete("a")).await?;
    store.commit(put("a", "4")).await?;
    let mut watch = store.watch(Span::prefix("a"), Revision::new(1)).await?;
    store.commit(put("a", "5")).await?;
    let mut seen = Vec::new();
    while seen.len() < 4 {
        seen.extend(next_change(&mut watch).await?.changes);
    }
    let expected = [
        Change::Put(record("a", "2", 1, 2)),
        Change::Delete("a".into()),
        Change::Put(record("a", "4", 4, 4)),
        Change::Put(record("a", "5", 4, 5)),
    ];
    assert_eq!(seen, expected);
    Ok(())
}

/// Because the watch holds its place, not the future.
pub async fn a_watch_that_is_dropped_while_waiting_loses_nothing(store: Subject) -> Outcome {
    let mut watch = store.watch(Span::all(), Revision::ZERO).await?;
    for n in 1..=20 {
        assert!(timeout(Duration::from_millis(1), watch.next()).await.is_err(), "nothing has happened");
        store.commit(put("a", "v")).await?;
        assert_eq!(news(&mut watch).await?.revision, Revision::new(n));
    }
    Ok(())
}

/// Never a silent gap.
pub async fn a_watch_that_fell_behind_is_told_to_read_again(store: Subject) -> Outcome {
    let mut watch = store.watch(Span::all(), Revision::ZERO).await?;
    store.commit(put("a", "1")).await?;
    let newest = store.commit(put("a", "2")).await?;
    store.compact(newest).await?;
    assert_eq!(news(&mut watch).await, Err(StoreError::Compacted { oldest: newest }));
    assert!(store.watch(Span::all(), newest).await.is_ok());
    Ok(())
}

/// Reads the counter and writes it back one greater, until nobody was faster.
async fn increment(store: Subject) -> Outcome {
    loop {
        let read = store.get(b"counter").await?;
        let batch = match &read {
            None => Batch::new().absent("counter"),
            Some(read) => Batch::new().unchanged("counter", read.modified),
        };
        let length = read.map_or(0, |read| read.value.len());
        match store.commit(batch.put("counter", vec![1; length + 1])).await {
            Err(StoreError::Conflict { .. }) => {}
            other => return other.map(drop),
        }
    }
}

/// Waits for all and gives the first error.
async fn all(mut tasks: JoinSet<Outcome>) -> Outcome {
    while let Some(task) = tasks.join_next().await {
        task.map_err(|error| StoreError::Unavailable(error.to_string()))??;
    }
    Ok(())
}

/// Guards make read-modify-write safe among any number of writers, and the watch sees each step.
pub async fn writers_at_once_never_lose_an_update(store: Subject) -> Outcome {
    const WRITERS: u64 = 8;
    const EACH: u64 = 10;
    let mut watch = store.watch(Span::all(), Revision::ZERO).await?;
    let mut tasks = JoinSet::new();
    for _ in 0..WRITERS {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            for _ in 0..EACH {
                increment(Arc::clone(&store)).await?;
            }
            Ok(())
        });
    }
    all(tasks).await?;
    let count = store.get(b"counter").await?.map(|record| record.value.len() as u64);
    assert_eq!(count, Some(WRITERS * EACH));
    for n in 1..=WRITERS * EACH {
        assert_eq!(news(&mut watch).await?.revision, Revision::new(n));
    }
    Ok(())
}

/// Two keys that are always written alike are always read alike.
pub async fn readers_at_once_never_see_half_a_batch(store: Subject) -> Outcome {
    store.commit(put("x", "").put("y", "")).await?;
    let mut tasks = JoinSet::new();
    for writer in 0..3_u8 {
        let written = Arc::clone(&store);
        tasks.spawn(async move {
            for n in 0..30_u8 {
                written.commit(Batch::new().put("x", vec![writer, n]).put("y", vec![writer, n])).await?;
            }
            Ok(())
        });
        let read = Arc::clone(&store);
        tasks.spawn(async move {
            for _ in 0..60 {
                let page = read.range(Span::all(), 2, None).await?;
                let mut values = page.records.iter().map(|record| (&record.value, record.modified));
                assert_eq!(values.next(), values.next(), "half a batch");
            }
            Ok(())
        });
    }
    all(tasks).await
}

/// Also when that commit is not even answered yet.
pub async fn a_watch_can_begin_at_any_revision_that_was_read(store: Subject) -> Outcome {
    let mut tasks = JoinSet::new();
    let written = Arc::clone(&store);
    tasks.spawn(async move {
        for _ in 0..100 {
            written.commit(put("a", "v")).await?;
        }
        Ok(())
    });
    tasks.spawn(async move {
        let mut seen = Revision::ZERO;
        while seen < Revision::new(100) {
            seen = store.range(Span::all(), 0, None).await?.revision;
            let mut watch = store.watch(Span::all(), seen).await?;
            if seen < Revision::new(100) {
                assert_eq!(news(&mut watch).await?.revision, seen.next());
            }
        }
        Ok(())
    });
    all(tasks).await
}
