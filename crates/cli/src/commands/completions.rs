//! `gatekey completions`.

use super::Gatekey;
use crate::{failure::Failure, output};
use clap::CommandFactory as _;
use clap_complete::{Shell, generate};

/// Print completions for a shell
///
/// For instance: source <(gatekey completions bash)
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The shell
    shell: Shell,
}

/// Prints them.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let mut script = Vec::new();
    generate(args.shell, &mut Gatekey::command(), "gatekey", &mut script);
    output::result(&String::from_utf8_lossy(&script))
}
