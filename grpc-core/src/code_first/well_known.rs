//! The types of `google.protobuf`.

use std::time::{Duration, SystemTime};

use bytes::{Buf, BufMut, Bytes};
use prost::{
    DecodeError,
    encoding::{self, DecodeContext, WireType},
};

use super::{
    EnumBuilder, EnumType, FieldType, Files, MessageType, Place,
    message::{message_len, put_message},
    value::{Natural, Value, Wrapped},
};

/// The files of `google.protobuf` that declare the types here, without their comments. A test of grpc-build compiles them.
const FILES: &[u8] = include_bytes!("well_known.bin");

macro_rules! messages {
    ($($rust:ty, $name:literal;)*) => {
        $(
            impl MessageType for $rust {
                fn place() -> Place {
                    Place::Proto { set: FILES, name: concat!("google.protobuf.", $name) }
                }
            }
        )*
    };
}

messages! {
    (), "Empty";
    prost_types::Any, "Any";
    prost_types::Duration, "Duration";
    prost_types::FieldMask, "FieldMask";
    prost_types::ListValue, "ListValue";
    prost_types::Struct, "Struct";
    prost_types::Timestamp, "Timestamp";
    prost_types::Value, "Value";
}

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

crate::__enum_value!(prost_types::NullValue, crate::code_first, prost);

/// A type of the standard library that is on the wire as a message.
macro_rules! converted {
    ($rust:ty, $message:ty, $zero:expr, |$value:ident| $to:expr, |$read:ident| $from:expr) => {
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
                let message: $message = $to;
                message.put(buffer);
            }

            fn put_len(&self) -> usize {
                let $value = *self;
                let message: $message = $to;
                Value::<Natural>::put_len(&message)
            }

            fn merge(
                &mut self,
                wire_type: WireType,
                buffer: &mut impl Buf,
                context: DecodeContext,
            ) -> Result<(), DecodeError> {
                let $value = *self;
                let mut $read: $message = $to;
                encoding::message::merge(wire_type, &mut $read, buffer, context)?;
                *self = $from?;
                Ok(())
            }

            fn field_type(files: &mut Files) -> FieldType {
                <$message>::register(files)
            }
        }
    };
}

converted!(
    SystemTime,
    prost_types::Timestamp,
    SystemTime::UNIX_EPOCH,
    |time| prost_types::Timestamp::from(time),
    |read| SystemTime::try_from(read)
        .map_err(|error| unfitting(format!("the time cannot be had on this system: {error}")))
);
converted!(
    Duration,
    prost_types::Duration,
    Duration::ZERO,
    |duration| match duration.as_secs() {
        // What fits a number of 64 bits may still be more than others take.
        0..LONGEST_SECONDS => prost_types::Duration::try_from(duration).unwrap_or(LONGEST),
        _ => LONGEST,
    },
    |read| Duration::try_from(read).map_err(|error| unfitting(format!(
        "no `std::time::Duration`, `grpc::types::Duration` takes it: {error}"
    )))
);

/// 10,000 years, the longest that `google.protobuf.Duration` is specified for.
const LONGEST: prost_types::Duration = prost_types::Duration {
    seconds: LONGEST_SECONDS.cast_signed(),
    nanos: 0,
};
const LONGEST_SECONDS: u64 = 315_576_000_000;

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
pub(super) trait Wrapper {
    /// That message.
    const NAME: &'static str;
}

/// What a descriptor calls the message that holds a scalar.
pub(super) fn wrapper<T: Wrapper>(files: &mut Files) -> FieldType {
    files.proto_message(FILES, T::NAME)
}
