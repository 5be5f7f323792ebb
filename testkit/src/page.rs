//! Pages of the documentation with parts that tests write and hold current.

use std::path::Path;

/// Set to anything, the parts are written anew instead of being compared only.
const UPDATE: &str = "GATEKEY_UPDATE_DOCS";

/// Insists that a page of `docs/` has this text between the lines `<!-- PART -->` and `<!-- end -->`.
///
/// Tests that write parts of one page do so one after the other: run them again where one was written twice at once.
///
/// # Panics
/// The page cannot be read, has no such part, or has another text there and was not to be written anew.
pub fn holds(page: &str, part: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(page);
    let written = std::fs::read_to_string(&path).unwrap();
    let begin = format!("<!-- {part} -->\n");
    let (before, after) = written.split_once(&begin).unwrap_or_else(|| panic!("docs/{page} lacks {begin}"));
    let (_, after) = after.split_once("<!-- end -->").unwrap();
    let now = format!("{before}{begin}{text}<!-- end -->{after}");
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&path, &now).unwrap();
    } else {
        assert!(written == now, "docs/{page} is out of date in {part:?}: {UPDATE}=1 writes it anew");
    }
}
