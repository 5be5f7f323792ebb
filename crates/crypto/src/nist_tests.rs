//! NIST's own validation vectors (see `conformance/nist`), and the known answer of an RFC.

use crate::{
    KeySpec, SigningAlgorithm, ec::Curve, edwards::EdwardsKey, ml_dsa::MlDsaKey, ml_kem::MlKemKey, raw, rsa,
};
use aws_lc_rs::digest;
use serde::Deserialize;

#[derive(Deserialize)]
struct Bytes(#[serde(with = "hex::serde")] Vec<u8>);

#[derive(Deserialize)]
struct Seed {
    set: String,
    seed: Bytes,
    public_key_sha256: String,
}

#[derive(Deserialize)]
struct Signed {
    set: String,
    key: Bytes,
    #[serde(alias = "mu")]
    message: Bytes,
    signature: Bytes,
    good: bool,
}

#[derive(Deserialize)]
struct Vectors {
    ml_dsa_keys: Vec<Seed>,
    ml_dsa_signatures: Vec<Signed>,
    ml_kem_keys: Vec<Seed>,
    ecdsa: Vec<Signed>,
    rsa_pkcs1: Vec<Signed>,
}

fn vectors() -> Vectors {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../conformance/nist/nist.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The hash of a key's last bytes: what its SubjectPublicKeyInfo wraps.
fn hash(public: &[u8], length: usize) -> String {
    hex::encode(digest::digest(&digest::SHA256, &public[public.len() - length..]))
}

/// Every signature is judged as NIST judges it; there must be good ones and bad ones.
fn judge(all: &[Signed], verify: impl Fn(&Signed) -> bool) {
    for (number, signed) in all.iter().enumerate() {
        assert_eq!(verify(signed), signed.good, "{} {number}", signed.set);
    }
    let good = all.iter().filter(|signed| signed.good).count();
    assert!(good > 8 && all.len() - good > 8, "{good} of {}", all.len());
}

#[test]
fn ml_dsa_keys_are_those_of_their_seeds() {
    let all = vectors().ml_dsa_keys;
    assert_eq!(all.len(), 30);
    for Seed { set, seed, public_key_sha256 } in all {
        let (spec, length) = match set.as_str() {
            "ML-DSA-44" => (KeySpec::MlDsa44, 1312),
            "ML-DSA-65" => (KeySpec::MlDsa65, 1952),
            _ => (KeySpec::MlDsa87, 2592),
        };
        let key = MlDsaKey::parse(spec, &seed.0).unwrap();
        assert_eq!(hash(key.public_key(), length), public_key_sha256, "{set}");
    }
}

#[test]
fn ml_dsa_signatures_of_a_mu() {
    let all = vectors().ml_dsa_signatures;
    judge(&all, |signed| {
        let mu = signed.message.0.as_slice().try_into().unwrap();
        let key = raw::RawKey::from_public(&signed.key.0).unwrap();
        key.verify_mu(mu, &signed.signature.0).is_some()
    });
}

#[test]
fn ml_kem_keys_are_those_of_their_seeds() {
    let all = vectors().ml_kem_keys;
    assert_eq!(all.len(), 30);
    for Seed { set, seed, public_key_sha256 } in all {
        let (spec, length) = match set.as_str() {
            "ML-KEM-512" => (KeySpec::MlKem512, 800),
            "ML-KEM-768" => (KeySpec::MlKem768, 1184),
            _ => (KeySpec::MlKem1024, 1568),
        };
        let key = MlKemKey::parse(spec, &seed.0).unwrap();
        assert_eq!(hash(key.public_key(), length), public_key_sha256, "{set}");
    }
}

#[test]
fn ecdsa_signatures() {
    judge(&vectors().ecdsa, |signed| {
        let curve = match signed.set.as_str() {
            "P-256" => Curve::P256,
            "P-384" => Curve::P384,
            _ => Curve::P521,
        };
        curve.verify(&signed.key.0, &signed.message.0, &signed.signature.0).is_some()
    });
}

#[test]
fn rsa_signatures() {
    judge(&vectors().rsa_pkcs1, |signed| {
        let algorithm = match signed.set.as_str() {
            "SHA256" => SigningAlgorithm::RsassaPkcs1V15Sha256,
            "SHA384" => SigningAlgorithm::RsassaPkcs1V15Sha384,
            _ => SigningAlgorithm::RsassaPkcs1V15Sha512,
        };
        rsa::verify(&signed.key.0, algorithm, &signed.message.0, &signed.signature.0).is_some()
    });
}

/// RFC 8032, section 7.3: the one test of Ed25519ph.
#[test]
fn ed25519ph_known_answer() {
    let seed = hex::decode("833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42").unwrap();
    let signature = concat!(
        "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41",
        "31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406",
    );
    let key = EdwardsKey::parse(&seed).unwrap();
    assert_eq!(hex::encode(key.sign_prehashed(b"abc").unwrap()), signature);
    assert!(key.verify_prehashed(b"abc", &hex::decode(signature).unwrap()).is_some());
    assert!(key.verify(b"abc", &hex::decode(signature).unwrap()).is_none());
}
