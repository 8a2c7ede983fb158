//! The parts of messages, lists and maps, each with its place.

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, ReflectMessage, Value as Dynamic};
use serde::{
    Deserializer, de,
    de::{DeserializeSeed, IntoDeserializer, Visitor},
    forward_to_deserialize_any,
};

use super::{de::Node, error::Error};

/// The fields of a message, or the entries of a map.
pub(super) struct Entries {
    entries: std::vec::IntoIter<(Key, Node)>,
    value: Option<(String, Node)>,
}

/// Its kind of key, and how it is shown.
enum Key {
    Field(String),
    Map(MapKey),
}

impl Entries {
    /// The fields that are set, and those without presence, which always have a value. `wanted` are the names that the
    /// type knows; those of the `.proto` go first.
    pub(super) fn all(message: DynamicMessage, wanted: &[&str]) -> Self {
        Self::fields(message, wanted, |field| !field.supports_presence())
    }

    /// The fields that are set.
    pub(super) fn set(message: DynamicMessage) -> Self {
        Self::fields(message, &[], |_| false)
    }

    pub(super) fn map(entries: impl IntoIterator<Item = (MapKey, Dynamic)>, value: &Kind) -> Self {
        let entries = entries
            .into_iter()
            .map(|(key, entry)| (Key::Map(key), Node::new(entry, value.clone())));
        Self::new(entries.collect())
    }

    fn fields(
        mut message: DynamicMessage,
        wanted: &[&str],
        has_default: impl Fn(&FieldDescriptor) -> bool,
    ) -> Self {
        let mut entries = Vec::new();
        for field in message.descriptor().fields() {
            let value = match message.take_field(&field) {
                Some(value) => value,
                None if has_default(&field) => Dynamic::default_value_for_field(&field),
                None => continue,
            };
            let name = if !wanted.contains(&field.name()) && wanted.contains(&field.json_name()) {
                field.json_name()
            } else {
                field.name()
            };
            entries.push((Key::Field(name.to_owned()), Node::new(value, field.kind())));
        }
        Self::new(entries)
    }

    fn new(entries: Vec<(Key, Node)>) -> Self {
        Self {
            entries: entries.into_iter(),
            value: None,
        }
    }
}

impl<'de> de::MapAccess<'de> for Entries {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some((key, node)) = self.entries.next() else {
            return Ok(None);
        };
        let place = match &key {
            Key::Field(name) => format!(".{name}"),
            Key::Map(MapKey::String(key)) => format!("[{key:?}]"),
            Key::Map(key) => format!("[\"{}\"]", text(key)),
        };
        let key = match key {
            Key::Field(name) => seed.deserialize(name.into_deserializer()),
            Key::Map(key) => seed
                .deserialize(KeyNode(key))
                .map_err(|error: Error| error.inside(&place)),
        };
        self.value = Some((place, node));
        key.map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let Some((place, node)) = self.value.take() else {
            return Err(de::Error::custom("a value was asked for before its key"));
        };
        seed.deserialize(node).map_err(|error| error.inside(place))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}

/// The items of a list.
pub(super) struct Items {
    items: std::iter::Enumerate<std::vec::IntoIter<Dynamic>>,
    kind: Kind,
}

impl Items {
    pub(super) fn new(items: Vec<Dynamic>, kind: Kind) -> Self {
        Self {
            items: items.into_iter().enumerate(),
            kind,
        }
    }
}

impl<'de> de::SeqAccess<'de> for Items {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some((index, item)) = self.items.next() else {
            return Ok(None);
        };
        seed.deserialize(Node::new(item, self.kind.clone()))
            .map(Some)
            .map_err(|error| error.inside(format_args!("[{index}]")))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

/// The key of a map: what it is, or as text.
struct KeyNode(MapKey);

impl<'de> Deserializer<'de> for KeyNode {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            MapKey::Bool(key) => visitor.visit_bool(key),
            MapKey::I32(key) => visitor.visit_i32(key),
            MapKey::I64(key) => visitor.visit_i64(key),
            MapKey::U32(key) => visitor.visit_u32(key),
            MapKey::U64(key) => visitor.visit_u64(key),
            MapKey::String(key) => visitor.visit_string(key),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_string(text(&self.0))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        text(&self.0)
            .into_deserializer()
            .deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf option unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

fn text(key: &MapKey) -> String {
    match key {
        MapKey::Bool(key) => key.to_string(),
        MapKey::I32(key) => key.to_string(),
        MapKey::I64(key) => key.to_string(),
        MapKey::U32(key) => key.to_string(),
        MapKey::U64(key) => key.to_string(),
        MapKey::String(key) => key.clone(),
    }
}
