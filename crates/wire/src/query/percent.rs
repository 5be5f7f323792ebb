//! `application/x-www-form-urlencoded` and percent-escapes.

use crate::{WireError, limits};

/// The names and values of a form or a query string, unescaped, in their order.
pub(crate) fn pairs(text: &[u8]) -> Result<Vec<(String, String)>, WireError> {
    let mut pairs = Vec::with_capacity(8);
    for field in text.split(|byte| *byte == b'&').filter(|field| !field.is_empty()) {
        if pairs.len() >= limits::VALUES {
            return Err(WireError::serialization("The request has too many values"));
        }
        let mut halves = field.splitn(2, |byte| *byte == b'=');
        let (name, value) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
        pairs.push((unescaped(name, true)?, unescaped(value, true)?));
    }
    Ok(pairs)
}

/// A text without its percent-escapes; in forms a plus is a space.
pub(crate) fn unescaped(text: &[u8], plus_is_space: bool) -> Result<String, WireError> {
    let is_special = |byte: &u8| *byte == b'%' || *byte == b'+' && plus_is_space;
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, special)) =
        rest.iter().position(is_special).and_then(|at| rest.split_at_checked(at))
    {
        bytes.extend_from_slice(plain);
        let (byte, after) = match special {
            [b'+', after @ ..] => (b' ', after),
            [_, high, low, after @ ..] => (escaped(*high, *low)?, after),
            _ => return Err(broken()),
        };
        bytes.push(byte);
        rest = after;
    }
    bytes.extend_from_slice(rest);
    String::from_utf8(bytes).map_err(|_| WireError::serialization("The request is not in UTF-8"))
}

/// The byte that two hexadecimal digits stand for.
fn escaped(high: u8, low: u8) -> Result<u8, WireError> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    match (digit(high), digit(low)) {
        (Some(high), Some(low)) => Ok(high << 4 | low),
        _ => Err(broken()),
    }
}

fn broken() -> WireError {
    WireError::serialization("The request has a broken percent-escape")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_unescaped_in_order() {
        let pairs = pairs(b"A=1&B=a+b%2Fc&C&&D=%C3%A9=").unwrap();
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(pairs, [("A", "1"), ("B", "a b/c"), ("C", ""), ("D", "é=")]);
    }

    #[test]
    fn a_plus_is_a_space_in_forms_only() {
        let [form, path] = [true, false].map(|form| unescaped(b"+a+%2B%2b+", form).unwrap());
        assert_eq!((form.as_str(), path.as_str()), (" a ++ ", "+a++++"));
    }

    #[test]
    fn broken_escapes_and_broken_utf_8_are_refused() {
        for text in ["%", "%2", "%zz", "%ff", "a=%", "%+20", "%2", "a%2b%", "a%4"] {
            assert!(pairs(text.as_bytes()).is_err(), "{text}");
        }
    }
}
