//! What a stretch of the log adds to the index.

use crate::{
    blocks::{self, Placed},
    ids, postings,
};
use gatekey_audit::{Entry, Facts, Field, Seen};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::{BTreeMap, HashMap};

/// So many terms are remembered at most.
const REMEMBERED: usize = 1 << 17;

/// The ids of terms, as far as they were met lately.
#[derive(Debug, Default)]
pub(crate) struct Terms(HashMap<(Field, String), i64>);

impl Terms {
    /// Forgets all: what was remembered may not be in the database.
    pub(crate) fn forget(&mut self) {
        self.0.clear();
    }

    fn id(&mut self, database: &Connection, term: (Field, String)) -> rusqlite::Result<i64> {
        if let Some(id) = self.0.get(&term) {
            return Ok(*id);
        }
        let id = match find(database, term.0, &term.1)? {
            Some(id) => id,
            None => {
                let mut insert =
                    database.prepare_cached("INSERT INTO terms (field, value) VALUES (?1, ?2)")?;
                insert.insert(params![term.0 as u8, term.1])?
            }
        };
        if self.0.len() >= REMEMBERED {
            self.0.clear();
        }
        self.0.insert(term, id);
        Ok(id)
    }
}

/// The id of a term, if an event has it.
pub(crate) fn find(database: &Connection, field: Field, value: &str) -> rusqlite::Result<Option<i64>> {
    let mut select = database.prepare_cached("SELECT id FROM terms WHERE field = ?1 AND value = ?2")?;
    select.query_row(params![field as u8, value], |row| row.get(0)).optional()
}

/// What the events of a stretch are found by, each with the numbers of its events.
#[derive(Debug, Default)]
struct Lists {
    all: Vec<((Field, String), Vec<u64>)>,
    places: BTreeMap<Field, HashMap<String, usize>>,
    /// Which lists the last event went to, in order: the next one mostly goes to the same, and need not look for them.
    last: Vec<usize>,
}

impl Lists {
    /// Adds a number to a list. `turn` counts what the event is found by.
    fn add(&mut self, turn: usize, field: Field, value: &str, number: u64) {
        let guess = self.last.get(turn).and_then(|place| self.all.get_mut(*place));
        if let Some((_, numbers)) = guess.filter(|((of, text), _)| *of == field && text == value) {
            return numbers.push(number);
        }
        let place = self.place(field, value);
        if let Some((_, numbers)) = self.all.get_mut(place) {
            numbers.push(number);
        }
        match self.last.get_mut(turn) {
            Some(last) => *last = place,
            None => self.last.push(place),
        }
    }

    /// Where a list is; a new one is made if need be.
    fn place(&mut self, field: Field, value: &str) -> usize {
        let of_field = self.places.entry(field).or_default();
        if let Some(place) = of_field.get(value) {
            return *place;
        }
        let place = self.all.len();
        of_field.insert(value.to_owned(), place);
        self.all.push(((field, value.to_owned()), Vec::new()));
        place
    }
}

/// A stretch of the log, without a gap.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    placed: Vec<Placed>,
    ids: Vec<(u32, u64)>,
    lists: Lists,
    /// The last event's time, and its second: many come in one.
    second: (String, i64),
}

impl Batch {
    /// Takes in an event that was just recorded.
    pub(crate) fn add_seen(&mut self, seen: &Seen<'_>) {
        let Some(terms) = seen.terms else { return self.add(&seen.entry) };
        self.put(&seen.entry, terms.time().seconds());
        let mut add = self.adding(seen.entry.number);
        terms.each(&mut add);
    }

    /// Takes in an event that was read from the log.
    pub(crate) fn add(&mut self, entry: &Entry<'_>) {
        let facts = Facts::read(entry.event);
        let second = facts.as_ref().map(|facts| self.second_of(facts)).unwrap_or_default();
        self.put(entry, second);
        if let Some(facts) = facts {
            facts.each(self.adding(entry.number));
        }
    }

    /// Notes where an event stands, and when it was.
    fn put(&mut self, entry: &Entry<'_>, second: i64) {
        let Entry { number, segment, position, length, .. } = *entry;
        self.placed.push(Placed { number, segment, position, length, second });
    }

    /// Takes all that the event of this number is found by.
    fn adding(&mut self, number: u64) -> impl FnMut(Field, &str) {
        let Self { ids, lists, .. } = self;
        let mut turn = 0;
        move |field, value| {
            if field == Field::Id {
                ids.extend(ids::short_id(value).map(|id| (id, number)));
            } else {
                lists.add(turn, field, value, number);
                turn += 1;
            }
        }
    }

    /// The second of an event.
    fn second_of(&mut self, facts: &Facts<'_>) -> i64 {
        let (text, second) = &mut self.second;
        if *text != *facts.event_time {
            (*text, *second) = (facts.event_time.to_string(), facts.time().seconds());
        }
        *second
    }

    /// Whether there is nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.placed.is_empty()
    }

    /// How many events there are.
    pub(crate) fn len(&self) -> usize {
        self.placed.len()
    }

    /// The number of the first event.
    pub(crate) fn first(&self) -> Option<u64> {
        self.placed.first().map(|placed| placed.number)
    }

    /// Writes all of it.
    pub(crate) fn write(self, database: &Connection, terms: &mut Terms) -> rusqlite::Result<()> {
        blocks::add(database, &self.placed)?;
        ids::add(database, &self.ids)?;
        // In order, so that pages of the database are met once.
        let mut by_id = BTreeMap::new();
        for (term, numbers) in self.lists.all {
            by_id.insert(terms.id(database, term)?, numbers);
        }
        by_id.iter().try_for_each(|(term, numbers)| postings::add(database, *term, numbers))
    }
}
