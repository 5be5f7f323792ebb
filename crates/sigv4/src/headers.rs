use crate::{
    cut::pieces,
    error::{SignatureError, echo},
    limits,
};

/// Headers that decide what a request means or who sent it: two of one name are refused, since two readers of the
/// request could each believe another.
const SINGLE: [&str; 7] =
    ["authorization", "content-type", "date", "host", "x-amz-date", "x-amz-security-token", "x-amz-target"];

/// Where this name is in [`SINGLE`], if it is there. Its length and first letter leave at most one to compare it with.
fn place_in_single(name: &str) -> Option<usize> {
    let first = name.as_bytes().first()?.to_ascii_lowercase();
    let is_like = |single: &str| single.len() == name.len() && single.as_bytes().first() == Some(&first);
    let place = SINGLE.iter().position(|single| is_like(single))?;
    SINGLE.get(place).is_some_and(|single| same_name(name, single)).then_some(place)
}

/// The headers of one request, found by name without regard to case.
#[derive(Clone, Copy)]
pub(crate) struct Headers<'a>(&'a [(&'a str, &'a [u8])]);

impl<'a> Headers<'a> {
    pub(crate) fn new(headers: &'a [(&'a str, &'a [u8])]) -> Result<Self, SignatureError> {
        if headers.len() > limits::HEADERS {
            return Err(SignatureError::incomplete("The request has too many headers."));
        }
        let mut counts = [0_usize; SINGLE.len()];
        for (name, _) in headers {
            if let Some(count) = place_in_single(name).and_then(|place| counts.get_mut(place)) {
                *count += 1;
            }
        }
        match SINGLE.iter().zip(counts).find(|(_, count)| *count > 1) {
            Some((name, _)) => {
                Err(SignatureError::incomplete(format!("The header '{name}' appears more than once.")))
            }
            None => Ok(Self(headers)),
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
}

/// Whether these are one name. Most headers come in lower case, so that most are told apart or found alike at a glance.
fn same_name(one: &str, other: &str) -> bool {
    one.len() == other.len() && (one == other || one.eq_ignore_ascii_case(other))
}

/// Few clients sign more headers.
const USUAL_SIGNED_HEADERS: usize = 12;

/// The client's list of signed headers: lower-case, in ascending order, each once, and each in the request.
pub(crate) struct SignedHeaders<'a> {
    text: &'a str,
    list: Vec<SignedHeader<'a>>,
}

/// A signed header, and its values in the order of arrival: mostly one.
struct SignedHeader<'a> {
    name: &'a str,
    first: Option<&'a [u8]>,
    further: Vec<&'a [u8]>,
}

impl<'a> SignedHeader<'a> {
    fn named(name: &'a str) -> Self {
        Self { name, first: None, further: Vec::new() }
    }

    fn add(&mut self, value: &'a [u8]) {
        match self.first {
            None => self.first = Some(value),
            Some(_) => self.further.push(value),
        }
    }

    /// As the canonical request has it: trimmed, runs of spaces made one, several values joined by commas.
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.name.as_bytes());
        out.push(b':');
        push_squeezed(self.first.unwrap_or_default().trim_ascii(), out);
        for value in &self.further {
            out.push(b',');
            push_squeezed(value.trim_ascii(), out);
        }
        out.push(b'\n');
    }
}

impl<'a> SignedHeaders<'a> {
    /// Reads the list and holds it against the request. AWS requires `host` and every `x-amz-` header to be signed.
    pub(crate) fn check(text: &'a str, headers: Headers<'a>) -> Result<Self, SignatureError> {
        let refuse = |text: String| Err(SignatureError::mismatch(text));
        let mut list = Vec::with_capacity(USUAL_SIGNED_HEADERS);
        list.extend(pieces(text, b';').take(limits::SIGNED_HEADERS + 1).map(SignedHeader::named));
        if list.len() > limits::SIGNED_HEADERS {
            return refuse("Too many signed headers.".into());
        }
        let mut signed = Self { text, list };
        if !signed.list.iter().any(|header| same_name(header.name, "host")) {
            return refuse(
                "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.".into(),
            );
        }
        let are_lawful = signed.list.iter().all(|header| is_lower_case_name(header.name));
        if !are_lawful || !signed.list.is_sorted_by(|a, b| a.name < b.name) {
            return refuse("'SignedHeaders' must be lower-case names in ascending order, each once.".into());
        }
        let unsigned = signed.take_in(headers);
        if let Some(absent) = signed.list.iter().find(|header| header.first.is_none()) {
            return refuse(format!("The signed header '{}' is not in the request.", echo(absent.name)));
        }
        match unsigned {
            Some(name) => {
                refuse(format!("'{}' must be a 'SignedHeader' in the AWS Authorization.", echo(name)))
            }
            None => Ok(signed),
        }
    }

    /// Takes in the values of what is signed, and tells the first header that is not but must be.
    fn take_in(&mut self, headers: Headers<'a>) -> Option<&'a str> {
        let mut unsigned = None;
        for (name, value) in headers.0 {
            match self.list.iter_mut().find(|header| same_name(header.name, name)) {
                Some(header) => header.add(value),
                None if unsigned.is_none() && must_be_signed(name) => unsigned = Some(*name),
                None => {}
            }
        }
        unsigned
    }

    /// Appends the headers and the list of their names as the canonical request has them.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        self.list.iter().for_each(|header| header.write(out));
        out.push(b'\n');
        out.extend_from_slice(self.text.as_bytes());
    }
}

/// `x-amz-user-agent` is the exception: SDKs leave it out as they leave out `user-agent`, since proxies change it.
fn must_be_signed(name: &str) -> bool {
    name.as_bytes().first_chunk().is_some_and(|start: &[u8; 6]| start.eq_ignore_ascii_case(b"x-amz-"))
        && !name.eq_ignore_ascii_case("x-amz-user-agent")
}

fn is_lower_case_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| matches!(byte, b'!'..=b'9' | b';'..=b'@' | b'['..=b'~'))
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
        let headers: [(&str, &[u8]); 5] =
            [("A", b"  x   y "), ("b", b"other"), ("host", b""), ("a", b"\tz"), ("a", b"  ")];
        let signed = SignedHeaders::check("a;host", Headers::new(&headers).unwrap()).unwrap();
        let mut out = Vec::new();
        signed.write(&mut out);
        assert_eq!(out, b"a:x y,z,\nhost:\n\na;host");
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
    fn a_list_has_so_many_names_and_no_more() {
        let names: Vec<String> = (0..limits::SIGNED_HEADERS).map(|n| format!("h{n:03}")).collect();
        let mut headers: Vec<(&str, &[u8])> =
            names.iter().map(|name| (name.as_str(), b"".as_slice())).collect();
        headers.extend([("host", b"h".as_slice())]);
        let list = names.join(";");
        let most = format!("{};host", list.get(5..).unwrap());
        assert_eq!(check(&most, &headers), Ok(()));
        assert_eq!(check(&format!("{list};host"), &headers).unwrap_err(), "Too many signed headers.");
    }

    #[test]
    fn a_lawful_name_is_of_graphic_characters_but_no_capital_and_no_colon() {
        assert!(!is_lower_case_name(""));
        for byte in 0..0x80_u8 {
            let lawful = byte.is_ascii_graphic() && !byte.is_ascii_uppercase() && byte != b':';
            assert_eq!(is_lower_case_name(&format!("a{}b", char::from(byte))), lawful, "{byte}");
        }
        assert!(!is_lower_case_name("é"));
    }

    #[test]
    fn of_several_decisive_names_that_come_twice_the_first_of_the_list_is_named() {
        let twice: Vec<(&str, &[u8])> =
            SINGLE.iter().rev().chain(&SINGLE).map(|name| (*name, b"".as_slice())).collect();
        for count in 1..=SINGLE.len() {
            let (from, to) = (SINGLE.len() - count, SINGLE.len() + count);
            let error = Headers::new(twice.get(from..to).unwrap()).map(|_| ()).unwrap_err();
            assert_eq!(error.message(), "The header 'authorization' appears more than once.");
        }
        let headers: [(&str, &[u8]); 4] =
            [("X-Amz-Target", b""), ("Date", b""), ("x-amz-target", b""), ("date", b"")];
        let error = Headers::new(&headers).map(|_| ()).unwrap_err();
        assert_eq!(error.message(), "The header 'date' appears more than once.");
    }

    #[test]
    fn length_and_first_letter_tell_the_decisive_names_apart() {
        for (place, name) in SINGLE.iter().enumerate() {
            assert_eq!(place_in_single(name), Some(place));
            assert_eq!(place_in_single(&name.to_ascii_uppercase()), Some(place));
            assert_eq!(place_in_single(&format!("{name}s")), None);
            assert_eq!(place_in_single(&format!("{}_", name.get(..name.len() - 1).unwrap())), None);
        }
        assert_eq!(place_in_single(""), None);
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
