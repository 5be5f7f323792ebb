//! `gatekey version`.

use crate::{failure::Failure, output};
use serde_json::json;

/// Print the version
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints it.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let version = env!("CARGO_PKG_VERSION");
    match args.json {
        true => output::result(&format!("{}\n", json!({ "version": version }))),
        false => output::result(&format!("gatekey {version}\n")),
    }
}
