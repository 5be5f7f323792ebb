//! Sealed messages: what opens them, and what does not.

use crate::{Argon2Cost, KeyMaterial, KeySpec, PassphraseError, Plaintext, RecordKey};
use gatekey_testkit::SeededEntropy;
use gatekey_types::KeyId;
use zeroize::Zeroizing;

fn key(byte: u8) -> RecordKey {
    RecordKey::from_bytes(Zeroizing::new([byte; 32]))
}

#[test]
fn a_record_opens_at_its_place_and_nowhere_else() {
    let sealed = key(1).seal(b"here", b"text", &SeededEntropy::new(1)).unwrap();
    assert_eq!(sealed.len(), 4 + RecordKey::OVERHEAD);
    assert_eq!(**key(1).open(b"here", &sealed).unwrap(), *b"text");
    assert!(key(1).open(b"there", &sealed).is_err());
    assert!(key(2).open(b"here", &sealed).is_err());
}

#[test]
fn every_bit_and_every_length_of_a_sealed_record_matters() {
    let mut sealed = key(1).seal(b"here", b"text", &SeededEntropy::new(1)).unwrap();
    for bit in 0..sealed.len() * 8 {
        sealed[bit / 8] ^= 1 << (bit % 8);
        assert!(key(1).open(b"here", &sealed).is_err(), "bit {bit}");
        sealed[bit / 8] ^= 1 << (bit % 8);
    }
    for length in 0..sealed.len() {
        assert!(key(1).open(b"here", &sealed[..length]).is_err(), "{length}");
    }
    sealed.push(0);
    assert!(key(1).open(b"here", &sealed).is_err());
}

#[test]
fn what_was_sealed_as_one_thing_never_opens_as_another() {
    let entropy = SeededEntropy::new(1);
    let id = KeyId::from_random([1; 16], false);
    let material = KeyMaterial::generate(KeySpec::SymmetricDefault, id, &entropy).unwrap();
    let record = key(1).seal(b"p", &[0; 32], &entropy).unwrap();
    let wrapped = key(1).wrap(b"p", &key(2), &entropy).unwrap();
    let sealed = key(1).seal_material(b"p", &material, &entropy).unwrap();
    for (record_opens, unwraps, material_opens, bytes) in
        [(true, false, false, record), (false, true, false, wrapped), (false, false, true, sealed)]
    {
        assert_eq!(key(1).open(b"p", &bytes).is_ok(), record_opens);
        assert_eq!(key(1).unwrap(b"p", &bytes).is_ok(), unwraps);
        assert_eq!(key(1).open_material(b"p", id, &bytes).is_ok(), material_opens);
    }
}

#[test]
fn a_wrapped_key_is_the_same_key_again() {
    let entropy = SeededEntropy::new(1);
    let fresh = RecordKey::generate(&entropy);
    let again = key(1).unwrap(b"p", &key(1).wrap(b"p", &fresh, &entropy).unwrap()).unwrap();
    let sealed = fresh.seal(b"q", b"text", &entropy).unwrap();
    assert_eq!(**again.open(b"q", &sealed).unwrap(), *b"text");
}

#[test]
fn sealed_material_opens_for_its_own_key_only_and_decrypts_what_it_encrypted() {
    let entropy = SeededEntropy::new(1);
    for multi_region in [false, true] {
        let id = KeyId::from_random([1; 16], multi_region);
        let material = KeyMaterial::generate(KeySpec::SymmetricDefault, id, &entropy).unwrap();
        let blob = material.encrypt(&Default::default(), b"secret", &entropy).unwrap();
        let sealed = key(1).seal_material(b"p", &material, &entropy).unwrap();
        let again = key(1).open_material(b"p", id, &sealed).unwrap();
        assert_eq!((again.id(), again.key(), again.spec()), (material.id(), id, KeySpec::SymmetricDefault));
        let opened = crate::Blob::peek(&blob).unwrap().open(&again, &Default::default()).unwrap();
        assert!(opened.is(b"secret"));
        let other = KeyId::from_random([2; 16], multi_region);
        assert!(key(1).open_material(b"p", other, &sealed).is_err());
    }
}

#[test]
fn sealed_material_does_not_show_the_material() {
    let entropy = SeededEntropy::new(1);
    let material = KeyMaterial::known(KeyId::from_random([1; 16], false), [0xab; 32]);
    let sealed = key(1).seal_material(b"p", &material, &entropy).unwrap();
    let blob = material.encrypt(&Default::default(), &[0xab; 32], &entropy).unwrap();
    for bytes in [sealed, blob] {
        assert!(!bytes.windows(4).any(|four| four == [0xab; 4]));
    }
}

const CHEAP: Argon2Cost = Argon2Cost { memory_kib: 8 * 1024, passes: 1, lanes: 1 };

#[test]
fn a_passphrase_gives_the_same_key_for_the_same_salt_and_cost_only() {
    let stretch = |text: &[u8], salt, cost| {
        RecordKey::from_passphrase(text, &[salt; 16], cost).unwrap().fingerprint(b"test", &[])
    };
    let base = stretch(b"correct horse", 1, CHEAP);
    assert_eq!(stretch(b"correct horse", 1, CHEAP), base);
    assert_ne!(stretch(b"correct horsf", 1, CHEAP), base);
    assert_ne!(stretch(b"correct horse", 2, CHEAP), base);
    assert_ne!(stretch(b"correct horse", 1, Argon2Cost { passes: 2, ..CHEAP }), base);
}

#[test]
fn costs_that_are_too_weak_or_would_exhaust_the_machine_are_refused() {
    for (memory_kib, passes, lanes) in
        [(8, 1, 1), (1024, 1, 1), (u32::MAX, 1, 1), (8192, 0, 1), (8192, 65, 1), (8192, 1, 0), (8192, 1, 65)]
    {
        let cost = Argon2Cost { memory_kib, passes, lanes };
        let refused = RecordKey::from_passphrase(b"x", &[0; 16], cost).err();
        assert_eq!(refused, Some(PassphraseError::UnlawfulCost), "{cost:?}");
    }
    let empty = RecordKey::from_passphrase(b"", &[0; 16], CHEAP).err();
    assert_eq!(empty, Some(PassphraseError::Empty));
}

#[test]
fn random_plaintexts_have_the_length_asked_for_and_differ() {
    let entropy = SeededEntropy::new(1);
    let (one, two) = (Plaintext::random(32, &entropy), Plaintext::random(32, &entropy));
    assert_eq!((one.len(), one.is_empty()), (32, false));
    assert!(!one.is(two.expose()) && one.is(one.expose()) && !one.is(&one.expose()[..31]));
    assert!(Plaintext::random(0, &entropy).is_empty());
}
