//! What the operations on imported material share: which keys take it, how it is wrapped, and how refusals are told.

use crate::{
    fault::{internal, invalid, unsupported},
    material,
};
use gatekey_crypto::{ImportFault as Unfit, KeySpec as MaterialSpec, WrappingAlgorithm, WrappingSpec};
use gatekey_gate::{BadImportToken, Found, NotImported, Passage};
use gatekey_keyring::{ImportFault, Key, KeySpec, MaterialRecord};
use gatekey_model::kms::{
    AlgorithmSpec, ExpirationModelType, ExpiredImportTokenException, ImportKeyMaterialError,
    ImportKeyMaterialRequest, IncorrectKeyMaterialException, InvalidCiphertextException,
    InvalidImportTokenException, KMSInvalidStateException, UnsupportedOperationException, WrappingKeySpec,
};
use gatekey_types::{KeyArn, KeyMaterialId, Timestamp};
use serde::Serialize;

/// Imported material lasts so many days at most, if it expires.
const MOST_DAYS: i64 = 365;

/// What an event tells of the answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Told<'a> {
    pub(crate) key_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_material_id: Option<&'a str>,
}

/// The key takes imported material.
pub(crate) fn takes<E: From<UnsupportedOperationException>>(key: &Key) -> Result<(), E> {
    key.takes_imports().map_err(unsupported)
}

/// How material of this spec is to be wrapped, if it can be wrapped so.
pub(crate) fn wrapping<E: From<UnsupportedOperationException>>(
    spec: KeySpec,
    algorithm: AlgorithmSpec,
    wrapping: WrappingKeySpec,
) -> Result<(WrappingAlgorithm, WrappingSpec), E> {
    let refused = || {
        let text = inferred_unsuited(spec, algorithm, wrapping);
        E::from(UnsupportedOperationException::new(text))
    };
    let known = algorithm_of(algorithm).zip(spec_of(wrapping)).ok_or_else(refused)?;
    let material = material::spec_of(spec).filter(|spec| inferred_is_imported(*spec)).ok_or_else(refused)?;
    if known.0.suits(known.1, material) { Ok(known) } else { Err(refused()) }
}

/// AWS documents which algorithm suits which key, but not how it refuses the others.
fn inferred_unsuited(spec: KeySpec, algorithm: AlgorithmSpec, wrapping: WrappingKeySpec) -> String {
    format!(
        "WrappingAlgorithm {} with WrappingKeySpec {} is not supported for key material of KeySpec {spec}.",
        algorithm.as_str(),
        wrapping.as_str()
    )
}

/// AWS refuses RSAES_PKCS1_V1_5 since October 2023, and has SM2PKE in the China Regions only.
fn algorithm_of(algorithm: AlgorithmSpec) -> Option<WrappingAlgorithm> {
    match algorithm {
        AlgorithmSpec::RsaesOaepSha1 => Some(WrappingAlgorithm::RsaesOaepSha1),
        AlgorithmSpec::RsaesOaepSha256 => Some(WrappingAlgorithm::RsaesOaepSha256),
        AlgorithmSpec::RsaAesKeyWrapSha1 => Some(WrappingAlgorithm::RsaAesKeyWrapSha1),
        AlgorithmSpec::RsaAesKeyWrapSha256 => Some(WrappingAlgorithm::RsaAesKeyWrapSha256),
        _ => None,
    }
}

fn spec_of(spec: WrappingKeySpec) -> Option<WrappingSpec> {
    match spec {
        WrappingKeySpec::Rsa2048 => Some(WrappingSpec::Rsa2048),
        WrappingKeySpec::Rsa3072 => Some(WrappingSpec::Rsa3072),
        WrappingKeySpec::Rsa4096 => Some(WrappingSpec::Rsa4096),
        _ => None,
    }
}

/// AWS says in one place that keys of all types take imported material, and in another names those that encrypt, sign, agree and
/// make MACs: keys that encapsulate are not among them.
fn inferred_is_imported(spec: MaterialSpec) -> bool {
    !matches!(spec, MaterialSpec::MlKem512 | MaterialSpec::MlKem768 | MaterialSpec::MlKem1024)
}

/// When the material will expire.
pub(crate) fn expiry(
    model: Option<ExpirationModelType>,
    valid_to: Option<Timestamp>,
    now: Timestamp,
) -> Result<Option<Timestamp>, ImportKeyMaterialError> {
    let expires = model != Some(ExpirationModelType::KeyMaterialDoesNotExpire);
    match (expires, valid_to) {
        (false, None) => Ok(None),
        (true, None) => {
            Err(invalid("A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES"))
        }
        (false, Some(_)) => Err(invalid(
            "A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE",
        )),
        (true, Some(on)) => inferred_lawful_expiry(on, now).map(Some),
    }
}

/// AWS documents the range of ValidTo, but not how it refuses the rest.
fn inferred_lawful_expiry(on: Timestamp, now: Timestamp) -> Result<Timestamp, ImportKeyMaterialError> {
    if on <= now || on > now.plus_days(MOST_DAYS) {
        return Err(invalid(format!(
            "ValidTo must be in the future, and within {MOST_DAYS} days of the request"
        )));
    }
    Ok(on)
}

/// Reads a material's id.
pub(crate) fn material_id(text: &str) -> Result<KeyMaterialId, ImportKeyMaterialError> {
    text.parse().map_err(|malformed: gatekey_types::Malformed| invalid(malformed.to_string()))
}

/// AWS documents that a new material cannot be named, but not how it refuses that.
pub(crate) fn inferred_new_cannot_be_named() -> ImportKeyMaterialError {
    invalid("KeyMaterialId cannot be specified when ImportType is NEW_KEY_MATERIAL.")
}

/// AWS documents neither code nor text for a material that the key does not have.
pub(crate) fn inferred_no_such_material(id: &str, key: &KeyArn) -> String {
    format!("Key material '{id}' of key '{key}' does not exist")
}

/// What is said of single materials is for symmetric encryption keys, which alone can have several.
pub(crate) fn suited(key: &Key, input: &ImportKeyMaterialRequest) -> Result<(), ImportKeyMaterialError> {
    let given = [
        ("ImportType", input.import_type.is_some()),
        ("KeyMaterialDescription", input.key_material_description.is_some()),
        ("KeyMaterialId", input.key_material_id.is_some()),
    ];
    match given.into_iter().find(|(_, given)| *given) {
        Some((member, _)) => symmetric(key, member),
        None => Ok(()),
    }
}

/// This member of a request is for symmetric encryption keys.
pub(crate) fn symmetric<E: From<UnsupportedOperationException>>(key: &Key, member: &str) -> Result<(), E> {
    if key.record.spec == KeySpec::SymmetricDefault {
        return Ok(());
    }
    Err(UnsupportedOperationException::new(inferred_only_symmetric(&key.arn, member)).into())
}

/// AWS documents which keys the member is for, but not how it refuses it for others.
fn inferred_only_symmetric(key: &KeyArn, member: &str) -> String {
    format!("{member} is supported only for symmetric encryption keys: {key}")
}

/// The material's id as answers have it: of symmetric encryption keys only.
pub(crate) fn shown(key: &Key, id: KeyMaterialId) -> Option<String> {
    (key.record.spec == KeySpec::SymmetricDefault).then(|| id.to_string())
}

/// Unwraps the material that a request brings, and seals it.
pub(crate) async fn unwrapped(
    passage: &Passage<'_>,
    found: &Found,
    input: &ImportKeyMaterialRequest,
) -> Result<(KeyMaterialId, MaterialRecord), ImportKeyMaterialError> {
    let spec = material::spec_of(found.key.record.spec).ok_or_else(UnsupportedOperationException::bare)?;
    let (token, wrapped) = (input.import_token.as_slice(), input.encrypted_key_material.as_slice());
    passage.import(&found.key, spec, token, wrapped).await.map_err(not_imported)
}

fn not_imported(why: NotImported) -> ImportKeyMaterialError {
    match why {
        NotImported::Token(bad) => bad_token(bad),
        NotImported::NotWrapped => InvalidCiphertextException::bare().into(),
        NotImported::Unfit(fault) => IncorrectKeyMaterialException::new(inferred_unfit(fault)).into(),
        NotImported::Broken(why) => internal(why),
    }
}

fn bad_token(bad: BadImportToken) -> ImportKeyMaterialError {
    match bad {
        BadImportToken::Invalid => InvalidImportTokenException::bare().into(),
        BadImportToken::Expired => ExpiredImportTokenException::bare().into(),
    }
}

/// AWS documents the code, but not the text.
fn inferred_unfit(fault: Unfit) -> &'static str {
    match fault {
        Unfit::WrongLength => "The key material has not the length that the key spec requires.",
        _ => "The key material is no private key of the key spec.",
    }
}

/// Why the key does not take the material.
pub(crate) fn refused(fault: ImportFault) -> ImportKeyMaterialError {
    let text = fault.to_string();
    match fault {
        ImportFault::Incorrect(_) => IncorrectKeyMaterialException::new(text).into(),
        ImportFault::OtherPending { .. } => KMSInvalidStateException::new(text).into(),
        ImportFault::Replica(_) => UnsupportedOperationException::new(text).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatekey_model::kms::GetParametersForImportError;

    const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

    #[test]
    fn inferred_unsuited() {
        type Error = GetParametersForImportError;
        let asked = |spec, algorithm| wrapping::<Error>(spec, algorithm, WrappingKeySpec::Rsa2048);
        assert!(asked(KeySpec::Rsa2048, AlgorithmSpec::RsaAesKeyWrapSha256).is_ok());
        for (spec, algorithm) in [
            (KeySpec::Rsa2048, AlgorithmSpec::RsaesOaepSha256),
            (KeySpec::EccNistP521, AlgorithmSpec::RsaesOaepSha1),
            (KeySpec::MlKem512, AlgorithmSpec::RsaAesKeyWrapSha256),
            (KeySpec::SymmetricDefault, AlgorithmSpec::RsaesPkcs1V15),
        ] {
            let refused = asked(spec, algorithm);
            assert!(matches!(refused, Err(Error::UnsupportedOperation(_))), "{spec} {}", algorithm.as_str());
        }
    }

    #[test]
    fn inferred_lawful_expiry() {
        let lawful = |on: Timestamp| super::inferred_lawful_expiry(on, START).is_ok();
        assert!(lawful(START.plus_millis(1)) && lawful(START.plus_days(365)));
        assert!(!lawful(START) && !lawful(START.plus_days(365).plus_millis(1)));
    }

    #[test]
    fn inferred_new_cannot_be_named() {
        let told = super::inferred_new_cannot_be_named().to_string();
        assert!(told.starts_with("ValidationException: KeyMaterialId cannot be specified"), "{told}");
    }

    fn key() -> KeyArn {
        KeyArn {
            account: "111122223333".parse().unwrap(),
            region: "us-east-1".parse().unwrap(),
            key: gatekey_types::KeyId::from_random([7; 16], false),
        }
    }

    #[test]
    fn inferred_no_such_material() {
        assert!(
            super::inferred_no_such_material("a", &key())
                .starts_with("Key material 'a' of key 'arn:aws:kms:")
        );
    }

    #[test]
    fn inferred_only_symmetric() {
        let told = super::inferred_only_symmetric(&key(), "ImportType");
        assert!(
            told.starts_with("ImportType is supported only for symmetric encryption keys: arn:aws:kms:"),
            "{told}"
        );
    }

    #[test]
    fn inferred_unfit() {
        assert!(super::inferred_unfit(Unfit::WrongLength).contains("length"));
        assert!(super::inferred_unfit(Unfit::WrongKey).contains("private key"));
    }

    #[test]
    fn an_expiry_is_said_or_denied_but_not_both() {
        let (expires, lasts) =
            (ExpirationModelType::KeyMaterialExpires, ExpirationModelType::KeyMaterialDoesNotExpire);
        let tomorrow = START.plus_days(1);
        assert_eq!(expiry(Some(lasts), None, START).unwrap(), None);
        assert_eq!(expiry(None, Some(tomorrow), START).unwrap(), Some(tomorrow));
        assert_eq!(expiry(Some(expires), Some(tomorrow), START).unwrap(), Some(tomorrow));
        assert!(expiry(None, None, START).is_err() && expiry(Some(lasts), Some(tomorrow), START).is_err());
    }
}
