//! `gatekey man`.

use super::Gatekey;
use crate::{
    failure::{Failure, Kind},
    output,
};
use clap::CommandFactory as _;
use clap_mangen::{Man, generate_to};
use std::{io, path::PathBuf};

/// Print the manual page, or write the pages of all commands
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folder to write gatekey.1, gatekey-serve.1 and so on into [default: print gatekey.1]
    folder: Option<PathBuf>,
}

/// Prints or writes them.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::new(Kind::Other, format!("cannot write the manual: {error}"));
    match &args.folder {
        Some(folder) => generate_to(Gatekey::command(), folder).map_err(failed),
        None => {
            let mut page = Vec::new();
            Man::new(Gatekey::command()).render(&mut page).map_err(failed)?;
            output::result(&String::from_utf8_lossy(&page))
        }
    }
}
