//! The shared-credentials file, as the AWS command line and SDKs read it.

use crate::failure::{Failure, Kind};
use gatekey_directory::NewAccessKey;
use gatekey_server::private_file;
use gatekey_types::{AccountId, Region};
use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// An access key of an account's root user, at the only moment at which its secret can be seen.
pub(crate) struct RootCredential {
    /// The account.
    pub(crate) account: AccountId,
    /// The access key's id.
    pub(crate) access_key_id: String,
    /// Its secret.
    pub(crate) secret_access_key: Zeroizing<String>,
    /// The Region that its profile names: version 1 of the AWS command line and botocore read it here, and not from
    /// `AWS_REGION`.
    pub(crate) region: Region,
}

impl RootCredential {
    /// A key that was just made.
    pub(crate) fn new(account: AccountId, key: &NewAccessKey, region: &Region) -> Self {
        Self {
            account,
            access_key_id: key.id.to_string(),
            secret_access_key: Zeroizing::new(key.record.secret.expose().to_owned()),
            region: region.clone(),
        }
    }
}

/// The first line of every file that is written here; a file without it is somebody else's.
const MARK: &str =
    "# Written by gatekey. Root users can do everything: use them to set up, then put them away.\n";

/// Writes the credentials to a file that is not there yet (mode 0600). The first account's root user is `default`.
pub(crate) fn write(path: &Path, credentials: &[RootCredential]) -> Result<(), Failure> {
    Ok(private_file::create(path, render(credentials).as_bytes())?)
}

/// The same, but replaces a file that was written here before; never anybody's own.
pub(crate) fn replace(path: &Path, credentials: &[RootCredential]) -> Result<(), Failure> {
    if path.exists() {
        take_away(path)?;
    }
    write(path, credentials)
}

fn take_away(path: &Path) -> Result<(), Failure> {
    let old = private_file::read(path)?;
    if !old.starts_with(MARK.as_bytes()) {
        let message = format!("{} was not written by gatekey and will not be replaced", path.display());
        return Err(Failure::new(Kind::Data, message).hint("name another file with --credentials"));
    }
    fs::remove_file(path)
        .map_err(|error| Failure::new(Kind::Data, format!("cannot replace {}: {error}", path.display())))
}

fn render(credentials: &[RootCredential]) -> Zeroizing<String> {
    // Room for everything at once, or growing would leave secrets behind in freed memory.
    let mut file = Zeroizing::new(String::with_capacity(512 + 512 * credentials.len()));
    file.push_str(MARK);
    let named = credentials.iter().map(|credential| (format!("root-{}", credential.account), credential));
    let default = credentials.first().map(|credential| ("default".to_owned(), credential));
    for (profile, credential) in default.into_iter().chain(named) {
        // Writing to a String cannot fail.
        let _ = writeln!(
            file,
            "[{profile}]\naws_access_key_id = {}\naws_secret_access_key = {}\nregion = {}",
            credential.access_key_id,
            credential.secret_access_key.as_str(),
            credential.region
        );
    }
    file
}

/// The path as people should paste it: absolute, so that it works from any folder.
pub(crate) fn pasteable(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credential(account: &str) -> RootCredential {
        RootCredential {
            account: account.parse().unwrap(),
            access_key_id: format!("AKIA{account}"),
            secret_access_key: Zeroizing::new(format!("secret-of-{account}")),
            region: "us-east-1".parse().unwrap(),
        }
    }

    #[test]
    fn the_first_account_is_the_default_and_each_has_a_profile() {
        let file = render(&[credential("111122223333"), credential("444455556666")]);
        let profiles: Vec<&str> = file.lines().filter(|line| line.starts_with('[')).collect();
        assert_eq!(profiles, ["[default]", "[root-111122223333]", "[root-444455556666]"]);
        assert!(file.contains("[default]\naws_access_key_id = AKIA111122223333\naws_secret_access_key = secret-of-111122223333\nregion = us-east-1\n"));
    }

    #[test]
    fn credentials_are_written_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("credentials");
        write(&path, &[credential("111122223333")]).unwrap();
        assert!(write(&path, &[credential("444455556666")]).is_err());
    }

    #[test]
    fn only_a_file_of_our_own_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("credentials");
        replace(&path, &[credential("111122223333")]).unwrap();
        replace(&path, &[credential("444455556666")]).unwrap();
        assert!(fs::read_to_string(&path).unwrap().contains("root-444455556666"));
        let theirs = folder.path().join("theirs");
        private_file::create(&theirs, b"[default]\n").unwrap();
        assert!(replace(&theirs, &[credential("111122223333")]).is_err());
        assert_eq!(fs::read_to_string(&theirs).unwrap(), "[default]\n");
    }
}
