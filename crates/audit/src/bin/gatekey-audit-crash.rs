//! Writes an audit log until something befalls it, and looks what is left; for tests on a faulty disk.
//!
//! - `gatekey-audit-crash write FOLDER handed|synced|unchecked EVENTS`: three threads record so many events each, and say
//!   `recorded N` for each that was recorded. `unchecked` is `handed` without checkpoints, so that writing itself comes to wait
//!   for the disk.
//! - `gatekey-audit-crash check FOLDER handed|synced`: opens what is left and proves it; all that was said to be
//!   recorded, read from standard input, must be there (with `handed`, only what was on the disk).

use gatekey_audit::{AuditError, AuditKey, Log, Options, Promise, verify};
use std::{
    error::Error,
    io::{self, BufRead, Write},
    path::Path,
    process::ExitCode,
    thread,
    time::Duration,
};

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

/// So many threads write.
const WRITERS: usize = 3;
/// After so many failures in a row, a writer takes the disk for dead.
const PATIENCE: usize = 30;

fn key() -> AuditKey {
    AuditKey::new(&[3; 32])
}

fn options(promise: &str) -> Options {
    // Small segments and frequent checkpoints, so that a mishap meets both.
    let checkpoint_every = (promise != "unchecked").then_some(Duration::from_millis(3));
    let promise = if promise == "synced" { Promise::Synced } else { Promise::Handed };
    Options { promise, segment_bytes: 6_000, checkpoint_every, ..Options::default() }
}

fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(line.as_bytes())?;
    out.flush()
}

/// Records events of many lengths. A broken log ends it: only opening it anew can help.
fn record(log: &Log, events: usize) -> Outcome {
    let mut failures = 0;
    for length in (0..events).map(|event| event * 97 % 1_500) {
        match log.record_bytes(format!("{{\"filler\":\"{}\"}}", "x".repeat(length)).as_bytes()) {
            Ok(recorded) => {
                failures = 0;
                say(&format!("recorded {}\n", recorded.number()))?;
            }
            Err(AuditError::Broken(_)) => return Ok(()),
            Err(AuditError::Full(_) | AuditError::Failed(_)) if failures < PATIENCE => failures += 1,
            Err(other) => return Err(other.into()),
        }
    }
    Ok(())
}

fn write(folder: &Path, promise: &str, events: usize) -> Outcome {
    let (log, _) = Log::open(folder, key(), options(promise))?;
    thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS).map(|_| scope.spawn(|| record(&log, events))).collect();
        writers.into_iter().try_for_each(|writer| writer.join().map_err(|_| "a writer failed")?)
    })
}

fn check(folder: &Path, promise: &str) -> Outcome {
    let mut promised = 0;
    for line in io::stdin().lock().lines() {
        promised = promised.max(line?.strip_prefix("recorded ").ok_or("not a report")?.parse()?);
    }
    let (log, recovered) = Log::open(folder, key(), options(promise))?;
    if promise == "synced" && recovered.number < promised {
        return Err(
            format!("event {promised} was promised, and the log ends with {}", recovered.number).into()
        );
    }
    let next = log.record_bytes(b"{}")?;
    drop(log);
    let summary = verify(folder, &key())?;
    if summary.last == next.number() { Ok(()) } else { Err(format!("{summary:?}").into()) }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match *arguments.as_slice() {
        ["write", folder, promise, events] => match events.parse() {
            Ok(events) => write(Path::new(folder), promise, events),
            Err(error) => Err(Box::from(error)),
        },
        ["check", folder, promise] => check(Path::new(folder), promise),
        _ => Err("usage: gatekey-audit-crash write FOLDER PROMISE EVENTS | check FOLDER PROMISE".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell if this fails.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}
