//! `gatekey policy`: test, explain and lint policies without a server, and compare them on a key of one.

pub(crate) mod explain;
mod files;
mod lint;
pub(crate) mod style;
mod test;
pub(crate) mod tree;

use crate::failure::Failure;

/// Test, explain, lint and compare policies
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Test(test::Args),
    Explain(explain::Args),
    Lint(lint::Args),
    Diff(crate::commands::foresight::Diff),
}

/// Does what was asked.
pub(crate) fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Test(args) => test::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Lint(args) => lint::run(args),
        Command::Diff(args) => crate::commands::foresight::diff(args),
    }
}
