//! The formats, against the vectors of a second implementation.

use crate::files::Folder;
use gatekey_seal::{
    Defect, KeyFile, Keychain, Passphrase, Place, RecordDigest, RootKey, SealFile, SetDigest, StoredKeychain,
};
use std::os::unix::fs::PermissionsExt;
use zeroize::Zeroizing;

#[derive(serde::Deserialize)]
struct Vectors {
    passphrase: String,
    passphrase_seal: SealFile,
    key_file: String,
    key_file_seal: SealFile,
    keychain: StoredKeychain,
    records: Vec<Record>,
}

#[derive(serde::Deserialize)]
struct Record {
    name: String,
    place: At,
    sealed: String,
    plaintext: Option<String>,
    defect: Option<String>,
    digest: Option<String>,
}

#[derive(serde::Deserialize)]
struct At {
    table: String,
    key: String,
    version: u64,
}

fn vectors() -> Vectors {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../conformance/seal/seal-v1.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn root_by_passphrase(vectors: &Vectors) -> RootKey {
    let passphrase = Passphrase::new(Zeroizing::new(vectors.passphrase.clone().into_bytes()));
    vectors.passphrase_seal.open(&passphrase).unwrap()
}

fn root_by_key_file(vectors: &Vectors) -> RootKey {
    let folder = Folder::new("vector-key-file");
    let path = folder.path("unseal.key");
    std::fs::write(&path, &vectors.key_file).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).unwrap();
    vectors.key_file_seal.open(&KeyFile::new(path)).unwrap()
}

#[test]
fn both_seals_hold_the_root_key_that_opens_the_keychain() {
    let vectors = vectors();
    for root in [root_by_passphrase(&vectors), root_by_key_file(&vectors)] {
        assert_eq!(Keychain::open(&root, &vectors.keychain).unwrap().newest_domain_key(), 2);
    }
}

fn name_of(defect: Defect) -> &'static str {
    match defect {
        Defect::Truncated => "Truncated",
        Defect::UnknownFormat(_) => "UnknownFormat",
        Defect::UnknownDomainKey(_) => "UnknownDomainKey",
        Defect::OtherVersion(_) => "OtherVersion",
        Defect::NotAuthentic => "NotAuthentic",
        Defect::CannotSeal => "CannotSeal",
    }
}

#[test]
fn good_records_open_and_each_bad_one_is_refused_for_its_own_defect() {
    let vectors = vectors();
    let keychain = Keychain::open(&root_by_passphrase(&vectors), &vectors.keychain).unwrap();
    for record in vectors.records {
        let key = hex::decode(&record.place.key).unwrap();
        let place = Place { table: &record.place.table, key: &key, version: record.place.version };
        let opened = keychain.open_record(&place, &hex::decode(&record.sealed).unwrap());
        let plaintext = opened.as_ref().ok().map(|bytes| hex::encode(&**bytes));
        let defect = opened.err().map(|broken| name_of(broken.defect).to_owned());
        assert_eq!((plaintext, defect), (record.plaintext, record.defect), "{}", record.name);
    }
}

#[test]
fn digests_of_records_are_the_second_implementations() {
    let vectors = vectors();
    let keychain = Keychain::open(&root_by_passphrase(&vectors), &vectors.keychain).unwrap();
    for record in vectors.records.iter().filter(|record| record.digest.is_some()) {
        let key = hex::decode(&record.place.key).unwrap();
        let place = Place { table: &record.place.table, key: &key, version: record.place.version };
        let digest: RecordDigest = keychain.digest(&place, &hex::decode(&record.sealed).unwrap()).unwrap();
        let mut one = SetDigest::EMPTY;
        one.add(&digest);
        let expected = format!("{}0000000000000001", record.digest.as_ref().unwrap());
        assert_eq!(hex::encode(one.to_bytes()), expected, "{}", record.name);
    }
}
