use bytes::{Buf, BufMut};
use prost::{
    DecodeError,
    encoding::{DecodeContext, WireType},
};

#[cfg(feature = "descriptors")]
use super::{FieldType, Files};

/// One value of a field: a scalar, an enum or a message. `E` is how it is encoded, where its type leaves a choice.
pub trait Value<E = Natural>: Send + Sync + Sized {
    /// What its key on the wire says.
    const WIRE_TYPE: WireType;

    /// Its absence can be told from its being zero: it is a message.
    const PRESENCE: bool = false;

    /// What a field has that is not on the wire.
    fn zero() -> Self;

    /// It need not be on the wire.
    fn is_zero(&self) -> bool;

    /// Appends it without its key.
    fn put(&self, buffer: &mut impl BufMut);

    /// How many bytes [`Value::put`] appends.
    fn put_len(&self) -> usize;

    /// Reads it, or merges what is read into it.
    ///
    /// # Errors
    /// Bytes that are no such value.
    fn merge(
        &mut self,
        wire_type: WireType,
        buffer: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError>;

    /// What a descriptor calls its type.
    #[cfg(feature = "descriptors")]
    fn field_type(files: &mut Files) -> FieldType;
}

/// As its type is usually encoded: `i32` as `int32`.
#[derive(Debug)]
pub struct Natural;

/// ZigZag, which is short for small negative numbers.
#[derive(Debug)]
pub struct Sint32;

/// ZigZag, which is short for small negative numbers.
#[derive(Debug)]
pub struct Sint64;

/// Four bytes.
#[derive(Debug)]
pub struct Fixed32;

/// Eight bytes.
#[derive(Debug)]
pub struct Fixed64;

/// Four bytes, signed.
#[derive(Debug)]
pub struct Sfixed32;

/// Eight bytes, signed.
#[derive(Debug)]
pub struct Sfixed64;

/// A scalar in a message of its own, such as `google.protobuf.Int32Value`.
#[derive(Debug)]
pub struct Wrapped;
