//! Whatever is done to a log is found out, and the first event it was done to is named.
use crate::support::{event, filled, filled_with, key, open, options, proven};
use gatekey_audit::{AuditError, AuditKey, Log, Options, What, verify};
use std::{
    fs,
    path::{Path, PathBuf},
};

fn segments(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    paths.sort();
    paths
}

/// Rewrites the lines of a segment (the first is its header).
fn rewrite(path: &Path, change: impl FnOnce(&mut Vec<String>)) {
    let text = fs::read_to_string(path).unwrap();
    let mut lines: Vec<String> = text.trim_end_matches('\0').lines().map(str::to_owned).collect();
    change(&mut lines);
    fs::write(path, lines.join("\n") + "\n").unwrap();
}

/// What is found, and at which event.
fn found(folder: &Path) -> (What, u64) {
    let tampering = proven(folder).unwrap_err();
    (tampering.what, tampering.event)
}

#[test]
fn an_untouched_log_is_proven_whole() {
    let folder = filled(23);
    let summary = proven(folder.path()).unwrap();
    assert_eq!((summary.first, summary.last, summary.unfinished), (1, 23, false));
    assert_eq!(summary.segments, segments(folder.path()).len() as u64);
    assert!(summary.segments > 2, "the test wants several segments");
    assert_eq!((23, summary.chain), open(folder.path()).head());
}

#[test]
fn a_flipped_bit_in_any_byte_is_found() {
    let folder = filled_with(3, Options { segment_bytes: 1, ..options() });
    // Without the zeros laid out behind the last event, a reading takes a fraction of the time.
    rewrite(&segments(folder.path())[2], |_| ());
    let path = segments(folder.path()).remove(1);
    let good = fs::read(&path).unwrap();
    for position in 0..good.len() {
        // Bit 5 makes a lower case letter of an upper case one, which is where two spellings could mean the same.
        for bit in [5, position % 8] {
            let mut bad = good.clone();
            bad[position] ^= 1 << bit;
            fs::write(&path, &bad).unwrap();
            let found = proven(folder.path()).expect_err("flipped unseen");
            assert_eq!(found.event, 2, "bit {bit} of byte {position}: {found}");
        }
    }
    fs::write(&path, &good).unwrap();
    assert_eq!(proven(folder.path()).unwrap().last, 3);
}

#[test]
fn a_segment_cut_anywhere_or_that_lacks_or_gains_any_byte_is_found_and_the_event_named() {
    let folder = filled_with(3, Options { segment_bytes: 1, ..options() });
    rewrite(&segments(folder.path())[2], |_| ());
    let path = segments(folder.path()).remove(1);
    let good = fs::read(&path).unwrap();
    for position in 0..good.len() {
        let (before, rest) = good.split_at(position);
        let bad = [
            ("cut", before.to_vec()),
            ("less", [before, &rest[1..]].concat()),
            ("more", [before, b"0", rest].concat()),
        ];
        for (what, bad) in bad {
            fs::write(&path, bad).unwrap();
            let found = proven(folder.path()).expect_err("changed unseen");
            assert_eq!(found.event, 2, "{what} at byte {position}: {found}");
        }
    }
}

#[test]
fn an_edited_event_is_named() {
    let folder = filled(12);
    rewrite(&segments(folder.path())[0], |lines| lines[2] = lines[2].replace("Encrypt", "Decrypt"));
    assert_eq!(found(folder.path()), (What::Edited, 2));
}

#[test]
fn a_removed_event_is_named() {
    let folder = filled(12);
    rewrite(&segments(folder.path())[0], |lines| drop(lines.remove(2)));
    assert_eq!(found(folder.path()), (What::Cut(3), 2));
}

#[test]
fn events_that_changed_places_or_stand_twice_are_named() {
    let folder = filled(12);
    rewrite(&segments(folder.path())[0], |lines| lines.swap(2, 3));
    assert_eq!(found(folder.path()), (What::Cut(3), 2));
    rewrite(&segments(folder.path())[0], |lines| lines.swap(2, 3));
    rewrite(&segments(folder.path())[0], |lines| lines.insert(3, lines[2].clone()));
    assert_eq!(found(folder.path()), (What::Reordered(2), 3));
}

#[test]
fn a_missing_segment_is_named_wherever_it_was() {
    let count = segments(filled(23).path()).len();
    for missing in 0..count {
        let folder = filled(23);
        let path = segments(folder.path()).remove(missing);
        let first: u64 = path.file_stem().unwrap().to_str().unwrap().parse().unwrap();
        fs::remove_file(path).unwrap();
        assert_eq!(proven(folder.path()).unwrap_err().event, first);
        let opened = Log::open(folder.path(), key(), options());
        assert!(
            missing + 1 < count || matches!(opened, Err(AuditError::Damaged(_))),
            "the end is looked at on opening"
        );
    }
}

#[test]
fn a_missing_tail_is_found_by_the_head() {
    let folder = filled(12);
    let last = segments(folder.path()).pop().unwrap();
    rewrite(&last, |lines| drop(lines.pop()));
    assert_eq!(found(folder.path()), (What::TailMissing(12), 12));
    let refused = Log::open(folder.path(), key(), options()).unwrap_err();
    assert!(
        matches!(refused, AuditError::Damaged(_)),
        "a log that lost its end is not gone on with: {refused}"
    );
}

#[test]
fn a_missing_or_foreign_head_is_found() {
    let folder = filled(3);
    let head = folder.path().join("head");
    let good = fs::read(&head).unwrap();
    fs::write(&head, fs::read(filled(9).path().join("head")).unwrap()).unwrap();
    assert_eq!(found(folder.path()).0, What::TailMissing(9));
    fs::write(&head, String::from_utf8(good).unwrap().replace("\"number\":3", "\"number\":2")).unwrap();
    assert_ne!(proven(folder.path()).map(|summary| summary.last), Ok(2));
    fs::remove_file(&head).unwrap();
    assert_eq!(found(folder.path()), (What::Head, 1));
    assert!(matches!(Log::open(folder.path(), key(), options()), Err(AuditError::Damaged(_))));
}

#[test]
fn a_log_made_with_another_key_is_not_believed() {
    let folder = filled(3);
    let other = AuditKey::new(&[8; 32]);
    assert_eq!(verify(folder.path(), &other).unwrap_err().what, What::Head);
    let forged = tempfile::tempdir().unwrap();
    {
        let (log, _) =
            Log::open(forged.path(), other, Options { checkpoint_every: None, ..Options::default() })
                .unwrap();
        let _ = log.record(&event(1, "forged")).unwrap();
    }
    fs::copy(&segments(forged.path())[0], &segments(folder.path())[0]).unwrap();
    assert_eq!(found(folder.path()), (What::Header, 1));
}

#[test]
fn a_chain_made_anew_without_the_key_is_forged() {
    let (ours, theirs) = (filled(2), tempfile::tempdir().unwrap());
    let (log, _) = Log::open(theirs.path(), AuditKey::new(&[8; 32]), options()).unwrap();
    let _ = log.record(&event(1, "y")).unwrap();
    let line = fs::read_to_string(&segments(theirs.path())[0]).unwrap().lines().nth(1).unwrap().to_owned();
    // The chain itself needs no key: the stranger's first event continues our chain's beginning correctly.
    rewrite(&segments(ours.path())[0], |lines| lines[1] = line);
    assert_eq!(found(ours.path()), (What::Forged, 1));
}
