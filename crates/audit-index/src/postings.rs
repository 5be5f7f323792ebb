//! The numbers of the events of one term.

use crate::varint;
use rusqlite::{Connection, OptionalExtension, Row, params};

/// A piece is at most about so long: so that it stands in one page of the database.
const LONGEST: usize = 3500;

/// A piece of a list.
struct Piece {
    first: u64,
    last: u64,
    numbers: Vec<u8>,
}

impl Piece {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { first: row.get(0)?, last: row.get(1)?, numbers: row.get(2)? })
    }

    fn begin(number: u64) -> Self {
        Self { first: number, last: number, numbers: Vec::new() }
    }

    /// All its numbers, in order.
    fn all(&self) -> Vec<u64> {
        let mut bytes = &*self.numbers;
        let mut number = self.first;
        let rest = core::iter::from_fn(|| {
            number = number.checked_add(varint::take(&mut bytes)?)?;
            Some(number)
        });
        core::iter::once(self.first).chain(rest).collect()
    }
}

const LAST_PIECE: &str =
    "SELECT first, last, numbers FROM postings WHERE term = ?1 AND first <= ?2 ORDER BY first DESC LIMIT 1";
const KEEP: &str = "INSERT INTO postings (term, first, last, numbers) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (term, first) DO UPDATE SET last = excluded.last, numbers = excluded.numbers";

/// Adds numbers to a term, which are in order and beyond those that it has.
pub(crate) fn add(
    database: &Connection,
    term: i64,
    numbers: impl Iterator<Item = u64>,
) -> rusqlite::Result<()> {
    let mut keep = database.prepare_cached(KEEP)?;
    let mut present = last(database, term, u64::MAX)?;
    for number in numbers {
        let mut piece = match present.take() {
            Some(piece) if piece.last >= number => {
                present = Some(piece);
                continue;
            }
            Some(piece) if piece.numbers.len() < LONGEST => piece,
            Some(full) => {
                keep.execute(params![term, full.first, full.last, full.numbers])?;
                present = Some(Piece::begin(number));
                continue;
            }
            None => {
                present = Some(Piece::begin(number));
                continue;
            }
        };
        varint::put(number.saturating_sub(piece.last), &mut piece.numbers);
        piece.last = number;
        present = Some(piece);
    }
    if let Some(piece) = present {
        keep.execute(params![term, piece.first, piece.last, piece.numbers])?;
    }
    Ok(())
}

/// The last piece of a term that begins at this number or before.
fn last(database: &Connection, term: i64, number: u64) -> rusqlite::Result<Option<Piece>> {
    let most = i64::try_from(number).unwrap_or(i64::MAX);
    database.prepare_cached(LAST_PIECE)?.query_row(params![term, most], Piece::read).optional()
}

/// A list that is read from its end.
pub(crate) struct Descent<'d> {
    database: &'d Connection,
    term: i64,
    /// The numbers of the present piece.
    numbers: Vec<u64>,
}

impl<'d> Descent<'d> {
    /// Over the list of a term.
    pub(crate) fn new(database: &'d Connection, term: i64) -> Self {
        Self { database, term, numbers: Vec::new() }
    }

    /// The greatest number of the list that is not greater than `bound`. Bounds only fall from call to call.
    pub(crate) fn seek(&mut self, bound: u64) -> rusqlite::Result<Option<u64>> {
        if self.numbers.first().is_none_or(|first| *first > bound) {
            let piece = last(self.database, self.term, bound)?;
            self.numbers = piece.map(|piece| piece.all()).unwrap_or_default();
        }
        let upto = self.numbers.partition_point(|number| *number <= bound);
        self.numbers.truncate(upto);
        Ok(self.numbers.last().copied())
    }
}

/// A list that is read from its end, whatever it is a list of.
pub(crate) enum List<'d> {
    /// Of a term.
    Term(Descent<'d>),
    /// Of few numbers, in order.
    Few(Vec<u64>),
}

impl List<'_> {
    /// As [`Descent::seek`].
    pub(crate) fn seek(&mut self, bound: u64) -> rusqlite::Result<Option<u64>> {
        match self {
            Self::Term(descent) => descent.seek(bound),
            Self::Few(numbers) => {
                let upto = numbers.partition_point(|number| *number <= bound);
                numbers.truncate(upto);
                Ok(numbers.last().copied())
            }
        }
    }
}
