//! Base64 as AWS reads it.

use crate::WireError;
use base64::Engine as _;
use gatekey_model::BASE64;

/// The bytes of a base64 string; `repeat` says whether an error may show the string.
pub(crate) fn decode(text: &str, repeat: bool) -> Result<Vec<u8>, WireError> {
    BASE64.decode(text).map_err(|_| {
        let value = if repeat { format!("'{}' ", crate::validate::shortened(text)) } else { String::new() };
        WireError::serialization(format!("{value}can not be converted to a Blob: {}", defect(text)))
    })
}

/// What is wrong with it, in the words of AWS's decoder, misspelling included.
fn defect(text: &str) -> String {
    if !text.len().is_multiple_of(4) {
        return format!("Base64 encoded length is expected a multiple of 4 bytes but found: {}", text.len());
    }
    let body = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text);
    let stray = body.chars().find(|letter| !(letter.is_ascii_alphanumeric() || matches!(letter, '+' | '/')));
    match stray {
        Some(letter) => format!("Invalid Base64 character: '{letter}'"),
        None => "Invalid last non-pad Base64 character dectected".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defects_have_aws_own_texts() {
        for (text, defect) in [
            ("23456", "Base64 encoded length is expected a multiple of 4 bytes but found: 5"),
            ("=+/=", "Invalid Base64 character: '='"),
            ("+/+=", "Invalid last non-pad Base64 character dectected"),
        ] {
            let expected = format!("'{text}' can not be converted to a Blob: {defect}");
            assert_eq!(decode(text, true), Err(WireError::serialization(expected)));
        }
    }

    #[test]
    fn a_secret_is_not_repeated() {
        let Err(WireError::Serialization(Some(text))) = decode("hunter2", false) else {
            panic!("it decoded")
        };
        assert!(!text.contains("hunter2"), "{text}");
    }
}
