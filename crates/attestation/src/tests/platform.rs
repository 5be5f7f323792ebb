//! A platform of the tests' own: its root, its chain, and documents that it signs, good and bad.

use crate::{Attestation, AttestationFault, Root, verify};
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair},
};
use ciborium::Value;
use coset::{AsCborValue, CoseSign1, CoseSign1Builder, Header, HeaderBuilder, iana};
use gatekey_types::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P384_SHA384,
};
use time::{Duration, OffsetDateTime};

/// The moment of the tests, in seconds since 1970.
pub(crate) const NOW: i64 = 1_800_000_000;

pub(crate) fn now() -> Timestamp {
    Timestamp::from_seconds(NOW)
}

/// A certificate in the making: valid an hour around now.
pub(crate) fn params(name: &str, is_ca: IsCa, usages: &[KeyUsagePurpose]) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = is_ca;
    params.key_usages = usages.to_vec();
    let now = OffsetDateTime::from_unix_timestamp(NOW).unwrap();
    params.not_before = now - Duration::hours(1);
    params.not_after = now + Duration::hours(1);
    params
}

pub(crate) fn authority(name: &str, longest: Option<u8>) -> CertificateParams {
    let limits = longest.map_or(BasicConstraints::Unconstrained, BasicConstraints::Constrained);
    params(name, IsCa::Ca(limits), &[KeyUsagePurpose::KeyCertSign])
}

pub(crate) fn signer() -> CertificateParams {
    params("signer", IsCa::ExplicitNoCa, &[KeyUsagePurpose::DigitalSignature])
}

/// A chain of certificates and the keys of its two ends.
pub(crate) struct Platform {
    pub(crate) root: Vec<u8>,
    pub(crate) between: Vec<Vec<u8>>,
    pub(crate) leaf: Vec<u8>,
    key: KeyPair,
}

impl Platform {
    /// The usual: a root, two authorities between, a signer.
    pub(crate) fn new() -> Self {
        Self::of(
            vec![authority("root", None), authority("region", Some(1)), authority("zone", Some(0))],
            signer(),
        )
    }

    /// A chain of these authorities, the root first.
    pub(crate) fn of(authorities: Vec<CertificateParams>, signer: CertificateParams) -> Self {
        Self::with_key(authorities, signer, KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap())
    }

    pub(crate) fn with_key(
        authorities: Vec<CertificateParams>,
        signer: CertificateParams,
        key: KeyPair,
    ) -> Self {
        let mut ders: Vec<Vec<u8>> = Vec::new();
        let mut issuer: Option<Issuer<'static, KeyPair>> = None;
        for params in authorities {
            let own = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
            let made = match &issuer {
                None => params.self_signed(&own),
                Some(issuer) => params.signed_by(&own, issuer),
            };
            ders.push(made.unwrap().der().to_vec());
            issuer = Some(Issuer::new(params, own));
        }
        let leaf = signer.signed_by(&key, &issuer.unwrap()).unwrap().der().to_vec();
        Self { root: ders.remove(0), between: ders, leaf, key }
    }

    pub(crate) fn trusted(&self) -> Root {
        Root::from_der(&self.root).unwrap()
    }

    /// The fields of a good document.
    pub(crate) fn fields(&self) -> Vec<(Value, Value)> {
        let bundle = [&self.root].into_iter().chain(&self.between).map(|der| Value::Bytes(der.clone()));
        let pcrs = (0..16_u8).map(|index| (index.into(), Value::Bytes(vec![index; 48])));
        [
            ("module_id", "i-0123-enc4567".into()),
            ("digest", "SHA384".into()),
            ("timestamp", (NOW * 1000).into()),
            ("pcrs", Value::Map(pcrs.collect())),
            ("certificate", Value::Bytes(self.leaf.clone())),
            ("cabundle", Value::Array(bundle.collect())),
            ("public_key", Value::Bytes(b"a key".to_vec())),
            ("user_data", Value::Null),
            ("nonce", Value::Null),
        ]
        .map(|(name, value)| (name.into(), value))
        .into()
    }

    /// A document with these fields.
    pub(crate) fn document(&self, fields: Vec<(Value, Value)>) -> Vec<u8> {
        self.sign(encode(&Value::Map(fields)), es384())
    }

    /// Any payload under any header, signed as it should be.
    pub(crate) fn sign(&self, payload: Vec<u8>, header: Header) -> Vec<u8> {
        let key =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, &self.key.serialize_der()).unwrap();
        let signed = |data: &[u8]| key.sign(&SystemRandom::new(), data).unwrap().as_ref().to_vec();
        let sign1: CoseSign1 =
            CoseSign1Builder::new().protected(header).payload(payload).create_signature(&[], signed).build();
        encode(&sign1.to_cbor_value().unwrap())
    }

    pub(crate) fn verify(&self, document: &[u8]) -> Result<Attestation, AttestationFault> {
        verify(document, &self.trusted(), now())
    }

    /// What becomes of a document whose fields were changed before it was signed.
    pub(crate) fn changed(
        &self,
        change: impl FnOnce(&mut Vec<(Value, Value)>),
    ) -> Result<Attestation, AttestationFault> {
        let mut fields = self.fields();
        change(&mut fields);
        self.verify(&self.document(fields))
    }

    /// The same with one field set, or removed.
    pub(crate) fn with(&self, name: &str, value: Option<Value>) -> Result<Attestation, AttestationFault> {
        self.changed(|fields| {
            fields.retain(|(known, _)| known.as_text() != Some(name));
            fields.extend(value.map(|value| (name.into(), value)));
        })
    }
}

pub(crate) fn es384() -> Header {
    HeaderBuilder::new().algorithm(iana::Algorithm::ES384).build()
}

pub(crate) fn encode(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}
