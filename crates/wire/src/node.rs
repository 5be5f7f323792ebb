//! A request as a tree: what every protocol reads and every rule looks at, and from which the generated types are made.

use core::fmt;
use gatekey_model::Member;
use serde::de::value::{BorrowedStrDeserializer, CowStrDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{self, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use std::borrow::Cow;

/// A value of a request. A member that is absent or null is not there at all.
#[derive(Clone)]
pub(crate) enum Node<'a> {
    Text(Cow<'a, str>),
    Bytes(Vec<u8>),
    Boolean(bool),
    Integer(i64),
    Float(f64),
    /// Milliseconds since the epoch.
    Moment(i64),
    List(Vec<Node<'a>>),
    /// A map's entries; a value that was null is `None`, since validation has something to say of it.
    Map(Vec<(Cow<'a, str>, Option<Node<'a>>)>),
    Structure(Vec<(&'static Member, Node<'a>)>),
}

/// A request may hold secrets, so only its outline is ever shown.
impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text",
            Self::Bytes(_) => "Bytes",
            Self::Boolean(_) => "Boolean",
            Self::Integer(_) | Self::Float(_) => "Number",
            Self::Moment(_) => "Moment",
            Self::List(_) => "List",
            Self::Map(_) => "Map",
            Self::Structure(_) => "Structure",
        })
    }
}

/// Why a tree did not become its type. The tables and the types come from one model, so this does not happen.
#[derive(Debug)]
pub(crate) struct Mismatch(String);

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Mismatch {}

impl de::Error for Mismatch {
    fn custom<T: fmt::Display>(text: T) -> Self {
        Self(text.to_string())
    }
}

impl<'de> Deserializer<'de> for Node<'de> {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self {
            Self::Text(text) => TextDeserializer(text).deserialize_any(visitor),
            Self::Bytes(bytes) => visitor.visit_byte_buf(bytes),
            Self::Boolean(value) => visitor.visit_bool(value),
            Self::Integer(value) => visitor.visit_i64(value),
            Self::Float(value) => visitor.visit_f64(value),
            Self::Moment(millis) => visitor.visit_f64(millis as f64 / 1000.0),
            Self::List(elements) => visitor.visit_seq(SeqDeserializer::new(elements.into_iter())),
            Self::Map(entries) => {
                let entries = entries.into_iter().filter_map(|(key, value)| Some((Key(key), value?)));
                visitor.visit_map(MapDeserializer::new(entries))
            }
            Self::Structure(members) => {
                let members = members.into_iter().map(|(member, value)| (Key(member.name.into()), value));
                visitor.visit_map(MapDeserializer::new(members))
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Mismatch> for Node<'de> {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

/// The key of an entry, which keeps a borrowed text borrowed.
struct Key<'a>(Cow<'a, str>);

impl<'de> IntoDeserializer<'de, Mismatch> for Key<'de> {
    type Deserializer = TextDeserializer<'de>;
    fn into_deserializer(self) -> TextDeserializer<'de> {
        TextDeserializer(self.0)
    }
}

/// A text, which stays borrowed if it is.
pub(crate) struct TextDeserializer<'a>(pub(crate) Cow<'a, str>);

impl<'de> Deserializer<'de> for TextDeserializer<'de> {
    type Error = Mismatch;
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.0 {
            Cow::Borrowed(text) => BorrowedStrDeserializer::new(text).deserialize_any(visitor),
            owned @ Cow::Owned(_) => CowStrDeserializer::new(owned).deserialize_any(visitor),
        }
    }
    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
