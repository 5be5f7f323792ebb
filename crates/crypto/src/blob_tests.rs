//! The blob against the vectors of a second implementation, and against every small change.

use crate::{Blob, CannotSeal, EncryptionContext, KeyMaterial, LONGEST_PLAINTEXT};
use gatekey_testkit::SeededEntropy;
use gatekey_types::{Entropy, KeyId};
use std::collections::BTreeMap;

#[derive(serde::Deserialize)]
struct Vector {
    name: String,
    #[serde(with = "hex::serde")]
    material: [u8; 32],
    material_id: String,
    key_id: KeyId,
    context: BTreeMap<String, String>,
    #[serde(with = "hex::serde")]
    blob: Vec<u8>,
    plaintext: Option<String>,
}

impl Vector {
    fn all() -> Vec<Self> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../conformance/blob/blob-v1.json");
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    }

    fn material(&self) -> KeyMaterial {
        KeyMaterial::known(self.key_id, self.material)
    }

    fn context(&self) -> EncryptionContext {
        EncryptionContext::new(self.context.clone()).unwrap()
    }
}

/// Gives the bytes that it was given.
struct Given(Vec<u8>);

impl Entropy for Given {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.copy_from_slice(&self.0);
    }
}

fn open(material: &KeyMaterial, context: &EncryptionContext, blob: &[u8]) -> Option<Vec<u8>> {
    let plaintext = Blob::peek(blob).ok()?.open(material, context).ok()?;
    Some(plaintext.expose().to_vec())
}

#[test]
fn good_vectors_open_and_malformed_ones_do_not() {
    let all = Vector::all();
    let good = all.iter().filter(|vector| vector.plaintext.is_some()).count();
    assert!(good >= 8 && all.len() - good >= 40, "{good} of {}", all.len());
    for vector in all {
        let opened = open(&vector.material(), &vector.context(), &vector.blob).map(hex::encode);
        assert_eq!(opened, vector.plaintext, "{}", vector.name);
    }
}

#[test]
fn good_vectors_are_made_to_the_byte_from_the_same_randomness() {
    for vector in Vector::all() {
        let Some(plaintext) = &vector.plaintext else { continue };
        let random = Given(vector.blob[55..83].to_vec());
        let material = vector.material();
        assert_eq!(material.id().to_string(), vector.material_id, "{}", vector.name);
        let made = material.encrypt(&vector.context(), &hex::decode(plaintext).unwrap(), &random).unwrap();
        assert_eq!(hex::encode(made), hex::encode(&vector.blob), "{}", vector.name);
    }
}

struct Sealed {
    material: KeyMaterial,
    context: EncryptionContext,
    blob: Vec<u8>,
}

fn sealed(plaintext: &[u8]) -> Sealed {
    let entropy = SeededEntropy::new(1);
    let material =
        KeyMaterial::generate(crate::KeySpec::SymmetricDefault, KeyId::from_random([7; 16], false), &entropy)
            .unwrap();
    let context = EncryptionContext::new([("Department", "IT"), ("a", "b")]).unwrap();
    let blob = material.encrypt(&context, plaintext, &entropy).unwrap();
    Sealed { material, context, blob }
}

#[test]
fn every_single_bit_of_a_blob_matters() {
    let Sealed { material, context, mut blob } = sealed(b"a data key of thirty-two bytes..");
    for bit in 0..blob.len() * 8 {
        blob[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(open(&material, &context, &blob), None, "bit {bit}");
        blob[bit / 8] ^= 1 << (bit % 8);
    }
    assert!(open(&material, &context, &blob).is_some());
}

#[test]
fn every_truncation_and_every_extension_of_a_blob_fails() {
    let Sealed { material, context, blob } = sealed(b"a data key of thirty-two bytes..");
    for length in 0..blob.len() {
        assert_eq!(open(&material, &context, &blob[..length]), None, "first {length}");
        assert_eq!(open(&material, &context, &blob[blob.len() - length..]), None, "last {length}");
    }
    for extra in 1..=64 {
        for byte in [0, 0xff] {
            let longer = [blob.clone(), vec![byte; extra]].concat();
            assert_eq!(open(&material, &context, &longer), None, "{extra} more of {byte}");
            let shifted = [vec![byte; extra], blob.clone()].concat();
            assert_eq!(open(&material, &context, &shifted), None, "{extra} before");
        }
    }
}

#[test]
fn the_longest_plaintext_fits_awss_limit_and_a_longer_one_is_refused() {
    let Sealed { material, context, blob } = sealed(&[1; LONGEST_PLAINTEXT]);
    assert!(blob.len() <= 6144);
    assert_eq!(open(&material, &context, &blob).unwrap(), [1; LONGEST_PLAINTEXT]);
    let entropy = SeededEntropy::new(2);
    assert_eq!(material.encrypt(&context, &[1; LONGEST_PLAINTEXT + 1], &entropy), Err(CannotSeal));
}

#[test]
fn a_blob_names_its_key_and_material() {
    let Sealed { material, blob, .. } = sealed(b"x");
    let peeked = Blob::peek(&blob).unwrap();
    assert_eq!((peeked.header().key, peeked.header().material), (material.key(), material.id()));
}

#[test]
fn two_blobs_of_one_message_share_neither_randomness_nor_ciphertext() {
    let Sealed { material, context, blob } = sealed(b"same");
    let again = material.encrypt(&context, b"same", &SeededEntropy::new(3)).unwrap();
    assert_eq!(blob[..55], again[..55]);
    assert_ne!(blob[55..83], again[55..83]);
    assert_ne!(blob[83..], again[83..]);
}

#[test]
fn the_same_bytes_under_another_key_are_another_material() {
    let uuid = KeyId::from_parts([1; 16], false);
    let ids = [uuid, KeyId::from_parts([1; 16], true), KeyId::from_parts([2; 16], false)]
        .map(|key| KeyMaterial::known(key, [9; 32]).id());
    assert!(ids[0] != ids[1] && ids[0] != ids[2] && ids[1] != ids[2]);
    assert_eq!(KeyMaterial::known(uuid, [9; 32]).id(), ids[0]);
}
