//! Where a passphrase comes from: a private file, or the terminal.

use crate::failure::{Failure, Kind};
use gatekey_server::private_file;
use std::path::Path;
use zeroize::Zeroizing;

/// Reads the passphrase from the file, or asks for it on the terminal; twice if it is `new`.
pub(crate) fn obtain(file: Option<&Path>, new: bool) -> Result<Zeroizing<String>, Failure> {
    match file {
        Some(path) => from_file(path),
        None => ask(new),
    }
}

/// The file's text without the line end that editors put at its end.
fn from_file(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let bytes = Zeroizing::new(private_file::read(path)?);
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| Failure::new(Kind::Data, format!("{} is not UTF-8 text", path.display())))?;
    let passphrase = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
    if passphrase.is_empty() {
        return Err(Failure::new(Kind::Data, format!("{} is empty", path.display())));
    }
    Ok(Zeroizing::new(passphrase.to_owned()))
}

fn ask(new: bool) -> Result<Zeroizing<String>, Failure> {
    let passphrase = prompt("Passphrase of the root key: ")?;
    if passphrase.is_empty() {
        return Err(Failure::new(Kind::Other, "the passphrase is empty"));
    }
    if new && prompt("The same passphrase again: ")? != passphrase {
        return Err(Failure::new(Kind::Other, "the two passphrases differ"));
    }
    Ok(passphrase)
}

fn prompt(text: &str) -> Result<Zeroizing<String>, Failure> {
    rpassword::prompt_password(text).map(Zeroizing::new).map_err(|error| {
        Failure::new(Kind::Other, format!("cannot ask for the passphrase: {error}"))
            .hint("without a terminal, name a file with --set unseal.passphrase_file=FILE")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_end_is_not_part_of_the_passphrase() {
        let folder = tempfile::tempdir().unwrap();
        for (name, written, meant) in
            [("a", "p w\n", "p w"), ("b", "p\r\n", "p"), ("c", "p", "p"), ("d", "p\n\n", "p\n")]
        {
            let path = folder.path().join(name);
            private_file::create(&path, written.as_bytes()).unwrap();
            assert_eq!(from_file(&path).unwrap().as_str(), meant);
        }
    }

    #[test]
    fn an_empty_passphrase_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("empty");
        private_file::create(&path, b"\n").unwrap();
        assert!(from_file(&path).is_err());
    }
}
