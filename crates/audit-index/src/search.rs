//! Meets the lists of a query from their ends.

use crate::{
    IndexError, batch, blocks, ids,
    postings::{Descent, List},
};
use gatekey_audit::{Facts, Field, Found, Page, Query, Shelf};
use rusqlite::Connection;

/// The events of a query among those from `oldest` on.
pub(crate) fn search(
    database: &Connection,
    shelf: &mut Shelf,
    oldest: u64,
    query: &Query,
) -> Result<Page, IndexError> {
    let mut page = Page::default();
    let Some(mut lists) = lists(database, query)? else { return Ok(page) };
    let (from, until) = (query.from.map(|time| time.seconds()), query.until.map(|time| time.seconds()));
    let (lowest, highest) = blocks::bounds(database, from, until)?;
    let lowest = lowest.max(oldest);
    let mut bound = query.before.map_or(highest, |before| highest.min(before.saturating_sub(1)));
    let mut block = None;
    while let Some(number) = meet(&mut lists, bound)?.filter(|number| *number >= lowest) {
        let Some((spot, second)) = find(database, &mut block, number)? else { break };
        if spot.number < number {
            bound = spot.number;
            continue;
        }
        bound = number.saturating_sub(1);
        let in_time = from.is_none_or(|from| from <= second) && until.is_none_or(|until| second <= until);
        if !in_time {
            continue;
        }
        if page.events.len() >= query.most {
            page.next = page.events.last().map(|last| last.number);
            break;
        }
        let event = shelf.take(&spot)?;
        // The index is not believed.
        if Facts::read(&event).is_some_and(|facts| is_meant(&facts, query)) {
            page.events.push(Found { number, event });
        }
    }
    Ok(page)
}

/// Whether an event is one of a query's.
fn is_meant(facts: &Facts<'_>, query: &Query) -> bool {
    let second = facts.time().seconds();
    query.all.iter().all(|(field, value)| facts.has(*field, value))
        && query.from.is_none_or(|from| from.seconds() <= second)
        && query.until.is_none_or(|until| second <= until.seconds())
}

/// The lists of a query; `None` if one of them is empty.
fn lists<'d>(database: &'d Connection, query: &Query) -> rusqlite::Result<Option<Vec<List<'d>>>> {
    let mut lists = Vec::with_capacity(query.all.len());
    for (field, value) in &query.all {
        let list = match field {
            Field::Id => with_id(database, value)?,
            field => {
                batch::find(database, *field, value)?.map(|term| List::Term(Descent::new(database, term)))
            }
        };
        let Some(list) = list else { return Ok(None) };
        lists.push(list);
    }
    Ok(Some(lists))
}

/// The events that may have this id.
fn with_id(database: &Connection, id: &str) -> rusqlite::Result<Option<List<'static>>> {
    let Some(short) = ids::short_id(id.as_bytes()) else { return Ok(None) };
    ids::find(database, short).map(|numbers| Some(List::Few(numbers)))
}

/// The greatest number up to `bound` that is in all lists.
fn meet(lists: &mut [List<'_>], mut bound: u64) -> rusqlite::Result<Option<u64>> {
    loop {
        let start = bound;
        for list in lists.iter_mut() {
            match list.seek(bound)? {
                Some(number) => bound = number,
                None => return Ok(None),
            }
        }
        if start == bound {
            return Ok(Some(bound));
        }
    }
}

/// Where the event of this number stands, or of the last one before that is known.
fn find(
    database: &Connection,
    block: &mut Option<blocks::Block>,
    number: u64,
) -> rusqlite::Result<Option<(gatekey_audit::Spot, i64)>> {
    if let Some(found) = block.as_ref().and_then(|block| block.find(number)) {
        return Ok(Some(found));
    }
    *block = blocks::of(database, number)?;
    Ok(block.as_ref().and_then(|block| block.find(number).or_else(|| block.find(block.last()))))
}
