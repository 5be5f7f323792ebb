//! What goes into a support bundle: texts without what names or lets in anybody, in one archive.

mod marks;
pub(crate) mod redact;
mod words;

use flate2::{Compression, write::GzEncoder};
use std::io;

/// The folder within the archive.
const FOLDER: &str = "gatekey-support-bundle";

/// Packs files of these names and texts into a `.tar.gz`. `seconds` is when, since 1970.
///
/// # Errors
/// A name is too long.
pub(crate) fn pack(files: &[(String, String)], seconds: u64) -> io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    for (name, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o600);
        header.set_mtime(seconds);
        archive.append_data(&mut header, format!("{FOLDER}/{name}"), text.as_bytes())?;
    }
    archive.into_inner()?.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use std::io::Read as _;

    #[test]
    fn an_archive_holds_the_texts_under_their_names() {
        let files = [("a.md".to_owned(), "x".repeat(513)), ("empty.txt".to_owned(), String::new())];
        let packed = pack(&files, 1_800_000_000).unwrap();
        let mut archive = tar::Archive::new(GzDecoder::new(&*packed));
        let read = |entry: io::Result<tar::Entry<'_, _>>| {
            let mut entry: tar::Entry<'_, GzDecoder<&[u8]>> = entry.unwrap();
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            (entry.path().unwrap().display().to_string(), text)
        };
        let found: Vec<_> = archive.entries().unwrap().map(read).collect();
        assert_eq!(found, files.map(|(name, text)| (format!("{FOLDER}/{name}"), text)));
    }
}
