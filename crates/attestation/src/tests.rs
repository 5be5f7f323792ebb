mod platform;

use crate::{AttestationFault as Fault, Platform as Kind, Root, verify};
use aws_lc_rs::digest;
use ciborium::Value;
use coset::{HeaderBuilder, iana};
use gatekey_types::Timestamp;
use platform::{NOW, Platform, authority, encode, es384, now, params, signer};
use rcgen::{BasicConstraints, IsCa, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256};
use time::{Duration, OffsetDateTime};

/// A document that AWS made, and the moment at which it did; see the folder's README.
const AWS_DOCUMENT: &[u8] = include_bytes!("../tests/aws/document.cose");
const AWS_NOW: i64 = 1_736_179_625;

#[test]
fn the_root_is_aws_s() {
    let der = include_bytes!("aws_nitro_root_g1.der");
    let hash = hex::encode(digest::digest(&digest::SHA256, der));
    assert_eq!(hash, "641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b");
    assert_eq!(Root::from_der(der).unwrap(), Root::aws());
}

#[test]
fn a_document_of_aws_is_verified_while_it_is_fresh() {
    let read = verify(AWS_DOCUMENT, &Root::aws(), Timestamp::from_seconds(AWS_NOW)).unwrap();
    assert_eq!(read.module_id, "i-0bee92034f3d60691-enc01943c5eaab3ad6a");
    assert_eq!(read.platform, Kind::Enclave);
    assert_eq!(read.pcrs.len(), 16);
    let at = |seconds| verify(AWS_DOCUMENT, &Root::aws(), Timestamp::from_seconds(AWS_NOW + seconds));
    assert_eq!(at(3600), Err(Fault::Stale));
    assert_eq!(at(4 * 3600), Err(Fault::OutOfTime));
    assert_eq!(at(-3600), Err(Fault::OutOfTime));
}

#[test]
fn a_document_of_aws_is_nothing_under_another_root() {
    let other = Platform::new().trusted();
    assert_eq!(verify(AWS_DOCUMENT, &other, Timestamp::from_seconds(AWS_NOW)), Err(Fault::UnknownRoot));
}

#[test]
fn no_byte_of_a_document_of_aws_can_be_changed_or_left_out() {
    let (root, now) = (Root::aws(), Timestamp::from_seconds(AWS_NOW));
    let mut edited = AWS_DOCUMENT.to_vec();
    for at in 0..AWS_DOCUMENT.len() {
        assert!(verify(&AWS_DOCUMENT[..at], &root, now).is_err(), "cut at {at}");
        edited[at] ^= 1 << (at % 8);
        assert!(verify(&edited, &root, now).is_err(), "changed at {at}");
        edited[at] = AWS_DOCUMENT[at];
    }
    edited.push(0);
    assert!(verify(&edited, &root, now).is_err());
}

#[test]
fn a_document_of_the_own_platform_is_verified_with_its_tag_and_without() {
    let platform = Platform::new();
    let document = platform.document(platform.fields());
    let read = platform.verify(&document).unwrap();
    assert_eq!(read.module_id, "i-0123-enc4567");
    assert_eq!(read.pcrs[&7], [7; 48]);
    assert_eq!(read.public_key.as_deref(), Some(b"a key".as_slice()));
    assert_eq!(platform.verify(&[&[0xd2], document.as_slice()].concat()), Ok(read));
    assert_eq!(platform.verify(&[&[0xd1], document.as_slice()].concat()), Err(Fault::NotSigned));
    assert_eq!(platform.verify(&[&[0xd2, 0xd2], document.as_slice()].concat()), Err(Fault::NotSigned));
}

#[test]
fn every_field_has_its_limits() {
    let platform = Platform::new();
    let (bytes, text) = (|length| Value::Bytes(vec![1; length]), |text: &str| Value::Text(text.into()));
    let bad: &[(&'static str, Vec<Value>)] = &[
        ("module_id", vec![text(""), bytes(3), text(&"m".repeat(257))]),
        ("digest", vec![text("SHA256"), text(""), bytes(6)]),
        ("timestamp", vec![0.into(), (-1).into(), text("1"), Value::Float(1.0)]),
        ("certificate", vec![bytes(0), bytes(1025), text("x")]),
        (
            "cabundle",
            vec![
                Value::Array(vec![]),
                bytes(1),
                Value::Array(vec![bytes(0)]),
                Value::Array(vec![bytes(1025)]),
                Value::Array(vec![text("x")]),
                Value::Array(vec![bytes(1); 17]),
            ],
        ),
        ("public_key", vec![bytes(0), bytes(1025), text("x")]),
        ("user_data", vec![bytes(513), text("x")]),
        ("nonce", vec![bytes(513), text("x")]),
    ];
    for (name, values) in bad {
        for value in values {
            assert_eq!(
                platform.with(name, Some(value.clone())),
                Err(Fault::Invalid(name)),
                "{name} {value:?}"
            );
        }
    }
    for name in ["module_id", "digest", "timestamp", "pcrs", "certificate", "cabundle"] {
        assert_eq!(platform.with(name, None), Err(Fault::Missing(name)));
        assert_eq!(platform.with(name, Some(Value::Null)), Err(Fault::Missing(name)));
    }
    for name in ["public_key", "user_data", "nonce"] {
        assert!(platform.with(name, None).is_ok(), "{name}");
        assert!(platform.with(name, Some(Value::Null)).is_ok(), "{name}");
        assert!(platform.with(name, Some(bytes(512))).is_ok(), "{name}");
    }
}

#[test]
fn registers_are_1_to_32_with_indices_below_32_and_lengths_of_hashes() {
    let platform = Platform::new();
    let pcrs = |pairs: Vec<(Value, Value)>| platform.with("pcrs", Some(Value::Map(pairs)));
    let hash = || Value::Bytes(vec![0; 48]);
    for length in [32, 48, 64] {
        assert!(pcrs(vec![(31.into(), Value::Bytes(vec![0; length]))]).is_ok(), "{length}");
    }
    for length in [0, 31, 33, 47, 49, 63, 65, 128] {
        assert_eq!(pcrs(vec![(0.into(), Value::Bytes(vec![0; length]))]), Err(Fault::Invalid("pcrs")));
    }
    for index in [32.into(), (-1).into(), 256.into(), Value::Text("0".into()), Value::Null] {
        assert_eq!(pcrs(vec![(index, hash())]), Err(Fault::Invalid("pcrs")));
    }
    assert_eq!(pcrs(vec![]), Err(Fault::Invalid("pcrs")));
    assert_eq!(pcrs(vec![(1.into(), hash()), (1.into(), hash())]), Err(Fault::Invalid("pcrs")));
    assert!(pcrs((0..32).map(|index| (index.into(), hash())).collect()).is_ok());
    assert_eq!(pcrs((0..33).map(|index| (index.into(), hash())).collect()), Err(Fault::Invalid("pcrs")));
    let many = |count: i32| (0..count).map(|index| (index.into(), Value::Null)).collect();
    assert_eq!(pcrs(many(3000)), Err(Fault::Invalid("pcrs")));
    assert_eq!(pcrs(many(10_000)), Err(Fault::TooLong));
}

#[test]
fn a_tpm_has_registers_of_its_own_name_and_never_both() {
    let platform = Platform::new();
    let registers = Value::Map(vec![(4.into(), Value::Bytes(vec![9; 48]))]);
    let tpm = platform.changed(|fields| {
        fields.retain(|(name, _)| name.as_text() != Some("pcrs"));
        fields.push(("nitrotpm_pcrs".into(), registers.clone()));
    });
    let tpm = tpm.unwrap();
    assert_eq!(tpm.platform, Kind::NitroTpm);
    assert!(tpm.conditions().iter().all(|(name, _)| name.starts_with("NitroTPMPCR")));
    assert_eq!(platform.with("nitrotpm_pcrs", Some(registers)), Err(Fault::StrangeField));
    assert_eq!(platform.with("nitrotpm_pcrs", Some(Value::Null)), Err(Fault::StrangeField));
}

#[test]
fn strange_and_repeated_fields_are_refused() {
    let platform = Platform::new();
    assert_eq!(platform.with("extra", Some(1.into())), Err(Fault::StrangeField));
    let number = platform.changed(|fields| fields.push((1.into(), 1.into())));
    assert_eq!(number, Err(Fault::StrangeField));
    let twice = platform.changed(|fields| fields.push(("module_id".into(), "other".into())));
    assert_eq!(twice, Err(Fault::StrangeField));
}

#[test]
fn only_aws_s_header_is_taken() {
    let platform = Platform::new();
    let payload = || encode(&Value::Map(platform.fields()));
    for algorithm in [iana::Algorithm::ES256, iana::Algorithm::ES512, iana::Algorithm::EdDSA] {
        let header = HeaderBuilder::new().algorithm(algorithm).build();
        assert_eq!(platform.verify(&platform.sign(payload(), header)), Err(Fault::WrongAlgorithm));
    }
    let none = platform.sign(payload(), HeaderBuilder::new().build());
    assert_eq!(platform.verify(&none), Err(Fault::WrongAlgorithm));
    let more = HeaderBuilder::new().algorithm(iana::Algorithm::ES384).key_id(vec![1]).build();
    assert_eq!(platform.verify(&platform.sign(payload(), more)), Err(Fault::WrongAlgorithm));
}

#[test]
fn a_payload_is_a_map_of_at_most_16384_bytes() {
    let platform = Platform::new();
    let sign = |payload: Vec<u8>| platform.verify(&platform.sign(payload, es384()));
    assert_eq!(sign(vec![]), Err(Fault::Invalid("payload")));
    assert_eq!(sign(vec![0; 16_385]), Err(Fault::Invalid("payload")));
    assert_eq!(sign(vec![0; 16_384]), Err(Fault::NotAMap));
    assert_eq!(sign(encode(&Value::Array(vec![]))), Err(Fault::NotAMap));
    let mut trailing = encode(&Value::Map(platform.fields()));
    trailing.push(0);
    assert_eq!(sign(trailing), Err(Fault::NotAMap));
    assert_eq!(platform.verify(&vec![0; 300_000]), Err(Fault::TooLong));
}

#[test]
fn deep_documents_and_huge_lengths_end_early() {
    let platform = Platform::new();
    for opening in [0x81, 0x9f, 0xbf, 0xd2, 0xc1, 0xdf] {
        assert_eq!(platform.verify(&vec![opening; 16_000]), Err(Fault::NotSigned), "{opening:x}");
        let payload = vec![opening; 16_000];
        assert_eq!(platform.verify(&platform.sign(payload, es384())), Err(Fault::NotAMap), "{opening:x}");
    }
    for kind in [0x5b, 0x7b, 0x9b, 0xbb] {
        let huge = [&[kind], [0xff; 8].as_slice()].concat();
        assert_eq!(platform.verify(&huge), Err(Fault::NotSigned), "{kind:x}");
        assert_eq!(platform.verify(&platform.sign(huge, es384())), Err(Fault::NotAMap), "{kind:x}");
    }
}

#[test]
fn a_payload_that_was_changed_after_it_was_signed_is_refused() {
    let platform = Platform::new();
    let mut document = platform.document(platform.fields());
    let at = document.windows(48).position(|window| window == [3; 48]).unwrap();
    document[at] ^= 1;
    assert_eq!(platform.verify(&document), Err(Fault::WrongSignature));
}

#[test]
fn the_key_of_another_chain_signs_nothing() {
    let (platform, other) = (Platform::new(), Platform::new());
    assert_eq!(platform.verify(&other.document(platform.fields())), Err(Fault::WrongSignature));
    assert_eq!(platform.verify(&other.document(other.fields())), Err(Fault::UnknownRoot));
    // Another chain's certificates behind the root that is trusted.
    let mut mixed = Platform::new();
    mixed.root.clone_from(&platform.root);
    assert_eq!(platform.verify(&mixed.document(mixed.fields())), Err(Fault::BrokenChain));
}

#[test]
fn the_bundle_is_the_whole_chain_in_its_order() {
    let bundle = |change: fn(&mut Vec<Vec<u8>>)| {
        let mut platform = Platform::new();
        let root = platform.trusted();
        change(&mut platform.between);
        verify(&platform.document(platform.fields()), &root, now()).map(drop)
    };
    assert_eq!(bundle(|_| {}), Ok(()));
    assert_eq!(bundle(|between| between.truncate(1)), Err(Fault::BrokenChain));
    assert_eq!(bundle(Vec::clear), Err(Fault::BrokenChain));
    assert!(bundle(|between| between.reverse()).is_err());
    assert!(bundle(|between| between.push(Platform::new().between.remove(0))).is_err());
    assert_eq!(bundle(|between| between[0].truncate(100)), Err(Fault::BadCertificate));
    assert_eq!(bundle(|between| between[0].push(0)), Err(Fault::BadCertificate));
}

/// What becomes of a document of a platform with this chain.
fn judged(authorities: Vec<rcgen::CertificateParams>, signer: rcgen::CertificateParams) -> Result<(), Fault> {
    let platform = Platform::of(authorities, signer);
    platform.verify(&platform.document(platform.fields())).map(drop)
}

#[test]
fn every_certificate_is_within_its_time() {
    let moment = |hours| OffsetDateTime::from_unix_timestamp(NOW).unwrap() + Duration::hours(hours);
    for place in 0..3 {
        for late in [false, true] {
            let mut chain = [authority("root", None), authority("region", None), signer()];
            let times = if late { (moment(1), moment(2)) } else { (moment(-2), moment(-1)) };
            (chain[place].not_before, chain[place].not_after) = times;
            let [root, region, signer] = chain;
            assert_eq!(judged(vec![root, region], signer), Err(Fault::OutOfTime), "{place} {late}");
        }
    }
}

#[test]
fn authorities_must_be_authorities_that_sign_certificates() {
    let root = || authority("root", None);
    let no_usage = params("region", IsCa::Ca(BasicConstraints::Unconstrained), &[]);
    let other_usage =
        params("region", IsCa::Ca(BasicConstraints::Unconstrained), &[KeyUsagePurpose::DigitalSignature]);
    let no_authority = params("region", IsCa::ExplicitNoCa, &[KeyUsagePurpose::KeyCertSign]);
    for region in [no_usage, other_usage, no_authority] {
        assert_eq!(judged(vec![root(), region], signer()), Err(Fault::BadCertificate));
    }
    assert_eq!(judged(vec![root(), authority("region", None)], signer()), Ok(()));
    assert_eq!(judged(vec![root()], signer()), Ok(()));
}

#[test]
fn no_chain_is_longer_than_its_authorities_allow() {
    let chain = |longest: [Option<u8>; 3]| {
        let [root, region, zone] = longest;
        judged(vec![authority("root", root), authority("region", region), authority("zone", zone)], signer())
    };
    assert_eq!(chain([Some(2), Some(1), Some(0)]), Ok(()));
    assert_eq!(chain([Some(1), Some(1), Some(0)]), Err(Fault::BadCertificate));
    assert_eq!(chain([None, Some(0), Some(0)]), Err(Fault::BadCertificate));
    assert_eq!(chain([None, None, None]), Ok(()));
}

#[test]
fn the_signer_is_no_authority_and_may_sign() {
    let root = || vec![authority("root", None)];
    let is_authority = params(
        "signer",
        IsCa::Ca(BasicConstraints::Unconstrained),
        &[KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyCertSign],
    );
    assert_eq!(judged(root(), is_authority), Err(Fault::BadCertificate));
    let may_not = params("signer", IsCa::ExplicitNoCa, &[KeyUsagePurpose::KeyEncipherment]);
    assert_eq!(judged(root(), may_not), Err(Fault::BadCertificate));
    let says_nothing = params("signer", IsCa::ExplicitNoCa, &[]);
    assert_eq!(judged(root(), says_nothing), Err(Fault::BadCertificate));
}

#[test]
fn the_signer_s_key_is_on_p_384() {
    let mut platform = Platform::new();
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let other = Platform::with_key(vec![authority("root", None)], signer(), key);
    platform.root.clone_from(&other.root);
    platform.between.clear();
    platform.leaf.clone_from(&other.leaf);
    assert_eq!(platform.verify(&platform.document(platform.fields())), Err(Fault::BadCertificate));
}

#[test]
fn a_document_is_taken_for_five_minutes() {
    let platform = Platform::new();
    let at = |millis: i64| platform.with("timestamp", Some((NOW * 1000 + millis).into())).map(drop);
    assert_eq!(at(-300_000), Ok(()));
    assert_eq!(at(-300_001), Err(Fault::Stale));
    assert_eq!(at(300_001), Err(Fault::Stale));
    assert_eq!(platform.with("timestamp", Some(u64::MAX.into())), Err(Fault::Stale));
}

#[test]
fn a_root_is_an_authority_s_certificate() {
    let platform = Platform::new();
    assert!(Root::from_der(&platform.root).is_ok());
    assert!(Root::from_der(&platform.leaf).is_err());
    assert!(Root::from_der(b"-----BEGIN CERTIFICATE-----").is_err());
    assert!(Root::from_der(&[]).is_err());
    assert!(Root::from_der(&[platform.root.as_slice(), &[0]].concat()).is_err());
}
