//! Keychains, records and digests of sets.

use gatekey_crypto::{EncryptionContext, KeyMaterial, KeySpec};
use gatekey_seal::{Defect, KeyFile, Keychain, Place, RootKey, SealFile, SetDigest, StoredKeychain};
use gatekey_testkit::SeededEntropy;
use gatekey_types::KeyId;

fn root(seed: u64) -> RootKey {
    let folder = crate::files::Folder::new(&format!("root-{seed}-{:?}", std::thread::current().id()));
    SealFile::create(&KeyFile::new(folder.path("unseal.key")), &SeededEntropy::new(seed)).unwrap().1
}

fn fresh() -> (RootKey, Keychain, StoredKeychain) {
    let root = root(1);
    let (keychain, stored) = Keychain::create(&root, &SeededEntropy::new(2)).unwrap();
    (root, keychain, stored)
}

const PLACE: Place<'static> = Place { table: "policies", key: b"k", version: 3 };

#[test]
fn a_record_survives_a_restart() {
    let (root, keychain, stored) = fresh();
    let sealed = keychain.seal_record(&PLACE, b"text", &SeededEntropy::new(3)).unwrap();
    let text = serde_json::to_string(&stored).unwrap();
    let again = Keychain::open(&root, &serde_json::from_str(&text).unwrap()).unwrap();
    assert_eq!(**again.open_record(&PLACE, &sealed).unwrap(), *b"text");
}

#[test]
fn a_rotated_keychain_opens_the_old_and_seals_with_the_new() {
    let (root, keychain, stored) = fresh();
    let old = keychain.seal_record(&PLACE, b"old", &SeededEntropy::new(3)).unwrap();
    let (rotated, stored) = keychain.rotate(&root, &stored, &SeededEntropy::new(4)).unwrap();
    let new = rotated.seal_record(&PLACE, b"new", &SeededEntropy::new(5)).unwrap();
    assert_eq!(Keychain::peek(&old).unwrap().domain_key, 1);
    assert_eq!(Keychain::peek(&new).unwrap().domain_key, 2);
    let again = Keychain::open(&root, &stored).unwrap();
    assert_eq!(**again.open_record(&PLACE, &old).unwrap(), *b"old");
    assert_eq!(**again.open_record(&PLACE, &new).unwrap(), *b"new");
    assert_eq!(again.newest_domain_key(), 2);
    let broken = keychain.open_record(&PLACE, &new).unwrap_err();
    assert_eq!(broken.defect, Defect::UnknownDomainKey(2));
}

#[test]
fn a_keychain_of_another_root_or_renumbered_or_empty_does_not_open() {
    let (ours, _, stored) = fresh();
    assert!(Keychain::open(&root(8), &stored).is_err());
    let mut renumbered = stored.clone();
    let key = renumbered.domain_keys.remove(&1).unwrap();
    renumbered.domain_keys.insert(2, key);
    assert!(Keychain::open(&ours, &renumbered).is_err());
    let empty = StoredKeychain { domain_keys: Default::default() };
    assert!(Keychain::open(&ours, &empty).is_err());
}

#[test]
fn one_spoilt_domain_key_keeps_the_whole_keychain_shut() {
    let (root, keychain, stored) = fresh();
    let (_, mut stored) = keychain.rotate(&root, &stored, &SeededEntropy::new(4)).unwrap();
    let newest = stored.domain_keys[&2].clone();
    stored.domain_keys.insert(1, newest);
    let broken = Keychain::open(&root, &stored).err().unwrap();
    assert_eq!(
        broken.to_string(),
        "record '1' of table 'domain keys', version 0: it was edited, moved from another place, or sealed by \
         another installation"
    );
}

#[test]
fn every_bit_of_a_sealed_record_matters() {
    let (_, keychain, _) = fresh();
    let mut sealed = keychain.seal_record(&PLACE, b"text", &SeededEntropy::new(3)).unwrap();
    for bit in 0..sealed.len() * 8 {
        sealed[bit / 8] ^= 1 << (bit % 8);
        assert!(keychain.open_record(&PLACE, &sealed).is_err(), "bit {bit}");
        sealed[bit / 8] ^= 1 << (bit % 8);
    }
    for length in 0..sealed.len() {
        assert!(keychain.open_record(&PLACE, &sealed[..length]).is_err(), "{length}");
    }
}

#[test]
fn the_operator_reads_which_record_and_what_is_wrong() {
    let (_, keychain, _) = fresh();
    let sealed = keychain.seal_record(&PLACE, b"text", &SeededEntropy::new(3)).unwrap();
    let other = Place { version: 4, key: b"k\xff\n", ..PLACE };
    let broken = keychain.open_record(&other, &sealed).unwrap_err();
    assert_eq!(
        broken.to_string(),
        "record 'k\\xff\\n' of table 'policies', version 4: it is version 3 of the record"
    );
}

#[test]
fn key_material_is_sealed_for_its_place_and_its_key() {
    let (_, keychain, _) = fresh();
    let entropy = SeededEntropy::new(3);
    let key = KeyId::from_random([5; 16], false);
    let material = KeyMaterial::generate(KeySpec::SymmetricDefault, key, &entropy).unwrap();
    let sealed = keychain.seal_material(&PLACE, &material, &entropy).unwrap();
    let again = keychain.open_material(&PLACE, key, &sealed).unwrap();
    assert_eq!(again.id(), material.id());
    let context = EncryptionContext::default();
    let blob = material.encrypt(&context, b"secret", &entropy).unwrap();
    let opened = gatekey_crypto::Blob::peek(&blob).unwrap().open(&again, &context).unwrap();
    assert!(opened.is(b"secret"));
    let other = KeyId::from_random([6; 16], false);
    assert!(keychain.open_material(&PLACE, other, &sealed).is_err());
    assert!(keychain.open_material(&Place { version: 2, ..PLACE }, key, &sealed).is_err());
    assert!(keychain.open_record(&PLACE, &sealed).is_err(), "material never opens as a record");
}

/// The records of a small store, their versions, and the digest that was kept of them.
struct Store {
    keychain: Keychain,
    records: Vec<(Vec<u8>, u64, Vec<u8>)>,
    kept: SetDigest,
}

impl Store {
    fn new() -> Self {
        Self { keychain: fresh().1, records: Vec::new(), kept: SetDigest::EMPTY }
    }

    fn write(&mut self, key: u8, version: u64) {
        let place = Place { table: "t", key: &[key], version };
        let sealed = self.keychain.seal_record(&place, &[key], &SeededEntropy::new(version)).unwrap();
        if let Some(index) = self.records.iter().position(|(other, ..)| *other == [key]) {
            let (old_key, old_version, old) = self.records.remove(index);
            let old_place = Place { table: "t", key: &old_key, version: old_version };
            self.kept.remove(&self.keychain.digest(&old_place, &old).unwrap());
        }
        self.kept.add(&self.keychain.digest(&place, &sealed).unwrap());
        self.records.push((vec![key], version, sealed));
    }

    fn is_intact(&self) -> bool {
        let mut found = SetDigest::EMPTY;
        for (key, version, sealed) in &self.records {
            let place = Place { table: "t", key, version: *version };
            found.add(&self.keychain.digest(&place, sealed).unwrap());
        }
        found == self.kept
    }
}

#[test]
fn a_deleted_a_rolled_back_and_a_duplicated_record_are_found_out() {
    let mut store = Store::new();
    (0..20).for_each(|key| store.write(key, 1));
    let before = store.records[4].clone();
    (0..20).for_each(|key| store.write(key, 2));
    assert!(store.is_intact());
    let good = store.records.clone();

    store.records.remove(7);
    assert!(!store.is_intact(), "deleted");
    store.records = good.clone();
    store.records[4] = before.clone();
    assert!(!store.is_intact(), "rolled back");
    store.records = good.clone();
    store.records.push(before);
    assert!(!store.is_intact(), "brought back beside");
    store.records = good.clone();
    store.records.push(good[0].clone());
    assert!(!store.is_intact(), "twice");
    store.records = good;
    assert!(store.is_intact());
}

#[test]
fn a_digest_does_not_change_when_the_domain_key_is_rotated() {
    let (root, keychain, stored) = fresh();
    let sealed = keychain.seal_record(&PLACE, b"text", &SeededEntropy::new(3)).unwrap();
    let (rotated, _) = keychain.rotate(&root, &stored, &SeededEntropy::new(4)).unwrap();
    assert_eq!(keychain.digest(&PLACE, &sealed).unwrap(), rotated.digest(&PLACE, &sealed).unwrap());
}
