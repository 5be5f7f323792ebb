//! What a stretch of the log adds to the index.

use crate::{
    blocks::{self, Placed},
    ids, postings,
    runs::Runs,
};
use core::ops::RangeInclusive;
use gatekey_audit::{Entry, Facts, Field, KeptTerms, Seen, Terms};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::{BTreeMap, HashMap};

/// So many terms are remembered at most.
const REMEMBERED: usize = 1 << 17;

/// The ids of terms, as far as they were met lately.
#[derive(Debug, Default)]
pub(crate) struct TermIds(HashMap<(Field, String), i64>);

impl TermIds {
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
    all: Vec<((Field, String), Runs)>,
    places: BTreeMap<Field, HashMap<String, usize>>,
    /// Which lists the last event went to, in order: the next one mostly goes to the same, and need not look for them.
    last: Vec<usize>,
    /// About how much memory all this takes.
    bytes: usize,
}

/// About what a list takes beside its text, which is there twice,
const BYTES_OF_A_LIST: usize = 160;
/// a run of numbers in it,
const BYTES_OF_A_RUN: usize = 24;
/// and an event, beside what it is found by.
const BYTES_OF_AN_EVENT: usize = 64;

impl Lists {
    /// Finds the list of what an event is found by. `turn` counts the lists of the event.
    fn find(&mut self, turn: usize, field: Field, value: &str) {
        let guess = self.last.get(turn).and_then(|place| self.all.get(*place));
        if guess.is_some_and(|((of, text), _)| *of == field && text == value) {
            return;
        }
        let place = self.place(field, value);
        match self.last.get_mut(turn) {
            Some(last) => *last = place,
            None => self.last.push(place),
        }
    }

    /// Adds numbers to the first so many lists that were found last.
    fn add(&mut self, lists: usize, numbers: RangeInclusive<u64>) {
        for place in self.last.iter().take(lists) {
            if let Some((_, runs)) = self.all.get_mut(*place) {
                runs.push(numbers.clone());
                self.bytes = self.bytes.saturating_add(BYTES_OF_A_RUN);
            }
        }
    }

    /// Where a list is; a new one is made if need be.
    fn place(&mut self, field: Field, value: &str) -> usize {
        let of_field = self.places.entry(field).or_default();
        if let Some(place) = of_field.get(value) {
            return *place;
        }
        let place = self.all.len();
        self.bytes = self.bytes.saturating_add(2 * value.len() + BYTES_OF_A_LIST);
        of_field.insert(value.to_owned(), place);
        self.all.push(((field, value.to_owned()), Runs::default()));
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
    alike: Alike,
}

/// Events that follow each other and are found by the same: they are put into their lists together.
#[derive(Debug, Default)]
struct Alike {
    terms: KeptTerms,
    /// How many lists they go to; they were found last.
    lists: usize,
    /// None that wait: then `terms` are of no event.
    numbers: Option<RangeInclusive<u64>>,
}

impl Alike {
    /// Takes in an event if it is one more of these.
    fn take(&mut self, terms: &Terms<'_>, number: u64) -> bool {
        let Some(numbers) = &mut self.numbers else { return false };
        let is_alike = numbers.end().checked_add(1) == Some(number)
            && self.terms.terms().is_some_and(|kept| kept.are_as_of(terms));
        if is_alike {
            *numbers = *numbers.start()..=number;
        }
        is_alike
    }
}

impl Batch {
    /// Takes in an event that was just recorded.
    pub(crate) fn add_seen(&mut self, seen: &Seen<'_>) {
        let Some(terms) = seen.terms else { return self.add(&seen.entry) };
        let number = seen.entry.number;
        self.put(&seen.entry, terms.time().seconds(), terms.id());
        if !self.alike.take(&terms, number) {
            self.settle();
            terms.keep_in(&mut self.alike.terms);
            self.alike.lists = self.find_lists(|see| terms.each(see));
            self.alike.numbers = Some(number..=number);
        }
    }

    /// Takes in an event that was read from the log.
    pub(crate) fn add(&mut self, entry: &Entry<'_>) {
        self.settle();
        let facts = Facts::read(entry.event);
        let second = facts.as_ref().map(|facts| self.second_of(facts)).unwrap_or_default();
        self.put(entry, second, facts.as_ref().map(|facts| facts.event_id.as_bytes()));
        if let Some(facts) = facts {
            let lists = self.find_lists(|see| facts.each(see));
            self.lists.add(lists, entry.number..=entry.number);
        }
    }

    /// Notes where an event stands, when it was, and its id.
    fn put(&mut self, entry: &Entry<'_>, second: i64, id: Option<&[u8]>) {
        let Entry { number, segment, position, length, .. } = *entry;
        self.ids.extend(id.and_then(ids::short_id).map(|id| (id, number)));
        self.placed.push(Placed { number, segment, position, length, second });
    }

    /// Finds the lists of an event, and tells how many there are.
    fn find_lists(&mut self, each: impl FnOnce(&mut dyn FnMut(Field, &str))) -> usize {
        let mut turn = 0;
        each(&mut |field, value| {
            // Ids have a table of their own.
            if field != Field::Id {
                self.lists.find(turn, field, value);
                turn += 1;
            }
        });
        turn
    }

    /// Puts those that are alike into their lists.
    fn settle(&mut self) {
        if let Some(numbers) = self.alike.numbers.take() {
            self.lists.add(self.alike.lists, numbers);
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

    /// About how much memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.placed.len().saturating_mul(BYTES_OF_AN_EVENT).saturating_add(self.lists.bytes)
    }

    /// The number of the first event.
    pub(crate) fn first(&self) -> Option<u64> {
        self.placed.first().map(|placed| placed.number)
    }

    /// Writes all of it.
    pub(crate) fn write(mut self, database: &Connection, terms: &mut TermIds) -> rusqlite::Result<()> {
        self.settle();
        blocks::add(database, &self.placed)?;
        ids::add(database, &self.ids)?;
        // In order, so that pages of the database are met once.
        let mut by_id = BTreeMap::new();
        for (term, numbers) in self.lists.all {
            by_id.insert(terms.id(database, term)?, numbers);
        }
        by_id.iter().try_for_each(|(term, numbers)| postings::add(database, *term, numbers.iter()))
    }
}
