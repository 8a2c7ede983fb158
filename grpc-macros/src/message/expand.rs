use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::{DeriveInput, Type, ext::IdentExt, spanned::Spanned};

use super::model::{Field, Kind, MapValues, Message, Values};
use crate::{
    declaration::{Place, comment},
    diagnostics::{allow_deprecated, generated_at},
};

/// The impls of a message that is as it should be.
pub(super) fn expand(message: &Message) -> TokenStream {
    let at = generated_at(message.ident.span());
    let (wire, type_, default) = (wire(message), described(message), default(message));
    let debug = (!message.skip_debug).then(|| debug(message));
    let (name, checks) = (name(message), oneofs(message));
    let allow = allow_deprecated();
    quote_spanned! {at=>
        #allow
        const _: () = {
            #wire
            #default
            #debug
            #type_
            #name
            #checks
        };
    }
}

/// What a message with mistakes gets, so that its uses are not mistakes as well.
pub(super) fn stand_in(input: &DeriveInput, message: &Message) -> TokenStream {
    let ident = &message.ident;
    let at = generated_at(ident.span());
    let private = message.options.facade.private(ident.span());
    let (parameters, arguments, clause) = input.generics.split_for_impl();
    let predicates = clause.into_iter().flat_map(|clause| &clause.predicates);
    let predicates = quote!(#(#predicates,)*);
    let debug = (!message.skip_debug).then(|| {
        quote_spanned! {at=>
            impl #parameters ::core::fmt::Debug for #ident #arguments #clause {
                fn fmt(&self, _: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    ::core::result::Result::Ok(())
                }
            }
        }
    });
    let place = Place::Package {
        package: String::new(),
        file: None,
    };
    let place = place.expand("", &message.options.facade, ident.span());
    quote_spanned! {at=>
        const _: () = {
            impl #parameters #private::prost::Message for #ident #arguments
            where
                #predicates
                Self: ::core::marker::Send + ::core::marker::Sync,
            {
                fn encode_raw(&self, _: &mut impl #private::prost::bytes::BufMut) {}
                fn merge_field(
                    &mut self,
                    _: u32,
                    _: #private::prost::encoding::WireType,
                    _: &mut impl #private::prost::bytes::Buf,
                    _: #private::prost::encoding::DecodeContext,
                ) -> ::core::result::Result<(), #private::prost::DecodeError> {
                    ::core::result::Result::Ok(())
                }
                fn encoded_len(&self) -> usize { 0 }
                fn clear(&mut self) {}
            }
            impl #parameters ::core::default::Default for #ident #arguments #clause {
                fn default() -> Self { ::core::unreachable!() }
            }
            #debug
            impl #parameters #private::code_first::MessageType for #ident #arguments
            where
                #predicates
                Self: ::core::marker::Send + ::core::marker::Sync + 'static,
            {
                #private::code_first::__described! {
                    fn place() -> #private::code_first::Place { #place }
                }
            }
        };
    }
}

/// `prost::Message`.
fn wire(message: &Message) -> TokenStream {
    let ident = &message.ident;
    let at = generated_at(ident.span());
    let private = message.options.facade.private(ident.span());
    let fields = message.in_wire_order();
    let encode = fields.iter().map(|field| call(message, field, "encode"));
    let lengths = fields.iter().map(|field| call(message, field, "len"));
    let merge = fields.iter().map(|field| merge(message, field));
    quote_spanned! {at=>
        #[allow(unused_variables, reason = "a message may be empty")]
        impl #private::prost::Message for #ident {
            fn encode_raw(&self, buffer: &mut impl #private::prost::bytes::BufMut) {
                #(#encode;)*
            }
            fn merge_field(
                &mut self,
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
            fn encoded_len(&self) -> usize {
                0 #(+ #lengths)*
            }
            fn clear(&mut self) {
                *self = <Self as ::core::default::Default>::default();
            }
        }
    }
}

/// What `encode`s a field, or counts its `len`.
fn call(message: &Message, field: &Field, what: &str) -> TokenStream {
    let ident = &field.ident;
    let at = generated_at(field.ty.span());
    let private = message.options.facade.private(field.ty.span());
    let (values, tag) = match &field.kind {
        Kind::Oneof(ty) => {
            let variant = quote_spanned!(at=> ::core::option::Option::Some(oneof));
            return if what == "encode" {
                quote_spanned! {at=>
                    if let #variant = &self.#ident {
                        <#ty as #private::code_first::OneofType>::encode_raw(oneof, buffer);
                    }
                }
            } else {
                quote_spanned! {at=>
                    match &self.#ident {
                        #variant => <#ty as #private::code_first::OneofType>::encoded_len(oneof),
                        ::core::option::Option::None => 0,
                    }
                }
            };
        }
        Kind::Value { tag, values, .. } => (values, tag),
    };
    let method = method(message, values, what);
    let buffer = (what == "encode").then(|| quote_spanned!(at=> , buffer));
    quote_spanned!(at=> #method(#tag, &self.#ident #buffer))
}

/// An arm of the `match` over tags.
fn merge(message: &Message, field: &Field) -> TokenStream {
    let ident = &field.ident;
    let at = generated_at(field.ty.span());
    let private = message.options.facade.private(field.ty.span());
    let (struct_name, field_name) = (message.ident.unraw().to_string(), ident.unraw().to_string());
    let (pattern, merge) = match &field.kind {
        Kind::Value { tag, values, .. } => {
            let method = method(message, values, "merge");
            let merge = quote_spanned!(at=> #method(&mut self.#ident, wire_type, buffer, context));
            (quote!(#tag), merge)
        }
        Kind::Oneof(ty) => (
            quote_spanned! {at=>
                tag if <#ty as #private::code_first::OneofType>::TAGS.contains(&tag)
            },
            quote_spanned! {at=>
                <#ty as #private::code_first::OneofType>::merge_field(
                    &mut self.#ident, tag, wire_type, buffer, context,
                )
            },
        ),
    };
    quote_spanned! {at=>
        #pattern => #merge.map_err(|mut error| {
            error.push(#struct_name, #field_name);
            error
        }),
    }
}

fn default(message: &Message) -> TokenStream {
    let ident = &message.ident;
    let at = generated_at(ident.span());
    let fields = message.fields.iter().map(|field| {
        let ident = &field.ident;
        let at = generated_at(field.ty.span());
        let value = match &field.kind {
            Kind::Value {
                values: Values::Plain(leaf),
                ..
            } => {
                let absent = leaf.method(&message.options.facade, "absent");
                quote_spanned!(at=> #absent())
            }
            _ => quote_spanned!(at=> ::core::default::Default::default()),
        };
        quote_spanned!(at=> #ident: #value,)
    });
    quote_spanned! {at=>
        impl ::core::default::Default for #ident {
            fn default() -> Self {
                Self { #(#fields)* }
            }
        }
    }
}

fn debug(message: &Message) -> TokenStream {
    let ident = &message.ident;
    let at = generated_at(ident.span());
    let name = ident.unraw().to_string();
    let fields = message.fields.iter().map(|field| {
        let (ident, name) = (&field.ident, field.ident.unraw().to_string());
        let at = generated_at(field.ty.span());
        quote_spanned!(at=> .field(#name, &self.#ident))
    });
    quote_spanned! {at=>
        impl ::core::fmt::Debug for #ident {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct(#name) #(#fields)* .finish()
            }
        }
    }
}

/// What the message is in a descriptor.
fn described(message: &Message) -> TokenStream {
    let ident = &message.ident;
    let at = generated_at(ident.span());
    let facade = &message.options.facade;
    let private = facade.private(ident.span());
    let place = message
        .options
        .place
        .expand(&message.options.name, facade, ident.span());
    let docs = &message.docs;
    let deprecated = message
        .deprecated
        .then(|| quote_spanned!(at=> builder.deprecated();));
    let fields = message.fields.iter().map(|field| {
        let at = generated_at(field.ty.span());
        let private = facade.private(field.ty.span());
        let name = &field.name;
        match &field.kind {
            Kind::Oneof(ty) => {
                let docs = &field.docs;
                quote_spanned! {at=>
                    <#ty as #private::code_first::OneofType>::declare(builder, #name, #docs);
                }
            }
            Kind::Value { tag, values, .. } => {
                let method = method(message, values, "describe");
                let comment = comment(facade, &field.docs, field.deprecated, field.ty.span());
                quote_spanned! {at=>
                    #method(
                        builder,
                        #private::code_first::FieldName { name: #name, tag: #tag, comment: #comment },
                    );
                }
            }
        }
    });
    let numbers = message.reserved.numbers.iter().map(|(first, last)| {
        let (first, last) = (*first as i32, *last as i32);
        quote_spanned!(at=> builder.reserve(#first, #last);)
    });
    let names = &message.reserved.names;
    quote_spanned! {at=>
        impl #private::code_first::MessageType for #ident {
            #private::code_first::__described! {
                fn place() -> #private::code_first::Place { #place }
                fn describe(builder: &mut #private::code_first::MessageBuilder<'_>) {
                    builder.docs(#docs);
                    #deprecated
                    #(#fields)*
                    #(#numbers)*
                    #(builder.reserve_name(#names);)*
                }
            }
        }
    }
}

/// `prost::Name`, by which `google.protobuf.Any` knows it.
fn name(message: &Message) -> Option<TokenStream> {
    let Place::Package { package, .. } = &message.options.place else {
        // Its full name is not known before it is registered.
        return None;
    };
    let ident = &message.ident;
    let at = generated_at(ident.span());
    let private = message.options.facade.private(ident.span());
    let name = &message.options.name;
    Some(quote_spanned! {at=>
        impl #private::prost::Name for #ident {
            const NAME: &'static str = #name;
            const PACKAGE: &'static str = #package;
        }
    })
}

/// Compares the tags and names of oneofs, which only their types know, with the others; at the field.
fn oneofs(message: &Message) -> TokenStream {
    let mut checks = TokenStream::new();
    let oneofs: Vec<(&Field, &Type)> = message
        .fields
        .iter()
        .filter_map(|field| match &field.kind {
            Kind::Oneof(ty) => Some((field, ty)),
            Kind::Value { .. } => None,
        })
        .collect();
    for (index, (field, ty)) in oneofs.iter().enumerate() {
        let at = generated_at(field.ty.span());
        let private = message.options.facade.private(field.ty.span());
        let oneof = &field.name;
        let oneof_type = quote_spanned!(at=> <#ty as #private::code_first::OneofType>);
        let mut refuse = |condition: TokenStream, problem: String| {
            checks.extend(quote_spanned! {at=>
                const _: () = ::core::assert!(!#private::code_first::#condition, #problem);
            });
        };
        for other in &message.fields {
            let name = &other.name;
            if let Some(tag) = other.tag() {
                refuse(
                    quote_spanned!(at=> has_tag(#oneof_type::TAGS, #tag, #tag)),
                    format!("tag {tag} is that of `{name}`, and of a variant of `{oneof}`"),
                );
            }
            refuse(
                quote_spanned!(at=> has_name(#oneof_type::NAMES, #name)),
                format!("`{name}` is the name of a field, and of a variant of `{oneof}`"),
            );
        }
        for (first, last) in &message.reserved.numbers {
            let (from, to) = (*first as u32, *last as u32);
            refuse(
                quote_spanned!(at=> has_tag(#oneof_type::TAGS, #from, #to)),
                format!("a variant of `{oneof}` has a tag that is reserved: one of {from} to {to}"),
            );
        }
        for name in &message.reserved.names {
            refuse(
                quote_spanned!(at=> has_name(#oneof_type::NAMES, #name)),
                format!("a variant of `{oneof}` has the name `{name}`, which is reserved"),
            );
        }
        for (other, other_type) in &oneofs[..index] {
            let other = &other.name;
            refuse(
                {
                    let other_type = quote_spanned!(at=> <#other_type as #private::code_first::OneofType>);
                    quote_spanned! {at=>
                        overlap(
                            (#oneof_type::TAGS, #oneof_type::NAMES),
                            (#other_type::TAGS, #other_type::NAMES),
                        )
                    }
                },
                format!("variants of `{oneof}` and of `{other}` have one tag or one name"),
            );
        }
    }
    checks
}

/// The path of the library's method that does `what` (`encode`, `len`, `merge` or `describe`) for a field.
fn method(message: &Message, values: &Values, what: &str) -> TokenStream {
    let facade = &message.options.facade;
    let (leaf, kind) = match values {
        Values::Plain(leaf) => (leaf, "plain"),
        Values::Optional(leaf) => (leaf, "optional"),
        Values::Repeated(leaf) => (leaf, "repeated"),
        Values::Map(values) => {
            let MapValues { map, key, value } = &**values;
            let span = map.span();
            let at = generated_at(span);
            let encodings = [key, value].map(|leaf| leaf.encoding.path(facade, span));
            let private = facade.private(span);
            let name = Ident::new(if what == "len" { "encoded_len" } else { what }, at);
            return quote_spanned!(at=> <#map as #private::code_first::MapField<#(#encodings),*>>::#name);
        }
    };
    let name = if what == "len" {
        format!("{kind}_len")
    } else {
        format!("{what}_{kind}")
    };
    leaf.method(facade, &name)
}
