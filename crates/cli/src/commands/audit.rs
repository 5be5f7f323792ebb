//! `gatekey audit`.

use crate::{compose, configure::Flags, failure::Failure, output};

/// Look after the audit trail
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Prove that nothing in the audit trail was cut, changed or reordered
    ///
    /// The server may be running. Exits with 6 if something was changed, and says where.
    Verify {
        #[command(flatten)]
        flags: Flags,
    },
}

/// Does what was asked.
pub(super) fn run(command: &Command) -> Result<(), Failure> {
    let Command::Verify { flags } = command;
    let verified = compose::verify_audit(&flags.settings()?)?;
    output::result(&format!("{verified}\n"))
}
