//! A message's fields on the wire, by how many values they have: what the derives call.
//!
//! They do so by methods of traits that are implemented for all that fits, and not by fns with bounds, so that a type which does
//! not fit is one error: rustc says of each fn anew that its bound is not met.

mod map;
mod optional;
mod plain;
mod repeated;

use bytes::{Buf, BufMut};
use prost::{
    DecodeError,
    encoding::{DecodeContext, WireType},
};

pub use self::map::{Map, MapField, MapKey};
use super::value::{Natural, Value};
#[cfg(feature = "descriptors")]
use super::{FieldName, MessageBuilder, OneofBuilder};

/// All that a field does whose values are of this type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the value of a field",
    label = "no scalar, enum or message that a field can have with these options",
    note = "a struct becomes a message by `#[derive(grpc::Message)]`, an enum by `#[derive(grpc::Enum)]`; an enum whose \
            variants hold values is a `#[derive(grpc::Oneof)]`, and its field is `#[grpc(oneof)]`",
    note = "`Option<…>`, `Vec<…>`, `HashMap<…>` and `BTreeMap<…>` are understood where they are spelled out"
)]
pub trait Field<E = Natural>: Sized {
    /// What a plain field is that is not on the wire.
    fn absent() -> Self;

    /// Appends a field with one value.
    fn encode_plain(tag: u32, field: &Self, buffer: &mut impl BufMut);

    /// How many bytes that appends.
    fn plain_len(tag: u32, field: &Self) -> usize;

    /// Reads it, or a part of it.
    ///
    /// # Errors
    /// Bytes that are no such field.
    fn merge_plain(
        field: &mut Self,
        wire_type: WireType,
        buffer: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError>;

    /// Declares it.
    #[cfg(feature = "descriptors")]
    fn describe_plain(builder: &mut MessageBuilder<'_>, name: FieldName);

    /// Appends a field with one value or none.
    fn encode_optional(tag: u32, field: &Option<Self>, buffer: &mut impl BufMut);

    /// How many bytes that appends.
    fn optional_len(tag: u32, field: &Option<Self>) -> usize;

    /// Reads it, or a part of it.
    ///
    /// # Errors
    /// Bytes that are no such field.
    fn merge_optional(
        field: &mut Option<Self>,
        wire_type: WireType,
        buffer: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError>;

    /// Declares it.
    #[cfg(feature = "descriptors")]
    fn describe_optional(builder: &mut MessageBuilder<'_>, name: FieldName);

    /// Appends a field with any number of values.
    fn encode_repeated(tag: u32, field: &[Self], buffer: &mut impl BufMut);

    /// How many bytes that appends.
    fn repeated_len(tag: u32, field: &[Self]) -> usize;

    /// Reads it, or a part of it.
    ///
    /// # Errors
    /// Bytes that are no such field.
    fn merge_repeated(
        field: &mut Vec<Self>,
        wire_type: WireType,
        buffer: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError>;

    /// Declares it.
    #[cfg(feature = "descriptors")]
    fn describe_repeated(builder: &mut MessageBuilder<'_>, name: FieldName);

    /// Appends the field of a oneof, which is there even if it is zero.
    fn encode_oneof(tag: u32, field: &Self, buffer: &mut impl BufMut);

    /// How many bytes that appends.
    fn oneof_len(tag: u32, field: &Self) -> usize;

    /// Declares it.
    #[cfg(feature = "descriptors")]
    fn describe_oneof(builder: &mut OneofBuilder<'_, '_>, name: FieldName);
}

#[diagnostic::do_not_recommend]
impl<E, T: Value<E>> Field<E> for T {
    fn absent() -> Self {
        Self::zero()
    }

    fn encode_plain(tag: u32, field: &Self, buffer: &mut impl BufMut) {
        plain::encode(tag, field, buffer);
    }

    fn plain_len(tag: u32, field: &Self) -> usize {
        plain::encoded_len(tag, field)
    }

    fn merge_plain(
        field: &mut Self,
        wire_type: WireType,
        buffer: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError> {
        plain::merge(field, wire_type, buffer, context)
    }

    #[cfg(feature = "descriptors")]
    fn describe_plain(builder: &mut MessageBuilder<'_>, name: FieldName) {
        builder.plain::<E, Self>(name);
    }

    fn encode_optional(tag: u32, field: &Option<Self>, buffer: &mut impl BufMut) {
        optional::encode(tag, field, buffer);
    }

    fn optional_len(tag: u32, field: &Option<Self>) -> usize {
        optional::encoded_len(tag, field)
    }

    fn merge_optional(
        field: &mut Option<Self>,
        wire_type: WireType,
        buffer: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError> {
        optional::merge(field, wire_type, buffer, context)
    }

    #[cfg(feature = "descriptors")]
    fn describe_optional(builder: &mut MessageBuilder<'_>, name: FieldName) {
        builder.optional::<E, Self>(name);
    }

    fn encode_repeated(tag: u32, field: &[Self], buffer: &mut impl BufMut) {
        repeated::encode(tag, field, buffer);
    }

    fn repeated_len(tag: u32, field: &[Self]) -> usize {
        repeated::encoded_len(tag, field)
    }

    fn merge_repeated(
        field: &mut Vec<Self>,
        wire_type: WireType,
        buffer: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError> {
        repeated::merge(field, wire_type, buffer, context)
    }

    #[cfg(feature = "descriptors")]
    fn describe_repeated(builder: &mut MessageBuilder<'_>, name: FieldName) {
        builder.repeated::<E, Self>(name);
    }

    fn encode_oneof(tag: u32, field: &Self, buffer: &mut impl BufMut) {
        plain::always(tag, field, buffer);
    }

    fn oneof_len(tag: u32, field: &Self) -> usize {
        plain::always_len(tag, field)
    }

    #[cfg(feature = "descriptors")]
    fn describe_oneof(builder: &mut OneofBuilder<'_, '_>, name: FieldName) {
        builder.field::<E, Self>(name);
    }
}
