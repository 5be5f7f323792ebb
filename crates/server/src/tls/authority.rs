//! A certificate authority of the server's own, so that TLS works on the first day without anybody's help.

use super::{TlsError, provider};
use crate::private_file::{self, PrivateFileError};
use gatekey_types::Timestamp;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::{pki_types::PrivateKeyDer, sign::CertifiedKey};
use std::{fs, io, path::Path};
use time::OffsetDateTime;

/// The authority's certificate, for clients to trust.
const CERTIFICATE_FILE: &str = "ca.pem";
/// The authority's key.
const KEY_FILE: &str = "ca.key";

/// Days that the authority's certificate is valid: ten years.
const AUTHORITY_DAYS: i64 = 3653;
/// Days that a server's certificate is valid.
const SERVER_DAYS: i64 = 90;
/// Days by which a certificate is valid before it was made, for clients whose clocks are slow.
const BACKDATED_DAYS: i64 = 1;

/// A certificate authority whose key lies in the data folder. Its clients trust `ca.pem`.
///
/// Its random numbers are the TLS library's: a certificate is no part of Gatekey's replayable state.
pub struct LocalAuthority {
    key: KeyPair,
    name: String,
    trusted: String,
}

impl LocalAuthority {
    /// Makes a new authority and writes `ca.key` (0600) and `ca.pem` into the folder. Fails if `ca.key` is there.
    pub fn create(folder: &Path, now: Timestamp) -> Result<Self, TlsError> {
        let key = KeyPair::generate()?;
        let name = name_of(&key);
        let trusted = authority_params(&name, now).self_signed(&key)?.pem();
        private_file::create(&folder.join(KEY_FILE), key.serialize_pem().as_bytes())?;
        let path = folder.join(CERTIFICATE_FILE);
        fs::write(&path, &trusted).map_err(|source| PrivateFileError::Io { path, source })?;
        Ok(Self { key, name, trusted })
    }

    /// Opens the authority of the folder.
    pub fn open(folder: &Path) -> Result<Self, TlsError> {
        let path = folder.join(KEY_FILE);
        let pem = private_file::read(&path)?;
        let key = std::str::from_utf8(&pem)
            .map_err(|_| TlsError::Pem { path: path.clone(), message: "is not PEM".to_owned() })
            .and_then(|pem| KeyPair::from_pem(pem).map_err(TlsError::from))?;
        let path = folder.join(CERTIFICATE_FILE);
        let trusted = fs::read_to_string(&path).map_err(|source| PrivateFileError::Io { path, source })?;
        Ok(Self { name: name_of(&key), key, trusted })
    }

    /// Opens the authority of the folder, or makes it if there is none.
    pub fn open_or_create(folder: &Path, now: Timestamp) -> Result<Self, TlsError> {
        match Self::open(folder) {
            Err(TlsError::File(PrivateFileError::Io { path, source }))
                if source.kind() == io::ErrorKind::NotFound && path.ends_with(KEY_FILE) =>
            {
                Self::create(folder, now)
            }
            other => other,
        }
    }

    /// The certificate that clients are to trust, in PEM.
    pub fn trusted(&self) -> &str {
        &self.trusted
    }

    /// A server certificate with a fresh key, for these DNS names and IP addresses.
    pub(super) fn issue(&self, names: &[String], now: Timestamp) -> Result<CertifiedKey, TlsError> {
        let key = KeyPair::generate()?;
        let certificate = self.sign(names, &key, now)?;
        let secret = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        Ok(CertifiedKey::from_der(vec![certificate.der().clone()], secret, &provider())?)
    }

    fn sign(&self, names: &[String], key: &KeyPair, now: Timestamp) -> Result<Certificate, rcgen::Error> {
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name.push(DnType::CommonName, "Gatekey");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        set_validity(&mut params, now, SERVER_DAYS);
        // The issuer's name and key identifier follow from its key, so its certificate need not be parsed.
        let authority = authority_params(&self.name, now);
        params.signed_by(key, &Issuer::from_params(&authority, &self.key))
    }
}

/// A name of its own for each authority, or a client that trusts two of them might try the wrong one.
fn name_of(key: &KeyPair) -> String {
    let digest = CertificateParams::default().key_identifier(key);
    let mark: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("Gatekey local authority {mark}")
}

fn authority_params(name: &str, now: Timestamp) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    set_validity(&mut params, now, AUTHORITY_DAYS);
    params
}

fn set_validity(params: &mut CertificateParams, now: Timestamp, days: i64) {
    let day = |offset| {
        // Only a clock set beyond the year 9999 cannot be expressed.
        OffsetDateTime::from_unix_timestamp(now.plus_days(offset).seconds())
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    };
    params.not_before = day(-BACKDATED_DAYS);
    params.not_after = day(days);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    #[test]
    fn the_key_is_private_and_made_only_once() {
        let folder = tempfile::tempdir().unwrap();
        let made = LocalAuthority::open_or_create(folder.path(), NOW).unwrap();
        let opened = LocalAuthority::open_or_create(folder.path(), NOW).unwrap();
        assert_eq!(made.trusted(), opened.trusted());
        assert_eq!(made.name, opened.name);
        let mode = fs::metadata(folder.path().join(KEY_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(LocalAuthority::create(folder.path(), NOW).is_err());
    }

    #[test]
    fn an_authority_whose_certificate_was_lost_is_not_silently_replaced() {
        let folder = tempfile::tempdir().unwrap();
        LocalAuthority::create(folder.path(), NOW).unwrap();
        fs::remove_file(folder.path().join(CERTIFICATE_FILE)).unwrap();
        assert!(LocalAuthority::open_or_create(folder.path(), NOW).is_err());
    }

    #[test]
    fn two_authorities_have_two_names() {
        let [one, two] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let one = LocalAuthority::create(one.path(), NOW).unwrap();
        let two = LocalAuthority::create(two.path(), NOW).unwrap();
        assert_ne!(one.name, two.name);
    }

    #[test]
    fn a_certificate_can_name_hosts_wildcards_and_both_kinds_of_address() {
        let folder = tempfile::tempdir().unwrap();
        let authority = LocalAuthority::create(folder.path(), NOW).unwrap();
        let names = ["localhost", "*.amazonaws.com", "127.0.0.1", "::1"].map(str::to_owned);
        assert!(authority.issue(&names, NOW).is_ok());
    }
}
