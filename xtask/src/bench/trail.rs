//! Searching the audit trail by key and by principal among ten million events, or fewer if that is said.

use crate::{Outcome, fail, live::build};
use std::process::Command;

/// Events, usually. They take some twelve gigabytes.
const EVENTS: u64 = 10_000_000;

/// Fills a log, indexes it, searches it, and prints what it measured. `GATEKEY_BENCH_EVENTS` says how many events.
pub(crate) fn run() -> Outcome {
    let events = match std::env::var("GATEKEY_BENCH_EVENTS") {
        Ok(text) => text.parse()?,
        Err(_) => EVENTS,
    };
    let search = build(&["--package", "gatekey-audit-index", "--example", "trail"], "examples/trail")?;
    let folder = tempfile::tempdir_in("target")?;
    println!("The audit trail, {events} events:");
    let done = Command::new(search).arg(folder.path()).arg(events.to_string()).status()?;
    if done.success() { Ok(()) } else { fail("the trail could not be measured") }
}
