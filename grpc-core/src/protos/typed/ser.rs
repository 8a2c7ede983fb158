//! Types as JSON that has room for all that they hold: serde_json's own makes null of a NaN, which is no field at all.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::ser::{self, Error as _, Serialize, Serializer};
use serde_json::{Error, Map, Number, Value};

pub(super) struct Tree;

impl Serializer for Tree {
    type Ok = Value;
    type Error = Error;
    type SerializeSeq = Items;
    type SerializeTuple = Items;
    type SerializeTupleStruct = Items;
    type SerializeTupleVariant = Items;
    type SerializeMap = Entries;
    type SerializeStruct = Entries;
    type SerializeStructVariant = Entries;

    fn serialize_bool(self, value: bool) -> Result<Value, Error> {
        Ok(value.into())
    }

    fn serialize_i8(self, value: i8) -> Result<Value, Error> {
        Ok(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<Value, Error> {
        Ok(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<Value, Error> {
        Ok(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<Value, Error> {
        Ok(value.into())
    }

    fn serialize_i128(self, value: i128) -> Result<Value, Error> {
        Ok(value.to_string().into())
    }

    fn serialize_u8(self, value: u8) -> Result<Value, Error> {
        Ok(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<Value, Error> {
        Ok(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<Value, Error> {
        Ok(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<Value, Error> {
        Ok(value.into())
    }

    fn serialize_u128(self, value: u128) -> Result<Value, Error> {
        Ok(value.to_string().into())
    }

    fn serialize_f32(self, value: f32) -> Result<Value, Error> {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<Value, Error> {
        Ok(match Number::from_f64(value) {
            Some(number) => number.into(),
            None if value.is_nan() => "NaN".into(),
            None if value > 0.0 => "Infinity".into(),
            None => "-Infinity".into(),
        })
    }

    fn serialize_char(self, value: char) -> Result<Value, Error> {
        Ok(value.to_string().into())
    }

    fn serialize_str(self, value: &str) -> Result<Value, Error> {
        Ok(value.into())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<Value, Error> {
        Ok(BASE64_STANDARD.encode(value).into())
    }

    fn serialize_none(self) -> Result<Value, Error> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value, Error> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<Value, Error> {
        Ok(Map::new().into())
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<Value, Error> {
        Ok(variant.into())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<Value, Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value, Error> {
        Ok(of_variant(Some(variant), value.serialize(self)?))
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Items, Error> {
        Ok(Items {
            variant: None,
            // A length is only said, and may be anything.
            items: Vec::with_capacity(len.unwrap_or(0).min(1024)),
        })
    }

    fn serialize_tuple(self, len: usize) -> Result<Items, Error> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_struct(self, _name: &'static str, len: usize) -> Result<Items, Error> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Items, Error> {
        Ok(Items {
            variant: Some(variant),
            items: Vec::new(),
        })
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<Entries, Error> {
        Ok(Entries::default())
    }

    fn serialize_struct(self, _name: &'static str, _len: usize) -> Result<Entries, Error> {
        Ok(Entries::default())
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Entries, Error> {
        Ok(Entries {
            variant: Some(variant),
            ..Entries::default()
        })
    }
}

/// An array, on the way.
pub(super) struct Items {
    variant: Option<&'static str>,
    items: Vec<Value>,
}

impl ser::SerializeSeq for Items {
    type Ok = Value;
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.items.push(value.serialize(Tree)?);
        Ok(())
    }

    fn end(self) -> Result<Value, Error> {
        Ok(of_variant(self.variant, self.items.into()))
    }
}

/// The others are the same, by other names.
macro_rules! as_seq {
    ($($of:ident $method:ident),* $(,)?) => { $(
        impl ser::$of for Items {
            type Ok = Value;
            type Error = Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
                ser::SerializeSeq::serialize_element(self, value)
            }

            fn end(self) -> Result<Value, Error> {
                ser::SerializeSeq::end(self)
            }
        }
    )* };
}

as_seq! {
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field,
}

/// An object, on the way.
#[derive(Default)]
pub(super) struct Entries {
    variant: Option<&'static str>,
    entries: Map<String, Value>,
    key: Option<String>,
}

impl ser::SerializeMap for Entries {
    type Ok = Value;
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.key = Some(match key.serialize(Tree)? {
            Value::String(key) => key,
            Value::Number(key) => key.to_string(),
            Value::Bool(key) => key.to_string(),
            _ => {
                return Err(Error::custom(
                    "the key of a map is neither a string nor a number nor a boolean",
                ));
            }
        });
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let key = self.key.take();
        let key = key.ok_or_else(|| Error::custom("a value came before its key"))?;
        self.entries.insert(key, value.serialize(Tree)?);
        Ok(())
    }

    fn end(self) -> Result<Value, Error> {
        Ok(of_variant(self.variant, self.entries.into()))
    }
}

macro_rules! as_map {
    ($($of:ident)*) => { $(
        impl ser::$of for Entries {
            type Ok = Value;
            type Error = Error;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Error> {
                self.entries.insert(key.to_owned(), value.serialize(Tree)?);
                Ok(())
            }

            fn end(self) -> Result<Value, Error> {
                ser::SerializeMap::end(self)
            }
        }
    )* };
}

as_map! { SerializeStruct SerializeStructVariant }

/// A variant with content is a message of that one field: what a oneof is.
fn of_variant(variant: Option<&'static str>, content: Value) -> Value {
    match variant {
        None => content,
        Some(variant) => Map::from_iter([(variant.to_owned(), content)]).into(),
    }
}
