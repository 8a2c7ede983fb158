use std::{error::Error, fmt};

use super::{Comment, FieldType, Files, Place};

/// An enum, as `#[derive(grpc::Enum)]` makes it.
pub trait EnumType: Send + Sync + Sized + 'static {
    /// Where it is declared.
    fn place() -> Place;

    /// Declares its values.
    fn describe(builder: &mut EnumBuilder);

    /// What stands for it on the wire.
    fn number(&self) -> i32;

    /// The value of a number: the catch-all, or else the one of zero, if none has it.
    fn from_number(number: i32) -> Self;

    /// What a descriptor calls it.
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

                fn field_type(files: &mut code_first::Files) -> code_first::FieldType {
                    <Self as code_first::EnumType>::register(files)
                }
            }

            impl code_first::Described for $enum {
                fn describe(files: &mut code_first::Files) {
                    <Self as code_first::EnumType>::register(files);
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

/// An enum's descriptor in the making.
#[derive(Debug, Default)]
pub struct EnumBuilder {
    pub(super) proto: prost_types::EnumDescriptorProto,
    /// By the path inside of the enum.
    pub(super) comments: Vec<(Vec<i32>, String)>,
}

impl EnumBuilder {
    /// What its doc comment says.
    pub fn docs(&mut self, docs: &str) {
        self.comments.push((Vec::new(), docs.to_owned()));
    }

    /// Nobody should use it any more.
    pub fn deprecated(&mut self) {
        self.proto.options.get_or_insert_default().deprecated = Some(true);
    }

    /// Several of its values have one number.
    pub fn allow_alias(&mut self) {
        self.proto.options.get_or_insert_default().allow_alias = Some(true);
    }

    /// Adds a value.
    pub fn value(&mut self, name: &str, number: i32, comment: Comment) {
        // `EnumDescriptorProto.value`
        let path = vec![2, self.proto.value.len() as i32];
        self.comments.push((path, comment.docs.to_owned()));
        let options = comment.deprecated.then(|| prost_types::EnumValueOptions {
            deprecated: Some(true),
            ..Default::default()
        });
        self.proto.value.push(prost_types::EnumValueDescriptorProto {
            name: Some(name.to_owned()),
            number: Some(number),
            options,
        });
    }

    /// Numbers that are not to be used, both ends included.
    pub fn reserve(&mut self, start: i32, end: i32) {
        let range = prost_types::enum_descriptor_proto::EnumReservedRange {
            start: Some(start),
            end: Some(end),
        };
        self.proto.reserved_range.push(range);
    }

    /// A name that is not to be used.
    pub fn reserve_name(&mut self, name: &str) {
        self.proto.reserved_name.push(name.to_owned());
    }
}
