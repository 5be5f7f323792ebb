//! `CiphertextForRecipient`: CMS EnvelopedData (RFC 5652) for one RSA key, byte for byte in AWS's form.
//!
//! AWS leaves the lengths of the outer structures indefinite (BER), and its SDK in C reads no other form: so they are
//! here. What is inside is DER.

use aws_lc_rs::digest;
use der::{
    Encode, EncodeValue, Sequence, Tagged,
    asn1::{Any, Null, ObjectIdentifier, OctetStringRef, SetOfVec},
};

/// What was sealed for a recipient.
#[derive(Debug, Clone, Copy)]
pub struct Sealed<'a> {
    /// The content's key, encrypted by RSAES-OAEP with SHA-256.
    pub key: &'a [u8],
    /// The content's initialisation vector.
    pub iv: &'a [u8; 16],
    /// The content, encrypted by AES-256 in CBC mode with PKCS #7 padding.
    pub content: &'a [u8],
}

/// Content types: enveloped data, data.
const ENVELOPED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.3");
const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const AES_256_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.42");
const RSAES_OAEP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.7");
const MGF1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.8");
const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
/// The version of both structures when the recipient is named by a key identifier.
const VERSION: u8 = 2;
/// A sequence, and a context's tag 0, of indefinite length.
const SEQUENCE: [u8; 2] = [0x30, 0x80];
const CONTEXT_0: [u8; 2] = [0xa0, 0x80];
/// The end of what has an indefinite length.
const END: [u8; 2] = [0, 0];

#[derive(Sequence)]
struct Algorithm {
    algorithm: ObjectIdentifier,
    parameters: Any,
}

/// RSAES-OAEP-params (RFC 4055), the label left to its default.
#[derive(Sequence)]
struct OaepParameters {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    hash: Algorithm,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT")]
    mask: Algorithm,
}

/// KeyTransRecipientInfo, the recipient named by a key identifier.
#[derive(Sequence)]
struct Recipient<'a> {
    version: u8,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    identifier: OctetStringRef<'a>,
    algorithm: Algorithm,
    key: OctetStringRef<'a>,
}

/// Puts what was sealed for the key `spki` into AWS's form. Nothing, if a part is longer than DER can say.
pub fn envelope(spki: &[u8], sealed: &Sealed<'_>) -> Option<Vec<u8>> {
    assemble(&inferred_key_identifier(spki), sealed).ok()
}

/// What names the recipient's key. AWS's has 32 bytes of which it does not say how they come about; whoever has only the
/// key that the document named needs no name for it.
fn inferred_key_identifier(spki: &[u8]) -> [u8; 32] {
    let mut identifier = [0; 32];
    for (to, from) in identifier.iter_mut().zip(digest::digest(&digest::SHA256, spki).as_ref()) {
        *to = *from;
    }
    identifier
}

/// How much of the content is in each piece: as far as is known, AWS's first pieces have this length.
const fn inferred_piece() -> usize {
    1000
}

fn assemble(identifier: &[u8], sealed: &Sealed<'_>) -> der::Result<Vec<u8>> {
    let mut recipients = SetOfVec::new();
    recipients.insert(Any::encode_from(&recipient(identifier, sealed.key)?)?)?;
    let cipher = algorithm(AES_256_CBC, &OctetStringRef::new(sealed.iv)?)?;
    let mut out = Vec::with_capacity(sealed.key.len() + sealed.content.len() + 256);
    out.extend(SEQUENCE);
    ENVELOPED_DATA.encode_to_vec(&mut out)?;
    out.extend(CONTEXT_0);
    out.extend(SEQUENCE);
    VERSION.encode_to_vec(&mut out)?;
    recipients.encode_to_vec(&mut out)?;
    out.extend(SEQUENCE);
    DATA.encode_to_vec(&mut out)?;
    cipher.encode_to_vec(&mut out)?;
    out.extend(CONTEXT_0);
    for piece in sealed.content.chunks(inferred_piece()) {
        OctetStringRef::new(piece)?.encode_to_vec(&mut out)?;
    }
    for _ in 0..5 {
        out.extend(END);
    }
    Ok(out)
}

fn algorithm(
    algorithm: ObjectIdentifier,
    parameters: &(impl Tagged + EncodeValue),
) -> der::Result<Algorithm> {
    Ok(Algorithm { algorithm, parameters: Any::encode_from(parameters)? })
}

fn recipient<'a>(identifier: &'a [u8], key: &'a [u8]) -> der::Result<Recipient<'a>> {
    let hash = algorithm(SHA_256, &Null)?;
    let parameters = OaepParameters { mask: algorithm(MGF1, &hash)?, hash };
    Ok(Recipient {
        version: VERSION,
        identifier: OctetStringRef::new(identifier)?,
        algorithm: algorithm(RSAES_OAEP, &parameters)?,
        key: OctetStringRef::new(key)?,
    })
}
