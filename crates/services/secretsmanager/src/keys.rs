//! What is asked of KMS, with the caller's own rights: data keys, made for a version and opened again.

use crate::fault::internal;
use gatekey_gate::{Allowed, Passage, Unfulfilled};
use gatekey_keyring::KeySelector;
use gatekey_kms::forwarded::{Decrypt, DescribeKey, Encrypt, GenerateDataKey};
use gatekey_model::{
    ApiError, Blob, CommonError, Sensitive,
    common::AccessDeniedException,
    kms::{DataKeySpec, DecryptRequest, DescribeKeyRequest, EncryptRequest, GenerateDataKeyRequest},
    secretsmanager::{DecryptionFailure, EncryptionFailure, InternalServiceError},
};
use gatekey_secrets::SecretKey;
use gatekey_types::{AccountId, Arn, Region};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// The alias of the key that secrets have where their owner names none.
const DEFAULT: &str = "alias/aws/secretsmanager";
/// In the place of a version's id, when nothing but the caller's rights is to be found out.
const VALIDATION: &str = "RequestToValidateKeyAccess";

/// The bytes of a data key.
pub(crate) type DataKey = Zeroizing<[u8; 32]>;

/// What KMS did not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The caller may not use the key.
    Denied,
    /// The key cannot be used now, or is not of the right kind, or is not there.
    Unusable,
    /// KMS failed, or the answer may not be told.
    Failed,
}

/// A version of a secret, as KMS is told of it: its key, and the encryption context.
#[derive(Clone)]
pub(crate) struct Scope<'a> {
    /// Whose the secret is, and where.
    pub(crate) key: &'a SecretKey,
    /// The secret's ARN.
    pub(crate) arn: &'a Arn,
    /// The version's id.
    pub(crate) version: &'a str,
}

impl Scope<'_> {
    fn context(&self) -> Option<BTreeMap<String, String>> {
        let pairs = [("SecretARN", self.arn.as_str()), ("SecretVersionId", self.version)];
        Some(pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// The same for a request that only finds out whether the caller may use the key.
    pub(crate) fn of_validation(&self) -> Self {
        Self { version: VALIDATION, ..self.clone() }
    }
}

/// The ARN of the key that a secret's owner named, by id, alias or ARN; without a name, of the default key's alias. An id
/// or an alias means a key of the secret's own account, whoever asks.
pub(crate) fn key_arn(account: AccountId, region: &Region, named: Option<&str>) -> String {
    let named = named.filter(|named| !named.is_empty()).unwrap_or(DEFAULT);
    let partition = region.partition();
    match named {
        _ if named.starts_with("arn:") => named.to_owned(),
        _ if named.starts_with("alias/") => format!("arn:{partition}:kms:{region}:{account}:{named}"),
        _ => format!("arn:{partition}:kms:{region}:{account}:key/{named}"),
    }
}

/// Whether a secret's key is the account's own `aws/secretsmanager`.
pub(crate) fn is_default(named: Option<&str>) -> bool {
    named.is_none_or(|named| named.is_empty() || named.ends_with(DEFAULT))
}

/// Has KMS make a data key under this key.
pub(crate) async fn generate(
    passage: &mut Passage<'_>,
    allowed: &Allowed,
    scope: &Scope<'_>,
    key: &str,
) -> Result<(DataKey, Vec<u8>), Refusal> {
    let key = made(passage, allowed, scope, key).await?;
    let request = GenerateDataKeyRequest {
        key_id: key,
        key_spec: Some(DataKeySpec::Aes256),
        encryption_context: scope.context(),
        ..GenerateDataKeyRequest::default()
    };
    let forward = passage.forward(allowed).in_region(&scope.key.region);
    let answer = { forward }.call::<GenerateDataKey>(&request).await.map_err(refusal)?;
    let wrapped = answer.ciphertext_blob.ok_or(Refusal::Failed)?;
    Ok((bytes(answer.plaintext)?, wrapped.into_vec()))
}

/// Has KMS open a data key.
pub(crate) async fn open(
    passage: &mut Passage<'_>,
    allowed: &Allowed,
    scope: &Scope<'_>,
    wrapped: Vec<u8>,
) -> Result<DataKey, Refusal> {
    let request = DecryptRequest {
        ciphertext_blob: Some(Blob::new(wrapped)),
        encryption_context: scope.context(),
        ..DecryptRequest::default()
    };
    let forward = passage.forward(allowed).in_region(&scope.key.region);
    let answer = { forward }.call::<Decrypt>(&request).await.map_err(refusal)?;
    bytes(answer.plaintext)
}

/// Has KMS encrypt a data key under another key.
pub(crate) async fn wrap(
    passage: &mut Passage<'_>,
    allowed: &Allowed,
    scope: &Scope<'_>,
    key: &str,
    data_key: &DataKey,
) -> Result<Vec<u8>, Refusal> {
    let key = made(passage, allowed, scope, key).await?;
    let request = EncryptRequest {
        key_id: key,
        plaintext: Sensitive::new(Blob::new(data_key.to_vec())),
        encryption_context: scope.context(),
        ..EncryptRequest::default()
    };
    let forward = passage.forward(allowed).in_region(&scope.key.region);
    let answer = { forward }.call::<Encrypt>(&request).await.map_err(refusal)?;
    Ok(answer.ciphertext_blob.ok_or(Refusal::Failed)?.into_vec())
}

/// Finds out whether the caller may use a key that a secret is to have, as AWS does.
pub(crate) async fn validate(
    passage: &mut Passage<'_>,
    allowed: &Allowed,
    scope: &Scope<'_>,
    key: &str,
) -> Result<(), Refusal> {
    let scope = scope.of_validation();
    let (_, wrapped) = generate(passage, allowed, &scope, key).await?;
    open(passage, allowed, &scope, wrapped).await.map(|_| ())
}

/// The key; the default one is made on first use, by who may.
async fn made(
    passage: &mut Passage<'_>,
    allowed: &Allowed,
    scope: &Scope<'_>,
    key: &str,
) -> Result<String, Refusal> {
    let own = passage.account() == scope.key.account;
    if own && key.ends_with(DEFAULT) && !exists(passage, &scope.key.region, key) {
        let request = DescribeKeyRequest { key_id: DEFAULT.to_owned(), grant_tokens: None };
        let forward = passage.forward(allowed).in_region(&scope.key.region);
        { forward }.call::<DescribeKey>(&request).await.map_err(refusal)?;
    }
    Ok(key.to_owned())
}

/// Whether there is a key of this alias by now.
fn exists(passage: &Passage<'_>, region: &Region, alias: &str) -> bool {
    let selector = KeySelector::parse(alias, passage.account(), region);
    let Ok(KeySelector::Alias(arn)) = selector else { return true };
    passage.gate().snapshot().keyring.key_of_alias(&arn, passage.now()).is_some()
}

fn bytes(plaintext: Option<Sensitive<Blob>>) -> Result<DataKey, Refusal> {
    let plaintext = plaintext.ok_or(Refusal::Failed)?;
    let mut key = Zeroizing::new([0; 32]);
    let bytes = plaintext.expose().as_slice();
    if bytes.len() != key.len() {
        return Err(Refusal::Failed);
    }
    key.copy_from_slice(bytes);
    Ok(key)
}

fn refusal<E: ApiError>(unfulfilled: Unfulfilled<E>) -> Refusal {
    match unfulfilled {
        Unfulfilled::Refused { error, .. } => match error.code() {
            "AccessDeniedException" => Refusal::Denied,
            _ if error.info().fault => Refusal::Failed,
            _ => inferred_every_other_refusal_is_the_keys(),
        },
        Unfulfilled::Unknown => Refusal::Failed,
    }
}

/// AWS lists EncryptionFailure and DecryptionFailure for keys that are disabled or in a wrong state, and does not say what
/// it answers of keys that are of a wrong kind or not there.
fn inferred_every_other_refusal_is_the_keys() -> Refusal {
    Refusal::Unusable
}

/// The error of an operation whose value could not be encrypted.
pub(crate) fn not_encrypted<E>(refusal: Refusal) -> E
where
    E: From<CommonError> + From<EncryptionFailure> + From<InternalServiceError>,
{
    match refusal {
        Refusal::Denied => denied(),
        Refusal::Unusable => EncryptionFailure::new(
            "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that the KMS key \
             is available, enabled, and not in an invalid state.",
        )
        .into(),
        Refusal::Failed => internal("KMS did not make a data key"),
    }
}

/// The error of an operation whose value could not be decrypted.
pub(crate) fn not_decrypted<E>(refusal: Refusal) -> E
where
    E: From<CommonError> + From<DecryptionFailure> + From<InternalServiceError>,
{
    match refusal {
        Refusal::Denied => denied(),
        Refusal::Unusable => DecryptionFailure::new(
            "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
        )
        .into(),
        Refusal::Failed => internal("KMS did not open a data key"),
    }
}

fn denied<E: From<CommonError>>() -> E {
    CommonError::from(AccessDeniedException::new("Access to KMS is not allowed")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_secrets_own_accounts_unless_its_arn_says_otherwise() {
        let (account, region) = ("111122223333".parse().unwrap(), "eu-west-1".parse().unwrap());
        let arn = |named| key_arn(account, &region, named);
        let own = "arn:aws:kms:eu-west-1:111122223333:";
        assert_eq!(arn(None), format!("{own}alias/aws/secretsmanager"));
        assert_eq!(arn(Some("")), format!("{own}alias/aws/secretsmanager"));
        assert_eq!(arn(Some("alias/a")), format!("{own}alias/a"));
        assert_eq!(arn(Some("1234")), format!("{own}key/1234"));
        let other = "arn:aws:kms:eu-west-1:444455556666:key/1234";
        assert_eq!(arn(Some(other)), other);
        assert!(is_default(None) && is_default(Some("alias/aws/secretsmanager")) && !is_default(Some(other)));
    }

    #[test]
    fn inferred_every_other_refusal_is_the_keys() {
        let error = gatekey_model::kms::DisabledException::bare();
        let id = gatekey_types::RequestId::from_random([0; 16]);
        assert_eq!(refusal(Unfulfilled::Refused { error, id }), Refusal::Unusable);
    }
}
