//! The types of `google.protobuf`.

use std::time::{Duration, SystemTime};

use bytes::{Buf, BufMut, Bytes};
use prost::{
    DecodeError,
    encoding::{self, DecodeContext, WireType},
};

#[cfg(feature = "descriptors")]
use super::{EnumBuilder, EnumType, FieldType, Files, Place};
use super::{
    MessageType,
    message::{message_len, put_message},
    value::{Natural, Value, Wrapped},
};
use crate::wire::SecondsAndNanos;

/// The files of `google.protobuf` that declare the types here, without their comments. A test of grpc-build compiles them.
#[cfg(feature = "descriptors")]
const FILES: &[u8] = include_bytes!("well_known.bin");

macro_rules! messages {
    ($($rust:ty, $name:literal;)*) => {
        $(
            impl MessageType for $rust {
                #[cfg(feature = "descriptors")]
                fn place() -> Place {
                    Place::Proto { set: FILES, name: concat!("google.protobuf.", $name) }
                }
            }
        )*
    };
}

messages! {
    (), "Empty";
}

#[cfg(feature = "descriptors")]
messages! {
    prost_types::Any, "Any";
    prost_types::Duration, "Duration";
    prost_types::FieldMask, "FieldMask";
    prost_types::ListValue, "ListValue";
    prost_types::Struct, "Struct";
    prost_types::Timestamp, "Timestamp";
    prost_types::Value, "Value";
}

#[cfg(feature = "descriptors")]
impl EnumType for prost_types::NullValue {
    fn place() -> Place {
        Place::Proto {
            set: FILES,
            name: "google.protobuf.NullValue",
        }
    }

    fn describe(_: &mut EnumBuilder) {}

    fn number(&self) -> i32 {
        0
    }

    fn from_number(_: i32) -> Self {
        Self::NullValue
    }
}

#[cfg(feature = "descriptors")]
crate::__enum_value!(prost_types::NullValue, crate::code_first, prost);

/// A type of the standard library that is on the wire as a message of seconds and nanoseconds.
macro_rules! converted {
    ($rust:ty, $name:literal, $zero:expr, |$value:ident| $to:expr, |$read:ident| $from:expr) => {
        impl Value<Natural> for $rust {
            const WIRE_TYPE: WireType = WireType::LengthDelimited;
            const PRESENCE: bool = true;

            fn zero() -> Self {
                $zero
            }

            fn is_zero(&self) -> bool {
                false
            }

            fn put(&self, buffer: &mut impl BufMut) {
                let $value = *self;
                put_message(&$to, buffer);
            }

            fn put_len(&self) -> usize {
                let $value = *self;
                message_len(&$to)
            }

            fn merge(
                &mut self,
                wire_type: WireType,
                buffer: &mut impl Buf,
                context: DecodeContext,
            ) -> Result<(), DecodeError> {
                let $value = *self;
                let mut $read: SecondsAndNanos = $to;
                encoding::message::merge(wire_type, &mut $read, buffer, context)?;
                *self = $from.map_err(unfitting)?;
                Ok(())
            }

            #[cfg(feature = "descriptors")]
            fn field_type(files: &mut Files) -> FieldType {
                files.proto_message(FILES, concat!("google.protobuf.", $name))
            }
        }
    };
}

converted!(
    SystemTime,
    "Timestamp",
    SystemTime::UNIX_EPOCH,
    |time| SecondsAndNanos::from(time),
    |read| read.to_system_time().ok_or_else(|| {
        let SecondsAndNanos { seconds, nanos } = read;
        format!("the time cannot be had on this system: {seconds} s and {nanos} ns after 1970")
    })
);
converted!(
    Duration,
    "Duration",
    Duration::ZERO,
    |duration| SecondsAndNanos::from(duration),
    |read| read.to_duration().ok_or_else(|| {
        let SecondsAndNanos { seconds, nanos } = read;
        format!("no `std::time::Duration`, `grpc::types::Duration` takes it: {seconds} s and {nanos} ns")
    })
);

#[expect(
    deprecated,
    reason = "there is no other way to make one, and the derives of prost have the same need"
)]
fn unfitting(message: String) -> DecodeError {
    DecodeError::new(message)
}

macro_rules! wrappers {
    ($($rust:ty, $name:literal;)*) => {
        $(
            #[cfg(feature = "descriptors")]
            impl Wrapper for $rust {
                const NAME: &'static str = concat!("google.protobuf.", $name);
            }

            impl Value<Wrapped> for $rust {
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
                    wrapper::<Self>(files)
                }
            }
        )*
    };
}

wrappers! {
    bool, "BoolValue";
    i32, "Int32Value";
    i64, "Int64Value";
    u32, "UInt32Value";
    u64, "UInt64Value";
    f32, "FloatValue";
    f64, "DoubleValue";
    String, "StringValue";
    Vec<u8>, "BytesValue";
    Bytes, "BytesValue";
}

/// A scalar that `google.protobuf` has a message for.
#[cfg(feature = "descriptors")]
pub(super) trait Wrapper {
    /// That message.
    const NAME: &'static str;
}

/// What a descriptor calls the message that holds a scalar.
#[cfg(feature = "descriptors")]
pub(super) fn wrapper<T: Wrapper>(files: &mut Files) -> FieldType {
    files.proto_message(FILES, T::NAME)
}
