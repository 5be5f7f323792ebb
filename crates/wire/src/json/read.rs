//! JSON text to a tree, guided by the shape.

use super::Naming;
use crate::limits::Budget;
use crate::node::Node;
use crate::{WireError, blob};
use core::fmt;
use gatekey_model::{Kind, Location, Member, Shape, lenient};
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};
use std::borrow::Cow;

/// The tree of a body that must hold one JSON object.
pub(super) fn object<'a>(
    body: &'a [u8],
    shape: &'static Shape,
    naming: Naming,
) -> Result<Node<'a>, WireError> {
    let mut state = State::new(naming);
    let reader = Reader { shape, state: &mut state };
    let read = match core::str::from_utf8(body) {
        // What is text as a whole need not be looked at once more string by string.
        Ok(text) => whole(serde_json::Deserializer::from_str(text), reader),
        // What is wrong before the place that is no text is told first, and what is skipped may be no text.
        Err(_) => whole(serde_json::Deserializer::from_slice(body), reader),
    };
    match (read, state.refusal) {
        (Ok(Some(node)), _) => Ok(node),
        (Err(_), Some(refusal)) => Err(refusal),
        // AWS gives no text where the body is no JSON object.
        _ => Err(WireError::Serialization(None)),
    }
}

/// Reads one value, after which there must be nothing.
fn whole<'de, R: serde_json::de::Read<'de>>(
    mut json: serde_json::Deserializer<R>,
    reader: Reader<'_>,
) -> serde_json::Result<Option<Node<'de>>> {
    let node = reader.deserialize(&mut json)?;
    json.end().map(|()| node)
}

/// What reading carries along.
pub(super) struct State {
    pub(super) budget: Budget,
    /// Why reading stopped, when it was not the JSON's fault: serde can only carry a text.
    refusal: Option<WireError>,
    naming: Naming,
}

impl State {
    pub(super) const fn new(naming: Naming) -> Self {
        Self { budget: Budget::new(), refusal: None, naming }
    }

    fn refuse<E: de::Error>(&mut self, refusal: WireError) -> E {
        self.refusal = Some(refusal);
        E::custom("refused")
    }
}

/// Reads one value of this shape; null is `None`.
pub(super) struct Reader<'s> {
    pub(super) shape: &'static Shape,
    pub(super) state: &'s mut State,
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Option<Node<'de>>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        if let Err(refusal) = self.state.budget.spend() {
            return Err(self.state.refuse(refusal));
        }
        deserializer.deserialize_any(self)
    }
}

impl Reader<'_> {
    /// A value of a type that the shape does not allow.
    fn mismatch<E: de::Error>(self, token: &str) -> E {
        let text = match self.shape.kind {
            Kind::Structure(_) => "Expected null".to_owned(),
            Kind::List { .. } => "Expected list or null".to_owned(),
            Kind::Map { .. } => "Expected map or null".to_owned(),
            Kind::Timestamp(_) => format!("{token} can not be converted to milliseconds since epoch"),
            kind => format!("{token} can not be converted to {}", type_name(kind)),
        };
        self.state.refuse(WireError::serialization(text))
    }

    fn text<'de, E: de::Error>(self, text: Cow<'de, str>) -> Result<Option<Node<'de>>, E> {
        match self.shape.kind {
            Kind::String => Ok(Some(Node::Text(text))),
            Kind::Blob => match blob::decode(&text, !self.shape.sensitive) {
                Ok(bytes) => Ok(Some(Node::Bytes(bytes))),
                Err(refusal) => Err(self.state.refuse(refusal)),
            },
            _ => Err(self.mismatch("STRING_VALUE")),
        }
    }

    /// A number: integers are cut to their width, as AWS does, and never refused for their size.
    fn number<'de, E: de::Error>(self, whole: i64, value: f64) -> Result<Option<Node<'de>>, E> {
        Ok(Some(match self.shape.kind {
            Kind::Integer => Node::Integer(lenient::Truncated(whole).narrow().into()),
            Kind::Long => Node::Integer(whole),
            Kind::Float | Kind::Double => Node::Float(value),
            // A conversion from a float saturates.
            Kind::Timestamp(_) => Node::Moment((value * 1000.0).round() as i64),
            _ => return Err(self.mismatch("NUMBER_VALUE")),
        }))
    }

    fn list<'de, A: SeqAccess<'de>>(self, member: &'static Shape, mut seq: A) -> Result<Node<'de>, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = seq.next_element_seed(Reader { shape: member, state: self.state })? {
            // AWS drops null elements.
            elements.extend(element);
        }
        Ok(Node::List(elements))
    }

    fn map<'de, A: MapAccess<'de>>(self, value: &'static Shape, mut map: A) -> Result<Node<'de>, A::Error> {
        let mut entries: Vec<(Cow<'de, str>, Option<Node<'de>>)> = Vec::new();
        while let Some(Key(key)) = map.next_key()? {
            entries.push((key, map.next_value_seed(Reader { shape: value, state: self.state })?));
        }
        Ok(Node::Map(entries))
    }

    fn structure<'de, A: MapAccess<'de>>(
        self,
        members: &'static [Member],
        mut map: A,
    ) -> Result<Node<'de>, A::Error> {
        let mut found: Vec<(&'static Member, Node<'de>)> = Vec::new();
        while let Some(Key(key)) = map.next_key()? {
            let Some(member) = self.named(members, &key) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let value = map.next_value_seed(Reader { shape: member.shape, state: self.state })?;
            found.retain(|(earlier, _)| !core::ptr::eq(*earlier, member));
            found.extend(value.map(|value| (member, value)));
        }
        Ok(Node::Structure(found))
    }

    fn named(&self, members: &'static [Member], key: &str) -> Option<&'static Member> {
        let naming = self.state.naming;
        members.iter().find(|member| member.location == Location::Body && naming(member) == key)
    }
}

/// The article and the name of a type, as AWS writes them.
fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Blob => "a Blob",
        Kind::Boolean => "a Boolean",
        Kind::Integer => "an Integer",
        Kind::Long => "a Long",
        Kind::Float => "a Float",
        Kind::Double => "a Double",
        _ => "a String",
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Option<Node<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Self::Value, E> {
        match self.shape.kind {
            Kind::Boolean => Ok(Some(Node::Boolean(value))),
            _ => Err(self.mismatch(if value { "TRUE_VALUE" } else { "FALSE_VALUE" })),
        }
    }
    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Self::Value, E> {
        self.number(value, value as f64)
    }
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Self::Value, E> {
        self.number(i64::try_from(value).unwrap_or(i64::MAX), value as f64)
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Self::Value, E> {
        self.number(value as i64, value)
    }
    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        self.text(Cow::Borrowed(text))
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        self.text(Cow::Owned(text.to_owned()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        let Kind::List { member, .. } = self.shape.kind else {
            let refusal = WireError::serialization("Start of list found where not expected");
            return Err(self.state.refuse(refusal));
        };
        self.nested(|reader| reader.list(member, seq))
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        match self.shape.kind {
            Kind::Structure(members) => self.nested(|reader| reader.structure(members, map)),
            Kind::Map { value, .. } => self.nested(|reader| reader.map(value, map)),
            _ => {
                let refusal = WireError::serialization("Start of structure or map found where not expected.");
                Err(self.state.refuse(refusal))
            }
        }
    }
}

impl Reader<'_> {
    /// Reads something one level down.
    fn nested<'de, E: de::Error>(
        self,
        read: impl FnOnce(Reader<'_>) -> Result<Node<'de>, E>,
    ) -> Result<Option<Node<'de>>, E> {
        let Self { shape, state } = self;
        if let Err(refusal) = state.budget.descend() {
            return Err(state.refuse(refusal));
        }
        let node = read(Reader { shape, state: &mut *state })?;
        state.budget.ascend();
        Ok(Some(node))
    }
}

/// The key of a member or an entry, borrowed where the text has no escapes.
pub(super) struct Key<'a>(pub(super) Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        lenient::text(deserializer).map(Key).map_err(D::Error::custom)
    }
}
