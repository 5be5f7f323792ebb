//! Fills a log with events, indexes it and searches it, for `cargo xtask bench trail`.
//!
//! `trail FOLDER COUNT`
//!
//! An event takes about a kilobyte on disk. Prints how long filling, indexing and each of several searches took.

#![expect(clippy::print_stdout, reason = "an example talks on standard output")]

use gatekey_audit::{AuditKey, Field, Frame, Log, Options, Promise, Query};
use gatekey_audit_index::Index;
use std::{
    error::Error,
    path::Path,
    time::{Duration, Instant},
};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Events that are recorded together.
const AT_ONCE: u64 = 500;
/// Keys and users of the events; some are met much more often than others.
const KEYS: u64 = 5_000;
const USERS: u64 = 2_000;
const NAMES: [&str; 6] = ["Decrypt", "GenerateDataKey", "Encrypt", "DescribeKey", "Sign", "PutKeyPolicy"];
/// A page of results.
const PAGE: usize = 50;
/// What a search may take, in seconds.
const TARGET: f64 = 2.0;

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: trail FOLDER COUNT";
    let folder = arguments.next().ok_or(usage)?;
    let count = arguments.next().and_then(|count| count.parse().ok()).ok_or(usage)?;
    let (folder, key) = (Path::new(&folder), AuditKey::new(&[7; 32]));
    let log = folder.join("log");
    let took = timed(|| fill(&log, &key, count))?.1;
    println!("recorded {count} events in {:.1} s", took.as_secs_f64());
    let index = Index::open(&folder.join("index"), &log, key)?;
    let took = timed(|| Ok(index.catch_up(usize::MAX)?))?.1;
    println!("indexed them in {:.1} s", took.as_secs_f64());
    println!("searches for the newest {PAGE} (the target is {TARGET} s):");
    for (what, all) in questions() {
        let query = Query { all, most: PAGE, ..Query::default() };
        let (page, first) = timed(|| Ok(index.search(&query)?))?;
        let again = timed(|| Ok(index.search(&query)?))?.1;
        let found = page.events.len();
        let told = if first.as_secs_f64() < TARGET { "" } else { "  TOO SLOW" };
        println!(
            "  {what:<44} {found:>3} found   {:>8.2} ms, again {:>8.2} ms{told}",
            millis(first),
            millis(again)
        );
    }
    Ok(())
}

fn millis(took: Duration) -> f64 {
    took.as_secs_f64() * 1000.0
}

fn timed<T>(work: impl FnOnce() -> Outcome<T>) -> Outcome<(T, Duration)> {
    let begun = Instant::now();
    let done = work()?;
    Ok((done, begun.elapsed()))
}

fn questions() -> Vec<(&'static str, Vec<(Field, String)>)> {
    let key = |number| (Field::Resource, key_id(number));
    let user = |number| (Field::Principal, user_name(number));
    let failed = || (Field::Outcome, "AccessDenied".to_owned());
    vec![
        ("a key that is used often", vec![key(0)]),
        ("a key that is used seldom", vec![key(KEYS * 9 / 10)]),
        ("a principal who asks often", vec![user(0)]),
        ("a principal who asks seldom", vec![user(USERS * 9 / 10)]),
        ("a key and a principal, both often", vec![key(0), user(0)]),
        ("a key and a principal, both seldom", vec![key(KEYS * 9 / 10), user(USERS * 9 / 10)]),
        ("a key, a principal and what was denied", vec![key(1), user(1), failed()]),
        ("an operation that was denied", vec![(Field::Name, "Encrypt".to_owned()), failed()]),
        ("a key that is not there", vec![(Field::Resource, "none".to_owned())]),
    ]
}

fn key_id(number: u64) -> String {
    format!("{number:08x}-1111-4222-8333-444455556666")
}

fn user_name(number: u64) -> String {
    format!("user-{number}")
}

fn fill(log: &Path, key: &AuditKey, count: u64) -> Outcome<()> {
    let options = Options { promise: Promise::Fleeting, ..Options::default() };
    let (log, _) = Log::open(log, key.clone(), options)?;
    let mut number = 0;
    while number < count {
        let together = number..count.min(number.saturating_add(AT_ONCE));
        number = together.end;
        let frames: Result<Vec<_>, _> =
            together.map(|number| Frame::of_bytes(event(number).as_bytes())).collect();
        for outcome in log.record_all(&mut frames?) {
            let _ = outcome?;
        }
    }
    Ok(())
}

/// A number below `most` that looks like chance; small ones come more often.
fn skewed(number: u64, salt: u64, most: u64) -> u64 {
    let mixed = number.wrapping_add(salt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 32;
    // A number times a part: half of them are in the lowest fifth.
    (mixed % most.max(1)) * ((mixed >> 13) % 1_000) / 1_000
}

fn event(number: u64) -> String {
    let key = key_id(skewed(number, 1, KEYS));
    let user = user_name(skewed(number, 2, USERS));
    let name =
        usize::try_from(skewed(number, 3, 6)).ok().and_then(|index| NAMES.get(index)).unwrap_or(&"Decrypt");
    let second = 1_700_000_000_u64.saturating_add(number / 50);
    let time = gatekey_types::Timestamp::from_seconds(second.cast_signed());
    let denied =
        if skewed(number, 4, 100) > 80 { r#""errorCode":"AccessDenied","errorMessage":"no","# } else { "" };
    format!(
        r#"{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser","principalId":"AIDAEXAMPLE{user}","arn":"arn:aws:iam::111122223333:user/{user}","accountId":"111122223333","accessKeyId":"AKIAEXAMPLE{user}","userName":"{user}"}},"eventTime":"{time}","eventSource":"kms.amazonaws.com","eventName":"{name}","awsRegion":"us-east-1","sourceIPAddress":"127.0.0.1","userAgent":"aws-cli/2.0",{denied}"requestParameters":{{"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}},"responseElements":null,"requestID":"{number:08x}-0000-4000-8000-000000000000","eventID":"{number:08x}-0000-4000-8000-000000000001","readOnly":true,"resources":[{{"accountId":"111122223333","type":"AWS::KMS::Key","ARN":"arn:aws:kms:us-east-1:111122223333:key/{key}"}}],"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management"}}"#
    )
}
