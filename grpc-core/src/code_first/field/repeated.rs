//! Any number of values, packed where they can be.

use bytes::{Buf, BufMut};
use prost::{
    DecodeError,
    encoding::{DecodeContext, WireType, encode_key, encode_varint, encoded_len_varint, key_len, merge_loop},
};

use super::{super::value::Value, plain};

/// Appends all values.
pub(super) fn encode<E, T: Value<E>>(tag: u32, values: &[T], buffer: &mut impl BufMut) {
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
pub(super) fn encoded_len<E, T: Value<E>>(tag: u32, values: &[T]) -> usize {
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
pub(super) fn merge<E, T: Value<E>>(
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
