//! One value or none.

use bytes::{Buf, BufMut};
use prost::{
    DecodeError,
    encoding::{DecodeContext, WireType},
};

use super::{super::value::Value, plain};

/// Appends the field if it is there.
pub(super) fn encode<E, T: Value<E>>(tag: u32, value: &Option<T>, buffer: &mut impl BufMut) {
    if let Some(value) = value {
        plain::always(tag, value, buffer);
    }
}

/// How many bytes [`encode`] appends.
pub(super) fn encoded_len<E, T: Value<E>>(tag: u32, value: &Option<T>) -> usize {
    value.as_ref().map_or(0, |value| plain::always_len(tag, value))
}

/// Reads a value into it.
///
/// # Errors
/// Bytes that are no such value.
pub(super) fn merge<E, T: Value<E>>(
    value: &mut Option<T>,
    wire_type: WireType,
    buffer: &mut impl Buf,
    context: DecodeContext,
) -> Result<(), DecodeError> {
    value
        .get_or_insert_with(T::zero)
        .merge(wire_type, buffer, context)
}
