//! A value to XML, by its shape.
//!
//! Elements come in the order in which the type has its fields, which is the model's.

use super::xml;
use crate::moment;
use crate::unmodelled::{Never, refuse_unmodelled, unmodelled};
use gatekey_model::{Kind, Member, Shape};
use serde::ser::{self, Serialize, Serializer};
use serde_json::{Error, Number};

/// Writes the members of a structure, without an element of its own.
pub(super) fn members<T: Serialize + ?Sized>(
    out: &mut xml::Writer,
    shape: &'static Shape,
    value: &T,
) -> Result<(), Error> {
    value.serialize(Element { out, name: None, shape })
}

/// Writes one value as an element of this name, or as several where its shape is flattened; without a name, what is in it.
struct Element<'w> {
    out: &'w mut xml::Writer,
    name: Option<&'static str>,
    shape: &'static Shape,
}

/// Writes what is in a list, a map or a structure.
struct Parts<'w> {
    out: &'w mut xml::Writer,
    shape: &'static Shape,
    /// The name of each element of a list, or entry of a map.
    each: &'static str,
    /// What is closed at the end.
    closes: Option<&'static str>,
    /// The member of a structure that probably comes next.
    next: usize,
}

impl<'w> Element<'w> {
    fn text(self, text: &str) -> Result<(), Error> {
        match self.name {
            Some(name) => self.out.element(name, text),
            None => return unmodelled(),
        }
        Ok(())
    }

    fn number(self, number: impl Into<Number>) -> Result<(), Error> {
        let number = number.into();
        match self.shape.kind {
            Kind::Timestamp(format) => {
                let seconds = number.as_f64().unwrap_or_default();
                self.text(&moment::text(seconds, format))
            }
            _ => self.text(&number.to_string()),
        }
    }

    fn parts(self, wrapper: Option<&'static str>, each: &'static str) -> Result<Parts<'w>, Error> {
        let Self { out, shape, .. } = self;
        wrapper.into_iter().for_each(|name| out.open(name));
        Ok(Parts { out, shape, each, closes: wrapper, next: 0 })
    }
}

/// Methods for whole numbers.
macro_rules! whole {
    ($($method:ident: $kind:ty),* $(,)?) => {
        $(fn $method(self, value: $kind) -> Result<(), Error> {
            self.number(value)
        })*
    };
}

impl<'w> Serializer for Element<'w> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Parts<'w>;
    type SerializeMap = Parts<'w>;
    type SerializeStruct = Parts<'w>;

    refuse_unmodelled!();

    fn serialize_bytes(self, _: &[u8]) -> Result<(), Error> {
        unmodelled()
    }

    whole! {
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64,
    }
    fn serialize_f32(self, value: f32) -> Result<(), Error> {
        self.serialize_f64(value.into())
    }
    /// A number that JSON cannot carry is none here either.
    fn serialize_f64(self, value: f64) -> Result<(), Error> {
        Number::from_f64(value).map_or(Ok(()), |number| self.number(number))
    }
    fn serialize_bool(self, value: bool) -> Result<(), Error> {
        self.text(if value { "true" } else { "false" })
    }
    fn serialize_char(self, value: char) -> Result<(), Error> {
        self.text(value.encode_utf8(&mut [0; 4]))
    }
    fn serialize_str(self, value: &str) -> Result<(), Error> {
        self.text(value)
    }
    fn serialize_none(self) -> Result<(), Error> {
        Ok(())
    }
    fn serialize_unit(self) -> Result<(), Error> {
        Ok(())
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Parts<'w>, Error> {
        let (Kind::List { name: inner, flattened, .. }, Some(name)) = (self.shape.kind, self.name) else {
            return unmodelled();
        };
        if flattened { self.parts(None, name) } else { self.parts(Some(name), inner) }
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Parts<'w>, Error> {
        let (Kind::Map { flattened, .. }, Some(name)) = (self.shape.kind, self.name) else {
            return unmodelled();
        };
        if flattened { self.parts(None, name) } else { self.parts(Some(name), "entry") }
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Parts<'w>, Error> {
        let name = self.name;
        self.parts(name, "")
    }
}

impl Parts<'_> {
    fn element(&mut self, name: &'static str, shape: &'static Shape) -> Element<'_> {
        Element { out: self.out, name: Some(name), shape }
    }

    /// The member of this name, mostly the one after the last.
    fn member(&mut self, name: &str) -> Option<&'static Member> {
        let members = self.shape.members();
        let rest = members.get(self.next..).unwrap_or_default();
        let found = rest.iter().position(|member| member.name == name).map(|at| self.next + at);
        let found = found.or_else(|| members.iter().position(|member| member.name == name))?;
        self.next = found + 1;
        members.get(found)
    }

    fn close(self) -> Result<(), Error> {
        let Self { out, closes, .. } = self;
        closes.into_iter().for_each(|name| out.close(name));
        Ok(())
    }
}

impl ser::SerializeSeq for Parts<'_> {
    type Ok = ();
    type Error = Error;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let Kind::List { member, .. } = self.shape.kind else { return unmodelled() };
        value.serialize(self.element(self.each, member))
    }
    fn end(self) -> Result<(), Error> {
        self.close()
    }
}

impl ser::SerializeMap for Parts<'_> {
    type Ok = ();
    type Error = Error;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, entry: &T) -> Result<(), Error> {
        let Kind::Map { key, key_name, .. } = self.shape.kind else { return unmodelled() };
        self.out.open(self.each);
        entry.serialize(self.element(key_name, key))
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, entry: &T) -> Result<(), Error> {
        let Kind::Map { value, value_name, .. } = self.shape.kind else { return unmodelled() };
        entry.serialize(self.element(value_name, value))?;
        self.out.close(self.each);
        Ok(())
    }
    fn end(self) -> Result<(), Error> {
        self.close()
    }
}

impl ser::SerializeStruct for Parts<'_> {
    type Ok = ();
    type Error = Error;
    /// What the model does not have is not written.
    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
        match self.member(name) {
            Some(member) => value.serialize(self.element(member.wire_name, member.shape)),
            None => Ok(()),
        }
    }
    fn end(self) -> Result<(), Error> {
        self.close()
    }
}
