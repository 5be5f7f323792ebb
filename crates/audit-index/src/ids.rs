//! The ids of events.
//!
//! An id is random: in one tree each new one would change a page of its own, and a transaction would write nearly the whole tree
//! again. So new ids are kept in a small table, and once there are many they become a *run*: a sorted list, which is never changed.
//! Many that come at once are a run from the beginning. A search looks into each run by halves.

use gatekey_types::take_hex;
use rusqlite::{Connection, params};

/// So many ids make a run,
const OF_A_RUN: usize = 10_000;
/// and so many if they come at once.
const MANY: usize = 1_000;
/// Bytes of an entry of a run: half of the short id, and how far the number is from the run's first.
const WIDTH: usize = 8;

/// What an event's id is known by: its first four bytes.
pub(crate) fn short_id(id: &[u8]) -> Option<u32> {
    let mut four = [0; 4];
    if id.get(..8).and_then(|digits| take_hex(digits, &mut four)).is_some() {
        return Some(u32::from_be_bytes(four));
    }
    // What people ask for may be in upper case, or shorter than an id.
    let mut digits = id.iter().filter(|digit| **digit != b'-').take(8).peekable();
    digits.peek()?;
    digits.try_fold(0, |id, digit| Some(id << 4 | char::from(*digit).to_digit(16)?))
}

/// Keeps ids with the numbers of their events, which are in order and beyond those that are known.
pub(crate) fn add(database: &Connection, ids: &[(u32, u64)]) -> rusqlite::Result<()> {
    if ids.len() >= MANY {
        return ids.chunks(OF_A_RUN).try_for_each(|run| keep_run(database, run));
    }
    let mut keep = database.prepare_cached("INSERT OR IGNORE INTO ids (number, id) VALUES (?1, ?2)")?;
    for (id, number) in ids {
        keep.execute(params![number, id])?;
    }
    if young(database)? >= OF_A_RUN {
        let mut select = database.prepare_cached("SELECT id, number FROM ids ORDER BY number")?;
        let all = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let all = all.collect::<rusqlite::Result<Vec<(u32, u64)>>>()?;
        keep_run(database, &all)?;
        database.execute("DELETE FROM ids", [])?;
    }
    Ok(())
}

/// How many ids are in no run.
fn young(database: &Connection) -> rusqlite::Result<usize> {
    database.prepare_cached("SELECT count(*) FROM ids")?.query_row([], |row| row.get(0))
}

fn keep_run(database: &Connection, ids: &[(u32, u64)]) -> rusqlite::Result<()> {
    let (Some((_, first)), Some((_, last))) = (ids.first(), ids.last()) else { return Ok(()) };
    let distance = |number: &u64| u32::try_from(number.saturating_sub(*first)).unwrap_or(u32::MAX);
    let mut entries: Vec<u64> =
        ids.iter().map(|(id, number)| u64::from(*id) << 32 | u64::from(distance(number))).collect();
    entries.sort_unstable();
    let entries: Vec<u8> = entries.into_iter().flat_map(u64::to_be_bytes).collect();
    let text = "INSERT OR REPLACE INTO id_runs (first, last, entries) VALUES (?1, ?2, ?3)";
    database.prepare_cached(text)?.execute(params![first, last, entries]).map(drop)
}

/// The numbers of the events that may have this id, in order.
pub(crate) fn find(database: &Connection, id: u32) -> rusqlite::Result<Vec<u64>> {
    let mut found = Vec::new();
    let mut runs = database.prepare_cached("SELECT first, entries FROM id_runs ORDER BY first")?;
    let mut rows = runs.query([])?;
    while let Some(row) = rows.next()? {
        let first: u64 = row.get(0)?;
        let run = row.get_ref(1)?.as_blob().unwrap_or_default();
        found.extend(in_run(run, id).map(|distance| first.saturating_add(distance)));
    }
    let mut young = database.prepare_cached("SELECT number FROM ids WHERE id = ?1 ORDER BY number")?;
    for number in young.query_map([id], |row| row.get(0))? {
        found.push(number?);
    }
    // Some that came at once may be newer than the young.
    found.sort_unstable();
    Ok(found)
}

/// How far the numbers with this id are from the first of the run.
fn in_run(run: &[u8], id: u32) -> impl Iterator<Item = u64> {
    let (entries, _) = run.as_chunks::<WIDTH>();
    let from = entries.partition_point(|entry| u64::from_be_bytes(*entry) >> 32 < u64::from(id));
    let rest = entries.get(from..).unwrap_or_default().iter().map(|entry| u64::from_be_bytes(*entry));
    rest.take_while(move |entry| entry >> 32 == u64::from(id)).map(|entry| entry & u64::from(u32::MAX))
}

/// Forgets those of events before this number; a run as a whole.
pub(crate) fn prune(database: &Connection, kept: u64) -> rusqlite::Result<()> {
    database.execute("DELETE FROM ids WHERE number < ?1", params![kept])?;
    database.execute("DELETE FROM id_runs WHERE last < ?1", params![kept]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn database() -> Connection {
        let database = Connection::open_in_memory().unwrap();
        database.execute_batch(include_str!("schema.sql")).unwrap();
        database
    }

    fn runs(database: &Connection) -> usize {
        database.query_row("SELECT count(*) FROM id_runs", [], |row| row.get(0)).unwrap()
    }

    /// Ids that are spread, and of which one in eight is the same as another.
    fn ids(numbers: std::ops::Range<u64>) -> Vec<(u32, u64)> {
        let id = |number: u64| {
            let seed = if number.is_multiple_of(8) { number / 16 } else { number };
            u32::try_from((seed.wrapping_mul(0x9E37_79B9_7F4A_7C15)) >> 32).unwrap()
        };
        numbers.map(|number| (id(number), number)).collect()
    }

    #[test]
    fn an_id_is_known_by_its_first_digits() {
        assert_eq!(short_id(b"1234abcd-12ab-34cd-56ef-1234567890ab"), Some(0x1234_abcd));
        assert_eq!(short_id(b"1234ABCD-12AB-34CD-56EF-1234567890AB"), Some(0x1234_abcd));
        assert_eq!((short_id(b"123"), short_id(b"x234abcd-12ab"), short_id(b"")), (Some(0x123), None, None));
    }

    #[test]
    fn every_number_is_found_by_its_id_however_they_came() {
        let at_once: &[u64] = &[1, 31_000];
        for ends in [at_once, &[1, 2, 9_000, 9_500, 21_500, 21_501, 60_000]] {
            let database = database();
            let mut expected: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
            for batch in ends.windows(2) {
                let ids = ids(batch[0]..batch[1]);
                ids.iter().for_each(|(id, number)| expected.entry(*id).or_default().push(*number));
                add(&database, &ids).unwrap();
            }
            assert!(runs(&database) > 1);
            assert!(young(&database).unwrap() < OF_A_RUN, "the young are few");
            for (id, numbers) in expected.iter().step_by(97) {
                assert_eq!(find(&database, *id).unwrap(), *numbers, "{id:x}");
            }
            assert!(find(&database, 1).unwrap().is_empty());
        }
    }

    #[test]
    fn what_the_log_no_longer_keeps_is_forgotten_run_by_run() {
        let database = database();
        add(&database, &ids(1..25_000)).unwrap();
        add(&database, &ids(25_000..25_010)).unwrap();
        assert_eq!((runs(&database), young(&database).unwrap()), (3, 10));
        prune(&database, 10_000).unwrap();
        assert_eq!(runs(&database), 3, "the last of the first run is kept");
        prune(&database, 10_001).unwrap();
        assert_eq!(runs(&database), 2);
        prune(&database, 25_001).unwrap();
        assert_eq!((runs(&database), young(&database).unwrap()), (0, 9));
    }
}
