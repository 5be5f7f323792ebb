//! The document as it is written: COSE_Sign1 (RFC 9052) around a CBOR map, within the limits that AWS documents.

use crate::{AttestationFault as Fault, Platform};
use ciborium::Value;
use coset::{AsCborValue, CoseSign1, Header, iana};
use std::collections::BTreeMap;

/// Most bytes of a payload (AWS).
const LONGEST_PAYLOAD: usize = 16_384;
/// Most bytes of a document: a payload, its signature and what is around them.
pub const LONGEST_DOCUMENT: usize = LONGEST_PAYLOAD + 256;
/// Most bytes of the protected header: AWS's has four.
const LONGEST_HEADER: usize = 64;
/// Bytes of an ES384 signature.
const SIGNATURE: usize = 96;
/// How deep a document may nest: three are needed.
const DEEPEST: usize = 8;
/// COSE_Sign1's tag, which a document may have or not.
const TAG: u64 = 18;
/// Most characters of a module's id, whose length AWS does not limit.
const LONGEST_MODULE: usize = 256;
/// Most certificates of a bundle, whose number AWS does not limit: real ones have four.
const MOST_CERTIFICATES: usize = 16;
/// Most bytes of a certificate, and of a public key (AWS).
const LONGEST_ITEM: usize = 1024;
/// Most bytes of `user_data` and `nonce` (AWS).
const LONGEST_DATA: usize = 512;
/// Most PCRs, and the first index that there cannot be (AWS).
const MOST_PCRS: usize = 32;

/// A document that was read, but that nobody has verified yet.
#[derive(Debug)]
pub(crate) struct Document {
    sign1: CoseSign1,
    pub(crate) module_id: String,
    /// When it was made, in milliseconds since 1970.
    pub(crate) timestamp: u64,
    pub(crate) platform: Platform,
    pub(crate) pcrs: BTreeMap<u8, Vec<u8>>,
    pub(crate) certificate: Vec<u8>,
    pub(crate) cabundle: Vec<Vec<u8>>,
    pub(crate) public_key: Option<Vec<u8>>,
}

impl Document {
    /// Reads a document, with COSE's tag or without.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        if bytes.len() > LONGEST_DOCUMENT {
            return Err(Fault::TooLong);
        }
        let sign1 = sign1(bytes)?;
        let payload = sign1.payload.as_deref().unwrap_or_default();
        if payload.is_empty() || payload.len() > LONGEST_PAYLOAD {
            return Err(Fault::Invalid("payload"));
        }
        let mut fields = Fields::read(payload)?;
        let document = fields.document(sign1)?;
        if fields.0.is_empty() { Ok(document) } else { Err(Fault::StrangeField) }
    }

    /// Lets `check` verify the signature: it is given the signature and what was signed.
    pub(crate) fn verify_signature(
        &self,
        check: impl FnOnce(&[u8], &[u8]) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.sign1.verify_signature(&[], check)
    }
}

/// One CBOR value and nothing behind it.
fn value(mut bytes: &[u8]) -> Option<Value> {
    let value = ciborium::de::from_reader_with_recursion_limit(&mut bytes, DEEPEST).ok()?;
    bytes.is_empty().then_some(value)
}

/// The signed structure; only AWS's header is taken.
fn sign1(bytes: &[u8]) -> Result<CoseSign1, Fault> {
    let structure = match value(bytes).ok_or(Fault::NotSigned)? {
        Value::Tag(TAG, inner) => *inner,
        other => other,
    };
    let header = structure.as_array().and_then(|parts| parts.first()).and_then(Value::as_bytes);
    if header.is_none_or(|header| header.len() > LONGEST_HEADER) {
        return Err(Fault::NotSigned);
    }
    let sign1 = CoseSign1::from_cbor_value(structure).map_err(|_| Fault::NotSigned)?;
    let es384 = coset::Algorithm::Assigned(iana::Algorithm::ES384);
    let wanted = Header { alg: Some(es384), ..Header::default() };
    if sign1.protected.header != wanted || !sign1.unprotected.is_empty() {
        return Err(Fault::WrongAlgorithm);
    }
    if sign1.signature.len() != SIGNATURE {
        return Err(Fault::Invalid("signature"));
    }
    Ok(sign1)
}

/// The payload's fields that were not looked at yet.
struct Fields(BTreeMap<String, Value>);

impl Fields {
    fn read(payload: &[u8]) -> Result<Self, Fault> {
        let Some(Value::Map(pairs)) = value(payload) else { return Err(Fault::NotAMap) };
        let mut fields = BTreeMap::new();
        for (name, value) in pairs {
            let Value::Text(name) = name else { return Err(Fault::StrangeField) };
            if fields.insert(name, value).is_some() {
                return Err(Fault::StrangeField);
            }
        }
        Ok(Self(fields))
    }

    fn document(&mut self, sign1: CoseSign1) -> Result<Document, Fault> {
        if self.text("digest")? != "SHA384" {
            return Err(Fault::Invalid("digest"));
        }
        let (platform, pcrs) = self.pcrs()?;
        for name in ["user_data", "nonce"] {
            self.optional(name, 0..=LONGEST_DATA)?;
        }
        Ok(Document {
            sign1,
            module_id: self.module_id()?,
            timestamp: self.timestamp()?,
            platform,
            pcrs,
            certificate: bytes(self.required("certificate")?, "certificate", 1..=LONGEST_ITEM)?,
            cabundle: self.cabundle()?,
            public_key: self.optional("public_key", 1..=LONGEST_ITEM)?,
        })
    }

    /// Takes a field that must be there; null is as good as absent.
    fn required(&mut self, name: &'static str) -> Result<Value, Fault> {
        self.0.remove(name).filter(|value| !value.is_null()).ok_or(Fault::Missing(name))
    }

    /// Takes bytes that need not be there. AWS's text forbids null, but its hypervisor writes it for what was not given.
    fn optional(
        &mut self,
        name: &'static str,
        lengths: core::ops::RangeInclusive<usize>,
    ) -> Result<Option<Vec<u8>>, Fault> {
        let given = self.0.remove(name).filter(|value| !value.is_null());
        given.map(|value| bytes(value, name, lengths)).transpose()
    }

    fn text(&mut self, name: &'static str) -> Result<String, Fault> {
        self.required(name)?.into_text().map_err(|_| Fault::Invalid(name))
    }

    fn module_id(&mut self) -> Result<String, Fault> {
        let id = self.text("module_id")?;
        if id.is_empty() || id.len() > LONGEST_MODULE { Err(Fault::Invalid("module_id")) } else { Ok(id) }
    }

    fn timestamp(&mut self) -> Result<u64, Fault> {
        let number = self.required("timestamp")?.into_integer().ok();
        let number = number.and_then(|number| u64::try_from(number).ok());
        number.filter(|millis| *millis > 0).ok_or(Fault::Invalid("timestamp"))
    }

    /// The registers of an enclave, or those of a TPM, under names of their own: never both.
    fn pcrs(&mut self) -> Result<(Platform, BTreeMap<u8, Vec<u8>>), Fault> {
        let tpm = self.0.remove("nitrotpm_pcrs");
        let (platform, map) = match tpm {
            Some(map) if self.0.contains_key("pcrs") || map.is_null() => return Err(Fault::StrangeField),
            Some(map) => (Platform::NitroTpm, map),
            None => (Platform::Enclave, self.required("pcrs")?),
        };
        let pairs = map.into_map().map_err(|_| Fault::Invalid("pcrs"))?;
        if pairs.is_empty() || pairs.len() > MOST_PCRS {
            return Err(Fault::Invalid("pcrs"));
        }
        let mut pcrs = BTreeMap::new();
        for (index, value) in pairs {
            let (index, value) = pcr(index, value)?;
            if pcrs.insert(index, value).is_some() {
                return Err(Fault::Invalid("pcrs"));
            }
        }
        Ok((platform, pcrs))
    }

    fn cabundle(&mut self) -> Result<Vec<Vec<u8>>, Fault> {
        let list = self.required("cabundle")?.into_array().map_err(|_| Fault::Invalid("cabundle"))?;
        if list.is_empty() || list.len() > MOST_CERTIFICATES {
            return Err(Fault::Invalid("cabundle"));
        }
        list.into_iter().map(|item| bytes(item, "cabundle", 1..=LONGEST_ITEM)).collect()
    }
}

/// One register: 0 to 31, a hash of 32, 48 or 64 bytes.
fn pcr(index: Value, value: Value) -> Result<(u8, Vec<u8>), Fault> {
    let index = index.into_integer().ok().and_then(|index| u8::try_from(index).ok());
    let index = index.filter(|index| usize::from(*index) < MOST_PCRS).ok_or(Fault::Invalid("pcrs"))?;
    let value = bytes(value, "pcrs", 32..=64)?;
    if matches!(value.len(), 32 | 48 | 64) { Ok((index, value)) } else { Err(Fault::Invalid("pcrs")) }
}

fn bytes(
    value: Value,
    name: &'static str,
    lengths: core::ops::RangeInclusive<usize>,
) -> Result<Vec<u8>, Fault> {
    let bytes = value.into_bytes().map_err(|_| Fault::Invalid(name))?;
    if lengths.contains(&bytes.len()) { Ok(bytes) } else { Err(Fault::Invalid(name)) }
}
