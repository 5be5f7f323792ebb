//! What a stretch of the log adds to the index.

use crate::{
    blocks::{self, Placed},
    ids, postings,
};
use gatekey_audit::{Entry, Facts, Field};
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

/// A stretch of the log.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    placed: Vec<Placed>,
    ids: Vec<(u32, u64)>,
    numbers: BTreeMap<Field, HashMap<String, Vec<u64>>>,
}

impl Batch {
    /// Takes in an event.
    pub(crate) fn add(&mut self, entry: &Entry<'_>) {
        let facts = Facts::read(entry.event);
        let second = facts.as_ref().map(|facts| facts.time().seconds()).unwrap_or_default();
        let Entry { number, segment, position, length, .. } = *entry;
        self.placed.push(Placed { number, segment, position, length, second });
        let Some(facts) = facts else { return };
        self.ids.extend(ids::short_id(&facts.event_id).map(|id| (id, number)));
        facts.each(|field, value| {
            if field == Field::Id {
                return;
            }
            let of_field = self.numbers.entry(field).or_default();
            // Most values were met before, and need not be copied to be found.
            match of_field.get_mut(value) {
                Some(numbers) => numbers.push(number),
                None => drop(of_field.insert(value.to_owned(), vec![number])),
            }
        });
    }

    /// Whether there is nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.placed.is_empty()
    }

    /// Writes all of it.
    pub(crate) fn write(self, database: &Connection, terms: &mut Terms) -> rusqlite::Result<()> {
        blocks::add(database, &self.placed)?;
        ids::add(database, &self.ids)?;
        // In order, so that pages of the database are met once.
        let mut by_id = BTreeMap::new();
        for (field, values) in self.numbers {
            for (value, numbers) in values {
                by_id.insert(terms.id(database, (field, value))?, numbers);
            }
        }
        by_id.iter().try_for_each(|(term, numbers)| postings::add(database, *term, numbers))
    }
}
