//! What was recorded is found, and nothing else is.
#![cfg(test)]

use gatekey_audit::{
    Additional, Address, AuditKey, Event, Field, Frame, Identity, IdentityKind, Log, Options, Page, Query,
};
use gatekey_audit_index::Index;
use gatekey_types::{RequestId, Timestamp};
use std::path::Path;

const START: i64 = 1_760_000_000;

fn key() -> AuditKey {
    AuditKey::new(&[7; 32])
}

fn log(folder: &Path) -> Log {
    let options = Options { segment_bytes: 40_000, checkpoint_every: None, ..Options::default() };
    Log::open(&folder.join("audit"), key(), options).unwrap().0
}

fn index(folder: &Path) -> Index {
    Index::open(&folder.join("index"), &folder.join("audit"), key()).unwrap()
}

/// Event `n`: one a second, by one of seven users, on one of five keys, in one of two accounts.
fn event(n: u64) -> String {
    let (user, key, account) =
        (n % 7, n % 5, if n.is_multiple_of(2) { "111122223333" } else { "444455556666" });
    let time = Timestamp::from_seconds(START + i64::try_from(n).unwrap());
    let error = if n.is_multiple_of(11) { r#""errorCode":"AccessDenied","# } else { "" };
    format!(
        r#"{{"userIdentity":{{"type":"IAMUser","principalId":"AIDA{user}","arn":"arn:aws:iam::{account}:user/u{user}","accessKeyId":"AKIA{user}","userName":"u{user}"}},"eventTime":"{time}","eventSource":"kms.amazonaws.com","eventName":"Decrypt","awsRegion":"us-east-1",{error}"eventID":"{n:08x}-0000-4000-8000-000000000000","readOnly":true,"resources":[{{"type":"AWS::KMS::Key","ARN":"arn:aws:kms:us-east-1:{account}:key/k{key}"}}],"recipientAccountId":"{account}"}}"#
    )
}

fn record(log: &Log, numbers: core::ops::RangeInclusive<u64>) {
    for n in numbers {
        assert_eq!(log.record_bytes(event(n).as_bytes()).unwrap().number(), n);
    }
}

fn query(all: &[(Field, &str)], most: usize) -> Query {
    let all = all.iter().map(|(field, value)| (*field, (*value).to_owned())).collect();
    Query { all, most, ..Query::default() }
}

fn numbers(page: &Page) -> Vec<u64> {
    page.events.iter().map(|found| found.number).collect()
}

/// What a search must find, the newest first.
fn expected(upto: u64, is: impl Fn(u64) -> bool) -> Vec<u64> {
    (1..=upto).rev().filter(|n| is(*n)).collect()
}

#[test]
fn each_question_finds_what_a_look_at_every_event_would() {
    let folder = tempfile::tempdir().unwrap();
    let (log, index) = (log(folder.path()), index(folder.path()));
    record(&log, 1..=3000);
    assert_eq!(index.catch_up(usize::MAX).unwrap().number, 3000);
    type Case<'c> = (&'c [(Field, &'c str)], &'c dyn Fn(u64) -> bool);
    let cases: &[Case<'_>] = &[
        (&[], &|_| true),
        (&[(Field::Principal, "u3")], &|n| n % 7 == 3),
        (&[(Field::Resource, "k2"), (Field::Principal, "AIDA6")], &|n| n % 5 == 2 && n % 7 == 6),
        (&[(Field::Account, "111122223333"), (Field::User, "u1")], &|n| n % 2 == 0 && n % 7 == 1),
        (&[(Field::Outcome, "AccessDenied"), (Field::AccessKey, "AKIA0")], &|n| n % 77 == 0),
        (&[(Field::Resource, "arn:aws:kms:us-east-1:444455556666:key/k4")], &|n| n % 5 == 4 && n % 2 == 1),
        (&[(Field::Id, "000004d2-0000-4000-8000-000000000000")], &|n| n == 1234),
        (&[(Field::Id, "000004d2-0000-4000-8000-000000000001")], &|_| false),
        (&[(Field::Place, "111122223333/eu-west-1")], &|_| false),
    ];
    for (all, is) in cases {
        let page = index.search(&query(all, 10_000)).unwrap();
        assert!(numbers(&page) == expected(3000, is), "{all:?}");
        assert_eq!(page.next, None);
        assert!(page.events.iter().all(|found| found.event == event(found.number).as_bytes()));
    }
}

#[test]
fn pages_join_without_a_gap_or_a_repetition() {
    let folder = tempfile::tempdir().unwrap();
    let (log, index) = (log(folder.path()), index(folder.path()));
    record(&log, 1..=1000);
    index.catch_up(usize::MAX).unwrap();
    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let page = index.search(&Query { before, ..query(&[(Field::User, "u5")], 10) }).unwrap();
        all.extend(numbers(&page));
        before = page.next;
        if before.is_none() {
            break;
        }
        assert_eq!(page.events.len(), 10);
    }
    assert_eq!(all, expected(1000, |n| n % 7 == 5));
}

#[test]
fn times_bound_a_search_to_the_second() {
    let folder = tempfile::tempdir().unwrap();
    let (log, index) = (log(folder.path()), index(folder.path()));
    record(&log, 1..=1000);
    index.catch_up(usize::MAX).unwrap();
    let second = |n: i64| Some(Timestamp::from_seconds(START + n));
    for (from, until) in [(Some(300), Some(310)), (None, Some(3)), (Some(999), None), (Some(5), Some(4))] {
        let times = Query {
            from: from.and_then(second),
            until: until.and_then(second),
            ..query(&[(Field::Name, "Decrypt")], 5000)
        };
        let is = |n: u64| {
            let n = i64::try_from(n).unwrap();
            from.is_none_or(|from| from <= n) && until.is_none_or(|until| n <= until)
        };
        assert_eq!(numbers(&index.search(&times).unwrap()), expected(1000, is), "{from:?} {until:?}");
    }
}

#[test]
fn an_index_goes_on_where_it_was_however_it_is_cut_into_steps() {
    let folder = tempfile::tempdir().unwrap();
    let log = log(folder.path());
    let mut upto = 0;
    for step in [1, 1, 300, 7, 900, 2] {
        record(&log, upto + 1..=upto + step);
        upto += step;
        // Another process each time.
        let index = index(folder.path());
        assert_eq!(index.catch_up(usize::MAX).unwrap().number, upto);
        assert_eq!(index.catch_up(usize::MAX).unwrap().bytes, 0);
        let page = index.search(&query(&[(Field::Resource, "k3")], 5000)).unwrap();
        assert_eq!(numbers(&page), expected(upto, |n| n % 5 == 3));
    }
}

#[test]
fn an_index_made_anew_finds_the_same_and_another_process_goes_on_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let log = log(folder.path());
    record(&log, 1..=700);
    let (one, other) = (index(folder.path()), index(folder.path()));
    one.catch_up(usize::MAX).unwrap();
    other.begin_anew().unwrap();
    assert_eq!(one.search(&query(&[], 10)).unwrap(), Page::default());
    other.catch_up(100).unwrap();
    one.catch_up(usize::MAX).unwrap();
    for index in [&one, &other] {
        let page = index.search(&query(&[(Field::User, "u2")], 5000)).unwrap();
        assert_eq!(numbers(&page), expected(700, |n| n % 7 == 2));
    }
}

#[test]
fn an_edited_event_is_not_shown_and_an_edited_index_shows_nothing_that_was_not_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let (log, index) = (log(folder.path()), index(folder.path()));
    record(&log, 1..=50);
    index.catch_up(usize::MAX).unwrap();
    // Whoever edits the index makes the one account's events those of the other.
    let database = database(&folder.path().join("index/index.db"));
    database.execute_batch("UPDATE postings SET numbers = x'', first = 1, last = 1 WHERE term IN (SELECT id FROM terms WHERE value = '111122223333')").unwrap();
    assert_eq!(
        numbers(&index.search(&query(&[(Field::Account, "111122223333")], 100)).unwrap()),
        Vec::<u64>::new()
    );
    let segment = folder.path().join("audit/00000000000000000001.jsonl");
    let text =
        std::fs::read_to_string(&segment).unwrap().replacen("\"userName\":\"u3\"", "\"userName\":\"u4\"", 1);
    std::fs::write(&segment, text).unwrap();
    let refused = index.search(&query(&[(Field::User, "u3")], 100)).unwrap_err().to_string();
    assert!(refused.contains("event 3 in"), "{refused}");
}

fn database(path: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(path).unwrap()
}

#[test]
fn what_the_log_no_longer_keeps_is_not_found_whether_it_was_indexed_or_not() {
    for indexed in [0, 100, 300] {
        let folder = tempfile::tempdir().unwrap();
        let (log, index) = (log(folder.path()), index(folder.path()));
        record(&log, 1..=300);
        if indexed > 0 {
            index.catch_up(indexed).unwrap();
        }
        let oldest = log.forget(Timestamp::from_seconds(START + 250), u64::MAX).unwrap();
        assert!((100..=250).contains(&oldest), "the test wants some removed: {oldest}");
        index.catch_up(usize::MAX).unwrap();
        for _ in 0..2 {
            let page = index.search(&query(&[(Field::Name, "Decrypt")], 1000)).unwrap();
            assert_eq!(numbers(&page), (oldest..=300).rev().collect::<Vec<_>>());
            index.prune().unwrap();
        }
    }
}

/// Call `n`, as it is recorded when it is made: by one of three users.
fn call(log: &Log, n: u64) {
    let [user, id] = [format!("u{}", n % 3), format!("AIDA{}", n % 3)];
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&n.to_be_bytes());
    let arn = format!("arn:aws:iam::111122223333:user/{user}");
    let identity = Identity {
        kind: IdentityKind::IamUser,
        principal_id: Some(&id),
        arn: Some(&arn),
        account: Some("111122223333".into()),
        access_key: None,
        user_name: Some(&user),
        session: None,
        invoked_by: None,
    };
    let event = Event {
        identity,
        time: Timestamp::from_seconds(START + i64::try_from(n).unwrap()),
        source: "kms.amazonaws.com",
        name: if n.is_multiple_of(4) { "Encrypt" } else { "Decrypt" }.into(),
        region: "eu-west-1".into(),
        address: Address { source: "192.0.2.7", user_agent: None },
        failure: None,
        request_parameters: None,
        response_elements: None,
        additional: Additional::default(),
        request_id: None,
        event_id: RequestId::from_random(bytes),
        read_only: true,
        resources: &[],
        event_type: "AwsApiCall".into(),
        recipient: "111122223333".into(),
        shared_event_id: None,
        service_details: None,
        tls: None,
        gatekey: None,
    };
    assert!(log.record_all(&mut [Frame::of(&event)]).iter().all(Result::is_ok));
}

/// Whether both find the same.
fn assert_same(one: &Index, other: &Index) {
    let of = |field, value: &str| query(&[(field, value)], 10_000);
    let id = RequestId::from_random(core::array::from_fn(|n| if n == 7 { 9 } else { 0 })).to_string();
    let queries = [
        query(&[], 10_000),
        of(Field::User, "u1"),
        of(Field::Name, "Encrypt"),
        of(Field::Principal, "AIDA2"),
        of(Field::Place, "111122223333/eu-west-1"),
        of(Field::Id, &id),
        Query { from: Some(Timestamp::from_seconds(START + 40)), ..of(Field::Name, "Decrypt") },
    ];
    for query in queries {
        assert_eq!(one.search(&query).unwrap(), other.search(&query).unwrap(), "{query:?}");
    }
}

#[test]
fn what_was_seen_is_found_as_what_was_read_is_and_is_not_read_again() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (log, seeing) = (log(folder.path()), index(folder.path()));
    record(&log, 1..=20);
    log.show_to(seeing.witness());
    // What was there before is read once.
    assert!(seeing.catch_up(usize::MAX).unwrap().bytes > 0);
    let reading = Index::open(elsewhere.path(), &folder.path().join("audit"), key()).unwrap();
    for n in 21..3000 {
        match n % 50 {
            0 => drop(log.record_bytes(event(n).as_bytes()).unwrap()),
            1 => {
                drop(log.deliver(
                    RequestId::from_random([u8::try_from(n % 251).unwrap(); 16]),
                    event(n).as_bytes(),
                ))
            }
            _ => call(&log, n),
        }
        if n.is_multiple_of(700) || n == 40 {
            let seen = seeing.catch_up(usize::MAX).unwrap();
            assert_eq!((seen.number, seen.bytes), (n, 0), "it is not read");
            assert_eq!(reading.catch_up(usize::MAX).unwrap().number, n);
            assert_same(&seeing, &reading);
        }
    }
}

#[test]
fn what_was_seen_counts_once_whoever_else_indexes_the_log_and_begins_anew() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (log, seeing) = (log(folder.path()), index(folder.path()));
    log.show_to(seeing.witness());
    let reading = Index::open(elsewhere.path(), &folder.path().join("audit"), key()).unwrap();
    // Another process with the same index.
    let other = index(folder.path());
    for round in 0..12 {
        (1..=100).for_each(|n| call(&log, round * 200 + n));
        match round % 4 {
            0 => drop(other.catch_up(usize::MAX).unwrap()),
            1 => drop(other.catch_up(30).unwrap()),
            2 => other.begin_anew().unwrap(),
            _ => {}
        }
        (101..=200).for_each(|n| call(&log, round * 200 + n));
        let number = (round + 1) * 200;
        assert_eq!(seeing.catch_up(usize::MAX).unwrap().number, number);
        assert_eq!(reading.catch_up(usize::MAX).unwrap().number, number);
        assert_same(&seeing, &reading);
    }
}

#[test]
fn an_index_that_is_ruined_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let log = log(folder.path());
    record(&log, 1..=20);
    index(folder.path()).catch_up(usize::MAX).unwrap();
    std::fs::write(folder.path().join("index/index.db"), "this is no database".repeat(1_000)).unwrap();
    let index = index(folder.path());
    assert_eq!(index.catch_up(usize::MAX).unwrap().number, 20);
    assert_eq!(index.search(&query(&[], 100)).unwrap().events.len(), 20);
}
