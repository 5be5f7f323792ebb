//! Values: as requests have them, sealed under a data key, and as answers have them.

use crate::{
    fault::{internal, invalid},
    keys::{self, Refusal, Scope},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use gatekey_crypto::RecordKey;
use gatekey_gate::{Allowed, Passage};
use gatekey_model::{
    Blob, Sensitive,
    secretsmanager::{InternalServiceError, InvalidParameterException},
};
use gatekey_secrets::{SealedValue, Secret, SecretKey, ValuePlace, ValueTable, VersionRecord, value_key};
use gatekey_store::table::Edit;
use zeroize::Zeroizing;

/// Bytes of a value.
const LONGEST: usize = 65_536;
/// What a sealed text begins with.
const TEXT: u8 = b't';
/// What sealed bytes begin with.
const BYTES: u8 = b'b';

/// The value that a request brings.
#[derive(Clone, Copy)]
pub(crate) enum Given<'a> {
    Text(&'a str),
    Bytes(&'a [u8]),
}

impl<'a> Given<'a> {
    /// Reads the two members of which a request may have one.
    ///
    /// # Errors
    /// InvalidParameterException: both, or too long.
    pub(crate) fn read<E: From<InvalidParameterException>>(
        text: Option<&'a Sensitive<String>>,
        bytes: Option<&'a Sensitive<Blob>>,
    ) -> Result<Option<Self>, E> {
        let given = match (text, bytes) {
            (Some(_), Some(_)) => {
                return Err(invalid(
                    "You can't specify both a binary secret value and a string secret value in the same secret.",
                ));
            }
            (Some(text), None) => Self::Text(text.expose()),
            (None, Some(bytes)) => Self::Bytes(bytes.expose().as_slice()),
            (None, None) => return Ok(None),
        };
        if given.parts().1.len() > LONGEST {
            return Err(inferred_too_long());
        }
        Ok(Some(given))
    }

    fn parts(self) -> (u8, &'a [u8]) {
        match self {
            Self::Text(text) => (TEXT, text.as_bytes()),
            Self::Bytes(bytes) => (BYTES, bytes),
        }
    }

    fn encoded(self) -> Zeroizing<Vec<u8>> {
        let (kind, bytes) = self.parts();
        let mut encoded = Vec::with_capacity(bytes.len() + 1);
        encoded.push(kind);
        encoded.extend_from_slice(bytes);
        Zeroizing::new(encoded)
    }
}

/// The model counts characters of a text; AWS documents that 65,536 bytes are the most, but not what it says of a text whose
/// characters take more.
fn inferred_too_long<E: From<InvalidParameterException>>() -> E {
    invalid("The secret value can't be longer than 65536 bytes.")
}

/// A value that was opened. It is erased when dropped.
pub(crate) struct Opened(Zeroizing<Vec<u8>>);

impl Opened {
    /// As an answer has it: `SecretString`, `SecretBinary`.
    pub(crate) fn shown(&self) -> (Option<Sensitive<String>>, Option<Sensitive<Blob>>) {
        let Some((kind, bytes)) = self.0.split_first() else { return (None, None) };
        match core::str::from_utf8(bytes) {
            Ok(text) if *kind == TEXT => (Some(Sensitive::new(text.to_owned())), None),
            _ => (None, Some(Sensitive::new(Blob::new(bytes.to_vec())))),
        }
    }

    /// As a request would bring it.
    pub(crate) fn given(&self) -> Option<Given<'_>> {
        let (kind, bytes) = self.0.split_first()?;
        match *kind {
            TEXT => core::str::from_utf8(bytes).ok().map(Given::Text),
            _ => Some(Given::Bytes(bytes)),
        }
    }

    /// Whether a request brings the same.
    pub(crate) fn is(&self, given: Given<'_>) -> bool {
        *self.0 == *given.encoded()
    }

    fn seal(&self, passage: &Passage<'_>, place: &Scope<'_>, key: keys::DataKey) -> Result<String, Refusal> {
        let sealed = RecordKey::from_bytes(key).seal(&authenticated(place), &self.0, passage.entropy());
        Ok(STANDARD.encode(sealed.map_err(|_| Refusal::Failed)?))
    }
}

/// What a sealed value is bound to.
fn authenticated(scope: &Scope<'_>) -> Vec<u8> {
    format!("secret value\0{}\0{}", scope.arn, scope.version).into_bytes()
}

/// A value that was sealed: where it will be, and the edit that writes it.
pub(crate) struct Sealed {
    pub(crate) place: ValuePlace,
    pub(crate) edit: Edit,
}

impl Sealed {
    fn new(passage: &Passage<'_>, of: &SecretKey, named: Option<&str>, record: &SealedValue) -> Self {
        let id = hex::encode(passage.entropy().bytes::<16>());
        let edit = Edit::insert::<ValueTable>(&value_key(of, &id), record);
        let kms_key = named.filter(|named| !keys::is_default(Some(named)));
        let kms_key = kms_key.map(|named| keys::key_arn(of.account, &of.region, Some(named)));
        Self { place: ValuePlace { id, kms_key }, edit }
    }
}

/// Seals a value under a fresh data key of this KMS key.
pub(crate) async fn seal(
    passage: &mut Passage<'_>,
    allowed: &Allowed,
    scope: &Scope<'_>,
    named: Option<&str>,
    given: Given<'_>,
) -> Result<Sealed, Refusal> {
    let key = keys::key_arn(scope.key.account, &scope.key.region, named);
    let (data_key, wrapped) = keys::generate(passage, allowed, scope, &key).await?;
    let sealed = Opened(given.encoded()).seal(passage, scope, data_key)?;
    let record = SealedValue { data_key: STANDARD.encode(wrapped), sealed };
    Ok(Sealed::new(passage, scope.key, named, &record))
}

/// Seals a value at another place, under its own data key, which KMS encrypts under this KMS key.
pub(crate) async fn reseal(
    passage: &mut Passage<'_>,
    allowed: &Allowed,
    (scope, named): (&Scope<'_>, Option<&str>),
    (value, data_key): &(Opened, keys::DataKey),
) -> Result<Sealed, Refusal> {
    let key = keys::key_arn(scope.key.account, &scope.key.region, named);
    let wrapped = keys::wrap(passage, allowed, scope, &key, data_key).await?;
    let sealed = value.seal(passage, scope, data_key.clone())?;
    let record = SealedValue { data_key: STANDARD.encode(wrapped), sealed };
    Ok(Sealed::new(passage, scope.key, named, &record))
}

/// Opens the value of a version, and gives its data key with it.
pub(crate) async fn open(
    passage: &mut Passage<'_>,
    allowed: &Allowed,
    secret: &Secret,
    (id, version): (&str, &VersionRecord),
) -> Result<(Opened, keys::DataKey), Refusal> {
    let scope = Scope { key: &secret.key, arn: &secret.arn, version: id };
    let key = secret.value_key(version).ok_or(Refusal::Failed)?;
    let stored = passage.stored::<ValueTable>(&key).await.map_err(|fault| {
        tracing::error!(%fault, "a value cannot be read");
        Refusal::Failed
    })?;
    let Some((record, _)) = stored else {
        passage.is_outdated();
        return Err(Refusal::Failed);
    };
    let decoded = |text: &str| STANDARD.decode(text).map_err(|_| Refusal::Failed);
    let data_key = keys::open(passage, allowed, &scope, decoded(&record.data_key)?).await?;
    let opening = RecordKey::from_bytes(data_key.clone());
    let opened = opening.open(&authenticated(&scope), &decoded(&record.sealed)?);
    Ok((Opened(opened.map_err(|_| Refusal::Failed)?), data_key))
}

/// Deletes the values of versions that are no more.
///
/// # Errors
/// InternalServiceError: the store does not answer.
pub(crate) async fn delete<E: From<InternalServiceError>>(
    passage: &Passage<'_>,
    of: &SecretKey,
    versions: impl IntoIterator<Item = &VersionRecord>,
) -> Result<Vec<Edit>, E> {
    let mut edits = Vec::new();
    for place in versions.into_iter().filter_map(|version| version.value.as_ref()) {
        let key = value_key(of, &place.id);
        let revision = passage.gate().revision_of::<ValueTable>(&key).await.map_err(internal::<E>)?;
        edits.extend(revision.map(|revision| Edit::delete::<ValueTable>(&key, revision)));
    }
    Ok(edits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatekey_model::secretsmanager::PutSecretValueError;

    fn read(text: Option<&str>, bytes: Option<&[u8]>) -> Result<bool, String> {
        let text = text.map(|text| Sensitive::new(text.to_owned()));
        let bytes = bytes.map(|bytes| Sensitive::new(Blob::new(bytes.to_vec())));
        let given = Given::read::<PutSecretValueError>(text.as_ref(), bytes.as_ref());
        given.map(|given| given.is_some()).map_err(|fault| fault.to_string())
    }

    #[test]
    fn a_request_has_a_text_or_bytes_and_not_both() {
        assert_eq!(read(Some("a"), None), Ok(true));
        assert_eq!(read(None, Some(b"a")), Ok(true));
        assert_eq!(read(None, None), Ok(false));
        assert!(read(Some("a"), Some(b"a")).unwrap_err().contains("You can't specify both"));
    }

    #[test]
    fn inferred_too_long() {
        let long = "ä".repeat(32_768);
        assert_eq!(read(Some(&long), None), Ok(true), "65,536 bytes fit");
        assert!(read(Some(&(long + "a")), None).unwrap_err().contains("65536 bytes"));
    }

    #[test]
    fn a_text_and_the_same_bytes_are_not_the_same_value() {
        let opened = Opened(Given::Text("a").encoded());
        assert!(
            opened.is(Given::Text("a")) && !opened.is(Given::Bytes(b"a")) && !opened.is(Given::Text("b"))
        );
        assert_eq!(opened.shown().0.unwrap().expose(), "a");
        assert_eq!(Opened(Given::Bytes(b"a").encoded()).shown().1.unwrap().expose().as_slice(), b"a");
    }
}
