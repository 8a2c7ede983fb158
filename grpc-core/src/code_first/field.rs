//! A message's fields on the wire, by how many values they have.

use std::{
    collections::{BTreeMap, HashMap},
    hash::{BuildHasher, Hash},
};

use super::value::{Fixed32, Fixed64, Natural, Sfixed32, Sfixed64, Sint32, Sint64, Value};

/// One value, which is zero if it is not there.
pub mod plain {
    use bytes::{Buf, BufMut};
    use prost::{
        DecodeError,
        encoding::{DecodeContext, WireType, encode_key, key_len},
    };

    use super::Value;

    /// Appends the field, unless its absence says the same.
    pub fn encode<E, T: Value<E>>(tag: u32, value: &T, buffer: &mut impl BufMut) {
        if !value.is_zero() {
            always(tag, value, buffer);
        }
    }

    /// How many bytes [`encode`] appends.
    pub fn encoded_len<E, T: Value<E>>(tag: u32, value: &T) -> usize {
        if value.is_zero() {
            0
        } else {
            key_len(tag) + value.put_len()
        }
    }

    /// Reads a value into it.
    ///
    /// # Errors
    /// Bytes that are no such value.
    pub fn merge<E, T: Value<E>>(
        value: &mut T,
        wire_type: WireType,
        buffer: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError> {
        value.merge(wire_type, buffer, context)
    }

    /// Appends the field, zero or not.
    pub fn always<E, T: Value<E>>(tag: u32, value: &T, buffer: &mut impl BufMut) {
        encode_key(tag, T::WIRE_TYPE, buffer);
        value.put(buffer);
    }

    /// How many bytes [`always`] appends.
    pub fn always_len<E, T: Value<E>>(tag: u32, value: &T) -> usize {
        key_len(tag) + value.put_len()
    }
}

/// One value or none.
pub mod optional {
    use bytes::{Buf, BufMut};
    use prost::{
        DecodeError,
        encoding::{DecodeContext, WireType},
    };

    use super::{Value, plain};

    /// Appends the field if it is there.
    pub fn encode<E, T: Value<E>>(tag: u32, value: &Option<T>, buffer: &mut impl BufMut) {
        if let Some(value) = value {
            plain::always(tag, value, buffer);
        }
    }

    /// How many bytes [`encode`] appends.
    pub fn encoded_len<E, T: Value<E>>(tag: u32, value: &Option<T>) -> usize {
        value.as_ref().map_or(0, |value| plain::always_len(tag, value))
    }

    /// Reads a value into it.
    ///
    /// # Errors
    /// Bytes that are no such value.
    pub fn merge<E, T: Value<E>>(
        value: &mut Option<T>,
        wire_type: WireType,
        buffer: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError> {
        value
            .get_or_insert_with(T::zero)
            .merge(wire_type, buffer, context)
    }
}

/// Any number of values, packed where they can be.
pub mod repeated {
    use bytes::{Buf, BufMut};
    use prost::{
        DecodeError,
        encoding::{
            DecodeContext, WireType, encode_key, encode_varint, encoded_len_varint, key_len, merge_loop,
        },
    };

    use super::{Value, plain};

    /// Appends all values.
    pub fn encode<E, T: Value<E>>(tag: u32, values: &[T], buffer: &mut impl BufMut) {
        if !is_packed::<E, T>() {
            for value in values {
                plain::always(tag, value, buffer);
            }
        } else if !values.is_empty() {
            encode_key(tag, WireType::LengthDelimited, buffer);
            encode_varint(payload_len(values) as u64, buffer);
            for value in values {
                value.put(buffer);
            }
        }
    }

    /// How many bytes [`encode`] appends.
    pub fn encoded_len<E, T: Value<E>>(tag: u32, values: &[T]) -> usize {
        let payload = payload_len(values);
        if !is_packed::<E, T>() {
            key_len(tag) * values.len() + payload
        } else if values.is_empty() {
            0
        } else {
            key_len(tag) + encoded_len_varint(payload as u64) + payload
        }
    }

    /// Reads one value, or a packed run of them: a parser has to take both.
    ///
    /// # Errors
    /// Bytes that are no such values.
    pub fn merge<E, T: Value<E>>(
        values: &mut Vec<T>,
        wire_type: WireType,
        buffer: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError> {
        if is_packed::<E, T>() && wire_type == WireType::LengthDelimited {
            return merge_loop(values, buffer, context, |values, buffer, context| {
                one(values, T::WIRE_TYPE, buffer, context)
            });
        }
        one(values, wire_type, buffer, context)
    }

    fn one<E, T: Value<E>>(
        values: &mut Vec<T>,
        wire_type: WireType,
        buffer: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError> {
        let mut value = T::zero();
        value.merge(wire_type, buffer, context)?;
        values.push(value);
        Ok(())
    }

    fn is_packed<E, T: Value<E>>() -> bool {
        T::WIRE_TYPE != WireType::LengthDelimited
    }

    fn payload_len<E, T: Value<E>>(values: &[T]) -> usize {
        values.iter().map(Value::put_len).sum()
    }
}

/// Values by their keys: on the wire, a repeated message of both.
pub mod map {
    use std::marker::PhantomData;

    use bytes::{Buf, BufMut};
    use prost::{
        DecodeError, Message,
        encoding::{
            DecodeContext, WireType, encode_key, encode_varint, encoded_len_varint, key_len, message,
            skip_field,
        },
    };

    use super::{Map, MapKey, Value, plain};

    /// Appends all entries.
    pub fn encode<K, V, M: Map>(tag: u32, map: &M, buffer: &mut impl BufMut)
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
    pub fn encoded_len<K, V, M: Map>(tag: u32, map: &M) -> usize
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
    pub fn merge<K, V, M: Map>(
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
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the key of a map",
    label = "no key that a map can have with these options",
    note = "keys are `String`, `bool`, `i32`, `i64`, `u32` and `u64`"
)]
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
