//! Values by their keys: on the wire, a repeated message of both.

use std::{
    collections::{BTreeMap, HashMap},
    hash::{BuildHasher, Hash},
    marker::PhantomData,
};

use bytes::{Buf, BufMut};
use prost::{
    DecodeError, Message,
    encoding::{
        DecodeContext, WireType, encode_key, encode_varint, encoded_len_varint, key_len, message, skip_field,
    },
};

#[cfg(feature = "descriptors")]
use super::super::{FieldName, MessageBuilder};
use super::{
    super::value::{Fixed32, Fixed64, Natural, Sfixed32, Sfixed64, Sint32, Sint64, Value},
    plain,
};

/// All that a map does whose keys are encoded as `K` says, and its values as `V`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field",
    label = "no key, or no value, that a map can have with these options",
    note = "keys are `String`, `bool`, `i32`, `i64`, `u32` and `u64`; values are scalars, enums and messages"
)]
pub trait MapField<K, V>: Sized {
    /// Appends the field.
    fn encode(tag: u32, field: &Self, buffer: &mut impl BufMut);

    /// How many bytes that appends.
    fn encoded_len(tag: u32, field: &Self) -> usize;

    /// Reads one entry.
    ///
    /// # Errors
    /// Bytes that are no such entry.
    fn merge(
        field: &mut Self,
        wire_type: WireType,
        buffer: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError>;

    /// Declares it.
    #[cfg(feature = "descriptors")]
    fn describe(builder: &mut MessageBuilder<'_>, name: FieldName);
}

#[diagnostic::do_not_recommend]
impl<K, V, M: Map> MapField<K, V> for M
where
    M::Key: MapKey<K>,
    M::Value: Value<V>,
{
    fn encode(tag: u32, field: &Self, buffer: &mut impl BufMut) {
        encode(tag, field, buffer);
    }

    fn encoded_len(tag: u32, field: &Self) -> usize {
        encoded_len(tag, field)
    }

    fn merge(
        field: &mut Self,
        wire_type: WireType,
        buffer: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError> {
        merge(field, wire_type, buffer, context)
    }

    #[cfg(feature = "descriptors")]
    fn describe(builder: &mut MessageBuilder<'_>, name: FieldName) {
        builder.map::<K, V, Self>(name);
    }
}

/// Appends all entries.
fn encode<K, V, M: Map>(tag: u32, map: &M, buffer: &mut impl BufMut)
where
    M::Key: MapKey<K>,
    M::Value: Value<V>,
{
    for (key, value) in map.entries() {
        encode_key(tag, WireType::LengthDelimited, buffer);
        encode_varint(entry_len(key, value) as u64, buffer);
        plain::encode(1, key, buffer);
        if !is_default(value) {
            plain::always(2, value, buffer);
        }
    }
}

/// How many bytes [`encode`] appends.
fn encoded_len<K, V, M: Map>(tag: u32, map: &M) -> usize
where
    M::Key: MapKey<K>,
    M::Value: Value<V>,
{
    let entries = map.entries().map(|(key, value)| {
        let len = entry_len(key, value);
        key_len(tag) + encoded_len_varint(len as u64) + len
    });
    entries.sum()
}

/// Reads one entry. The last one of a key is the one that counts.
///
/// # Errors
/// Bytes that are no such entry.
fn merge<K, V, M: Map>(
    map: &mut M,
    wire_type: WireType,
    buffer: &mut impl Buf,
    context: DecodeContext,
) -> Result<(), DecodeError>
where
    M::Key: MapKey<K>,
    M::Value: Value<V>,
{
    let mut entry = Entry {
        key: M::Key::zero(),
        value: M::Value::zero(),
        encodings: PhantomData::<fn() -> (K, V)>,
    };
    message::merge(wire_type, &mut entry, buffer, context)?;
    map.put(entry.key, entry.value);
    Ok(())
}

fn entry_len<K, V, A: Value<K>, B: Value<V>>(key: &A, value: &B) -> usize {
    let value_len = if is_default(value) {
        0
    } else {
        plain::always_len(2, value)
    };
    plain::encoded_len(1, key) + value_len
}

/// A message without any field has the length prefix only.
fn is_default<V, B: Value<V>>(value: &B) -> bool {
    value.is_zero() || (B::PRESENCE && value.put_len() == 1)
}

/// An entry that is being read. It is a message so that prost counts it among those that are nested.
struct Entry<A, B, K, V> {
    key: A,
    value: B,
    encodings: PhantomData<fn() -> (K, V)>,
}

impl<A: Value<K>, B: Value<V>, K, V> Message for Entry<A, B, K, V> {
    fn encode_raw(&self, buffer: &mut impl BufMut) {
        plain::encode(1, &self.key, buffer);
        plain::encode(2, &self.value, buffer);
    }

    fn merge_field(
        &mut self,
        tag: u32,
        wire_type: WireType,
        buffer: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError> {
        match tag {
            1 => self.key.merge(wire_type, buffer, context),
            2 => self.value.merge(wire_type, buffer, context),
            _ => skip_field(wire_type, tag, buffer, context),
        }
    }

    fn encoded_len(&self) -> usize {
        plain::encoded_len(1, &self.key) + plain::encoded_len(2, &self.value)
    }

    fn clear(&mut self) {
        (self.key, self.value) = (A::zero(), B::zero());
    }
}

/// `HashMap` or `BTreeMap`.
pub trait Map: Default {
    /// What its values are found by.
    type Key;
    /// What it holds.
    type Value;

    /// All that it holds.
    fn entries(&self) -> impl Iterator<Item = (&Self::Key, &Self::Value)>;

    /// Adds a value, in place of the one that the key has.
    fn put(&mut self, key: Self::Key, value: Self::Value);
}

impl<K: Eq + Hash, V, S: BuildHasher + Default> Map for HashMap<K, V, S> {
    type Key = K;
    type Value = V;

    fn entries(&self) -> impl Iterator<Item = (&K, &V)> {
        self.iter()
    }

    fn put(&mut self, key: K, value: V) {
        self.insert(key, value);
    }
}

impl<K: Ord, V> Map for BTreeMap<K, V> {
    type Key = K;
    type Value = V;

    fn entries(&self) -> impl Iterator<Item = (&K, &V)> {
        self.iter()
    }

    fn put(&mut self, key: K, value: V) {
        self.insert(key, value);
    }
}

/// What can be a map's key.
pub trait MapKey<E = Natural>: Value<E> {}

macro_rules! keys {
    ($($rust:ty, $encoding:ty;)*) => { $(impl MapKey<$encoding> for $rust {})* };
}

keys! {
    String, Natural;
    bool, Natural;
    i32, Natural;
    i32, Sint32;
    i32, Sfixed32;
    i64, Natural;
    i64, Sint64;
    i64, Sfixed64;
    u32, Natural;
    u32, Fixed32;
    u64, Natural;
    u64, Fixed64;
}
