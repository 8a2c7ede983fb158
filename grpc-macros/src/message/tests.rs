use expect_test::{Expect, expect};
use proc_macro2::TokenStream;
use quote::quote;

use super::message;
use crate::readable::readable;

fn check(expansion: TokenStream, expected: &Expect) {
    expected.assert_eq(&readable(expansion));
}

#[test]
fn a_message_is_encoded_and_described_field_by_field() {
    let item = quote! {
        /// How far.
        #[grpc(package = "tally.v1", reserved = [3, "old"])]
        pub struct Step {
            #[grpc(tag = 2)]
            note: Option<String>,
            /// May be negative.
            #[grpc(tag = 1, sint64)]
            r#by: i64,
            #[grpc(tag = 4, key = fixed32)]
            names: HashMap<u32, String>,
            #[grpc(oneof)]
            shape: Option<Shape>,
        }
    };
    check(
        message(item),
        &expect![[r##"
            #[allow(deprecated, reason = "what is deprecated is sent and served all the same")]
            const _: () = {
                #[allow(unused_variables, reason = "a message may be empty")]
                impl ::grpc::__private::prost::Message for Step {
                    fn encode_raw(&self, buffer: &mut impl ::grpc::__private::prost::bytes::BufMut) {
                        <i64 as ::grpc::__private::code_first::Field<
                            ::grpc::__private::code_first::Sint64,
                        >>::encode_plain(1u32, &self.r#by, buffer);
                        <String as ::grpc::__private::code_first::Field<
                            ::grpc::__private::code_first::Natural,
                        >>::encode_optional(2u32, &self.note, buffer);
                        <HashMap<
                            u32,
                            String,
                        > as ::grpc::__private::code_first::MapField<
                            ::grpc::__private::code_first::Fixed32,
                            ::grpc::__private::code_first::Natural,
                        >>::encode(4u32, &self.names, buffer);
                        if let ::core::option::Option::Some(oneof) = &self.shape {
                            <Shape as ::grpc::__private::code_first::OneofType>::encode_raw(
                                oneof,
                                buffer,
                            );
                        }
                    }
                    fn merge_field(
                        &mut self,
                        tag: u32,
                        wire_type: ::grpc::__private::prost::encoding::WireType,
                        buffer: &mut impl ::grpc::__private::prost::bytes::Buf,
                        context: ::grpc::__private::prost::encoding::DecodeContext,
                    ) -> ::core::result::Result<(), ::grpc::__private::prost::DecodeError> {
                        match tag {
                            1u32 => {
                                <i64 as ::grpc::__private::code_first::Field<
                                    ::grpc::__private::code_first::Sint64,
                                >>::merge_plain(&mut self.r#by, wire_type, buffer, context)
                                    .map_err(|mut error| {
                                        error.push("Step", "by");
                                        error
                                    })
                            }
                            2u32 => {
                                <String as ::grpc::__private::code_first::Field<
                                    ::grpc::__private::code_first::Natural,
                                >>::merge_optional(&mut self.note, wire_type, buffer, context)
                                    .map_err(|mut error| {
                                        error.push("Step", "note");
                                        error
                                    })
                            }
                            4u32 => {
                                <HashMap<
                                    u32,
                                    String,
                                > as ::grpc::__private::code_first::MapField<
                                    ::grpc::__private::code_first::Fixed32,
                                    ::grpc::__private::code_first::Natural,
                                >>::merge(&mut self.names, wire_type, buffer, context)
                                    .map_err(|mut error| {
                                        error.push("Step", "names");
                                        error
                                    })
                            }
                            tag if <Shape as ::grpc::__private::code_first::OneofType>::TAGS
                                .contains(&tag) => {
                                <Shape as ::grpc::__private::code_first::OneofType>::merge_field(
                                        &mut self.shape,
                                        tag,
                                        wire_type,
                                        buffer,
                                        context,
                                    )
                                    .map_err(|mut error| {
                                        error.push("Step", "shape");
                                        error
                                    })
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
                    fn encoded_len(&self) -> usize {
                        0
                            + <i64 as ::grpc::__private::code_first::Field<
                                ::grpc::__private::code_first::Sint64,
                            >>::plain_len(1u32, &self.r#by)
                            + <String as ::grpc::__private::code_first::Field<
                                ::grpc::__private::code_first::Natural,
                            >>::optional_len(2u32, &self.note)
                            + <HashMap<
                                u32,
                                String,
                            > as ::grpc::__private::code_first::MapField<
                                ::grpc::__private::code_first::Fixed32,
                                ::grpc::__private::code_first::Natural,
                            >>::encoded_len(4u32, &self.names)
                            + match &self.shape {
                                ::core::option::Option::Some(oneof) => {
                                    <Shape as ::grpc::__private::code_first::OneofType>::encoded_len(
                                        oneof,
                                    )
                                }
                                ::core::option::Option::None => 0,
                            }
                    }
                    fn clear(&mut self) {
                        *self = <Self as ::core::default::Default>::default();
                    }
                }
                impl ::core::default::Default for Step {
                    fn default() -> Self {
                        Self {
                            note: ::core::default::Default::default(),
                            r#by: <i64 as ::grpc::__private::code_first::Field<
                                ::grpc::__private::code_first::Sint64,
                            >>::absent(),
                            names: ::core::default::Default::default(),
                            shape: ::core::default::Default::default(),
                        }
                    }
                }
                impl ::core::fmt::Debug for Step {
                    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                        f.debug_struct("Step")
                            .field("note", &self.note)
                            .field("by", &self.r#by)
                            .field("names", &self.names)
                            .field("shape", &self.shape)
                            .finish()
                    }
                }
                impl ::grpc::__private::code_first::MessageType for Step {
                    fn place() -> ::grpc::__private::code_first::Place {
                        ::grpc::__private::code_first::Place::Package {
                            package: "tally.v1",
                            file: ::core::option::Option::None,
                            name: "Step",
                        }
                    }
                    fn describe(builder: &mut ::grpc::__private::code_first::MessageBuilder<'_>) {
                        builder.docs(" How far.");
                        <String as ::grpc::__private::code_first::Field<
                            ::grpc::__private::code_first::Natural,
                        >>::describe_optional(
                            builder,
                            ::grpc::__private::code_first::FieldName {
                                name: "note",
                                tag: 2u32,
                                comment: ::grpc::__private::code_first::Comment {
                                    docs: "",
                                    deprecated: false,
                                },
                            },
                        );
                        <i64 as ::grpc::__private::code_first::Field<
                            ::grpc::__private::code_first::Sint64,
                        >>::describe_plain(
                            builder,
                            ::grpc::__private::code_first::FieldName {
                                name: "by",
                                tag: 1u32,
                                comment: ::grpc::__private::code_first::Comment {
                                    docs: " May be negative.",
                                    deprecated: false,
                                },
                            },
                        );
                        <HashMap<
                            u32,
                            String,
                        > as ::grpc::__private::code_first::MapField<
                            ::grpc::__private::code_first::Fixed32,
                            ::grpc::__private::code_first::Natural,
                        >>::describe(
                            builder,
                            ::grpc::__private::code_first::FieldName {
                                name: "names",
                                tag: 4u32,
                                comment: ::grpc::__private::code_first::Comment {
                                    docs: "",
                                    deprecated: false,
                                },
                            },
                        );
                        <Shape as ::grpc::__private::code_first::OneofType>::declare(
                            builder,
                            "shape",
                            "",
                        );
                        builder.reserve(3i32, 3i32);
                        builder.reserve_name("old");
                    }
                }
                impl ::grpc::__private::prost::Name for Step {
                    const NAME: &'static str = "Step";
                    const PACKAGE: &'static str = "tally.v1";
                }
                const _: () = ::core::assert!(
                    ! ::grpc::__private::code_first::has_tag(< Shape as
                    ::grpc::__private::code_first::OneofType > ::TAGS, 2u32, 2u32),
                    "tag 2 is that of `note`, and of a variant of `shape`"
                );
                const _: () = ::core::assert!(
                    ! ::grpc::__private::code_first::has_name(< Shape as
                    ::grpc::__private::code_first::OneofType > ::NAMES, "note"),
                    "`note` is the name of a field, and of a variant of `shape`"
                );
                const _: () = ::core::assert!(
                    ! ::grpc::__private::code_first::has_tag(< Shape as
                    ::grpc::__private::code_first::OneofType > ::TAGS, 1u32, 1u32),
                    "tag 1 is that of `by`, and of a variant of `shape`"
                );
                const _: () = ::core::assert!(
                    ! ::grpc::__private::code_first::has_name(< Shape as
                    ::grpc::__private::code_first::OneofType > ::NAMES, "by"),
                    "`by` is the name of a field, and of a variant of `shape`"
                );
                const _: () = ::core::assert!(
                    ! ::grpc::__private::code_first::has_tag(< Shape as
                    ::grpc::__private::code_first::OneofType > ::TAGS, 4u32, 4u32),
                    "tag 4 is that of `names`, and of a variant of `shape`"
                );
                const _: () = ::core::assert!(
                    ! ::grpc::__private::code_first::has_name(< Shape as
                    ::grpc::__private::code_first::OneofType > ::NAMES, "names"),
                    "`names` is the name of a field, and of a variant of `shape`"
                );
                const _: () = ::core::assert!(
                    ! ::grpc::__private::code_first::has_name(< Shape as
                    ::grpc::__private::code_first::OneofType > ::NAMES, "shape"),
                    "`shape` is the name of a field, and of a variant of `shape`"
                );
                const _: () = ::core::assert!(
                    ! ::grpc::__private::code_first::has_tag(< Shape as
                    ::grpc::__private::code_first::OneofType > ::TAGS, 3u32, 3u32),
                    "a variant of `shape` has a tag that is reserved: one of 3 to 3"
                );
                const _: () = ::core::assert!(
                    ! ::grpc::__private::code_first::has_name(< Shape as
                    ::grpc::__private::code_first::OneofType > ::NAMES, "old"),
                    "a variant of `shape` has the name `old`, which is reserved"
                );
            };
        "##]],
    );
}

#[test]
fn a_message_with_mistakes_is_a_message_all_the_same() {
    let item = quote! {
        #[grpc(package = "tally.v1", skip_debug)]
        struct Step<T> {
            by: T,
        }
    };
    check(
        message(item),
        &expect![[r#"
        ::core::compile_error! {
            "a message cannot be generic: a .proto has no parameters"
        }
        ::core::compile_error! {
            "`by` needs a tag, which it keeps for ever: `#[grpc(tag = 1)]`"
        }
        const _: () = {
            impl<T> ::grpc::__private::prost::Message for Step<T>
            where
                Self: ::core::marker::Send + ::core::marker::Sync,
            {
                fn encode_raw(&self, _: &mut impl ::grpc::__private::prost::bytes::BufMut) {}
                fn merge_field(
                    &mut self,
                    _: u32,
                    _: ::grpc::__private::prost::encoding::WireType,
                    _: &mut impl ::grpc::__private::prost::bytes::Buf,
                    _: ::grpc::__private::prost::encoding::DecodeContext,
                ) -> ::core::result::Result<(), ::grpc::__private::prost::DecodeError> {
                    ::core::result::Result::Ok(())
                }
                fn encoded_len(&self) -> usize {
                    0
                }
                fn clear(&mut self) {}
            }
            impl<T> ::core::default::Default for Step<T> {
                fn default() -> Self {
                    ::core::unreachable!()
                }
            }
            impl<T> ::grpc::__private::code_first::MessageType for Step<T>
            where
                Self: ::core::marker::Send + ::core::marker::Sync + 'static,
            {
                fn place() -> ::grpc::__private::code_first::Place {
                    ::grpc::__private::code_first::Place::Package {
                        package: "",
                        file: ::core::option::Option::None,
                        name: "",
                    }
                }
            }
        };
    "#]],
    );
}
