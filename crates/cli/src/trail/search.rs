//! `gatekey audit search` and `gatekey audit index`.

use super::{Filter, TrailFiles, damaged, progress, show, unindexed};
use crate::{failure::Failure, output};
use gatekey_audit::{Facts, segments};
use gatekey_audit_index::Index;
use gatekey_types::Timestamp;

/// So many events are taken in between two looks at the bar.
const AT_ONCE: usize = 5_000;

/// A search.
#[derive(Debug)]
pub(crate) struct Search<'a> {
    /// Which events.
    pub(crate) filter: &'a Filter,
    /// At most so many.
    pub(crate) most: usize,
    /// Whether each event is to be printed as it was recorded.
    pub(crate) json: bool,
}

impl Search<'_> {
    /// Brings the index up to date and prints what is found, the newest first.
    pub(crate) fn run(&self, files: &TrailFiles, now: Timestamp) -> Result<(), Failure> {
        let query = self.filter.query(now, self.most)?;
        let index = files.index()?;
        catch_up(files, &index)?;
        let page = index.search(&query).map_err(unindexed)?;
        if self.json {
            for found in &page.events {
                output::result(&(String::from_utf8_lossy(&found.event).into_owned() + "\n"))?;
            }
        } else {
            let read =
                page.events.iter().filter_map(|found| Some((found.number, Facts::read(&found.event)?)));
            let events: Vec<_> = read.collect();
            output::result(&show::table(&events))?;
        }
        if page.next.is_some() {
            output::note(&format!("gatekey: there are more than {}; say --limit for more", self.most));
        }
        Ok(())
    }
}

/// Makes the index anew.
pub(crate) fn reindex(files: &TrailFiles) -> Result<(), Failure> {
    let index = files.index()?;
    index.begin_anew().map_err(unindexed)?;
    let number = catch_up(files, &index)?;
    output::result(&format!("indexed the audit trail up to event {number}\n"))
}

fn catch_up(files: &TrailFiles, index: &Index) -> Result<u64, Failure> {
    let indexed = index.number().map_err(unindexed)?;
    let all = segments(&files.log, &files.key).map_err(damaged)?;
    let behind = all.partition_point(|segment| segment.first <= indexed.saturating_add(1)).saturating_sub(1);
    let bytes = all.iter().skip(behind).map(|segment| segment.bytes).sum();
    let bar = progress::bar("indexing", bytes);
    loop {
        let step = index.catch_up(AT_ONCE).map_err(unindexed)?;
        bar.inc(step.bytes);
        if step.bytes == 0 {
            bar.finish_and_clear();
            return Ok(step.number);
        }
    }
}
