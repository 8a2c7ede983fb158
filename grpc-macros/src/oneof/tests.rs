use expect_test::expect;
use quote::quote;

use super::oneof;
use crate::readable::readable;

#[test]
fn a_oneof_is_its_variants_fields() {
    let item = quote! {
        pub enum Shape {
            /// Round.
            #[grpc(tag = 2)]
            Circle(Circle),
            #[grpc(tag = 3, fixed32, name = "edge")]
            Side(u32),
        }
    };
    expect![[r##"
        #[allow(deprecated, reason = "what is deprecated is sent and served all the same")]
        const _: () = {
            impl ::grpc::__private::code_first::OneofType for Shape {
                const TAGS: &'static [u32] = &[2u32, 3u32];
                const NAMES: &'static [&'static str] = &["circle", "edge"];
                fn encode_raw(&self, buffer: &mut impl ::grpc::__private::prost::bytes::BufMut) {
                    match self {
                        Self::Circle(value) => {
                            <Circle as ::grpc::__private::code_first::Field<
                                ::grpc::__private::code_first::Natural,
                            >>::encode_oneof(2u32, value, buffer)
                        }
                        Self::Side(value) => {
                            <u32 as ::grpc::__private::code_first::Field<
                                ::grpc::__private::code_first::Fixed32,
                            >>::encode_oneof(3u32, value, buffer)
                        }
                    }
                }
                fn encoded_len(&self) -> usize {
                    match self {
                        Self::Circle(value) => {
                            <Circle as ::grpc::__private::code_first::Field<
                                ::grpc::__private::code_first::Natural,
                            >>::oneof_len(2u32, value)
                        }
                        Self::Side(value) => {
                            <u32 as ::grpc::__private::code_first::Field<
                                ::grpc::__private::code_first::Fixed32,
                            >>::oneof_len(3u32, value)
                        }
                    }
                }
                fn merge_field(
                    field: &mut ::core::option::Option<Self>,
                    tag: u32,
                    wire_type: ::grpc::__private::prost::encoding::WireType,
                    buffer: &mut impl ::grpc::__private::prost::bytes::Buf,
                    context: ::grpc::__private::prost::encoding::DecodeContext,
                ) -> ::core::result::Result<(), ::grpc::__private::prost::DecodeError> {
                    match tag {
                        2u32 => {
                            match field {
                                ::core::option::Option::Some(Self::Circle(value)) => {
                                    <Circle as ::grpc::__private::code_first::Field<
                                        ::grpc::__private::code_first::Natural,
                                    >>::merge_plain(value, wire_type, buffer, context)
                                }
                                _ => {
                                    let mut value = <Circle as ::grpc::__private::code_first::Field<
                                        ::grpc::__private::code_first::Natural,
                                    >>::absent();
                                    <Circle as ::grpc::__private::code_first::Field<
                                        ::grpc::__private::code_first::Natural,
                                    >>::merge_plain(&mut value, wire_type, buffer, context)?;
                                    *field = ::core::option::Option::Some(Self::Circle(value));
                                    ::core::result::Result::Ok(())
                                }
                            }
                        }
                        3u32 => {
                            match field {
                                ::core::option::Option::Some(Self::Side(value)) => {
                                    <u32 as ::grpc::__private::code_first::Field<
                                        ::grpc::__private::code_first::Fixed32,
                                    >>::merge_plain(value, wire_type, buffer, context)
                                }
                                _ => {
                                    let mut value = <u32 as ::grpc::__private::code_first::Field<
                                        ::grpc::__private::code_first::Fixed32,
                                    >>::absent();
                                    <u32 as ::grpc::__private::code_first::Field<
                                        ::grpc::__private::code_first::Fixed32,
                                    >>::merge_plain(&mut value, wire_type, buffer, context)?;
                                    *field = ::core::option::Option::Some(Self::Side(value));
                                    ::core::result::Result::Ok(())
                                }
                            }
                        }
                        _ => {
                            ::grpc::__private::prost::encoding::skip_field(
                                wire_type,
                                tag,
                                buffer,
                                context,
                            )
                        }
                    }
                }
                fn describe(builder: &mut ::grpc::__private::code_first::OneofBuilder<'_, '_>) {
                    builder.docs("");
                    <Circle as ::grpc::__private::code_first::Field<
                        ::grpc::__private::code_first::Natural,
                    >>::describe_oneof(
                        builder,
                        ::grpc::__private::code_first::FieldName {
                            name: "circle",
                            tag: 2u32,
                            comment: ::grpc::__private::code_first::Comment {
                                docs: " Round.",
                                deprecated: false,
                            },
                        },
                    );
                    <u32 as ::grpc::__private::code_first::Field<
                        ::grpc::__private::code_first::Fixed32,
                    >>::describe_oneof(
                        builder,
                        ::grpc::__private::code_first::FieldName {
                            name: "edge",
                            tag: 3u32,
                            comment: ::grpc::__private::code_first::Comment {
                                docs: "",
                                deprecated: false,
                            },
                        },
                    );
                }
            }
            impl ::core::fmt::Debug for Shape {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    match self {
                        Self::Circle(value) => f.debug_tuple("Circle").field(value).finish(),
                        Self::Side(value) => f.debug_tuple("Side").field(value).finish(),
                    }
                }
            }
        };
    "##]]
    .assert_eq(&readable(oneof(item)));
}
