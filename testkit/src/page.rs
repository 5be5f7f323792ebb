//! Pages of the documentation with parts that tests write and hold current.

use std::{io, path::Path};

/// Set to anything, the parts are written anew.
const UPDATE: &str = "GATEKEY_UPDATE_DOCS";

/// Whether a page of `docs/` has this text between the lines `<!-- PART -->` and `<!-- end -->`. With GATEKEY_UPDATE_DOCS set it
/// is written there, so that it has.
///
/// Tests that write parts of one page may do so at once: run them again then.
///
/// # Errors
/// The page cannot be read or written, or has no such part.
pub fn holds(page: &str, part: &str, text: &str) -> io::Result<bool> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(page);
    let written = std::fs::read_to_string(&path)?;
    let begin = format!("<!-- {part} -->\n");
    let lacks = || io::Error::other(format!("docs/{page} has no part {part:?}"));
    let (before, after) = written.split_once(&begin).ok_or_else(lacks)?;
    let (_, after) = after.split_once("<!-- end -->").ok_or_else(lacks)?;
    let now = format!("{before}{begin}{text}<!-- end -->{after}");
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&path, &now)?;
        return Ok(true);
    }
    Ok(written == now)
}
