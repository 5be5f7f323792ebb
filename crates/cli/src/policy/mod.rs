//! `gatekey policy`: test, explain and lint policies without a server, and compare them on a key of one, whose history
//! can bring them back.

pub(crate) mod explain;
mod files;
mod lint;
pub(crate) mod style;
mod test;
pub(crate) mod tree;

use crate::{
    commands::{history, orphans, replay},
    failure::Failure,
};

/// Test, explain, lint and compare policies, and bring back earlier ones
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Test(test::Args),
    Explain(explain::Args),
    Lint(lint::Args),
    Diff(crate::commands::foresight::Diff),
    Replay(replay::Replay),
    History(history::History),
    Show(history::Show),
    Rollback(history::Rollback),
    Orphans(orphans::Orphans),
    Rebind(orphans::Rebind),
}

/// Does what was asked.
pub(crate) fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Test(args) => test::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Lint(args) => lint::run(args),
        Command::Diff(args) => crate::commands::foresight::diff(args),
        Command::Replay(args) => replay::replay(args),
        Command::History(args) => history::history(args),
        Command::Show(args) => history::show(args),
        Command::Rollback(args) => history::rollback(args),
        Command::Orphans(args) => orphans::orphans(args),
        Command::Rebind(args) => orphans::rebind(args),
    }
}
