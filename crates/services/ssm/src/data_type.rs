//! Data types: what a value is checked to be.

use crate::fault::invalid;
use base64::{Engine, engine::general_purpose::STANDARD};
use gatekey_model::{
    CommonError,
    ssm::{InvalidAllowedPatternException, ParameterPatternMismatchException},
};
use gatekey_types::Region;
use regex::{Regex, RegexBuilder, bytes};
use std::net::{Ipv4Addr, Ipv6Addr};

/// The one without a check.
pub(crate) const TEXT: &str = "text";
/// Those that only advanced parameters have.
pub(crate) const ADVANCED: [&str; 3] = ["url", "json", "jsonc"];
/// All of them.
const ALL: [&str; 16] = [
    TEXT,
    "aws:ec2:image",
    "aws:ssm:integration",
    "aws:region",
    "aws:account:id",
    "boolean",
    "integer",
    "float",
    "binary",
    "hostname",
    "email",
    "ipv4-address",
    "ipv6-address",
    "url",
    "json",
    "jsonc",
];
/// How much memory a compiled pattern may take: a request's own pattern must not exhaust the server.
const PATTERN_BYTES: usize = 1 << 20;

/// Insists that this is the name of a data type.
///
/// # Errors
/// ValidationException
pub(crate) fn known(name: &str) -> Result<(), CommonError> {
    if ALL.contains(&name) {
        return Ok(());
    }
    let text =
        format!("The following data type is not supported: {name} (Data type names are all lowercase.)");
    Err(invalid(text))
}

/// Insists that a value is of a data type.
///
/// # Errors
/// ValidationException
pub(crate) fn check(name: &str, value: &str) -> Result<(), CommonError> {
    if inferred_is_of(name, value) {
        return Ok(());
    }
    Err(invalid(format!("The parameter value isn't valid for the data type {name}.")))
}

/// What exactly AWS takes for each data type is not documented, nor what it tells of another value.
fn inferred_is_of(name: &str, value: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match name {
        "aws:ec2:image" => value
            .strip_prefix("ami-")
            .is_some_and(|id| [8, 17].contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit())),
        "aws:region" => value.parse::<Region>().is_ok(),
        "aws:account:id" => value.len() == 12 && digits(value),
        "boolean" => ["true", "false"].contains(&value),
        "integer" => digits(value.strip_prefix(['-', '+']).unwrap_or(value)),
        "float" => value.parse::<f64>().is_ok_and(f64::is_finite),
        "binary" => STANDARD.decode(value).is_ok(),
        "hostname" => is_host(value),
        "email" => value.rsplit_once('@').is_some_and(|(who, host)| {
            !who.is_empty() && !who.contains(char::is_whitespace) && is_host(host)
        }),
        "ipv4-address" => value.parse::<Ipv4Addr>().is_ok(),
        "ipv6-address" => value.parse::<Ipv6Addr>().is_ok(),
        "url" => value.split_once("://").is_some_and(|(scheme, rest)| {
            scheme.starts_with(|first: char| first.is_ascii_alphabetic())
                && !rest.is_empty()
                && !rest.contains(char::is_whitespace)
        }),
        "json" => serde_json::from_str::<serde::de::IgnoredAny>(value).is_ok(),
        _ => true,
    }
}

fn is_host(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

/// A compiled `AllowedPattern`.
enum Pattern {
    Text(Regex),
    /// Of ASCII: with Java's classes `\d`, `\w` and `\s`.
    Bytes(bytes::Regex),
}

/// Insists that a value matches the request's `AllowedPattern`.
///
/// # Errors
/// InvalidAllowedPatternException, ParameterPatternMismatchException
pub(crate) fn match_pattern<E>(pattern: &str, value: &str) -> Result<(), E>
where
    E: From<InvalidAllowedPatternException> + From<ParameterPatternMismatchException>,
{
    let text = "The request does not meet the regular expression requirement.";
    let compiled = compiled(pattern).ok_or_else(|| InvalidAllowedPatternException::new(text))?;
    if inferred_is_found(&compiled, value) {
        return Ok(());
    }
    let text = format!("Parameter value, cannot be validated against allowedPattern: {pattern}");
    Err(ParameterPatternMismatchException::new(text).into())
}

fn compiled(pattern: &str) -> Option<Pattern> {
    let of_text = RegexBuilder::new(pattern).size_limit(PATTERN_BYTES).build().map(Pattern::Text);
    of_text.ok().or_else(|| {
        let mut of_bytes = bytes::RegexBuilder::new(pattern);
        of_bytes.size_limit(PATTERN_BYTES).unicode(false).build().map(Pattern::Bytes).ok()
    })
}

/// Whether a pattern without anchors must match the whole value is not documented: AWS's own examples have anchors, so it is
/// looked for anywhere.
fn inferred_is_found(pattern: &Pattern, value: &str) -> bool {
    match pattern {
        Pattern::Text(pattern) => pattern.is_match(value),
        Pattern::Bytes(pattern) => pattern.is_match(value.as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatekey_model::{ApiError, ssm::PutParameterError};

    #[test]
    fn inferred_is_of_each_data_type() {
        for (name, good, bad) in [
            ("aws:ec2:image", "ami-12345678", "ami-x"),
            ("aws:region", "eu-west-1", "nowhere!"),
            ("aws:account:id", "111122223333", "1111"),
            ("boolean", "true", "yes"),
            ("integer", "-443", "4.3"),
            ("float", "4.3", "x"),
            ("binary", "aGk=", "%"),
            ("hostname", "a.example.com", "-a"),
            ("email", "me@example.com", "me"),
            ("ipv4-address", "10.0.0.1", "10.0.0.256"),
            ("ipv6-address", "::1", "10.0.0.1"),
            ("url", "https://example.com/x", "example.com"),
            ("json", "{\"a\":[1]}", "{a}"),
        ] {
            assert!(known(name).is_ok() && check(name, good).is_ok(), "{name}");
            assert!(check(name, bad).is_err(), "{name}");
        }
        assert!(known("Text").is_err());
        assert!(check(TEXT, "anything").is_ok());
    }

    #[test]
    fn inferred_is_found_anywhere_in_the_value() {
        let code = |pattern: &str, value: &str| {
            match_pattern::<PutParameterError>(pattern, value).map_or_else(|error| error.code(), |()| "ok")
        };
        for (pattern, value, expected) in [
            (r"^\d+$", "443", "ok"),
            (r"^\d+$", "x443", "ParameterPatternMismatchException"),
            (r"\d", "x4x", "ok"),
            (r"^.{2}$", "\u{e9}\u{e9}", "ok"),
            (r"^\p{L}+$", "\u{e9}", "ok"),
            ("[", "x", "InvalidAllowedPatternException"),
            ("(a{1000}){1000}", "x", "InvalidAllowedPatternException"),
        ] {
            assert_eq!(code(pattern, value), expected, "{pattern}");
        }
    }
}
