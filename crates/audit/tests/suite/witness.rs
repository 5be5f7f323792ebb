//! What a log shows while it records.

use crate::support::{event, id, key, options};
use gatekey_audit::{Cursor, Entry, Follower, Frame, Log, Seen, Witness};
use std::sync::{Arc, Mutex, MutexGuard};

/// What is remembered of an event: its number, segment, place and length, and its text.
type Kept = (u64, u64, u64, u64, Vec<u8>);

fn kept(entry: &Entry<'_>) -> Kept {
    (entry.number, entry.segment, entry.position, entry.length, entry.event.to_vec())
}

#[derive(Debug, Default)]
struct Memory(Mutex<(Vec<Kept>, Cursor)>);

impl Memory {
    fn all(&self) -> MutexGuard<'_, (Vec<Kept>, Cursor)> {
        self.0.lock().unwrap()
    }
}

impl Witness for Memory {
    fn see(&self, events: &mut dyn Iterator<Item = Seen<'_>>, end: Cursor) {
        let mut memory = self.all();
        memory.0.extend(events.map(|seen| kept(&seen.entry)));
        memory.1 = end;
    }
}

#[test]
fn a_witness_sees_all_that_a_reader_would_however_it_was_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _) = Log::open(folder.path(), key(), options()).unwrap();
    assert!(log.record(&event(1, "before anybody looks")).is_ok());
    let mut reader = Follower::new(folder.path(), key(), Some(log.end()));
    let memory = Arc::new(Memory::default());
    log.show_to(memory.clone());
    for n in 0..20 {
        let mut frames: Vec<_> = (0..n % 7).map(|n| Frame::of(&event(n, "group"))).collect();
        let outcomes = log.record_all(&mut frames);
        assert!(outcomes.iter().all(Result::is_ok));
        assert!(log.record_bytes(&event(n, "bytes").to_bytes()).is_ok());
        // The second time it is not recorded, and not seen.
        for _ in 0..2 {
            assert!(log.deliver(id(n), &event(n, "delivered").to_bytes()).is_ok());
        }
    }
    let mut read = Vec::new();
    while reader.next(|entry| read.push(kept(entry))).unwrap() {}
    let memory = memory.all();
    assert!(read.last().unwrap().1 > 1, "there is more than one segment");
    assert_eq!(memory.0, read);
    assert_eq!((Some(memory.1), memory.1), (reader.cursor(), log.end()));
}

#[test]
fn what_could_not_be_written_is_not_seen() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _) = Log::open(folder.path(), key(), options()).unwrap();
    let memory = Arc::new(Memory::default());
    log.show_to(memory.clone());
    log.record_bytes(b"no event").unwrap_err();
    assert_eq!(*memory.all(), (Vec::new(), Cursor::default()));
}
