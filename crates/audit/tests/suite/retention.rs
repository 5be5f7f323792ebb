//! Old segments are removed whole, and what is left is proven from where it begins.

use crate::support::{event, key, open, options, proven};
use gatekey_audit::{Event, Log, Tampering, What, segments, verify_since};
use gatekey_types::Timestamp;
use std::{fs, path::Path};

/// Event N was at the Nth hour.
fn hour(number: u64) -> Timestamp {
    Timestamp::from_seconds(i64::try_from(number).unwrap() * 3600)
}

fn filled() -> (tempfile::TempDir, Log) {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path());
    for number in 1..=23 {
        let event = Event { time: hour(number), ..event(number, "x") };
        assert_eq!(log.record(&event).unwrap().number(), number);
    }
    (folder, log)
}

fn firsts(folder: &Path) -> Vec<u64> {
    segments(folder, &key()).unwrap().iter().map(|segment| segment.first).collect()
}

fn files(folder: &Path) -> usize {
    fs::read_dir(folder)
        .unwrap()
        .filter(|file| file.as_ref().unwrap().path().extension() == Some("jsonl".as_ref()))
        .count()
}

#[test]
fn whole_segments_that_are_older_are_removed_and_the_rest_is_proven_from_where_it_begins() {
    let (folder, log) = filled();
    let all = firsts(folder.path());
    assert!(all.len() > 3, "the test wants several segments: {all:?}");
    let anchor = proven(folder.path()).unwrap();
    // The first segment's last event is older than this, the second's is not.
    let oldest = log.forget(Timestamp::from_seconds(hour(all[1]).seconds() + 1), u64::MAX).unwrap();
    assert_eq!((oldest, firsts(folder.path())), (all[1], all[1..].to_vec()));
    assert_eq!(files(folder.path()), all.len() - 1);
    let summary = proven(folder.path()).unwrap();
    assert_eq!((summary.first, summary.last), (all[1], 23));
    assert!(summary.to_string().starts_with(&format!("verified events {} to 23 ", all[1])), "{summary}");
    assert!(summary.to_string().contains("removed as retention says"));
    assert_eq!(verify_since(folder.path(), &key(), Some((23, anchor.chain))).unwrap().last, 23);
    drop(log);
    assert_eq!(open(folder.path()).record(&event(24, "x")).unwrap().number(), 24);
    assert_eq!(proven(folder.path()).unwrap().last, 24);
}

#[test]
fn what_is_young_or_spared_or_the_last_is_kept() {
    let (folder, log) = filled();
    let all = firsts(folder.path());
    assert_eq!(log.forget(hour(1), u64::MAX).unwrap(), 1, "nothing is older");
    assert_eq!(
        log.forget(hour(all[1]), u64::MAX).unwrap(),
        1,
        "a segment is removed when all of it is older"
    );
    assert_eq!(log.forget(hour(1000), all[2]).unwrap(), all[2], "the spared event's segment is kept");
    assert_eq!(log.forget(hour(1000), u64::MAX).unwrap(), *all.last().unwrap(), "the last one is kept");
    assert_eq!(log.forget(hour(2), u64::MAX).unwrap(), *all.last().unwrap(), "and what is gone is gone");
    assert_eq!(proven(folder.path()).unwrap().first, *all.last().unwrap());
}

#[test]
fn a_segment_that_someone_else_removed_is_still_missed() {
    let (folder, log) = filled();
    let all = firsts(folder.path());
    assert_eq!(log.forget(hour(all[1] + 1), u64::MAX).unwrap(), all[1]);
    fs::remove_file(folder.path().join(format!("{:020}.jsonl", all[1]))).unwrap();
    let Tampering { event, what, .. } = proven(folder.path()).unwrap_err();
    assert_eq!((event, what), (all[1], What::Cut(all[2])));
}

#[test]
fn what_an_interrupted_removal_left_is_no_part_of_the_log_and_goes_with_the_next() {
    let (folder, log) = filled();
    let all = firsts(folder.path());
    let first = folder.path().join(format!("{:020}.jsonl", 1));
    let aside = folder.path().join(format!("{:020}.cut", 1));
    let spared = fs::read(&first).unwrap();
    assert_eq!(log.forget(hour(all[2] + 1), u64::MAX).unwrap(), all[2]);
    fs::write(&first, spared).unwrap();
    fs::write(&aside, b"x").unwrap();
    assert_eq!(proven(folder.path()).unwrap().first, all[2]);
    drop(log);
    let log = Log::open(folder.path(), key(), options()).unwrap().0;
    assert_eq!(log.forget(hour(1), u64::MAX).unwrap(), all[2]);
    assert!(!first.exists() && !aside.exists());
    assert_eq!(proven(folder.path()).unwrap().first, all[2]);
}
