//! A strict JSON reader that keeps spans, duplicate members and the written form of numbers.
//!
//! serde keeps none of these, and an error about a policy must say where. Depth is capped, and memory is linear in the text.

use crate::error::Span;
use crate::policy::Written;

/// Deeper nesting than this is refused. A policy needs seven levels.
const DEEPEST: u32 = 32;

/// A JSON value and where it stands.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Node {
    pub(crate) value: Json,
    pub(crate) span: Span,
}

/// A JSON value.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    /// As written.
    Number(Box<str>),
    String(Box<str>),
    Array(Vec<Node>),
    /// In order, duplicates included.
    Object(Vec<Member>),
}

/// One member of an object.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Member {
    pub(crate) name: Written,
    pub(crate) value: Node,
}

/// Why a text is not JSON.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct NotJson {
    pub(crate) detail: &'static str,
    pub(crate) hint: Option<&'static str>,
    pub(crate) span: Span,
}

/// Reads a whole text.
pub(crate) fn read(text: &str) -> Result<Node, NotJson> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    reader.skip_space();
    let node = reader.value()?;
    reader.skip_space();
    if reader.at < text.len() {
        Err(reader.fault("there is text after the end of the document"))
    } else {
        Ok(node)
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn span_from(&self, start: usize) -> Span {
        let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Span { start: small(start), end: small(self.at) }
    }

    fn fault(&self, detail: &'static str) -> NotJson {
        let width = self.rest().chars().next().map_or(0, char::len_utf8);
        let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let span = Span { start: small(self.at), end: small(self.at + width) };
        NotJson { detail, hint: self.hint(), span }
    }

    /// What people get wrong most often at such a place.
    fn hint(&self) -> Option<&'static str> {
        match self.rest().chars().next() {
            Some('\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{2018}' | '\u{2019}' | '\u{ab}' | '\u{bb}') => {
                Some("this is a typographic quotation mark; JSON needs the plain \"")
            }
            Some('\'') => Some("JSON strings stand in double quotes"),
            Some('/' | '#') => Some("JSON has no comments"),
            Some('}' | ']') => Some("is there a comma before it, or a bracket too many?"),
            Some('\u{feff}') => Some("the document begins with a byte order mark; save it without one"),
            None => Some("the document ends too early: is a bracket or a quotation mark missing?"),
            _ => None,
        }
    }

    fn expect(&mut self, byte: u8, otherwise: &'static str) -> Result<(), NotJson> {
        if self.peek() != Some(byte) {
            return Err(self.fault(otherwise));
        }
        self.at += 1;
        Ok(())
    }

    fn value(&mut self) -> Result<Node, NotJson> {
        let start = self.at;
        let value = match self.peek() {
            Some(b'{') => self.nested(Self::object)?,
            Some(b'[') => self.nested(Self::array)?,
            Some(b'"') => Json::String(self.string()?),
            Some(b't') => self.word("true", Json::Bool(true))?,
            Some(b'f') => self.word("false", Json::Bool(false))?,
            Some(b'n') => self.word("null", Json::Null)?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => return Err(self.fault("a value was expected here")),
        };
        Ok(Node { value, span: self.span_from(start) })
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Json, NotJson>) -> Result<Json, NotJson> {
        if self.depth == DEEPEST {
            return Err(self.fault("the document is nested too deeply"));
        }
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn word(&mut self, word: &str, value: Json) -> Result<Json, NotJson> {
        if !self.rest().starts_with(word) {
            return Err(self.fault("a value was expected here"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn object(&mut self) -> Result<Json, NotJson> {
        let mut members = Vec::new();
        self.at += 1;
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Json::Object(members));
        }
        loop {
            members.push(self.member()?);
            if self.ends(b'}', "a comma or a closing brace was expected here")? {
                return Ok(Json::Object(members));
            }
        }
    }

    fn member(&mut self) -> Result<Member, NotJson> {
        self.skip_space();
        let start = self.at;
        if self.peek() != Some(b'"') {
            return Err(self.fault("the name of a member was expected here"));
        }
        let text = self.string()?;
        let name = Written { text, span: self.span_from(start) };
        self.skip_space();
        self.expect(b':', "a colon was expected here")?;
        self.skip_space();
        Ok(Member { name, value: self.value()? })
    }

    fn array(&mut self) -> Result<Json, NotJson> {
        let mut items = Vec::new();
        self.at += 1;
        self.skip_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Json::Array(items));
        }
        loop {
            self.skip_space();
            items.push(self.value()?);
            if self.ends(b']', "a comma or a closing bracket was expected here")? {
                return Ok(Json::Array(items));
            }
        }
    }

    /// Passes a comma, or the closing bracket: then it says `true`.
    fn ends(&mut self, close: u8, otherwise: &'static str) -> Result<bool, NotJson> {
        self.skip_space();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                Ok(false)
            }
            Some(byte) if byte == close => {
                self.at += 1;
                Ok(true)
            }
            _ => Err(self.fault(otherwise)),
        }
    }

    fn digits(&mut self) -> Result<(), NotJson> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.fault("a digit was expected here")) } else { Ok(()) }
    }

    fn number(&mut self) -> Result<Json, NotJson> {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits()?;
        }
        Ok(Json::Number(self.text.get(start..self.at).unwrap_or_default().into()))
    }

    fn string(&mut self) -> Result<Box<str>, NotJson> {
        let mut text = String::new();
        self.at += 1;
        loop {
            let run = self.rest().find(['"', '\\', '\n', '\r']).unwrap_or(self.rest().len());
            let plain = self.rest().get(..run).unwrap_or_default();
            if plain.bytes().any(|b| b < 0x20) {
                return Err(self.fault("this string holds a control character; write it as an escape"));
            }
            text.push_str(plain);
            self.at += run;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text.into());
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(_) => return Err(self.fault("a string must end on the line where it begins")),
                None => return Err(self.fault("this string has no end")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, NotJson> {
        self.at += 1;
        let letter = self.peek();
        let plain = match letter {
            Some(b'u') => return self.unicode_escape(),
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            _ => return Err(self.fault("this is no escape that JSON knows")),
        };
        self.at += 1;
        Ok(plain)
    }

    fn unicode_escape(&mut self) -> Result<char, NotJson> {
        let first = self.four_hex_digits()?;
        let code = match first {
            0xd800..=0xdbff if self.rest().starts_with("\\u") => {
                self.at += 1;
                let second = self.four_hex_digits()?;
                let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400);
                low.map(|low| 0x10000 + ((first - 0xd800) << 10) + low)
            }
            _ => Some(first),
        };
        code.and_then(char::from_u32).ok_or_else(|| self.fault("this escape stands for no character"))
    }

    /// Reads `uXXXX`.
    fn four_hex_digits(&mut self) -> Result<u32, NotJson> {
        let digits = self.rest().get(1..5).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        let code = digits.and_then(|d| u32::from_str_radix(d, 16).ok());
        let code = code.ok_or_else(|| self.fault("four hexadecimal digits were expected here"))?;
        self.at += 5;
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_keeps_its_span_and_duplicates_are_kept() {
        let text = r#" {"a": [1, "x\u00e9\ud83d\ude00"], "a": true} "#;
        let node = read(text).unwrap();
        let Json::Object(members) = &node.value else { panic!() };
        assert_eq!(members.len(), 2);
        assert_eq!(members[0].name.span.of(text), "\"a\"");
        assert_eq!(members[0].value.span.of(text), r#"[1, "x\u00e9\ud83d\ude00"]"#);
        let Json::Array(items) = &members[0].value.value else { panic!() };
        assert_eq!(items[1].value, Json::String("xé😀".into()));
        assert_eq!(items[0].value, Json::Number("1".into()));
    }

    #[test]
    fn what_serde_json_takes_is_taken_and_what_it_refuses_is_refused() {
        for text in [
            "{}",
            "[]",
            "\"\"",
            "0",
            "-0",
            "1.5e-3",
            "[1,]",
            "{,}",
            "{\"a\":1,}",
            "{'a':1}",
            "01",
            "1.",
            ".5",
            "+1",
            "tru",
            "nul",
            "\"\\x\"",
            "\"\\ud800\"",
            "\"\\udc00\"",
            "\"\\ud800\\u0041\"",
            "\"a\nb\"",
            "\"\u{1}\"",
            "{} {}",
            "",
            " ",
            "{\"a\"}",
            "{\"a\":}",
            "[1 2]",
            "{\"a\":1 \"b\":2}",
            "\"\\u12\"",
            "NaN",
            "// x\n{}",
            "\u{feff}{}",
            "[[[[]]]]",
            "{\"a\":{\"b\":null}}",
            "1e",
            "-",
            "\"\\/\\b\\f\\n\\r\\t\"",
        ] {
            let serde = serde_json::from_str::<serde_json::Value>(text).is_ok();
            assert_eq!(read(text).is_ok(), serde, "{text:?}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_and_costs_no_stack() {
        let deep = "[".repeat(100_000);
        assert_eq!(read(&deep).unwrap_err().detail, "the document is nested too deeply");
        assert!(read(&format!("{}{}", "[".repeat(32), "]".repeat(32))).is_ok());
    }

    #[test]
    fn typographic_quotes_are_named_and_placed() {
        let fault = read("{\n  \u{201c}Version\u{201d}: 1}").unwrap_err();
        assert!(fault.hint.unwrap().contains("typographic"));
        assert_eq!(fault.span.start, 4);
    }
}
