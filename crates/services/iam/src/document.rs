//! Policy documents on their way in and out.

use crate::quota;
use gatekey_directory::{Document, Role};
use gatekey_gate::Passage;
use gatekey_model::iam::{LimitExceededException, MalformedPolicyDocumentException};
use gatekey_policy::{ErrorClass, Kind, PolicyError};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What RFC 3986 does not reserve stays as it is.
const ENCODED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A document as IAM gives it back: URL-encoded.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, &ENCODED).to_string()
}

/// How many characters of a document count against a quota: all but white space.
pub(crate) fn size(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

/// Checks the document of an identity policy. `too_large` is the text for one that is longer than `most`.
///
/// # Errors
/// MalformedPolicyDocument, with its place in a header, or LimitExceeded.
pub(crate) fn check_identity<E>(
    passage: &mut Passage<'_>,
    text: &str,
    most: usize,
    too_large: impl Fn() -> String,
) -> Result<(), E>
where
    E: From<MalformedPolicyDocumentException> + From<LimitExceededException>,
{
    passage.read_policy(text, Kind::Identity).map_err(|error| refused::<E>(error, too_large()))?;
    if size(text) > most { Err(LimitExceededException::new(too_large()).into()) } else { Ok(()) }
}

/// Reads a trust policy, and pins whom it names.
///
/// # Errors
/// As [`check_identity`].
pub(crate) fn trust<E>(passage: &mut Passage<'_>, text: &str) -> Result<Document, E>
where
    E: From<MalformedPolicyDocumentException> + From<LimitExceededException>,
{
    const QUOTA: &str = "ACLSizePerRole";
    let most = passage.identity_quotas().trust_policy_size;
    let too_large = || quota::exceeded(QUOTA, most);
    let policy = passage.read_policy(text, Kind::Trust).map_err(|error| refused::<E>(error, too_large()))?;
    quota::hold::<E>(QUOTA, size(text), most)?;
    Ok(Document { text: text.to_owned(), pins: policy.pins().clone() })
}

fn refused<E>(error: PolicyError, too_large: String) -> E
where
    E: From<MalformedPolicyDocumentException> + From<LimitExceededException>,
{
    match error.class {
        ErrorClass::TooLarge => LimitExceededException::new(too_large).into(),
        ErrorClass::Malformed | ErrorClass::Validation => crate::fault::malformed(error),
    }
}

/// A role's trust policy as IAM gives it back: the text as it was put, unless somebody whom it names is gone or has
/// another ARN by now.
pub(crate) fn shown_trust(passage: &Passage<'_>, role: &Role) -> String {
    let document = &role.record.trust;
    encoded(&passage.show_as_put(&document.text, &document.pins, role.trust.as_deref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_encoded_as_rfc_3986_has_it() {
        assert_eq!(encoded(r#"{"a": "b-_.~*"}"#), "%7B%22a%22%3A%20%22b-_.~%2A%22%7D");
    }

    #[test]
    fn white_space_does_not_count() {
        assert_eq!(size("{ \"a\":\n\t1 }"), 7);
    }
}
