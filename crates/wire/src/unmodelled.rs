//! What no shape of a model is written like: a serializer of shapes refuses it, in whatever format it writes.

use serde::ser::{Error as _, Impossible};
use serde_json::Error;

/// Nothing is ever written by this.
pub(crate) type Never = Impossible<(), Error>;

pub(crate) fn unmodelled<T>() -> Result<T, Error> {
    Err(Error::custom("no shape of a model is written like this"))
}

/// The methods of a `Serializer` that refuse, and those that look through what only wraps a value.
macro_rules! refuse_unmodelled {
    () => {
        type SerializeTuple = Never;
        type SerializeTupleStruct = Never;
        type SerializeTupleVariant = Never;
        type SerializeStructVariant = Never;

        fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
            value.serialize(self)
        }
        fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
            unmodelled()
        }
        fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Result<(), Error> {
            unmodelled()
        }
        fn serialize_newtype_struct<T: Serialize + ?Sized>(
            self,
            _: &'static str,
            value: &T,
        ) -> Result<(), Error> {
            value.serialize(self)
        }
        fn serialize_newtype_variant<T: Serialize + ?Sized>(
            self,
            _: &'static str,
            _: u32,
            _: &'static str,
            _: &T,
        ) -> Result<(), Error> {
            unmodelled()
        }
        fn serialize_tuple(self, _: usize) -> Result<Never, Error> {
            unmodelled()
        }
        fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Never, Error> {
            unmodelled()
        }
        fn serialize_tuple_variant(
            self,
            _: &'static str,
            _: u32,
            _: &'static str,
            _: usize,
        ) -> Result<Never, Error> {
            unmodelled()
        }
        fn serialize_struct_variant(
            self,
            _: &'static str,
            _: u32,
            _: &'static str,
            _: usize,
        ) -> Result<Never, Error> {
            unmodelled()
        }
    };
}
pub(crate) use refuse_unmodelled;
