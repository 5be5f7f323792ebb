//! Sealed material, and what keys make, against the vectors of a second implementation and of OpenSSL.

use crate::{
    DataKeyPair, ImportFault, ImportedBytes, KeyMaterial, KeySpec, MacAlgorithm, MessageType, RecordKey,
    RsaEncryption, SigningAlgorithm, SigningAlgorithm as A,
};
use gatekey_testkit::SeededEntropy;
use gatekey_types::KeyId;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

#[derive(serde::Deserialize)]
struct Bytes(#[serde(with = "hex::serde")] Vec<u8>);

#[derive(serde::Deserialize)]
struct Signed {
    algorithm: String,
    #[serde(rename = "type")]
    kind: String,
    message: Bytes,
    signature: Bytes,
}

#[derive(serde::Deserialize)]
struct Vector {
    spec: String,
    multi_region: bool,
    id: String,
    secret: Bytes,
    sealed: Bytes,
    public_key: Option<Bytes>,
    pkcs8: Option<Bytes>,
    #[serde(default)]
    signatures: Vec<Signed>,
    #[serde(default)]
    ciphertexts: BTreeMap<String, Bytes>,
    peer: Option<Bytes>,
    agreed: Option<Bytes>,
    encapsulated: Option<Bytes>,
    shared_secret: Option<Bytes>,
    mac: Option<Bytes>,
    message: Option<Bytes>,
}

const KEY: [u8; 16] = 0x1234_abcd_12ab_34cd_56ef_1234_5678_90ab_u128.to_be_bytes();

impl Vector {
    fn all() -> Vec<Self> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../conformance/material/material-v1.json");
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    }

    fn key(&self) -> KeyId {
        KeyId::from_parts(KEY, self.multi_region)
    }

    fn open(&self) -> KeyMaterial {
        seal().open_material(b"place", self.key(), &self.sealed.0).unwrap()
    }
}

fn seal() -> RecordKey {
    RecordKey::from_bytes(Zeroizing::new([1; 32]))
}

/// Gives the bytes 100, 101 and so on.
struct Counting;

impl gatekey_types::Entropy for Counting {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.iter_mut().zip(100..).for_each(|(byte, value)| *byte = value);
    }
}

fn algorithm(name: &str) -> SigningAlgorithm {
    let names = [
        ("RSASSA_PSS_SHA_256", A::RsassaPssSha256),
        ("RSASSA_PSS_SHA_384", A::RsassaPssSha384),
        ("RSASSA_PSS_SHA_512", A::RsassaPssSha512),
        ("RSASSA_PKCS1_V1_5_SHA_256", A::RsassaPkcs1V15Sha256),
        ("RSASSA_PKCS1_V1_5_SHA_384", A::RsassaPkcs1V15Sha384),
        ("RSASSA_PKCS1_V1_5_SHA_512", A::RsassaPkcs1V15Sha512),
        ("ECDSA_SHA_256", A::EcdsaSha256),
        ("ECDSA_SHA_384", A::EcdsaSha384),
        ("ECDSA_SHA_512", A::EcdsaSha512),
        ("ED25519_SHA_512", A::Ed25519Sha512),
        ("ML_DSA_SHAKE_256", A::MlDsaShake256),
    ];
    names.into_iter().find(|(other, _)| *other == name).unwrap().1
}

#[test]
fn sealed_material_opens_and_is_sealed_to_the_byte() {
    let all = Vector::all();
    assert_eq!(all.len(), KeySpec::ALL.len());
    for vector in all {
        let material = vector.open();
        assert_eq!(material.id().to_string(), vector.id, "{}", vector.spec);
        assert_eq!(material.secret(), vector.secret.0, "{}", vector.spec);
        assert_eq!(material.public_key(), vector.public_key.as_ref().map(|key| key.0.as_slice()));
        let sealed = seal().seal_material(b"place", &material, &Counting).unwrap();
        assert_eq!(hex::encode(sealed), hex::encode(&vector.sealed.0), "{}", vector.spec);
    }
}

#[test]
fn signatures_of_openssl_verify() {
    let mut count = 0;
    for vector in Vector::all() {
        let material = vector.open();
        for signed in &vector.signatures {
            let kind = match signed.kind.as_str() {
                "RAW" => MessageType::Raw,
                "DIGEST" => MessageType::Digest,
                _ => MessageType::ExternalMu,
            };
            let algorithm = algorithm(&signed.algorithm);
            let verified = material.verify(algorithm, kind, &signed.message.0, &signed.signature.0);
            assert_eq!(verified, Ok(()), "{} {} {kind:?}", vector.spec, signed.algorithm);
            count += 1;
        }
    }
    assert_eq!(count, 3 * 6 + 4 * 2 + 1 + 3 * 2);
}

#[test]
fn what_openssl_encrypted_tagged_agreed_on_and_encapsulated_is_ours_too() {
    let mut count = 0;
    for vector in Vector::all() {
        let material = vector.open();
        for (name, ciphertext) in &vector.ciphertexts {
            let algorithm = match name.as_str() {
                "RSAES_OAEP_SHA_1" => RsaEncryption::OaepSha1,
                _ => RsaEncryption::OaepSha256,
            };
            let plaintext = material.decrypt_rsa(algorithm, &ciphertext.0).unwrap();
            assert!(plaintext.is(b"a message to be signed"));
            count += 1;
        }
        if let (Some(mac), Some(message)) = (&vector.mac, &vector.message) {
            let algorithm = MacAlgorithm::of(material.spec()).unwrap();
            assert_eq!(material.mac(algorithm, &message.0).unwrap(), mac.0);
            count += 1;
        }
        if let (Some(peer), Some(agreed)) = (&vector.peer, &vector.agreed) {
            assert!(material.agree(&peer.0).unwrap().is(&agreed.0));
            count += 1;
        }
        if let (Some(encapsulated), Some(secret)) = (&vector.encapsulated, &vector.shared_secret) {
            assert!(material.decapsulate(&encapsulated.0).unwrap().is(&secret.0));
            count += 1;
        }
    }
    assert_eq!(count, 6 + 4 + 3 + 2);
}

#[test]
fn imported_material_is_the_same_material_again_and_of_its_own_spec_only() {
    let all = Vector::all();
    for vector in &all {
        let material = vector.open();
        let bytes = vector.pkcs8.as_ref().unwrap_or(&vector.secret);
        for spec in KeySpec::ALL {
            let import = |bytes: &[u8]| KeyMaterial::import(spec, vector.key(), &ImportedBytes::known(bytes));
            let imported = import(&bytes.0);
            let kem = [KeySpec::MlKem512, KeySpec::MlKem768, KeySpec::MlKem1024].contains(&spec);
            if kem {
                assert_eq!(imported.err(), Some(ImportFault::SpecUnsuited));
            } else if spec == material.spec() {
                assert_eq!(imported.unwrap().id(), material.id(), "{}", vector.spec);
                let short = import(&bytes.0[..bytes.0.len() - 1]).err();
                let lenient = vector.pkcs8.is_none();
                let fault = if lenient { ImportFault::WrongLength } else { ImportFault::WrongKey };
                assert_eq!(short, Some(fault));
                let longer = import(&[bytes.0.as_slice(), &[0]].concat());
                // An HMAC key may be longer than its spec says.
                assert_eq!(longer.is_ok(), MacAlgorithm::of(spec).is_some());
                assert_eq!(import(&[]).err(), Some(fault));
            } else if vector.pkcs8.is_some() || MacAlgorithm::of(spec).is_none() {
                let lucky = bytes.0.len() == 32 && spec == KeySpec::SymmetricDefault;
                let mac = MacAlgorithm::of(spec).is_some() && bytes.0.len() <= 128;
                assert!(lucky || mac || imported.is_err(), "{} as {spec:?}", vector.spec);
            }
        }
    }
}

#[test]
fn a_pair_that_contradicts_itself_is_not_imported() {
    for vector in Vector::all() {
        let (Some(pkcs8), spec) = (&vector.pkcs8, vector.open().spec()) else { continue };
        let public = vector.public_key.unwrap().0;
        // The last bytes of the public key, where PKCS#8 repeats them: not for seeds.
        let Some(at) = pkcs8.0.windows(16).position(|bytes| bytes == &public[public.len() - 16..]) else {
            continue;
        };
        let mut other = pkcs8.0.clone();
        other[at + 3] ^= 1;
        let imported =
            KeyMaterial::import(spec, KeyId::from_parts(KEY, false), &ImportedBytes::known(&other));
        assert_eq!(imported.err(), Some(ImportFault::WrongKey), "{spec:?}");
    }
}

#[test]
fn data_key_pairs_of_seeds_have_the_form_that_openssl_writes() {
    for vector in Vector::all() {
        let spec = vector.open().spec();
        if !DataKeyPair::suits(spec) {
            continue;
        }
        let kind = crate::kind::Kind::parse(spec, &vector.secret.0).unwrap();
        assert_eq!(kind.pkcs8(&vector.secret.0).unwrap().as_slice(), vector.pkcs8.unwrap().0, "{spec:?}");
    }
    assert!(DataKeyPair::generate(KeySpec::MlDsa44, &SeededEntropy::new(1)).is_err());
}
