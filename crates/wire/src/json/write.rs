//! A value to JSON text.
//!
//! The text is `serde_json`'s, byte for byte. What is done here is the plain text, of which an answer consists for the
//! most part: it is looked through at once and copied whole, where `serde_json` takes every byte into its hand.

use crate::unmodelled::{Never, refuse_unmodelled, unmodelled};
use base64::Engine as _;
use gatekey_model::BASE64;
use gatekey_types::needs_escapes;
use serde::ser::{self, Error as _, Serialize, Serializer};
use serde_json::Error;

/// Appends a value.
pub(super) fn append<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<(), Error> {
    value.serialize(Writer { out })
}

/// Writes one value.
struct Writer<'o> {
    out: &'o mut Vec<u8>,
}

impl Writer<'_> {
    /// What is rare in answers, or not text.
    fn leave<T: Serialize>(self, value: T) -> Result<(), Error> {
        serde_json::to_writer(self.out, &value)
    }
}

/// Writes the elements of an array or the members of an object.
struct Parts<'o> {
    out: &'o mut Vec<u8>,
    empty: bool,
    end: u8,
}

impl<'o> Parts<'o> {
    fn open(out: &'o mut Vec<u8>, begin: u8, end: u8) -> Self {
        out.push(begin);
        Self { out, empty: true, end }
    }

    fn next(&mut self) -> Writer<'_> {
        if !core::mem::take(&mut self.empty) {
            self.out.push(b',');
        }
        Writer { out: self.out }
    }

    fn close(self) {
        self.out.push(self.end);
    }
}

fn text(out: &mut Vec<u8>, text: &str) -> Result<(), Error> {
    if needs_escapes(text.as_bytes()) {
        return serde_json::to_writer(out, text);
    }
    quoted(out, text);
    Ok(())
}

/// A text that needs no escape.
fn quoted(out: &mut Vec<u8>, text: &str) {
    out.reserve(text.len().saturating_add(2));
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}

/// Bytes as a text in base64, which needs no escape, in its place.
fn base64(out: &mut Vec<u8>, bytes: &[u8]) -> Result<(), Error> {
    let length = base64::encoded_len(bytes.len(), true).ok_or_else(|| Error::custom("a blob is too long"))?;
    out.reserve(length.saturating_add(2));
    out.push(b'"');
    let begin = out.len();
    out.resize(begin.saturating_add(length), 0);
    let place = out.get_mut(begin..).unwrap_or_default();
    BASE64.encode_slice(bytes, place).map_err(Error::custom)?;
    out.push(b'"');
    Ok(())
}

impl<'o> Serializer for Writer<'o> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Parts<'o>;
    type SerializeMap = Parts<'o>;
    type SerializeStruct = Parts<'o>;

    refuse_unmodelled!();

    /// Blobs are to be given as their bytes: see [`Self::serialize_bytes`].
    fn is_human_readable(&self) -> bool {
        false
    }
    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), Error> {
        base64(self.out, bytes)
    }
    fn serialize_bool(self, value: bool) -> Result<(), Error> {
        self.leave(value)
    }
    fn serialize_i8(self, value: i8) -> Result<(), Error> {
        self.leave(value)
    }
    fn serialize_i16(self, value: i16) -> Result<(), Error> {
        self.leave(value)
    }
    fn serialize_i32(self, value: i32) -> Result<(), Error> {
        self.leave(value)
    }
    fn serialize_i64(self, value: i64) -> Result<(), Error> {
        self.leave(value)
    }
    fn serialize_u8(self, value: u8) -> Result<(), Error> {
        self.leave(value)
    }
    fn serialize_u16(self, value: u16) -> Result<(), Error> {
        self.leave(value)
    }
    fn serialize_u32(self, value: u32) -> Result<(), Error> {
        self.leave(value)
    }
    fn serialize_u64(self, value: u64) -> Result<(), Error> {
        self.leave(value)
    }
    fn serialize_f32(self, value: f32) -> Result<(), Error> {
        self.leave(value)
    }
    fn serialize_f64(self, value: f64) -> Result<(), Error> {
        self.leave(value)
    }
    fn serialize_char(self, value: char) -> Result<(), Error> {
        self.leave(value)
    }
    fn serialize_str(self, value: &str) -> Result<(), Error> {
        text(self.out, value)
    }
    fn serialize_none(self) -> Result<(), Error> {
        self.leave(())
    }
    fn serialize_unit(self) -> Result<(), Error> {
        self.leave(())
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Parts<'o>, Error> {
        Ok(Parts::open(self.out, b'[', b']'))
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Parts<'o>, Error> {
        Ok(Parts::open(self.out, b'{', b'}'))
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Parts<'o>, Error> {
        Ok(Parts::open(self.out, b'{', b'}'))
    }
}

impl ser::SerializeSeq for Parts<'_> {
    type Ok = ();
    type Error = Error;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        value.serialize(self.next())
    }
    fn end(self) -> Result<(), Error> {
        self.close();
        Ok(())
    }
}

impl ser::SerializeMap for Parts<'_> {
    type Ok = ();
    type Error = Error;
    /// Keys of modelled maps are texts.
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        key.serialize(self.next())
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.out.push(b':');
        append(value, self.out)
    }
    fn end(self) -> Result<(), Error> {
        self.close();
        Ok(())
    }
}

impl ser::SerializeStruct for Parts<'_> {
    type Ok = ();
    type Error = Error;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
        // Names of members are a model's: letters, digits and hyphens.
        debug_assert!(!needs_escapes(name.as_bytes()), "{name}");
        quoted(self.next().out, name);
        self.out.push(b':');
        append(value, self.out)
    }
    fn end(self) -> Result<(), Error> {
        self.close();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn values() -> impl Strategy<Value = Value> {
        let text = || {
            proptest::collection::vec(any::<char>(), 0..24).prop_map(|c| c.into_iter().collect::<String>())
        };
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "[ -~\u{0}-\u{1f}\u{7f}]{0,40}".prop_map(Value::from),
            text().prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 20, 5, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                proptest::collection::btree_map(text(), inner, 0..5)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_value_is_written_as_serde_json_writes_it(value in values()) {
            let mut out = Vec::new();
            append(&value, &mut out).unwrap();
            prop_assert_eq!(String::from_utf8(out).unwrap(), serde_json::to_string(&value).unwrap());
        }
    }

    #[test]
    fn blobs_of_every_length_are_written_as_serde_json_writes_them() {
        for length in 0..200_u8 {
            let bytes = (0..length).map(|byte| byte.wrapping_mul(37)).collect();
            let blob = vec![gatekey_model::Blob::new(bytes)];
            let mut out = b"before".to_vec();
            append(&blob, &mut out).unwrap();
            assert_eq!(
                String::from_utf8(out).unwrap(),
                format!("before{}", serde_json::to_string(&blob).unwrap())
            );
        }
    }

    #[test]
    fn members_of_structures_are_written_as_serde_json_writes_them() {
        #[derive(serde::Serialize)]
        struct Shape {
            name: Option<&'static str>,
            none: Option<u8>,
            #[serde(skip_serializing_if = "Option::is_none")]
            absent: Option<u8>,
            list: Vec<i32>,
        }
        let shape = Shape { name: Some("a\"b"), none: None, absent: None, list: vec![1, -2] };
        let mut out = Vec::new();
        append(&shape, &mut out).unwrap();
        assert_eq!(out, serde_json::to_vec(&shape).unwrap());
    }
}
