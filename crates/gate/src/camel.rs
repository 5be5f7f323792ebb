//! Requests and answers as CloudTrail shows them: with names in lower camel case, and without what is secret.

use serde::ser::{self, Error as _, Impossible, Serialize, Serializer};
use serde_json::Value;

/// How the members of a service's shapes are shown. Names are meant as they are shown.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shown {
    /// Members that no event has.
    pub left_out: &'static [&'static str],
    /// Members that CloudTrail shows as asterisks.
    pub hidden: &'static [&'static str],
    /// Whether a name of capitals alone is lowered as a whole: `ARN` is `arn`, and not `aRN`.
    pub lowers_capitals: bool,
}

impl Shown {
    /// A request or an answer as it is shown.
    pub fn of<T: Serialize + ?Sized>(&self, shape: &T) -> impl Serialize {
        Camel { shape, shown: *self }
    }

    fn name(&self, name: &str) -> String {
        let mut shown = name.to_owned();
        let whole = self.lowers_capitals && name.bytes().all(|byte| byte.is_ascii_uppercase());
        let lowered = if whole { shown.get_mut(..) } else { shown.get_mut(..1) };
        if let Some(letters) = lowered {
            letters.make_ascii_lowercase();
        }
        shown
    }
}

/// A shape, or a part of one.
struct Camel<'s, T: ?Sized> {
    shape: &'s T,
    shown: Shown,
}

impl<T: Serialize + ?Sized> Serialize for Camel<'_, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.shape.serialize(Renaming { to, shown: self.shown })
    }
}

/// Hands everything on to another serializer, members under their shown names.
struct Renaming<S> {
    to: S,
    shown: Shown,
}

/// The elements of a list or the members of a structure or map.
struct Parts<S> {
    to: S,
    shown: Shown,
    /// The name of the member whose value comes next.
    name: Option<String>,
}

fn unmodelled<T, E: ser::Error>() -> Result<T, E> {
    Err(E::custom("no shape of a model is written like this"))
}

/// Methods that hand a plain value on.
macro_rules! handed_on {
    ($($method:ident: $kind:ty),* $(,)?) => {
        $(fn $method(self, value: $kind) -> Result<S::Ok, S::Error> {
            self.to.$method(value)
        })*
    };
}

impl<S: Serializer> Serializer for Renaming<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Parts<S::SerializeSeq>;
    type SerializeTuple = Impossible<S::Ok, S::Error>;
    type SerializeTupleStruct = Impossible<S::Ok, S::Error>;
    type SerializeTupleVariant = Impossible<S::Ok, S::Error>;
    type SerializeMap = Parts<S::SerializeMap>;
    type SerializeStruct = Parts<S::SerializeMap>;
    type SerializeStructVariant = Impossible<S::Ok, S::Error>;

    handed_on! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_f32: f32,
        serialize_f64: f64, serialize_char: char, serialize_str: &str, serialize_bytes: &[u8],
    }
    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.to.serialize_none()
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.to.serialize_some(&Camel { shape: value, shown: self.shown })
    }
    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.to.serialize_unit()
    }
    fn serialize_unit_struct(self, name: &'static str) -> Result<S::Ok, S::Error> {
        self.to.serialize_unit_struct(name)
    }
    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<S::Ok, S::Error> {
        self.to.serialize_unit_variant(name, index, variant)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.to.serialize_newtype_struct(name, &Camel { shape: value, shown: self.shown })
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<S::Ok, S::Error> {
        unmodelled()
    }
    fn serialize_seq(self, length: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        Ok(Parts { to: self.to.serialize_seq(length)?, shown: self.shown, name: None })
    }
    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, S::Error> {
        unmodelled()
    }
    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, S::Error> {
        unmodelled()
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        unmodelled()
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        // How many are left is seen only at the end.
        Ok(Parts { to: self.to.serialize_map(None)?, shown: self.shown, name: None })
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, S::Error> {
        self.serialize_map(None)
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        unmodelled()
    }
}

impl<S: ser::SerializeSeq> ser::SerializeSeq for Parts<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        self.to.serialize_element(&Camel { shape: value, shown: self.shown })
    }
    fn end(self) -> Result<S::Ok, S::Error> {
        self.to.end()
    }
}

impl<S: ser::SerializeMap> Parts<S> {
    fn member<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), S::Error> {
        if self.shown.left_out.contains(&name) {
            return Ok(());
        }
        if self.shown.hidden.contains(&name) {
            return self.to.serialize_entry(name, "****");
        }
        self.to.serialize_entry(name, &Camel { shape: value, shown: self.shown })
    }
}

impl<S: ser::SerializeMap> ser::SerializeMap for Parts<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    /// Keys of modelled maps are texts.
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), S::Error> {
        let key = serde_json::to_value(key).map_err(S::Error::custom)?;
        self.name = key.as_str().map(|key| self.shown.name(key));
        Ok(())
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        match self.name.take() {
            Some(name) => self.member(&name, value),
            None => unmodelled(),
        }
    }
    fn end(self) -> Result<S::Ok, S::Error> {
        self.to.end()
    }
}

impl<S: ser::SerializeMap> ser::SerializeStruct for Parts<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), S::Error> {
        let name = self.shown.name(name);
        self.member(&name, value)
    }
    fn end(self) -> Result<S::Ok, S::Error> {
        self.to.end()
    }
}

/// Whether a shape shows no member at all.
pub fn shows_nothing(shown: &impl Serialize) -> bool {
    matches!(serde_json::to_value(shown), Ok(Value::Object(members)) if members.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::collections::BTreeMap;

    #[derive(serde::Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Shape {
        user_name: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        path: Option<&'static str>,
        #[serde(rename = "ARN")]
        arn: &'static str,
        tags: Vec<BTreeMap<&'static str, u8>>,
        secret: &'static str,
        inner: Option<Box<Shape>>,
    }

    fn shape(inner: Option<Box<Shape>>) -> Shape {
        let tags = vec![BTreeMap::from([("Key", 1), ("Secret", 2)])];
        Shape { user_name: None, path: None, arn: "a", tags, secret: "s", inner }
    }

    #[test]
    fn members_are_named_in_lower_camel_case_at_every_depth_and_secrets_are_left_out() {
        let shown = Shown { left_out: &["secret"], ..Shown::default() };
        let inner = json!({"userName": null, "aRN": "a", "tags": [{"key": 1}], "inner": null});
        let outer = json!({"userName": null, "aRN": "a", "tags": [{"key": 1}], "inner": inner});
        let both = shape(Some(Box::new(shape(None))));
        assert_eq!(serde_json::to_value(shown.of(&both)).unwrap(), outer);
        // Written as text it is the same.
        let text = serde_json::to_string(&shown.of(&both)).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), outer);
    }

    #[test]
    fn hidden_members_are_asterisks_and_names_of_capitals_are_lowered_if_the_service_does_that() {
        let shown = Shown { hidden: &["secret", "tags"], lowers_capitals: true, ..Shown::default() };
        let expected = json!({"userName": null, "arn": "a", "tags": "****", "secret": "****", "inner": null});
        assert_eq!(serde_json::to_value(shown.of(&shape(None))).unwrap(), expected);
    }

    #[test]
    fn a_shape_of_nothing_but_secrets_shows_nothing() {
        let shown = Shown { left_out: &["secret"], ..Shown::default() };
        assert!(shows_nothing(&shown.of(&json!({"Secret": "s"}))));
        assert!(shows_nothing(&shown.of(&json!({}))));
        assert!(!shows_nothing(&shown.of(&json!({"Path": null}))));
    }
}
