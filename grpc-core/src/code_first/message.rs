use bytes::{Buf, BufMut};
use prost::{
    DecodeError, Message,
    encoding::{self, DecodeContext, WireType, encode_varint, encoded_len_varint},
};

use super::value::{Natural, Value};
#[cfg(feature = "descriptors")]
use super::{FieldType, Files, MessageBuilder, Place};

/// A message with a descriptor, as `#[derive(grpc::Message)]` makes it.
pub trait MessageType: Message + Default + 'static {
    /// Where it is declared.
    #[cfg(feature = "descriptors")]
    fn place() -> Place;

    /// Declares its fields. One that another file declares has none to declare here.
    #[cfg(feature = "descriptors")]
    fn describe(builder: &mut MessageBuilder<'_>) {
        let _ = builder;
    }

    /// What a descriptor calls it.
    #[cfg(feature = "descriptors")]
    fn register(files: &mut Files) -> FieldType {
        files.message::<Self>()
    }
}

impl<M: MessageType> MessageType for Box<M> {
    #[cfg(feature = "descriptors")]
    fn place() -> Place {
        M::place()
    }

    #[cfg(feature = "descriptors")]
    fn register(files: &mut Files) -> FieldType {
        M::register(files)
    }
}

#[diagnostic::do_not_recommend]
impl<M: MessageType> Value<Natural> for M {
    const WIRE_TYPE: WireType = WireType::LengthDelimited;
    const PRESENCE: bool = true;

    fn zero() -> Self {
        Self::default()
    }

    fn is_zero(&self) -> bool {
        false
    }

    fn put(&self, buffer: &mut impl BufMut) {
        put_message(self, buffer);
    }

    fn put_len(&self) -> usize {
        message_len(self)
    }

    fn merge(
        &mut self,
        wire_type: WireType,
        buffer: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError> {
        encoding::message::merge(wire_type, self, buffer, context)
    }

    #[cfg(feature = "descriptors")]
    fn field_type(files: &mut Files) -> FieldType {
        Self::register(files)
    }
}

/// Writes a message behind its length.
pub(super) fn put_message(message: &impl Message, buffer: &mut impl BufMut) {
    encode_varint(message.encoded_len() as u64, buffer);
    message.encode_raw(buffer);
}

/// How many bytes [`put_message`] writes.
pub(super) fn message_len(message: &impl Message) -> usize {
    let len = message.encoded_len();
    encoded_len_varint(len as u64) + len
}
