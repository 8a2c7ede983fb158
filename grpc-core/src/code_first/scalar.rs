//! The scalar types.

use bytes::{Buf, BufMut, Bytes};
use prost::{
    DecodeError,
    encoding::{self, DecodeContext, WireType, encode_varint, encoded_len_varint},
};
#[cfg(feature = "descriptors")]
use prost_types::field_descriptor_proto::Type;

use super::value::{Fixed32, Fixed64, Natural, Sfixed32, Sfixed64, Sint32, Sint64, Value};
#[cfg(feature = "descriptors")]
use super::{FieldType, Files};

macro_rules! scalar {
    ($rust:ty, $encoding:ty, $module:ident, $type:ident, $wire:ident,
     |$value:ident, $buffer:ident| { zero: $is_zero:expr, put: $put:expr, len: $len:expr }) => {
        impl Value<$encoding> for $rust {
            const WIRE_TYPE: WireType = WireType::$wire;

            fn zero() -> Self {
                Self::default()
            }

            fn is_zero(&self) -> bool {
                let $value = self;
                $is_zero
            }

            fn put(&self, $buffer: &mut impl BufMut) {
                let $value = self;
                $put;
            }

            fn put_len(&self) -> usize {
                let $value = self;
                let _ = $value;
                $len
            }

            fn merge(
                &mut self,
                wire_type: WireType,
                buffer: &mut impl Buf,
                context: DecodeContext,
            ) -> Result<(), DecodeError> {
                encoding::$module::merge(wire_type, self, buffer, context)
            }

            #[cfg(feature = "descriptors")]
            fn field_type(_: &mut Files) -> FieldType {
                FieldType::scalar(Type::$type)
            }
        }
    };
}

macro_rules! varint {
    ($rust:ty, $encoding:ty, $module:ident, $type:ident, |$value:ident| $varint:expr) => {
        scalar!($rust, $encoding, $module, $type, Varint, |$value, buffer| {
            zero: *$value == Self::default(),
            put: encode_varint($varint, buffer),
            len: encoded_len_varint($varint)
        });
    };
}

macro_rules! fixed {
    ($rust:ty, $encoding:ty, $module:ident, $type:ident, $wire:ident, $put:ident, |$value:ident| $is_zero:expr) => {
        scalar!($rust, $encoding, $module, $type, $wire, |$value, buffer| {
            zero: $is_zero,
            put: buffer.$put(*$value),
            len: size_of::<$rust>()
        });
    };
}

macro_rules! delimited {
    ($rust:ty, $module:ident, $type:ident) => {
        scalar!($rust, Natural, $module, $type, LengthDelimited, |value, buffer| {
            zero: value.is_empty(),
            put: {
                encode_varint(value.len() as u64, buffer);
                buffer.put_slice(value.as_ref())
            },
            len: encoded_len_varint(value.len() as u64) + value.len()
        });
    };
}

varint!(bool, Natural, bool, Bool, |value| u64::from(*value));
varint!(i32, Natural, int32, Int32, |value| i64::from(*value) as u64);
varint!(i64, Natural, int64, Int64, |value| *value as u64);
varint!(u32, Natural, uint32, Uint32, |value| u64::from(*value));
varint!(u64, Natural, uint64, Uint64, |value| *value);
varint!(i32, Sint32, sint32, Sint32, |value| u64::from(
    ((*value << 1) ^ (*value >> 31)) as u32
));
varint!(
    i64,
    Sint64,
    sint64,
    Sint64,
    |value| ((*value << 1) ^ (*value >> 63)) as u64
);

fixed!(
    u32,
    Fixed32,
    fixed32,
    Fixed32,
    ThirtyTwoBit,
    put_u32_le,
    |value| *value == 0
);
fixed!(
    u64,
    Fixed64,
    fixed64,
    Fixed64,
    SixtyFourBit,
    put_u64_le,
    |value| *value == 0
);
fixed!(
    i32,
    Sfixed32,
    sfixed32,
    Sfixed32,
    ThirtyTwoBit,
    put_i32_le,
    |value| *value == 0
);
fixed!(
    i64,
    Sfixed64,
    sfixed64,
    Sfixed64,
    SixtyFourBit,
    put_i64_le,
    |value| *value == 0
);
// -0.0 equals zero, but is none: it has to be sent (protobuf.dev, "Application Note: Field Presence").
fixed!(
    f32,
    Natural,
    float,
    Float,
    ThirtyTwoBit,
    put_f32_le,
    |value| value.to_bits() == 0
);
fixed!(
    f64,
    Natural,
    double,
    Double,
    SixtyFourBit,
    put_f64_le,
    |value| value.to_bits() == 0
);

delimited!(String, string, String);
delimited!(Vec<u8>, bytes, Bytes);
delimited!(Bytes, bytes, Bytes);
