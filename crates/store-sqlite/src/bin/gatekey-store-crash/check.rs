//! Compares what a store holds with what its writers were promised.

use crate::{
    Outcome, block_on,
    report::{Event, Report},
    write::{WRITERS, keys, values},
};
use gatekey_store::{Batch, Record, Revision, Span, Store};
use gatekey_store_sqlite::SqliteStore;
use std::{collections::BTreeMap, path::Path};

/// What one writer was promised: which attempts the store may show. `None` stands for no record.
#[derive(Debug, Default)]
struct Promised {
    /// The last acknowledged attempt, and its revision.
    last: Option<(u64, u64)>,
    /// Attempts after it of which nobody knows.
    open: Vec<u64>,
}

impl Promised {
    fn of(writer: u8, reports: &[Report]) -> Self {
        let mut promised = Self::default();
        for report in reports.iter().filter(|report| report.writer == writer) {
            match report.event {
                Event::Tried => promised.open.push(report.number),
                Event::Unknown => {}
                Event::Void => promised.open.retain(|number| *number != report.number),
                Event::Acknowledged(revision) => {
                    promised = Self { last: Some((report.number, revision)), open: Vec::new() };
                }
            }
        }
        promised
    }

    fn admits(&self, found: Option<u64>) -> bool {
        match found {
            None => self.last.is_none(),
            Some(number) => self.last.is_some_and(|(last, _)| last == number) || self.open.contains(&number),
        }
    }
}

/// Opens the store and checks everything; then shows that it can be written.
pub(crate) fn check(folder: &Path, reports: &[Report]) -> Outcome {
    let store = SqliteStore::open(folder)?;
    block_on(async {
        store.examine().await?;
        let page = store.range(Span::all(), 1_000, None).await?;
        let records: BTreeMap<&[u8], &Record> =
            page.records.iter().map(|record| (record.key.as_ref(), record)).collect();
        for writer in 0..WRITERS {
            let promised = Promised::of(writer, reports);
            check_writer(writer, &promised, &records)?;
            if promised.last.is_some_and(|(_, revision)| page.revision < Revision::new(revision)) {
                return Err(
                    format!("the store is at revision {:?}, behind {promised:?}", page.revision).into()
                );
            }
        }
        follow(&store, page.revision).await?;
        store.commit(Batch::new().put("alive", "yes")).await.map(drop).map_err(Into::into)
    })?
}

fn check_writer(writer: u8, promised: &Promised, records: &BTreeMap<&[u8], &Record>) -> Outcome {
    let [first, second] = keys(writer).map(|key| records.get(key.as_bytes()).copied());
    let number = first.map(number).transpose()?;
    if !promised.admits(number) {
        return Err(format!("writer {writer}: {promised:?}, but the store has {number:?}").into());
    }
    let expected = number.map(|number| values(writer, number));
    let (value, other) = expected.map_or((None, None), |(value, other)| (Some(value), other));
    let bytes = |record: Option<&Record>| record.map(|record| record.value.to_vec());
    if (bytes(first), bytes(second)) != (value, other) {
        return Err(format!("writer {writer}: the pair of attempt {number:?} is torn").into());
    }
    if second.is_some_and(|second| Some(second.modified) != first.map(|first| first.modified)) {
        return Err(format!("writer {writer}: the pair of attempt {number:?} is of two commits").into());
    }
    match (promised.last, first) {
        (Some((last, revision)), Some(record))
            if number == Some(last) && record.modified.get() != revision =>
        {
            Err(format!("writer {writer}: attempt {last} has revision {:?}, not {revision}", record.modified)
                .into())
        }
        _ => Ok(()),
    }
}

/// The number that a first value begins with.
fn number(record: &Record) -> Result<u64, Box<dyn std::error::Error + Send + Sync>> {
    let text: Vec<u8> = record.value.iter().copied().take_while(u8::is_ascii_digit).collect();
    Ok(core::str::from_utf8(&text)?.parse()?)
}

/// The kept history must lead to the present without a gap: one commit after the other.
async fn follow(store: &SqliteStore, newest: Revision) -> Outcome {
    let mut known = match store.range(Span::all(), 0, Some(Revision::ZERO)).await {
        Err(gatekey_store::StoreError::Compacted { oldest }) => oldest,
        other => other?.revision,
    };
    let mut watch = store.watch(Span::all(), known).await?;
    while known < newest {
        let news = watch.next().await?;
        if news.revision != known.next() || news.changes.is_empty() {
            return Err(
                format!("after revision {known:?} the history goes on with {:?}", news.revision).into()
            );
        }
        known = news.revision;
    }
    Ok(())
}
