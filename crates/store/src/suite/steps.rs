//! Random histories: what is done to a store, drawn by proptest and shrunk to the shortest that fails.

use super::faulty::Fault;
use bytes::Bytes;
use proptest::{collection::vec, option, prelude::*};

/// One of a few keys, so that histories meet each other.
pub type KeyNumber = u8;

/// What a guard claims about a key.
#[derive(Debug, Clone, Copy)]
pub enum Claim {
    /// What is true of it now.
    True,
    /// That it is absent.
    Absent,
    /// That it was written at this many revisions before the newest.
    WrittenBack(u64),
}

/// One thing done to a store.
#[derive(Debug, Clone)]
pub enum Step {
    /// Commits a batch of puts and (where no value is given) deletes.
    Commit {
        /// What it demands.
        guards: Vec<(KeyNumber, Claim)>,
        /// What it writes.
        writes: Vec<(KeyNumber, Option<u8>)>,
        /// How it fails, if it does.
        fault: Option<Fault>,
    },
    /// Reads two keys' span, at most so many records, at so many revisions before the newest (or at the newest).
    Read(KeyNumber, KeyNumber, usize, Option<u64>),
    /// Lets the watcher catch up.
    Follow,
    /// Forgets what is older than this many revisions.
    Compact(u64),
    /// Closes the store, as a crash does as far as the engine allows, and opens it again.
    Reopen,
}

/// The key of a number. They differ in length, and one is the prefix of another.
pub fn key(number: KeyNumber) -> Bytes {
    let keys: [&'static [u8]; 8] = [b"a", b"a\0", b"a/b", b"a/c", b"b", b"b\xff", b"\xff", b"\xff\xff"];
    Bytes::from_static(keys.get(usize::from(number % 8)).copied().unwrap_or(b"a"))
}

/// The value of a number: short ones, and some that do not fit a database's page.
pub fn value(number: u8) -> Bytes {
    Bytes::from(vec![number; if number > 240 { 9_000 } else { usize::from(number % 16) }])
}

fn claim() -> impl Strategy<Value = Claim> {
    prop_oneof![4 => Just(Claim::True), 1 => Just(Claim::Absent), 1 => (0_u64..6).prop_map(Claim::WrittenBack)]
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![Just(Fault::Refused), Just(Fault::LostOnTheWay), Just(Fault::AnswerLost)]
}

fn commit() -> impl Strategy<Value = Step> {
    let guards = vec((0_u8..8, claim()), 0..4);
    let writes = vec((0_u8..8, option::weighted(0.7, any::<u8>())), 0..5);
    let step = (guards, writes, option::weighted(0.1, fault()));
    step.prop_map(|(guards, writes, fault)| Step::Commit { guards, writes, fault })
}

/// Histories of up to `length` steps.
pub fn history(length: usize) -> impl Strategy<Value = Vec<Step>> {
    let read = (0_u8..8, 0_u8..9, 0_usize..10, option::of(0_u64..12));
    let step = prop_oneof![
        12 => commit(),
        6 => read.prop_map(|(from, to, limit, back)| Step::Read(from, to, limit, back)),
        4 => Just(Step::Follow),
        1 => (0_u64..12).prop_map(Step::Compact),
        1 => Just(Step::Reopen),
    ];
    vec(step, 0..length)
}
