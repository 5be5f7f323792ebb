//! SecureString: KMS encrypts and decrypts, with the caller's own rights and bound to the parameter's ARN.
//!
//! AWS: a standard parameter's value is encrypted by `Encrypt`; an advanced one's under a data key of `GenerateDataKey`,
//! which is kept beside it as KMS encrypted it.

use crate::fault::{internal, refused_by_kms};
use base64::{Engine, engine::general_purpose::STANDARD};
use gatekey_crypto::RecordKey;
use gatekey_gate::{Allowed, ErrorOf, Passage};
use gatekey_kms::forwarded::{Decrypt, DescribeKey, Encrypt, GenerateDataKey};
use gatekey_model::{
    ApiError, Blob, CommonError, Sensitive,
    kms::{DataKeySpec, DecryptRequest, DescribeKeyRequest, EncryptRequest, GenerateDataKeyRequest},
    ssm::{InternalServerError, InvalidKeyId},
};
use gatekey_parameters::{Tier, Value};
use gatekey_types::{AliasArn, Arn};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// The key of a request that names none.
pub(crate) const DEFAULT_KEY: &str = "alias/aws/ssm";
/// The first byte of an envelope, so that a later form can be told apart.
const FORM: u8 = 1;

/// The encryption context: CloudTrail and key policies see it.
fn context(arn: &Arn) -> Option<BTreeMap<String, String>> {
    Some(BTreeMap::from([("PARAMETER_ARN".to_owned(), arn.to_string())]))
}

/// Encrypts a value under the key that the request names.
///
/// # Errors
/// What KMS refuses, in AWS's words.
pub(crate) async fn encrypt<E>(
    passage: &mut Passage<'_>,
    allowed: &Allowed,
    (arn, key_id, tier): (&Arn, &str, Tier),
    value: &Sensitive<String>,
) -> Result<Value, E>
where
    E: From<CommonError> + From<InvalidKeyId> + From<InternalServerError>,
{
    make_default_key::<E>(passage, allowed, key_id).await?;
    match tier {
        Tier::Standard => by_kms(passage, allowed, (arn, key_id), value).await,
        Tier::Advanced => in_envelope(passage, allowed, (arn, key_id), value).await,
    }
}

/// The AWS managed key of the service exists from its first use on.
async fn make_default_key<E>(passage: &mut Passage<'_>, allowed: &Allowed, key_id: &str) -> Result<(), E>
where
    E: From<CommonError> + From<InvalidKeyId> + From<InternalServerError>,
{
    let Ok(alias) = DEFAULT_KEY.parse() else { return Ok(()) };
    let alias = AliasArn { account: passage.account(), region: passage.region().clone(), alias };
    let exists = passage.snapshot().keyring.alias(&alias).is_some();
    if exists || (key_id != DEFAULT_KEY && key_id != alias.to_string()) {
        return Ok(());
    }
    let request = DescribeKeyRequest { key_id: DEFAULT_KEY.to_owned(), grant_tokens: None };
    let made = passage.forward(allowed).call::<DescribeKey>(&request).await;
    made.map(drop).map_err(refused_by_kms::<E, ErrorOf<DescribeKey>>)
}

async fn by_kms<E>(
    passage: &mut Passage<'_>,
    allowed: &Allowed,
    (arn, key_id): (&Arn, &str),
    value: &Sensitive<String>,
) -> Result<Value, E>
where
    E: From<CommonError> + From<InvalidKeyId> + From<InternalServerError>,
{
    let request = EncryptRequest {
        key_id: key_id.to_owned(),
        plaintext: Sensitive::new(Blob::new(value.expose().clone().into_bytes())),
        encryption_context: context(arn),
        ..EncryptRequest::default()
    };
    let sealed = passage.forward(allowed).call::<Encrypt>(&request).await;
    let sealed = sealed.map_err(refused_by_kms::<E, ErrorOf<Encrypt>>)?;
    let ciphertext = sealed.ciphertext_blob.ok_or_else(|| internal::<E>("KMS gave no ciphertext"))?;
    Ok(Value::Encrypted(STANDARD.encode(ciphertext.as_slice())))
}

async fn in_envelope<E>(
    passage: &mut Passage<'_>,
    allowed: &Allowed,
    (arn, key_id): (&Arn, &str),
    value: &Sensitive<String>,
) -> Result<Value, E>
where
    E: From<CommonError> + From<InvalidKeyId> + From<InternalServerError>,
{
    let request = GenerateDataKeyRequest {
        key_id: key_id.to_owned(),
        encryption_context: context(arn),
        key_spec: Some(DataKeySpec::Aes256),
        ..GenerateDataKeyRequest::default()
    };
    let made = passage.forward(allowed).call::<GenerateDataKey>(&request).await;
    let made = made.map_err(refused_by_kms::<E, ErrorOf<GenerateDataKey>>)?;
    let none = || internal::<E>("KMS gave no data key");
    let wrapped = made.ciphertext_blob.ok_or_else(none)?;
    let key = made.plaintext.and_then(|plain| data_key(&plain)).ok_or_else(none)?;
    let sealed = key.seal(arn.as_str().as_bytes(), value.expose().as_bytes(), passage.entropy());
    let sealed = sealed.map_err(internal::<E>)?;
    let envelope = envelope(wrapped.as_slice(), &sealed).ok_or_else(none)?;
    Ok(Value::Enveloped(STANDARD.encode(envelope)))
}

fn data_key(plain: &Sensitive<Blob>) -> Option<RecordKey> {
    let mut secret = Zeroizing::new([0; 32]);
    let bytes = plain.expose().as_slice();
    (bytes.len() == secret.len()).then(|| {
        secret.copy_from_slice(bytes);
        RecordKey::from_bytes(secret)
    })
}

/// The form, the length of the wrapped key, the wrapped key, the sealed value.
fn envelope(wrapped: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let length = u16::try_from(wrapped.len()).ok()?.to_be_bytes();
    Some([&[FORM], length.as_slice(), wrapped, sealed].concat())
}

/// The wrapped key and the sealed value.
fn opened_envelope(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (form, rest) = bytes.split_first()?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    if *form != FORM {
        return None;
    }
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

/// A value as an answer has it: in the clear if that is asked for, or as it is stored.
///
/// # Errors
/// What KMS refuses, in AWS's words.
pub(crate) async fn reveal<E>(
    passage: &mut Passage<'_>,
    allowed: &Allowed,
    arn: &Arn,
    value: Value,
    decrypt: bool,
) -> Result<Sensitive<String>, E>
where
    E: From<CommonError> + From<InvalidKeyId> + From<InternalServerError>,
{
    let plain = match value {
        Value::Plain(text) => return Ok(Sensitive::new(text)),
        Value::Encrypted(text) | Value::Enveloped(text) if !decrypt => return Ok(Sensitive::new(text)),
        Value::Encrypted(text) => {
            let ciphertext = STANDARD.decode(text).map_err(internal::<E>)?;
            decrypted::<E>(passage, allowed, arn, ciphertext).await?.expose().as_slice().to_vec()
        }
        Value::Enveloped(text) => {
            let bytes = STANDARD.decode(text).map_err(internal::<E>)?;
            let torn = || internal::<E>("an envelope cannot be opened");
            let (wrapped, sealed) = opened_envelope(&bytes).ok_or_else(torn)?;
            let key = decrypted::<E>(passage, allowed, arn, wrapped.to_vec()).await?;
            let key = data_key(&key).ok_or_else(torn)?;
            key.open(arn.as_str().as_bytes(), sealed).map_err(|_| torn())?.to_vec()
        }
    };
    String::from_utf8(plain).map(Sensitive::new).map_err(|_| internal("a value is not text"))
}

async fn decrypted<E>(
    passage: &mut Passage<'_>,
    allowed: &Allowed,
    arn: &Arn,
    ciphertext: Vec<u8>,
) -> Result<Sensitive<Blob>, E>
where
    E: From<CommonError> + From<InvalidKeyId> + From<InternalServerError>,
    ErrorOf<Decrypt>: ApiError,
{
    let request = DecryptRequest {
        ciphertext_blob: Some(Blob::new(ciphertext)),
        encryption_context: context(arn),
        ..DecryptRequest::default()
    };
    let opened = passage.forward(allowed).call::<Decrypt>(&request).await;
    let opened = opened.map_err(refused_by_kms::<E, ErrorOf<Decrypt>>)?;
    opened.plaintext.ok_or_else(|| internal("KMS gave no plaintext"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_opens_as_it_was_closed_and_a_torn_one_does_not() {
        let whole = envelope(b"wrapped", b"sealed").unwrap();
        assert_eq!(opened_envelope(&whole), Some((b"wrapped".as_slice(), b"sealed".as_slice())));
        assert_eq!(opened_envelope(&whole[..9]), None);
        assert_eq!(opened_envelope(&[2, 0, 0]), None);
        assert_eq!(opened_envelope(&[]), None);
        assert!(envelope(&[0; 65_536], b"").is_none());
    }
}
