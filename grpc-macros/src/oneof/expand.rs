use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::{DeriveInput, ext::IdentExt, spanned::Spanned};

use super::model::{Oneof, Variant};
use crate::{
    declaration::comment,
    diagnostics::{allow_deprecated, generated_at},
};

/// The impls of a oneof that is as it should be.
pub(super) fn expand(oneof: &Oneof) -> TokenStream {
    let ident = &oneof.ident;
    let at = generated_at(ident.span());
    let private = oneof.facade.private(ident.span());
    let tags = oneof.variants.iter().map(|variant| variant.tag.number);
    let names = oneof.variants.iter().map(|variant| &variant.name);
    let encode = oneof.variants.iter().map(|variant| {
        let method = variant.leaf.method(&oneof.facade, "encode_oneof");
        let tag = variant.tag.number;
        let ident = &variant.ident;
        quote_spanned!(at=> Self::#ident(value) => #method(#tag, value, buffer),)
    });
    let lengths = oneof.variants.iter().map(|variant| {
        let method = variant.leaf.method(&oneof.facade, "oneof_len");
        let tag = variant.tag.number;
        let ident = &variant.ident;
        quote_spanned!(at=> Self::#ident(value) => #method(#tag, value),)
    });
    let merge = oneof.variants.iter().map(|variant| merge(oneof, variant));
    let docs = &oneof.docs;
    let fields = oneof.variants.iter().map(|variant| field(oneof, variant));
    let debug = (!oneof.skip_debug).then(|| debug(oneof));
    let allow = allow_deprecated();
    quote_spanned! {at=>
        #allow
        const _: () = {
            impl #private::code_first::OneofType for #ident {
                const TAGS: &'static [u32] = &[#(#tags),*];
                const NAMES: &'static [&'static str] = &[#(#names),*];
                fn encode_raw(&self, buffer: &mut impl #private::prost::bytes::BufMut) {
                    match self { #(#encode)* }
                }
                fn encoded_len(&self) -> usize {
                    match self { #(#lengths)* }
                }
                fn merge_field(
                    field: &mut ::core::option::Option<Self>,
                    tag: u32,
                    wire_type: #private::prost::encoding::WireType,
                    buffer: &mut impl #private::prost::bytes::Buf,
                    context: #private::prost::encoding::DecodeContext,
                ) -> ::core::result::Result<(), #private::prost::DecodeError> {
                    match tag {
                        #(#merge)*
                        _ => #private::prost::encoding::skip_field(wire_type, tag, buffer, context),
                    }
                }
                #private::code_first::__described! {
                    fn describe(builder: &mut #private::code_first::OneofBuilder<'_, '_>) {
                        builder.docs(#docs);
                        #(#fields)*
                    }
                }
            }
            #debug
        };
    }
}

/// What a oneof with mistakes gets, so that its uses are not mistakes as well.
pub(super) fn stand_in(input: &DeriveInput, oneof: &Oneof) -> TokenStream {
    if !input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let ident = &oneof.ident;
    let at = generated_at(ident.span());
    let private = oneof.facade.private(ident.span());
    let debug = (!oneof.skip_debug).then(|| {
        quote_spanned! {at=>
            impl ::core::fmt::Debug for #ident {
                fn fmt(&self, _: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    ::core::result::Result::Ok(())
                }
            }
        }
    });
    quote_spanned! {at=>
        const _: () = {
            impl #private::code_first::OneofType for #ident {
                const TAGS: &'static [u32] = &[];
                const NAMES: &'static [&'static str] = &[];
                fn encode_raw(&self, _: &mut impl #private::prost::bytes::BufMut) {}
                fn encoded_len(&self) -> usize { 0 }
                fn merge_field(
                    _: &mut ::core::option::Option<Self>,
                    _: u32,
                    _: #private::prost::encoding::WireType,
                    _: &mut impl #private::prost::bytes::Buf,
                    _: #private::prost::encoding::DecodeContext,
                ) -> ::core::result::Result<(), #private::prost::DecodeError> {
                    ::core::result::Result::Ok(())
                }
                #private::code_first::__described! {
                    fn describe(_: &mut #private::code_first::OneofBuilder<'_, '_>) {}
                }
            }
            #debug
        };
    }
}

/// A message that comes in several pieces is merged; any other variant gives way.
fn merge(oneof: &Oneof, variant: &Variant) -> TokenStream {
    let (ident, tag, ty) = (&variant.ident, variant.tag.number, &variant.leaf.ty);
    let at = generated_at(ty.span());
    let merge = variant.leaf.method(&oneof.facade, "merge_plain");
    let absent = variant.leaf.method(&oneof.facade, "absent");
    quote_spanned! {at=>
        #tag => match field {
            ::core::option::Option::Some(Self::#ident(value)) => #merge(value, wire_type, buffer, context),
            _ => {
                let mut value = #absent();
                #merge(&mut value, wire_type, buffer, context)?;
                *field = ::core::option::Option::Some(Self::#ident(value));
                ::core::result::Result::Ok(())
            }
        },
    }
}

fn field(oneof: &Oneof, variant: &Variant) -> TokenStream {
    let span = variant.leaf.ty.span();
    let at = generated_at(span);
    let private = oneof.facade.private(span);
    let (name, tag) = (&variant.name, variant.tag.number);
    let method = variant.leaf.method(&oneof.facade, "describe_oneof");
    let comment = comment(&oneof.facade, &variant.docs, variant.deprecated, span);
    quote_spanned! {at=>
        #method(
            builder,
            #private::code_first::FieldName { name: #name, tag: #tag, comment: #comment },
        );
    }
}

fn debug(oneof: &Oneof) -> TokenStream {
    let ident = &oneof.ident;
    let at = generated_at(ident.span());
    let variants = oneof.variants.iter().map(|variant| {
        let (ident, name) = (&variant.ident, variant.ident.unraw().to_string());
        let at = generated_at(variant.leaf.ty.span());
        quote_spanned!(at=> Self::#ident(value) => f.debug_tuple(#name).field(value).finish(),)
    });
    quote_spanned! {at=>
        impl ::core::fmt::Debug for #ident {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                match self { #(#variants)* }
            }
        }
    }
}
