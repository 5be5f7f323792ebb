//! Where events stand, and when they were, in blocks of events that follow each other in one segment.

use crate::varint;
use gatekey_audit::Spot;
use rusqlite::{Connection, OptionalExtension, Row, params};

/// A block has at most so many events.
const MOST: u64 = 256;

/// A block.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    first: u64,
    last: u64,
    segment: u64,
    /// Where the line before the first begins, if it is in the segment.
    before: Option<u64>,
    /// Where the first line begins,
    position: u64,
    /// and where the last one.
    finish: u64,
    /// The second of the first event; of the earliest; of the latest.
    base: i64,
    earliest: i64,
    latest: i64,
    spots: Vec<u8>,
}

/// An event to be put into a block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placed {
    pub(crate) number: u64,
    pub(crate) segment: u64,
    pub(crate) position: u64,
    pub(crate) length: u64,
    /// When it was, in seconds since 1970.
    pub(crate) second: i64,
}

const COLUMNS: &str = "first, last, segment, before, position, finish, base, earliest, latest, spots";

impl Block {
    fn begin(placed: &Placed, before: Option<u64>) -> Self {
        let Placed { number, segment, position, length, second } = *placed;
        let mut block = Self {
            first: number,
            last: number,
            segment,
            before,
            position,
            finish: position,
            base: second,
            earliest: second,
            latest: second,
            spots: Vec::new(),
        };
        block.put(second, length);
        block
    }

    fn put(&mut self, second: i64, length: u64) {
        varint::put(varint::fold(second.saturating_sub(self.base)), &mut self.spots);
        varint::put(length, &mut self.spots);
    }

    /// Whether this event can follow in this block.
    fn takes(&self, placed: &Placed) -> bool {
        self.segment == placed.segment
            && self.last.saturating_add(1) == placed.number
            && self.last.saturating_sub(self.first) < MOST - 1
    }

    fn add(&mut self, placed: &Placed) {
        self.put(placed.second, placed.length);
        self.last = placed.number;
        self.finish = placed.position;
        self.earliest = self.earliest.min(placed.second);
        self.latest = self.latest.max(placed.second);
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            first: row.get(0)?,
            last: row.get(1)?,
            segment: row.get(2)?,
            before: row.get(3)?,
            position: row.get(4)?,
            finish: row.get(5)?,
            base: row.get(6)?,
            earliest: row.get(7)?,
            latest: row.get(8)?,
            spots: row.get(9)?,
        })
    }

    fn keep(&self, database: &Connection) -> rusqlite::Result<()> {
        let text =
            format!("INSERT OR REPLACE INTO blocks ({COLUMNS}) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)");
        let Self { first, last, segment, before, position, finish, base, earliest, latest, spots } = self;
        let row = params![first, last, segment, before, position, finish, base, earliest, latest, spots];
        database.prepare_cached(&text)?.execute(row).map(drop)
    }

    /// The number of its last event.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// Where the event of this number stands, and its second. `None` if it is not in this block.
    pub(crate) fn find(&self, number: u64) -> Option<(Spot, i64)> {
        let mut bytes = &*self.spots;
        let (mut before, mut position) = (self.before, self.position);
        for present in self.first..=self.last {
            let second = self.base.saturating_add(varint::unfold(varint::take(&mut bytes)?));
            let length = varint::take(&mut bytes)?;
            if present == number {
                return Some((Spot { number, segment: self.segment, before, position, length }, second));
            }
            before = Some(position);
            position = position.checked_add(length)?;
        }
        None
    }
}

/// The block that the event of this number is in, if there is one.
pub(crate) fn of(database: &Connection, number: u64) -> rusqlite::Result<Option<Block>> {
    let text = format!("SELECT {COLUMNS} FROM blocks WHERE first <= ?1 ORDER BY first DESC LIMIT 1");
    let bound = i64::try_from(number).unwrap_or(i64::MAX);
    database.prepare_cached(&text)?.query_row([bound], Block::read).optional()
}

/// Keeps where events stand, which follow what is known.
pub(crate) fn add(database: &Connection, events: &[Placed]) -> rusqlite::Result<()> {
    let mut present = of(database, u64::MAX)?;
    for placed in events {
        present = Some(match present {
            Some(mut block) if block.takes(placed) => {
                block.add(placed);
                block
            }
            Some(block) => {
                block.keep(database)?;
                let before = (block.segment == placed.segment).then_some(block.finish);
                Block::begin(placed, before)
            }
            None => Block::begin(placed, None),
        });
    }
    present.map_or(Ok(()), |block| block.keep(database))
}

/// The numbers between which all events of these seconds are.
pub(crate) fn bounds(
    database: &Connection,
    from: Option<i64>,
    until: Option<i64>,
) -> rusqlite::Result<(u64, u64)> {
    let one = |text: &str, second: i64| -> rusqlite::Result<Option<u64>> {
        database.prepare_cached(text)?.query_row([second], |row| row.get(0))
    };
    let lowest = match from {
        Some(second) => one("SELECT min(first) FROM blocks WHERE latest >= ?1", second)?.unwrap_or(u64::MAX),
        None => 0,
    };
    let highest = match until {
        Some(second) => one("SELECT max(last) FROM blocks WHERE earliest <= ?1", second)?.unwrap_or(0),
        None => u64::MAX,
    };
    Ok((lowest, highest))
}
