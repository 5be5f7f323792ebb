//! JSON text straight into its generated type, in one pass, where nothing is wrong with it.
//!
//! Nearly every request is right, and a tree of it would be made only to be taken apart. What to say of one that is not,
//! [`super::read`] and [`validate`] know: nothing is said here, and wherever anything is wrong, or only unusual, reading stops,
//! and they begin anew. Scalars are read by them here, too. What is read is what they read: tests compare the two.

use super::read::{Key, Reader, State};
use crate::node::{Node, TextDeserializer};
use crate::validate;
use core::fmt;
use gatekey_model::{Kind, Location, Member, Shape, lenient};
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use std::borrow::Cow;

/// The input in a body of this shape; nothing where that takes a closer look.
pub(super) fn object<'a, T: Deserialize<'a>>(body: &'a [u8], shape: &'static Shape) -> Option<T> {
    let mut json = serde_json::Deserializer::from_str(core::str::from_utf8(body).ok()?);
    let mut state = State::new(|member| member.name);
    let place = Place { shape, may_be_null: false, state: &mut state };
    let input =
        DeserializeSeed::deserialize(Value { place, seed: core::marker::PhantomData }, &mut json).ok()?;
    json.end().ok().map(|()| input)
}

/// The end of reading. Nobody is told of it.
fn stop<E: de::Error>() -> E {
    E::custom("this takes a closer look")
}

/// Where a value is, and what reading carries along.
struct Place<'s> {
    shape: &'static Shape,
    may_be_null: bool,
    state: &'s mut State,
}

impl<'s> Place<'s> {
    /// What is there, in this JSON.
    const fn of<D>(self, json: D) -> Checked<'s, D> {
        Checked { place: self, json }
    }

    /// Reads what is one level down.
    fn nested<T, E: de::Error>(self, read: impl FnOnce(&mut State) -> Result<T, E>) -> Result<T, E> {
        self.state.budget.descend().map_err(|_| stop())?;
        let value = read(self.state)?;
        self.state.budget.ascend();
        Ok(value)
    }
}

/// JSON that gives its value only if the value is what its place wants.
struct Checked<'s, D> {
    place: Place<'s>,
    json: D,
}

impl<'de, D: Deserializer<'de>> Checked<'_, D> {
    fn scalar(self) -> Result<Node<'de>, D::Error> {
        let Place { shape, state, .. } = self.place;
        if validate::is_collection(shape) {
            return Err(stop());
        }
        match self.json.deserialize_any(Reader { shape, state })? {
            Some(node) if !validate::breaks(shape, &node) => Ok(node),
            _ => Err(stop()),
        }
    }
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Checked<'_, D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.scalar()?.deserialize_any(visitor).map_err(|_| stop())
    }

    /// A text, or what else a string may stand for.
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        if !matches!(self.place.shape.kind, Kind::String) {
            return self.deserialize_any(visitor);
        }
        let text = lenient::text(self.json)?;
        if validate::breaks_as_text(self.place.shape, &text) {
            return Err(stop());
        }
        TextDeserializer(text).deserialize_any(visitor).map_err(|_| stop())
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.json.deserialize_option(Nullable { place: self.place, visitor })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        let Self { place, json } = self;
        let shape = place.shape;
        place.nested(|state| json.deserialize_seq(Collection { shape, state, visitor }))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        let Self { place, json } = self;
        let shape = place.shape;
        place.nested(|state| json.deserialize_map(Collection { shape, state, visitor }))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let Self { place, json } = self;
        let shape = place.shape;
        let Kind::Structure(members) = shape.kind else { return Err(stop()) };
        place.nested(|state| json.deserialize_map(Structure { shape, members, state, visitor }))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct tuple
        tuple_struct enum identifier ignored_any
    }
}

/// Reads a value at its place, once it is paid for.
struct Value<'s, S> {
    place: Place<'s>,
    seed: S,
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Value<'_, S> {
    type Value = S::Value;
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<S::Value, D::Error> {
        self.place.state.budget.spend().map_err(|_| stop())?;
        self.seed.deserialize(self.place.of(json))
    }
}

/// A value, or null where that is as good as nothing.
struct Nullable<'s, V> {
    place: Place<'s>,
    visitor: V,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Nullable<'_, V> {
    type Value = V::Value;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or null")
    }
    fn visit_none<E: de::Error>(self) -> Result<V::Value, E> {
        if self.place.may_be_null { self.visitor.visit_none() } else { Err(stop()) }
    }
    fn visit_some<D: Deserializer<'de>>(self, json: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_some(self.place.of(json))
    }
}

/// Reads a list or a map. Nothing in it is null.
struct Collection<'s, V> {
    shape: &'static Shape,
    state: &'s mut State,
    visitor: V,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Collection<'_, V> {
    type Value = V::Value;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list or a map")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<V::Value, A::Error> {
        let Kind::List { member, .. } = self.shape.kind else { return Err(stop()) };
        let mut count = 0;
        let value = self.visitor.visit_seq(Elements { member, state: self.state, count: &mut count, seq })?;
        if validate::breaks_with(self.shape, count) { Err(stop()) } else { Ok(value) }
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        let Kind::Map { key, value, .. } = self.shape.kind else { return Err(stop()) };
        let mut count = 0;
        let entries = Entries { key, value, state: self.state, count: &mut count, map };
        let value = self.visitor.visit_map(entries)?;
        if validate::breaks_with(self.shape, count) { Err(stop()) } else { Ok(value) }
    }
}

struct Elements<'s, A> {
    member: &'static Shape,
    state: &'s mut State,
    count: &'s mut usize,
    seq: A,
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Elements<'_, A> {
    type Error = A::Error;
    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        let place = Place { shape: self.member, may_be_null: false, state: self.state };
        let element = self.seq.next_element_seed(Value { place, seed })?;
        *self.count += usize::from(element.is_some());
        Ok(element)
    }
}

struct Entries<'s, A> {
    key: &'static Shape,
    value: &'static Shape,
    state: &'s mut State,
    count: &'s mut usize,
    map: A,
}

impl<'de, A: MapAccess<'de>> Entries<'_, A> {
    fn next(&mut self) -> Result<Option<Cow<'de, str>>, A::Error> {
        let Some(Key(key)) = self.map.next_key()? else { return Ok(None) };
        *self.count += 1;
        if validate::breaks_as_text(self.key, &key) { Err(stop()) } else { Ok(Some(key)) }
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Entries<'_, A> {
    type Error = A::Error;
    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        let Some(key) = self.next()? else { return Ok(None) };
        seed.deserialize(TextDeserializer(key)).map(Some).map_err(|_| stop())
    }
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        let place = Place { shape: self.value, may_be_null: false, state: self.state };
        self.map.next_value_seed(Value { place, seed })
    }
}

/// Reads a structure. Its type refuses a member that occurs twice.
struct Structure<'s, V> {
    shape: &'static Shape,
    members: &'static [Member],
    state: &'s mut State,
    visitor: V,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Structure<'_, V> {
    type Value = V::Value;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a structure")
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        let mut missing = self.members.iter().filter(|member| member.required).count();
        let (members, state) = (self.members, self.state);
        let value =
            self.visitor.visit_map(Members { members, state, missing: &mut missing, at: None, map })?;
        if missing > 0 || self.shape.is_constrained() { Err(stop()) } else { Ok(value) }
    }
}

struct Members<'s, A> {
    members: &'static [Member],
    state: &'s mut State,
    /// How many members that must be there were not met yet.
    missing: &'s mut usize,
    at: Option<&'static Member>,
    map: A,
}

impl<'de, A: MapAccess<'de>> Members<'_, A> {
    /// The next member that the model knows.
    fn next(&mut self) -> Result<Option<&'static Member>, A::Error> {
        while let Some(Key(key)) = self.map.next_key()? {
            let known = |member: &&Member| member.location == Location::Body && member.name == key;
            if let Some(member) = self.members.iter().find(known) {
                *self.missing = self.missing.saturating_sub(usize::from(member.required));
                self.at = Some(member);
                return Ok(Some(member));
            }
            self.map.next_value::<IgnoredAny>()?;
        }
        Ok(None)
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Members<'_, A> {
    type Error = A::Error;
    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        match self.next()? {
            Some(member) => seed.deserialize(BorrowedStrDeserializer::new(member.name)).map(Some),
            None => Ok(None),
        }
    }
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        let Some(member) = self.at.take() else { return Err(stop()) };
        let place = Place { shape: member.shape, may_be_null: !member.required, state: self.state };
        self.map.next_value_seed(Value { place, seed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{decode_with_care, encode};
    use gatekey_model::{Call, OperationInfo, Visit, kms};

    /// What reading in one pass and what reading with care makes of a body, written out.
    struct Both<'a>(&'a [u8]);

    impl<Operation> Visit<Operation> for Both<'_> {
        type Output = (Option<String>, Option<String>);
        fn visit<C: Call<Operation = Operation>>(self) -> Self::Output {
            let info: &'static OperationInfo = C::INFO;
            let written = |input: C::Input| String::from_utf8(encode(&input).ok()?).ok();
            let with_care = decode_with_care::<C::Input>(self.0, info.input).ok();
            (object(self.0, info.input).and_then(written), with_care.and_then(written))
        }
    }

    #[test]
    fn what_botocore_sends_for_every_operation_is_read_in_one_pass() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../conformance/wire/kms.json");
        let cases = std::fs::read_to_string(path).unwrap();
        let cases: Vec<serde_json::Value> = serde_json::from_str(&cases).unwrap();
        assert_eq!(cases.len(), kms::Operation::ALL.len());
        for case in &cases {
            let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
            let (name, body) = (text(&case["operation"]), text(&case["request"]["body"]));
            let (read, with_care) = kms::Operation::from_name(&name).unwrap().visit(Both(body.as_bytes()));
            assert!(with_care.is_some(), "{name}");
            assert_eq!(read, with_care, "{name}");
        }
    }

    #[test]
    fn unknown_members_escapes_spaces_and_null_for_what_may_be_absent_are_read_in_one_pass() {
        for body in [
            r#" { "KeyId" : "a" , "Plaintext" : "AAEC" } "#,
            r#"{"Other":{"a":[1,null]},"KeyId":"a","Plaintext":"AAEC","More":null}"#,
            r#"{"Key\u0049d":"\u0061\n","Plaintext":"AAEC","EncryptionContext":{"\u00e9":"\"","a":"1","a":"2"}}"#,
            r#"{"KeyId":"a","Plaintext":"AAEC","EncryptionContext":null,"GrantTokens":null,"DryRun":null}"#,
            r#"{"KeyId":"a","Plaintext":"AAEC","EncryptionContext":{},"GrantTokens":[],"DryRun":false}"#,
        ] {
            let (read, with_care) = kms::Operation::Encrypt.visit(Both(body.as_bytes()));
            assert!(read.is_some(), "{body}");
            assert_eq!(read, with_care, "{body}");
        }
    }

    #[test]
    fn what_is_unusual_or_wrong_is_left_to_be_read_with_care() {
        for (body, is_right) in [
            (&br#"{"KeyId":"a","KeyId":"b","Plaintext":"AAEC"}"#[..], true),
            (br#"{"KeyId":"a","Plaintext":"AAEC","GrantTokens":["b",null]}"#, true),
            (b"{\"KeyId\":\"a\",\"Plaintext\":\"AAEC\",\"Other\":\"\xff\"}", true),
            (b"", false),
            (b"null", false),
            (br#"["a","AAEC"]"#, false),
            (br#"{"KeyId":"a"}"#, false),
            (br#"{"KeyId":null,"Plaintext":"AAEC"}"#, false),
            (br#"{"KeyId":"","Plaintext":"AAEC"}"#, false),
            (br#"{"KeyId":"a","Plaintext":""}"#, false),
            (br#"{"KeyId":"a","Plaintext":"AAE"}"#, false),
            (br#"{"KeyId":1,"Plaintext":"AAEC"}"#, false),
            (br#"{"KeyId":"a","Plaintext":"AAEC","DryRun":"true"}"#, false),
            (br#"{"KeyId":"a","Plaintext":"AAEC","EncryptionContext":{"a":null}}"#, false),
            (br#"{"KeyId":"a","Plaintext":"AAEC","EncryptionAlgorithm":"OTHER"}"#, false),
            (br#"{"KeyId":"a","Plaintext":"AAEC","GrantTokens":["0","1","2","3","4","5","6","7","8","9","10"]}"#, false),
            (br#"{"KeyId":"a","Plaintext":"AAEC"}x"#, false),
        ] {
            let (read, with_care) = kms::Operation::Encrypt.visit(Both(body));
            assert_eq!((read, with_care.is_some()), (None, is_right), "{}", String::from_utf8_lossy(body));
        }
    }
}
