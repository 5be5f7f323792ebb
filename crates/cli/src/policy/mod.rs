//! `gatekey policy`: test, explain and lint policies, without a server.

mod files;
mod lint;
mod style;
mod test;

use crate::failure::Failure;

/// Test, explain and lint policies; no server is needed
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Test(test::Args),
    Lint(lint::Args),
}

/// Does what was asked.
pub(crate) fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Test(args) => test::run(args),
        Command::Lint(args) => lint::run(args),
    }
}
