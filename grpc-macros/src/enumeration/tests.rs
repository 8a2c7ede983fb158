use expect_test::expect;
use quote::quote;

use super::enumeration;
use crate::readable::readable;

#[test]
fn an_enum_is_its_numbers() {
    let item = quote! {
        #[grpc(nested_in = Drawing)]
        pub enum Color {
            Unspecified,
            #[grpc(alias = "COLOR_CRIMSON")]
            DarkRed = 5,
            #[grpc(unknown)]
            Unknown(i32),
        }
    };
    expect![[r##"
        #[allow(deprecated, reason = "what is deprecated is sent and served all the same")]
        const _: () = {
            impl ::grpc::__private::code_first::EnumType for Color {
                fn place() -> ::grpc::__private::code_first::Place {
                    ::grpc::__private::code_first::Place::Message {
                        parent: <Drawing as ::grpc::__private::code_first::MessageType>::register,
                        name: "Color",
                    }
                }
                fn describe(builder: &mut ::grpc::__private::code_first::EnumBuilder) {
                    builder.docs("");
                    builder.allow_alias();
                    builder
                        .value(
                            "COLOR_UNSPECIFIED",
                            0i32,
                            ::grpc::__private::code_first::Comment {
                                docs: "",
                                deprecated: false,
                            },
                        );
                    builder
                        .value(
                            "COLOR_DARK_RED",
                            5i32,
                            ::grpc::__private::code_first::Comment {
                                docs: "",
                                deprecated: false,
                            },
                        );
                    builder
                        .value(
                            "COLOR_CRIMSON",
                            5i32,
                            ::grpc::__private::code_first::Comment {
                                docs: "",
                                deprecated: false,
                            },
                        );
                }
                fn number(&self) -> i32 {
                    match self {
                        Self::Unspecified => 0i32,
                        Self::DarkRed => 5i32,
                        Self::Unknown(number) => *number,
                    }
                }
                fn from_number(number: i32) -> Self {
                    match number {
                        0i32 => Self::Unspecified,
                        5i32 => Self::DarkRed,
                        _ => Self::Unknown(number),
                    }
                }
            }
            ::grpc::__private::code_first::__enum_value!(
                Color, ::grpc::__private::code_first, ::grpc::__private::prost
            );
            impl ::core::convert::From<i32> for Color {
                fn from(number: i32) -> Self {
                    <Color as ::grpc::__private::code_first::EnumType>::from_number(number)
                }
            }
            impl ::core::convert::From<Color> for i32 {
                fn from(value: Color) -> Self {
                    <Color as ::grpc::__private::code_first::EnumType>::number(&value)
                }
            }
            impl ::core::default::Default for Color {
                fn default() -> Self {
                    Self::Unspecified
                }
            }
        };
    "##]]
    .assert_eq(&readable(enumeration(item)));
}
