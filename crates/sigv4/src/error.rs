use crate::limits::ECHO;
use core::fmt;
use std::borrow::Cow;

/// Why a request is not believed, and in which words AWS says so.
///
/// [`SignatureError::message`] is for the client. What only the operator may read (which credential failed and how)
/// is not here: the caller has the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureError {
    fault: Fault,
    message: Cow<'static, str>,
    calculated: Option<Box<Calculated>>,
}

/// The kinds of refusal. Error codes follow from the kind, in this one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Nothing in the request says who signed it.
    Unsigned,
    /// Parts of the signature are missing or cannot be read.
    Incomplete,
    /// The signature is complete, and wrong, out of scope or out of time.
    Mismatch,
    /// The access key is not known, is inactive, or does not belong to the session token.
    UnknownKey,
    /// The session has ended.
    Expired,
}

impl Fault {
    /// The error code of services that speak awsJson.
    pub fn json_code(self) -> &'static str {
        match self {
            Self::Unsigned => "MissingAuthenticationTokenException",
            Self::Incomplete => "IncompleteSignatureException",
            Self::Mismatch => "InvalidSignatureException",
            Self::UnknownKey => "UnrecognizedClientException",
            Self::Expired => "ExpiredTokenException",
        }
    }

    /// The error code of services that speak awsQuery (IAM, STS).
    pub fn query_code(self) -> &'static str {
        match self {
            Self::Unsigned => "MissingAuthenticationToken",
            Self::Incomplete => "IncompleteSignature",
            Self::Mismatch => "SignatureDoesNotMatch",
            Self::UnknownKey => "InvalidClientTokenId",
            Self::Expired => "ExpiredToken",
        }
    }

    /// The HTTP status that awsQuery services answer with; awsJson services answer 400 to all of them.
    pub fn query_status(self) -> u16 {
        match self {
            Self::Incomplete => 400,
            Self::Unsigned | Self::Mismatch | Self::UnknownKey | Self::Expired => 403,
        }
    }
}

/// What was calculated for a request whose signature did not match: for the operator who helps a client to sign.
///
/// The canonical request repeats header values, the session token among them: it is not for logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Calculated {
    /// The canonical request.
    pub canonical_request: String,
    /// The string that should have been signed.
    pub string_to_sign: String,
}

impl fmt::Debug for Calculated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Calculated([SENSITIVE])")
    }
}

impl SignatureError {
    pub(crate) fn new(fault: Fault, message: impl Into<Cow<'static, str>>) -> Self {
        Self { fault, message: message.into(), calculated: None }
    }

    pub(crate) fn incomplete(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Fault::Incomplete, message)
    }

    pub(crate) fn mismatch(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Fault::Mismatch, message)
    }

    pub(crate) fn wrong_signature(calculated: Calculated) -> Self {
        let text = "The request signature we calculated does not match the signature you provided. Check your AWS \
                    Secret Access Key and signing method. Consult the service documentation for details.";
        Self { calculated: Some(Box::new(calculated)), ..Self::mismatch(text) }
    }

    /// The kind of refusal.
    pub fn fault(&self) -> Fault {
        self.fault
    }

    /// What the client may read: AWS's text.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What was calculated, when that is all that was wrong.
    pub fn calculated(&self) -> Option<&Calculated> {
        self.calculated.as_deref()
    }
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.fault.json_code(), self.message)
    }
}

impl core::error::Error for SignatureError {}

/// As much of a client's own text as an error message repeats.
pub(crate) fn echo(text: &str) -> &str {
    text.char_indices().nth(ECHO).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_repeated_only_in_part_and_never_cut_inside_a_character() {
        assert_eq!(echo("short"), "short");
        let long = "é".repeat(ECHO + 10);
        assert_eq!(echo(&long).chars().count(), ECHO);
    }

    #[test]
    fn debug_never_shows_the_canonical_request() {
        let calculated = Calculated { canonical_request: "token".into(), string_to_sign: "s".into() };
        assert!(!format!("{:?}", SignatureError::wrong_signature(calculated)).contains("token"));
    }
}
