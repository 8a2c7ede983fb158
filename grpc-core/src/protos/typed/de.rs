use base64::{Engine, prelude::BASE64_STANDARD};
use prost_reflect::{DynamicMessage, Kind, ReflectMessage, Value as Dynamic};
use serde::{
    Deserializer,
    de::{self, Error as _, IntoDeserializer, Visitor},
    forward_to_deserialize_any,
};

use super::{
    error::Error,
    fields::{Entries, Items},
};
use crate::protos::json;

/// A message or a part of one, given to whatever type asks, in the form that it asks for.
pub(super) struct Node {
    value: Dynamic,
    kind: Kind,
}

impl Node {
    pub(super) fn message(message: DynamicMessage) -> Self {
        let kind = Kind::Message(message.descriptor());
        Self::new(Dynamic::Message(message), kind)
    }

    /// A field's value: `kind` is that of an item, if it is a list, and that of its entry, if it is a map.
    pub(super) fn new(value: Dynamic, kind: Kind) -> Self {
        Self { value, kind }
    }

    /// The wrapped value of a wrapper, which goes for it.
    fn unwrapped(self) -> Self {
        match self.value {
            Dynamic::Message(mut message) if is_wrapper(&message) => {
                match message.descriptor().get_field_by_name("value") {
                    Some(field) => {
                        let value = message.take_field(&field);
                        let value = value.unwrap_or_else(|| Dynamic::default_value_for_field(&field));
                        Self::new(value, field.kind())
                    }
                    None => Self::message(message),
                }
            }
            _ => self,
        }
    }

    /// The name of an enum's value, if it is one that has a name.
    fn enum_name(&self) -> Option<String> {
        match (&self.value, &self.kind) {
            (Dynamic::EnumNumber(number), Kind::Enum(values)) => {
                values.get_value(*number).map(|value| value.name().to_owned())
            }
            _ => None,
        }
    }

    fn is_null(&self) -> bool {
        match (&self.value, &self.kind) {
            (Dynamic::Message(message), _) if message.descriptor().full_name() == "google.protobuf.Value" => {
                message
                    .fields()
                    .next()
                    .is_none_or(|(field, _)| field.name() == "null_value")
            }
            (Dynamic::EnumNumber(_), Kind::Enum(values)) => values.full_name() == "google.protobuf.NullValue",
            _ => false,
        }
    }
}

/// Where a type does not say what it wants, and in the form that most want.
impl<'de> Deserializer<'de> for Node {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let node = self.unwrapped();
        if node.is_null() {
            return visitor.visit_unit();
        }
        if let Some(name) = node.enum_name() {
            return visitor.visit_string(name);
        }
        match node.value {
            Dynamic::Bool(value) => visitor.visit_bool(value),
            Dynamic::I32(value) | Dynamic::EnumNumber(value) => visitor.visit_i32(value),
            Dynamic::I64(value) => visitor.visit_i64(value),
            Dynamic::U32(value) => visitor.visit_u32(value),
            Dynamic::U64(value) => visitor.visit_u64(value),
            Dynamic::F32(value) => visitor.visit_f32(value),
            Dynamic::F64(value) => visitor.visit_f64(value),
            Dynamic::String(value) => visitor.visit_string(value),
            Dynamic::Bytes(value) => visitor.visit_string(BASE64_STANDARD.encode(value)),
            Dynamic::List(items) => visitor.visit_seq(Items::new(items, node.kind)),
            Dynamic::Map(entries) => match node.kind {
                Kind::Message(entry) => {
                    let value = entry.map_entry_value_field().kind();
                    visitor.visit_map(Entries::map(entries, &value))
                }
                _ => Err(Error::custom("a map without entries")),
            },
            Dynamic::Message(message) if has_json_form(&message) => {
                let value = json::write(&message, "reply").map_err(Error::custom)?;
                value.deserialize_any(visitor).map_err(Error::custom)
            }
            Dynamic::Message(message) => visitor.visit_map(Entries::all(message, &[])),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let node = self.unwrapped();
        match node.value {
            Dynamic::I64(value) => visitor.visit_string(value.to_string()),
            Dynamic::U64(value) => visitor.visit_string(value.to_string()),
            _ => node.deserialize_any(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let node = self.unwrapped();
        match node.value {
            Dynamic::Bytes(value) => visitor.visit_byte_buf(value.into()),
            _ => node.deserialize_any(visitor),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let node = self.unwrapped();
        match node.value {
            Dynamic::Bytes(value) => {
                let bytes = value.into_iter().map(|byte| Dynamic::U32(byte.into()));
                visitor.visit_seq(Items::new(bytes.collect(), Kind::Uint32))
            }
            _ => node.deserialize_any(visitor),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.is_null() {
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.value {
            Dynamic::Message(message) if message.descriptor().fields().len() == 0 => visitor.visit_unit(),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.value {
            // A timestamp goes into a struct of its fields as well as into a string.
            Dynamic::Message(message) if !is_value(&message) => {
                visitor.visit_map(Entries::all(message, fields))
            }
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if let Some(value) = self.enum_name() {
            return value
                .into_deserializer()
                .deserialize_enum(name, variants, visitor);
        }
        match self.value {
            Dynamic::EnumNumber(number) => Err(Error::custom(format_args!(
                "{number} is no known value of the enum"
            ))),
            Dynamic::String(value) => value
                .into_deserializer()
                .deserialize_enum(name, variants, visitor),
            // A message with one field set: what a oneof is.
            Dynamic::Message(message) => de::value::MapAccessDeserializer::new(Entries::set(message))
                .deserialize_enum(name, variants, visitor),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_i8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_i16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value {
            Dynamic::EnumNumber(number) => visitor.visit_i32(number),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_i64(visitor)
    }

    forward_to_deserialize_any! {
        bool i128 u128 f32 f64 char map identifier ignored_any
    }
}

/// Messages that are some other thing in JSON than an object of their fields.
fn has_json_form(message: &DynamicMessage) -> bool {
    json::has_own_form(&message.descriptor()) && !is_wrapper(message)
}

fn is_wrapper(message: &DynamicMessage) -> bool {
    let descriptor = message.descriptor();
    json::has_own_form(&descriptor) && descriptor.name().ends_with("Value") && !is_value(message)
}

/// Messages that stand for JSON itself, and any other message.
fn is_value(message: &DynamicMessage) -> bool {
    let descriptor = message.descriptor();
    json::has_own_form(&descriptor) && matches!(descriptor.name(), "Struct" | "Value" | "ListValue" | "Any")
}
