//! Crashes the store and looks what is left.
//!
//! - `gatekey-store-crash kill CYCLES SEED`: so many times, kills a writing process at a random moment (SIGKILL), opens
//!   what it left, and checks that nothing acknowledged is lost and nothing is torn.
//! - `gatekey-store-crash write FOLDER BASE COMMITS`: what such a process does; `COMMITS` 0 goes on until it is killed.
//! - `gatekey-store-crash check FOLDER`: the check; what was written is read from standard input.
//!
//! The tests run `write` on a faulty disk too.

mod check;
mod kill;
mod report;
mod write;

use std::{error::Error, path::Path, process::ExitCode};

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

const USAGE: &str = "usage: gatekey-store-crash kill CYCLES SEED | write FOLDER BASE COMMITS | check FOLDER";

fn run(arguments: &[&str]) -> Outcome {
    match arguments {
        ["kill", cycles, seed] => kill::cycles(cycles.parse()?, seed.parse()?),
        ["write", folder, base, commits] => write::write(Path::new(folder), base.parse()?, commits.parse()?),
        ["check", folder] => {
            let reports = report::read(std::io::stdin().lock())?;
            check::check(Path::new(folder), &reports)
        }
        _ => Err(USAGE.into()),
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            use std::io::Write;
            // Nobody is left to tell if this fails.
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs to the end on an executor of its own.
fn block_on<T>(work: impl Future<Output = T>) -> std::io::Result<T> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build()?.block_on(work))
}
