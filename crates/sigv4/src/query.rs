use crate::{error::SignatureError, limits};

/// One parameter of a query string, decoded.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Parameter {
    pub(crate) name: Vec<u8>,
    pub(crate) value: Vec<u8>,
}

/// Takes a query string apart. `+` is a space, as in the parsers of the services that will read it; empty parameters
/// (`a&&b`) are dropped.
pub(crate) fn parse(query: &str) -> Result<Vec<Parameter>, SignatureError> {
    if query.is_empty() {
        return Ok(Vec::new());
    }
    let parts = || query.split('&').filter(|part| !part.is_empty());
    if query.len() > limits::QUERY || parts().count() > limits::QUERY_PARAMETERS {
        return Err(SignatureError::incomplete("The query string is too long."));
    }
    parts()
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            Ok(Parameter { name: decode(name)?, value: decode(value)? })
        })
        .collect()
}

fn decode(text: &str) -> Result<Vec<u8>, SignatureError> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => match (bytes.next().and_then(nibble), bytes.next().and_then(nibble)) {
                (Some(high), Some(low)) => high << 4 | low,
                _ => {
                    return Err(SignatureError::incomplete(
                        "The query string has a malformed percent escape.",
                    ));
                }
            },
            other => other,
        });
    }
    Ok(out)
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|n| u8::try_from(n).ok())
}

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// Appends the bytes as AWS's `UriEncode` has them: unreserved characters as they are, all others as `%XX`.
pub(crate) fn encode(bytes: &[u8], out: &mut Vec<u8>) {
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(byte);
        } else {
            let digit = |n: u8| HEX.get(usize::from(n)).copied().unwrap_or(b'0');
            out.extend([b'%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
}

/// Appends the canonical query string: encoded, sorted by name and then by value. `left_out` names one parameter that
/// is not part of it (`X-Amz-Signature` in a presigned request).
pub(crate) fn canonical(parameters: &[Parameter], left_out: Option<&[u8]>, out: &mut Vec<u8>) {
    let encoded = |bytes: &[u8]| {
        let mut text = Vec::with_capacity(bytes.len());
        encode(bytes, &mut text);
        text
    };
    let mut sorted: Vec<_> = parameters
        .iter()
        .filter(|p| Some(p.name.as_slice()) != left_out)
        .map(|p| (encoded(&p.name), encoded(&p.value)))
        .collect();
    sorted.sort();
    for (index, (name, value)) in sorted.iter().enumerate() {
        if index > 0 {
            out.push(b'&');
        }
        out.extend_from_slice(name);
        out.push(b'=');
        out.extend_from_slice(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical_of(query: &str) -> String {
        let mut out = Vec::new();
        canonical(&parse(query).unwrap(), Some(b"X-Amz-Signature"), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_query_is_sorted_by_its_encoded_name_then_value() {
        for (query, expected) in [
            ("", ""),
            ("b=2&a=1", "a=1&b=2"),
            ("a=2&a=1", "a=1&a=2"),
            ("Z=1&a=1", "Z=1&a=1"),
            ("a", "a="),
            ("a=b=c", "a=b%3Dc"),
            ("a=%7e&b=%2f", "a=~&b=%2F"),
            ("a=x+y", "a=x%20y"),
            ("a=%2B", "a=%2B"),
            ("a=1&&b=2&", "a=1&b=2"),
            ("X-Amz-Signature=ff&a=1", "a=1"),
            // `a%2D` is `a-` once encoded, so it sorts after `a`.
            ("a%2D=1&a=2", "a=2&a-=1"),
        ] {
            assert_eq!(canonical_of(query), expected, "{query}");
        }
    }

    #[test]
    fn a_malformed_escape_and_a_flood_of_parameters_are_refused() {
        let many = "a=1&".repeat(limits::QUERY_PARAMETERS + 1);
        let long = "a".repeat(limits::QUERY + 1);
        for bad in ["%", "a=%4", "a=%zz", "%é", &many, &long] {
            assert!(parse(bad).is_err(), "{}", bad.get(..20).unwrap_or(bad));
        }
    }
}
