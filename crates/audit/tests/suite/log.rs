//! Writing, closing, crashing and going on.
use crate::support::{event, filled, id, key, open, options, proven};
use gatekey_audit::{AuditError, Frame, Log, Options, Promise, Recovered, What};
use std::{
    collections::BTreeSet,
    fs::{self, File},
    os::unix::fs::FileExt,
    path::PathBuf,
    sync::Arc,
};

fn last_segment(folder: &std::path::Path) -> PathBuf {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "jsonl")).max().unwrap()
}

/// Where the zeros begin.
fn end(path: &std::path::Path) -> u64 {
    fs::read(path).unwrap().iter().rposition(|byte| *byte != 0).unwrap() as u64 + 1
}

#[test]
fn a_reopened_log_goes_on_with_the_next_number() {
    let folder = filled(7);
    let (log, recovered) = Log::open(folder.path(), key(), options()).unwrap();
    assert_eq!(recovered, Recovered { number: 7, cut: 0 });
    assert_eq!(log.record(&event(8, "x")).unwrap().number(), 8);
    drop(log);
    assert_eq!(proven(folder.path()).unwrap().last, 8);
}

#[test]
fn every_line_is_json_with_the_event_in_it() {
    let folder = filled(3);
    let text = fs::read_to_string(last_segment(folder.path())).unwrap();
    let lines: Vec<serde_json::Value> =
        text.trim_end_matches('\0').lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["gatekey-audit"], 1);
    assert_eq!((&lines[3]["number"], &lines[3]["event"]["eventName"]), (&3.into(), &"Encrypt".into()));
}

#[test]
fn the_folder_belongs_to_one_log_at_a_time() {
    let folder = filled(1);
    let log = open(folder.path());
    assert!(matches!(Log::open(folder.path(), key(), options()), Err(AuditError::InUse(_))));
    drop(log);
    assert!(Log::open(folder.path(), key(), options()).is_ok());
}

#[test]
fn a_line_torn_at_any_byte_is_put_aside_and_noted() {
    let folder = filled(2);
    let path = last_segment(folder.path());
    let good = fs::read(&path).unwrap();
    let line_start = good[..end(&path) as usize - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    let line = good[line_start..end(&path) as usize].to_vec();
    for kept in (1..line.len()).step_by(37).chain([line.len() - 1]) {
        let folder = filled(2);
        let path = last_segment(folder.path());
        File::options().write(true).open(&path).unwrap().write_all_at(&line[..kept], end(&path)).unwrap();
        let (log, recovered) = Log::open(folder.path(), key(), options()).unwrap();
        assert_eq!(recovered, Recovered { number: 2, cut: kept as u64 });
        assert_eq!(log.record(&event(3, "x")).unwrap().number(), 3);
        drop(log);
        let summary = proven(folder.path()).unwrap();
        assert_eq!((summary.last, summary.unfinished), (3, false));
        assert_eq!(
            summary.cuts.iter().map(|cut| (cut.before, cut.bytes)).collect::<Vec<_>>(),
            [(3, kept as u64)]
        );
    }
}

#[test]
fn a_torn_event_that_was_surely_on_the_disk_is_damage() {
    let folder = filled(2);
    let path = last_segment(folder.path());
    File::options().write(true).open(&path).unwrap().write_all_at(&[0; 9], end(&path) - 9).unwrap();
    let refused = Log::open(folder.path(), key(), options()).unwrap_err();
    let AuditError::Damaged(tampering) = refused else { panic!("{refused}") };
    assert_eq!((tampering.event, tampering.what), (2, What::TailMissing(2)));
    assert_eq!(proven(folder.path()).unwrap_err().what, What::Unreadable);
}

#[test]
fn a_crash_before_the_first_event_of_a_segment_is_survived() {
    let folder = filled(0);
    let path = last_segment(folder.path());
    File::options().write(true).open(&path).unwrap().write_all_at(b"{\"chain", end(&path)).unwrap();
    let (log, recovered) = Log::open(folder.path(), key(), options()).unwrap();
    assert_eq!(recovered, Recovered { number: 0, cut: 7 });
    assert_eq!(log.record(&event(1, "x")).unwrap().number(), 1);
    drop(log);
    assert_eq!(proven(folder.path()).unwrap().last, 1);
}

#[test]
fn what_is_delivered_again_is_recorded_once_even_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path());
    let bytes = event(1, "x").to_bytes();
    assert_eq!(log.deliver(id(1), &bytes).unwrap().number(), 1);
    assert_eq!(log.record(&event(2, "x")).unwrap().number(), 2);
    assert_eq!(log.deliver(id(1), &bytes).unwrap().number(), 1);
    drop(log);
    let log = open(folder.path());
    assert_eq!(log.deliver(id(1), &bytes).unwrap().number(), 1);
    assert_eq!(log.deliver(id(3), &bytes).unwrap().number(), 3);
    for number in 4..30 {
        assert_eq!(log.record_bytes(&bytes).unwrap().number(), number);
    }
    drop(log);
    let log = open(folder.path());
    assert_eq!(
        log.deliver(id(3), &bytes).unwrap().number(),
        3,
        "whatever was recorded between, in other segments too"
    );
    drop(log);
    assert_eq!(proven(folder.path()).unwrap().last, 29);
}

#[test]
fn what_is_no_event_on_one_line_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path());
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(gatekey_audit::MAX_EVENT_BYTES));
    for bytes in [&b"{\n}"[..], b"{\0}", b"[]", b"", large.as_bytes()] {
        assert_eq!(log.deliver(id(1), bytes), Err(AuditError::NotAnEvent));
        assert_eq!(log.record_bytes(bytes), Err(AuditError::NotAnEvent));
    }
    assert_eq!(log.head().0, 0);
}

#[test]
fn many_threads_get_a_number_each_and_one_chain() {
    for promise in [Promise::Handed, Promise::Synced] {
        let folder = tempfile::tempdir().unwrap();
        let options = Options { promise, segment_bytes: 100_000, ..options() };
        let log = Arc::new(Log::open(folder.path(), key(), options).unwrap().0);
        let write = |thread: u64| {
            let log = Arc::clone(&log);
            let record = move |n| log.record(&event(thread * 1000 + n, "x")).unwrap().number();
            std::thread::spawn(move || (0..50).map(record).collect::<Vec<u64>>())
        };
        let threads: Vec<_> = (0..8).map(write).collect();
        let numbers: BTreeSet<u64> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        assert_eq!(numbers, (1..=400).collect());
        drop(log);
        assert_eq!(proven(folder.path()).unwrap().last, 400);
    }
}

#[test]
fn a_log_goes_on_whatever_it_promised_before() {
    let folder = tempfile::tempdir().unwrap();
    for number in 1..=6 {
        let promise = if number % 2 == 0 { Promise::Synced } else { Promise::Handed };
        let (log, recovered) = Log::open(folder.path(), key(), Options { promise, ..options() }).unwrap();
        assert_eq!(recovered, Recovered { number: number - 1, cut: 0 });
        assert_eq!(log.record(&event(number, "x")).unwrap().number(), number);
    }
    assert_eq!(proven(folder.path()).unwrap().last, 6);
}

#[test]
fn a_log_can_be_proven_while_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path());
    for number in 1..=30 {
        let _ = log.record(&event(number, "x")).unwrap();
        assert_eq!(proven(folder.path()).unwrap().last, number);
        if number % 7 == 0 {
            log.checkpoint().unwrap();
        }
    }
}

fn frames(numbers: std::ops::RangeInclusive<u64>) -> Vec<Frame> {
    numbers.map(|number| Frame::of(&event(number, "x"))).collect()
}

#[test]
fn events_that_are_recorded_together_are_the_chain_that_they_would_be_one_by_one() {
    for promise in [Promise::Handed, Promise::Synced] {
        let folder = tempfile::tempdir().unwrap();
        // A segment has room for some three of these: a group crosses from one to the next.
        let log = Log::open(folder.path(), key(), Options { promise, ..options() }).unwrap().0;
        let numbers = |outcomes: Vec<Result<gatekey_audit::Recorded, AuditError>>| {
            outcomes.into_iter().map(|outcome| outcome.unwrap().number()).collect::<Vec<_>>()
        };
        assert_eq!(numbers(log.record_all(&mut frames(1..=20))), (1..=20).collect::<Vec<_>>());
        assert_eq!(numbers(log.record_all(&mut [])), [0_u64; 0]);
        assert_eq!(log.record(&event(21, "x")).unwrap().number(), 21);
        assert_eq!(numbers(log.record_all(&mut frames(22..=23))), [22, 23]);
        drop(log);
        let summary = proven(folder.path()).unwrap();
        assert_eq!((summary.last, summary.unfinished), (23, false));
        assert!(summary.segments > 3);
    }
}

#[test]
fn a_frame_shows_the_event_that_it_is_of() {
    let event = event(1, "x");
    assert_eq!(Frame::of(&event).event(), event.to_bytes());
}
