//! What people and scripts read: results on standard output, everything else on standard error.

use crate::failure::{Failure, Kind};
use comfy_table::{Table, presets};
use std::io::{self, Write as _};

/// Writes a result to standard output and sees it off. A reader that has gone away is not an error.
pub(crate) fn result(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(Kind::Other, format!("cannot write the output: {error}")))
        }
        _ => Ok(()),
    }
}

/// A table without lines, for people; scripts have JSON.
pub(crate) fn table<const N: usize>(
    header: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(header);
    table.add_rows(rows);
    table.lines().map(|line| line.trim().to_owned() + "\n").collect()
}

/// Writes a line to standard error. If even that fails there is nobody left to tell.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
