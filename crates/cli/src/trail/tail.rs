//! `gatekey audit tail`: the newest events, and those to come.

use super::{Filter, TrailFiles, damaged, filter::is_meant, show};
use crate::{failure::Failure, output};
use gatekey_audit::{Entry, Facts, Follower, Query, segments};
use gatekey_types::Timestamp;
use std::{collections::VecDeque, thread, time::Duration};

/// How often it is looked for new events.
const EVERY: Duration = Duration::from_millis(200);

/// A tail.
#[derive(Debug)]
pub(crate) struct Tail<'a> {
    /// Which events.
    pub(crate) filter: &'a Filter,
    /// So many that were recorded already are shown.
    pub(crate) lines: usize,
    /// Whether it goes on with those to come.
    pub(crate) follow: bool,
    /// Whether each event is to be printed as it was recorded.
    pub(crate) json: bool,
}

impl Tail<'_> {
    /// Prints events as they are recorded, until somebody ends it or stops reading.
    pub(crate) fn run(&self, files: &TrailFiles, now: Timestamp) -> Result<(), Failure> {
        let query = self.filter.query(now, self.lines)?;
        let mut follower = self.start(files)?;
        let mut last = VecDeque::new();
        while let Some(line) = self.next(&mut follower, &query)? {
            last.extend(line);
            if last.len() > self.lines {
                last.pop_front();
            }
        }
        last.iter().try_for_each(|line| output::result(line))?;
        if !self.follow {
            return Ok(());
        }
        loop {
            match self.next(&mut follower, &query)? {
                Some(line) => line.iter().try_for_each(|line| output::result(line))?,
                None => thread::sleep(EVERY),
            }
        }
    }

    /// Begins in the last segment that has as many events as are to be shown, whatever they are.
    fn start(&self, files: &TrailFiles) -> Result<Follower, Failure> {
        let all = segments(&files.log, &files.key).map_err(damaged)?;
        let lines = u64::try_from(self.lines).unwrap_or(u64::MAX);
        let last = all.last().map_or(0, |segment| segment.first);
        let first = all.iter().rev().find(|segment| last.saturating_sub(segment.first) >= lines);
        let first = first.or(all.first()).map(|segment| segment.first);
        Ok(match first {
            Some(first) => Follower::of_segment(&files.log, files.key.clone(), first),
            None => Follower::new(&files.log, files.key.clone(), None),
        })
    }

    /// The next event; nothing inside if it is not meant, nothing at all if there is none.
    fn next(&self, follower: &mut Follower, query: &Query) -> Result<Option<Option<String>>, Failure> {
        let mut line = None;
        let see = |entry: &Entry<'_>| {
            let facts = Facts::read(entry.event).filter(|facts| is_meant(query, facts));
            line = facts.map(|facts| match self.json {
                true => String::from_utf8_lossy(entry.event).into_owned() + "\n",
                false => show::line(entry.number, &facts),
            });
        };
        let there = follower.next(see).map_err(damaged)?;
        Ok(there.then_some(line))
    }
}
