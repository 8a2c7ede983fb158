use std::{error::Error, fmt};

#[cfg(feature = "descriptors")]
use super::{EnumBuilder, FieldType, Files, Place};

/// An enum, as `#[derive(grpc::Enum)]` makes it.
pub trait EnumType: Send + Sync + Sized + 'static {
    /// Where it is declared.
    #[cfg(feature = "descriptors")]
    fn place() -> Place;

    /// Declares its values.
    #[cfg(feature = "descriptors")]
    fn describe(builder: &mut EnumBuilder);

    /// What stands for it on the wire.
    fn number(&self) -> i32;

    /// The value of a number: the catch-all, or else the one of zero, if none has it.
    fn from_number(number: i32) -> Self;

    /// What a descriptor calls it.
    #[cfg(feature = "descriptors")]
    fn register(files: &mut Files) -> FieldType {
        files.enumeration::<Self>()
    }
}

/// Makes an [`EnumType`] the value of a field. (A blanket impl would be a second one beside that of messages.)
#[doc(hidden)]
#[macro_export]
macro_rules! __enum_value {
    ($enum:ty, $code_first:path, $prost:path) => {
        const _: () = {
            use $code_first as code_first;
            use $prost as prost;

            impl code_first::Value<code_first::Natural> for $enum {
                const WIRE_TYPE: prost::encoding::WireType = prost::encoding::WireType::Varint;

                fn zero() -> Self {
                    <Self as code_first::EnumType>::from_number(0)
                }

                fn is_zero(&self) -> bool {
                    code_first::EnumType::number(self) == 0
                }

                fn put(&self, buffer: &mut impl prost::bytes::BufMut) {
                    code_first::Value::<code_first::Natural>::put(
                        &code_first::EnumType::number(self),
                        buffer,
                    );
                }

                fn put_len(&self) -> usize {
                    code_first::Value::<code_first::Natural>::put_len(&code_first::EnumType::number(self))
                }

                fn merge(
                    &mut self,
                    wire_type: prost::encoding::WireType,
                    buffer: &mut impl prost::bytes::Buf,
                    context: prost::encoding::DecodeContext,
                ) -> ::core::result::Result<(), prost::DecodeError> {
                    let mut number = 0_i32;
                    code_first::Value::<code_first::Natural>::merge(&mut number, wire_type, buffer, context)?;
                    *self = <Self as code_first::EnumType>::from_number(number);
                    ::core::result::Result::Ok(())
                }

                code_first::__described! {
                    fn field_type(files: &mut code_first::Files) -> code_first::FieldType {
                        <Self as code_first::EnumType>::register(files)
                    }
                }
            }

            code_first::__described! {
                impl code_first::Described for $enum {
                    fn describe(files: &mut code_first::Files) {
                        <Self as code_first::EnumType>::register(files);
                    }
                }
            }
        };
    };
}

/// The error of making an enum of a number that none of its values has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownNumber(
    /// That number.
    pub i32,
);

impl fmt::Display for UnknownNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no value of the enum has the number {}", self.0)
    }
}

impl Error for UnknownNumber {}
