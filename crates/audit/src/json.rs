//! Writes JSON, straight into bytes: an event costs well under a microsecond, and no tree is built for it.

use crate::{Word, marks::Span};
use core::{cell::Cell, fmt::Display};
use gatekey_types::{Timestamp, needs_escape, needs_escapes};
use std::{borrow::Cow, io::Write};

/// A JSON value that borrows what it can: the parameters of a request, as the log shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// A text.
    Text(Cow<'a, str>),
    /// An array.
    List(Vec<Self>),
    /// An object, its members in the order given.
    Object(Vec<(Cow<'a, str>, Self)>),
    /// JSON that a serializer wrote, on one line; it is taken over as it is.
    Json(Cow<'a, [u8]>),
}

impl<'a> Value<'a> {
    /// An object of these members.
    pub fn object<K: Into<Cow<'a, str>>>(members: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// A text.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Flag(true) => out.extend_from_slice(b"true"),
            Self::Flag(false) => out.extend_from_slice(b"false"),
            Self::Number(number) => display(out, number),
            Self::Text(text) => string(out, text),
            Self::Json(json) => out.extend_from_slice(json),
            Self::List(items) => list(out, items, |out, item| item.write(out)),
            Self::Object(members) => {
                let mut object = Object::open(out);
                for (name, value) in members {
                    object.named(name, |out| value.write(out));
                }
                object.close();
            }
        }
    }
}

impl<'a, T: Into<Cow<'a, str>>> From<T> for Value<'a> {
    fn from(text: T) -> Self {
        Self::Text(text.into())
    }
}

/// An object being written.
pub(crate) struct Object<'o> {
    out: &'o mut Vec<u8>,
    empty: bool,
}

impl<'o> Object<'o> {
    pub(crate) fn open(out: &'o mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, empty: true }
    }

    pub(crate) fn close(self) {
        self.out.push(b'}');
    }

    /// A member whose name is any text.
    fn named(&mut self, name: &str, value: impl FnOnce(&mut Vec<u8>)) {
        self.comma();
        string(self.out, name);
        self.out.push(b':');
        value(self.out);
    }

    /// A member of our own, its name as [`name!`] writes it.
    // Where this is called, the length of the name is known: in place, the name is stored and not copied by a call.
    #[inline(always)]
    pub(crate) fn member(&mut self, name: &'static str, value: impl FnOnce(&mut Vec<u8>)) {
        if core::mem::take(&mut self.empty) {
            self.out.extend_from_slice(name.as_bytes().get(1..).unwrap_or_default());
        } else {
            self.out.extend_from_slice(name.as_bytes());
        }
        value(self.out);
    }

    #[inline(always)]
    pub(crate) fn text(&mut self, name: &'static str, value: &str) -> Span {
        self.spanned(name, value.len(), |out| string(out, value))
    }

    /// A member that is left out if there is none.
    pub(crate) fn optional(&mut self, name: &'static str, value: Option<&str>) -> Span {
        value.map_or(Span::NOTHING, |value| self.text(name, value))
    }

    /// A member that is a word.
    #[inline(always)]
    pub(crate) fn word<'w>(&mut self, name: &'static str, word: impl Into<Word<'w>>) -> Span {
        self.plain(name, word.into().as_bytes())
    }

    /// A member whose value is a text that needs no escape, such as an id or a time.
    #[inline(always)]
    pub(crate) fn plain(&mut self, name: &'static str, value: &[u8]) -> Span {
        self.spanned(name, value.len(), |out| {
            out.push(b'"');
            out.extend_from_slice(value);
            out.push(b'"');
        })
    }

    /// A member that is a text of so many bytes, and where between its quotes it stands.
    #[inline(always)]
    fn spanned(&mut self, name: &'static str, bytes: usize, value: impl FnOnce(&mut Vec<u8>)) -> Span {
        let mut begin = 0;
        self.member(name, |out| {
            begin = out.len().saturating_add(1);
            value(out);
        });
        Span::new(begin, self.out.len().saturating_sub(1), bytes)
    }

    /// A member that is a moment.
    pub(crate) fn time(&mut self, name: &'static str, time: Timestamp) {
        match in_words(time) {
            Some(text) => self.plain(name, &text),
            None => self.text(name, &time.to_string()),
        };
    }

    pub(crate) fn flag(&mut self, name: &'static str, value: bool) {
        self.member(name, |out| out.extend_from_slice(if value { b"true" } else { b"false" }));
    }

    /// A member that is an object.
    pub(crate) fn object(&mut self, name: &'static str, fill: impl FnOnce(&mut Object<'_>)) {
        self.member(name, |out| {
            let mut object = Object::open(out);
            fill(&mut object);
            object.close();
        });
    }

    fn comma(&mut self) {
        if !core::mem::take(&mut self.empty) {
            self.out.push(b',');
        }
    }
}

thread_local! {
    /// The last second that was put into words: events come in the order of time, many in one second.
    static LAST_SECOND: Cell<(i64, Option<[u8; 20]>)> = const { Cell::new((i64::MIN, None)) };
}

/// [`Timestamp::text`], which is the same for all moments of a second.
fn in_words(time: Timestamp) -> Option<[u8; 20]> {
    let (second, text) = LAST_SECOND.get();
    if second == time.seconds() && text.is_some() {
        return text;
    }
    let text = time.text();
    LAST_SECOND.set((time.seconds(), text));
    text
}

/// The name of a member whose name needs no escape, with all that stands around it: one piece to copy.
macro_rules! name {
    ($name:literal) => {
        concat!(",\"", $name, "\":")
    };
}
pub(crate) use name;

pub(crate) fn list<T>(out: &mut Vec<u8>, items: &[T], mut write: impl FnMut(&mut Vec<u8>, &T)) {
    out.push(b'[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(out, item);
    }
    out.push(b']');
}

pub(crate) fn display(out: &mut Vec<u8>, value: impl Display) {
    // Writing to memory cannot fail.
    let _ = write!(out, "{value}");
}

/// A string.
pub(crate) fn string(out: &mut Vec<u8>, text: &str) {
    out.reserve(text.len().saturating_add(2));
    out.push(b'"');
    escaped(out, text);
    out.push(b'"');
}

/// What stands between the quotes of a string: the runs between the bytes that need an escape are copied whole.
#[inline]
pub(crate) fn escaped(out: &mut Vec<u8>, text: &str) {
    let mut rest = text.as_bytes();
    if needs_escapes(rest) {
        while let Some(plain) = rest.iter().position(|byte| needs_escape(*byte)) {
            let (run, tail) = rest.split_at(plain);
            out.extend_from_slice(run);
            if let Some((byte, tail)) = tail.split_first() {
                escape(out, *byte);
                rest = tail;
            }
        }
    }
    out.extend_from_slice(rest);
}

fn escape(out: &mut Vec<u8>, byte: u8) {
    match byte {
        b'"' => out.extend_from_slice(b"\\\""),
        b'\\' => out.extend_from_slice(b"\\\\"),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        b'\t' => out.extend_from_slice(b"\\t"),
        other => display(out, format_args!("\\u{other:04x}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(value: &Value<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        value.write(&mut out);
        out
    }

    fn read_back(value: &Value<'_>) -> serde_json::Value {
        serde_json::from_slice(&written(value)).unwrap()
    }

    fn expected(value: &Value<'_>) -> serde_json::Value {
        match value {
            Value::Null => serde_json::Value::Null,
            Value::Flag(flag) => (*flag).into(),
            Value::Number(number) => (*number).into(),
            Value::Text(text) => text.as_ref().into(),
            Value::Json(json) => serde_json::from_slice(json).unwrap(),
            Value::List(items) => items.iter().map(expected).collect(),
            Value::Object(members) => {
                let members = members.iter().map(|(name, value)| (name.to_string(), expected(value)));
                serde_json::Value::Object(members.collect())
            }
        }
    }

    fn values() -> impl Strategy<Value = Value<'static>> {
        let text =
            || proptest::collection::vec(any::<char>(), 0..8).prop_map(|c| c.into_iter().collect::<String>());
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Flag),
            any::<i64>().prop_map(Value::Number),
            text().prop_map(Value::text),
        ];
        leaf.prop_recursive(3, 20, 5, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::List),
                proptest::collection::btree_map(text(), inner, 0..5).prop_map(Value::object),
            ]
        })
    }

    #[test]
    fn a_moment_is_put_into_words_whatever_was_before_it() {
        for millis in [0, 999, 1000, 0, -1, -1000, i64::MAX, i64::MAX, i64::MIN, 1] {
            let time = Timestamp::from_millis(millis);
            assert_eq!(in_words(time), time.text(), "{millis}");
        }
    }

    proptest! {
        #[test]
        fn any_value_is_written_as_json_that_reads_as_the_same(value in values()) {
            prop_assert_eq!(read_back(&value), expected(&value));
        }

        #[test]
        fn no_value_can_break_the_line_that_it_stands_on(value in values()) {
            prop_assert!(written(&value).iter().all(|byte| *byte >= 0x20 && *byte != 0x7f));
        }
    }
}
