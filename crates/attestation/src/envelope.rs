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

#[cfg(test)]
mod tests {
    use super::*;

    /// An answer of AWS KMS to Decrypt, of January 2025 in eu-central-1, whose lengths these are.
    const ANSWER: &str = concat!(
        "308006092a864886f70d010703a08030800201023182016b308201670201028020a5281703e7f074991fdabdc30b83edc8c3a131ee",
        "cafb5ed21c15f9c7fc1a23f9303c06092a864886f70d010107302fa00f300d06096086480165030402010500a11c301a06092a8648",
        "86f70d010108300d06096086480165030402010500048201009f974f1e780788b9d30ca9cad9c1d8ec580c1eb13447bd26cd356541",
        "02d48a36dbea92e22a611920b391a0706b0e2dfe7250d4a304301398bff3531b5a49bb0164e8aec196a7aac3ac0ae7d9bed042b632",
        "f33bc4e1718abdcf5df7a73da6003fb6e14ae35169a444138977b3ec9b138d9bf22d834c0f37d5e63aa3fafbb88f11ffde750859db",
        "f7cd973fb91df384fa81ea14f188f76f52b235b960a8bb749e0d3bfec0d43c6c0334937509e8e5183d4523bbb30f0c098578a3204f",
        "ffc5d3c9830ab9409dc7aa4f675596290401c652953522326c7a07004e83c534be4154f7095342a445901289ecbeef8ff1b695fb0b",
        "800a2a03e5331eac38d0c4a5b284f604308006092a864886f70d010701301d060960864801650304012a04105aab36bcfa098ce7cd",
        "e7ea47f3f51957a0800420469d82fa4b12cf68a18be23bd1ef737f1e2d15f0c8f171477afb6c4e4000e41b00000000000000000000",
    );

    #[test]
    fn the_form_is_that_of_an_answer_of_aws() {
        let answer = hex::decode(ANSWER).unwrap();
        let part = |hex: &str, length: usize| {
            let marker = hex::decode(hex).unwrap();
            let at = answer.windows(marker.len()).position(|window| window == marker).unwrap() + marker.len();
            answer[at..at + length].to_vec()
        };
        let (identifier, key) =
            (part("0201028020", 32), part("0500048201 00".replace(' ', "").as_str(), 256));
        let (iv, content) = (part("01650304012a0410", 16), part("a0800420", 32));
        let sealed = Sealed { key: &key, iv: iv.as_slice().try_into().unwrap(), content: &content };
        assert_eq!(hex::encode(assemble(&identifier, &sealed).unwrap()), ANSWER);
    }

    #[test]
    fn inferred_key_identifier_is_the_hash_of_the_key() {
        assert_eq!(inferred_key_identifier(b"abc")[..4], [0xba, 0x78, 0x16, 0xbf]);
    }

    #[test]
    fn inferred_piece_cuts_long_content() {
        let sealed = Sealed { key: &[1; 256], iv: &[2; 16], content: &[3; 2500] };
        let out = envelope(b"key", &sealed).unwrap();
        let heads: Vec<usize> = [[0x04, 0x82, 0x03, 0xe8], [0x04, 0x82, 0x01, 0xf4]]
            .iter()
            .map(|head| out.windows(4).filter(|window| window == head).count())
            .collect();
        assert_eq!(heads, [2, 1]);
    }
}
