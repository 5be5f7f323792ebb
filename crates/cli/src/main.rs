//! The `gatekey` command: one file for each subcommand, and the composition root in `compose`.

mod accounts;
mod ambient;
mod bundle;
mod client;
mod commands;
mod compose;
mod configure;
mod credentials;
mod data_folder;
mod failure;
mod functions;
mod memory;
mod output;
mod passphrase;
mod policy;
mod progress;
mod running;
mod trail;
mod workloads;

use clap::{CommandFactory as _, FromArgMatches as _};
use std::process::ExitCode;

// Requests allocate a few short-lived kilobytes each, in some fifty pieces: jemalloc gives and takes pieces of up to 32 KiB in
// a few dozen instructions, where others do so up to 1 KiB.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    memory::keep_small();
    gatekey_server::panics::tell_places_alone();
    let matches = commands::Gatekey::command().get_matches();
    let parsed = commands::Gatekey::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    match memory::keep_in().and_then(|()| parsed.run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.message().is_empty() {
                output::note(&failure.to_string());
            }
            failure.exit_code()
        }
    }
}
