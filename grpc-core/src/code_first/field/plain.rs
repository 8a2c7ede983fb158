//! One value, which is zero if it is not there.

use bytes::{Buf, BufMut};
use prost::{
    DecodeError,
    encoding::{DecodeContext, WireType, encode_key, key_len},
};

use super::super::value::Value;

/// Appends the field, unless its absence says the same.
pub(super) fn encode<E, T: Value<E>>(tag: u32, value: &T, buffer: &mut impl BufMut) {
    if !value.is_zero() {
        always(tag, value, buffer);
    }
}

/// How many bytes [`encode`] appends.
pub(super) fn encoded_len<E, T: Value<E>>(tag: u32, value: &T) -> usize {
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
pub(super) fn merge<E, T: Value<E>>(
    value: &mut T,
    wire_type: WireType,
    buffer: &mut impl Buf,
    context: DecodeContext,
) -> Result<(), DecodeError> {
    value.merge(wire_type, buffer, context)
}

/// Appends the field, zero or not.
pub(super) fn always<E, T: Value<E>>(tag: u32, value: &T, buffer: &mut impl BufMut) {
    encode_key(tag, T::WIRE_TYPE, buffer);
    value.put(buffer);
}

/// How many bytes [`always`] appends.
pub(super) fn always_len<E, T: Value<E>>(tag: u32, value: &T) -> usize {
    key_len(tag) + value.put_len()
}
