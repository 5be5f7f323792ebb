use crate::{
    cut::pieces,
    error::{SignatureError, echo},
    limits,
};

/// Headers that decide what a request means or who sent it: two of one name are refused, since two readers of the
/// request could each believe another.
const SINGLE: [&str; 7] =
    ["authorization", "content-type", "date", "host", "x-amz-date", "x-amz-security-token", "x-amz-target"];

/// The headers of one request, found by name without regard to case.
#[derive(Clone, Copy)]
pub(crate) struct Headers<'a>(&'a [(&'a str, &'a [u8])]);

impl<'a> Headers<'a> {
    pub(crate) fn new(headers: &'a [(&'a str, &'a [u8])]) -> Result<Self, SignatureError> {
        if headers.len() > limits::HEADERS {
            return Err(SignatureError::incomplete("The request has too many headers."));
        }
        let headers = Self(headers);
        match SINGLE.iter().find(|name| headers.values(name).nth(1).is_some()) {
            Some(name) => {
                Err(SignatureError::incomplete(format!("The header '{name}' appears more than once.")))
            }
            None => Ok(headers),
        }
    }

    /// The values of every header of this name, in the order of arrival.
    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.0.iter().filter(move |(other, _)| same_name(other, name)).map(|(_, value)| *value)
    }

    /// The value of a header that appears once, if it is text.
    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        self.values(name).next().and_then(|value| core::str::from_utf8(value).ok()).map(str::trim_ascii)
    }

    /// Whether there is such a header.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.values(name).next().is_some()
    }

    /// All names, as they came.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.0.iter().map(|(name, _)| *name)
    }
}

/// Whether these are one name. Most headers come in lower case, so that most are told apart or found alike at a glance.
fn same_name(one: &str, other: &str) -> bool {
    one.len() == other.len() && (one == other || one.eq_ignore_ascii_case(other))
}

/// The client's list of signed headers: lower-case, in ascending order, each once, and each in the request.
pub(crate) struct SignedHeaders<'a> {
    text: &'a str,
    names: Vec<&'a str>,
}

impl<'a> SignedHeaders<'a> {
    /// Reads the list and holds it against the request. AWS requires `host` and every `x-amz-` header to be signed.
    pub(crate) fn check(text: &'a str, headers: Headers<'_>) -> Result<Self, SignatureError> {
        let refuse = |text: String| Err(SignatureError::mismatch(text));
        let separators = text.bytes().filter(|byte| *byte == b';').count();
        if separators >= limits::SIGNED_HEADERS {
            return refuse("Too many signed headers.".into());
        }
        let mut names = Vec::with_capacity(separators + 1);
        names.extend(pieces(text, b';'));
        let list = Self { text, names };
        if !list.contains("host") {
            return refuse(
                "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.".into(),
            );
        }
        if !list.names().all(is_lower_case_name) || !list.names().is_sorted_by(|a, b| a < b) {
            return refuse("'SignedHeaders' must be lower-case names in ascending order, each once.".into());
        }
        if let Some(absent) = list.names().find(|name| !headers.has(name)) {
            return refuse(format!("The signed header '{}' is not in the request.", echo(absent)));
        }
        match headers.names().find(|name| must_be_signed(name) && !list.contains(name)) {
            Some(name) => {
                refuse(format!("'{}' must be a 'SignedHeader' in the AWS Authorization.", echo(name)))
            }
            None => Ok(list),
        }
    }

    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.names.iter().copied()
    }

    fn contains(&self, name: &str) -> bool {
        self.names().any(|signed| same_name(signed, name))
    }
}

/// `x-amz-user-agent` is the exception: SDKs leave it out as they leave out `user-agent`, since proxies change it.
fn must_be_signed(name: &str) -> bool {
    name.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("x-amz-"))
        && !name.eq_ignore_ascii_case("x-amz-user-agent")
}

fn is_lower_case_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic() && !b.is_ascii_uppercase() && b != b':')
}

/// Appends a header's value as the canonical request has it: trimmed, runs of spaces made one, several values of the
/// same name joined by commas.
pub(crate) fn canonical_values(headers: Headers<'_>, name: &str, out: &mut Vec<u8>) {
    for (index, value) in headers.values(name).enumerate() {
        if index > 0 {
            out.push(b',');
        }
        push_squeezed(value.trim_ascii(), out);
    }
}

fn push_squeezed(mut value: &[u8], out: &mut Vec<u8>) {
    if !value.contains(&b' ') {
        return out.extend_from_slice(value);
    }
    while let Some(double) = value.windows(2).position(|two| two == b"  ") {
        let (before, after) = value.split_at(double + 1);
        out.extend_from_slice(before);
        let spaces = after.iter().take_while(|byte| **byte == b' ').count();
        value = after.split_at(spaces).1;
    }
    out.extend_from_slice(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(list: &str, headers: &[(&str, &[u8])]) -> Result<(), String> {
        let headers = Headers::new(headers).map_err(|e| e.to_string())?;
        SignedHeaders::check(list, headers).map(|_| ()).map_err(|e| e.message().to_owned())
    }

    #[test]
    fn values_are_trimmed_squeezed_and_joined_in_order() {
        let headers: [(&str, &[u8]); 3] = [("A", b"  x   y "), ("b", b"other"), ("a", b"\tz")];
        let mut out = Vec::new();
        canonical_values(Headers::new(&headers).unwrap(), "a", &mut out);
        assert_eq!(out, b"x y,z");
    }

    #[test]
    fn host_and_every_amz_header_must_be_signed() {
        let host: (&str, &[u8]) = ("Host", b"h");
        assert!(check("host", &[host]).is_ok());
        assert!(check("x", &[host, ("x", b"")]).unwrap_err().starts_with("'Host' or ':authority'"));
        let target: (&str, &[u8]) = ("X-Amz-Target", b"t");
        assert!(check("host", &[host, target]).unwrap_err().starts_with("'X-Amz-Target' must be"));
        assert!(check("host;x-amz-target", &[host, target]).is_ok());
        assert!(check("host", &[host, ("x-amz-user-agent", b"u"), ("X-Amzn-Trace-Id", b"t")]).is_ok());
    }

    #[test]
    fn a_list_out_of_order_or_twice_or_in_upper_case_or_absent_is_refused() {
        let headers: [(&str, &[u8]); 2] = [("host", b"h"), ("a", b"")];
        for bad in ["host;a", "a;a;host", "A;host", "a;b;host", "a;host;", ";host", "a:;host"] {
            assert!(check(bad, &headers).is_err(), "{bad}");
        }
        assert!(check("a;host", &headers).is_ok());
    }

    #[test]
    fn a_second_header_of_a_decisive_name_is_refused() {
        for name in SINGLE {
            let upper = name.to_ascii_uppercase();
            assert!(Headers::new(&[(name, b"1"), (&upper, b"1")]).is_err(), "{name}");
        }
        assert!(Headers::new(&[("accept", b"1"), ("accept", b"2")]).is_ok());
        assert!(Headers::new(&[("accept", b"1".as_slice()); limits::HEADERS + 1]).is_err());
    }
}
