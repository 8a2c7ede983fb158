use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{DeriveInput, Type, ext::IdentExt, spanned::Spanned};

use super::model::{Field, Kind, MapValues, Message, Values};
use crate::{
    declaration::{Leaf, Place, comment},
    diagnostics::generated_at,
};

/// The impls of a message that is as it should be.
pub(super) fn expand(message: &Message) -> TokenStream {
    let at = generated_at(message.ident.span());
    let (wire, type_, default) = (wire(message), described(message), default(message));
    let debug = (!message.skip_debug).then(|| debug(message));
    let (name, checks) = (name(message), oneofs(message));
    quote_spanned! {at=>
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
                fn place() -> #private::code_first::Place { #place }
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
    let lengths = fields.iter().map(|field| call(message, field, "encoded_len"));
    let merge = fields.iter().map(|field| merge(message, field));
    quote_spanned! {at=>
        #[allow(deprecated, unused_variables, reason = "what is deprecated is sent all the same, and a message may be empty")]
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

/// `encode` or `encoded_len` of a field.
fn call(message: &Message, field: &Field, function: &str) -> TokenStream {
    let ident = &field.ident;
    let at = generated_at(field.ty.span());
    let private = message.options.facade.private(field.ty.span());
    let (arguments, tag) = match &field.kind {
        Kind::Oneof(ty) => {
            let variant = quote_spanned!(at=> ::core::option::Option::Some(oneof));
            return if function == "encode" {
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
        Kind::Value { tag, values, .. } => (arguments(message, values), tag),
    };
    let (module, function) = (module(field, at), Ident::new(function, at));
    let buffer = (function == "encode").then(|| quote_spanned!(at=> , buffer));
    quote_spanned! {at=>
        #private::code_first::#module::#function::<#arguments>(#tag, &self.#ident #buffer)
    }
}

/// An arm of the `match` over tags.
fn merge(message: &Message, field: &Field) -> TokenStream {
    let ident = &field.ident;
    let at = generated_at(field.ty.span());
    let private = message.options.facade.private(field.ty.span());
    let (struct_name, field_name) = (message.ident.unraw().to_string(), ident.unraw().to_string());
    let (pattern, merge) = match &field.kind {
        Kind::Value { tag, values, .. } => {
            let (module, arguments) = (module(field, at), arguments(message, values));
            let merge = quote_spanned! {at=>
                #private::code_first::#module::merge::<#arguments>(&mut self.#ident, wire_type, buffer, context)
            };
            (quote!(#tag), merge)
        }
        Kind::Oneof(ty) => (
            quote_spanned!(at=> tag if #private::code_first::has_tag::<#ty>(tag)),
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
        let private = message.options.facade.private(field.ty.span());
        let value = match &field.kind {
            Kind::Value {
                values: Values::Plain(leaf),
                ..
            } => {
                let (encoding, ty) = (
                    leaf.encoding.path(&message.options.facade, field.ty.span()),
                    &leaf.ty,
                );
                quote_spanned!(at=> <#ty as #private::code_first::Value<#encoding>>::zero())
            }
            _ => quote_spanned!(at=> ::core::default::Default::default()),
        };
        quote_spanned!(at=> #ident: #value,)
    });
    quote_spanned! {at=>
        #[allow(deprecated, reason = "what is deprecated is there all the same")]
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
        #[allow(deprecated, reason = "what is deprecated is there all the same")]
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
        let name = &field.name;
        match &field.kind {
            Kind::Oneof(ty) => {
                let docs = &field.docs;
                quote_spanned!(at=> builder.oneof::<#ty>(#name, #docs);)
            }
            Kind::Value { tag, values, .. } => {
                let (module, arguments) = (module(field, at), arguments(message, values));
                let comment = comment(facade, &field.docs, field.deprecated, field.ty.span());
                let private = facade.private(field.ty.span());
                quote_spanned! {at=>
                    builder.#module::<#arguments>(
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
        let mut refuse = |condition: TokenStream, problem: String| {
            checks.extend(quote_spanned! {at=>
                const _: () = ::core::assert!(!#private::code_first::#condition, #problem);
            });
        };
        for other in &message.fields {
            let name = &other.name;
            if let Some(tag) = other.tag() {
                refuse(
                    quote_spanned!(at=> has_tag::<#ty>(#tag)),
                    format!("tag {tag} is that of `{name}`, and of a variant of `{oneof}`"),
                );
            }
            refuse(
                quote_spanned!(at=> has_name::<#ty>(#name)),
                format!("`{name}` is the name of a field, and of a variant of `{oneof}`"),
            );
        }
        for (first, last) in &message.reserved.numbers {
            let (from, to) = (*first as u32, *last as u32);
            refuse(
                quote_spanned!(at=> in_range::<#ty>(#from, #to)),
                format!("a variant of `{oneof}` has a tag that is reserved: one of {from} to {to}"),
            );
        }
        for name in &message.reserved.names {
            refuse(
                quote_spanned!(at=> has_name::<#ty>(#name)),
                format!("a variant of `{oneof}` has the name `{name}`, which is reserved"),
            );
        }
        for (other, other_type) in &oneofs[..index] {
            let other = &other.name;
            refuse(
                quote_spanned!(at=> overlap::<#ty, #other_type>()),
                format!("variants of `{oneof}` and of `{other}` have one tag or one name"),
            );
        }
    }
    checks
}

/// The generic arguments of a field's functions.
fn arguments(message: &Message, values: &Values) -> TokenStream {
    let facade = &message.options.facade;
    match values {
        Values::Plain(leaf) | Values::Optional(leaf) | Values::Repeated(leaf) => leaf.arguments(facade),
        Values::Map(values) => {
            let MapValues { map, key, value } = &**values;
            let encoding = |leaf: &Leaf| leaf.encoding.path(facade, leaf.ty.span());
            let (key, value) = (encoding(key), encoding(value));
            quote!(#key, #value, #map)
        }
    }
}

/// The library's module for fields with as many values.
fn module(field: &Field, at: Span) -> Ident {
    let module = match &field.kind {
        Kind::Oneof(_) => "oneof",
        Kind::Value { values, .. } => match values {
            Values::Plain(_) => "plain",
            Values::Optional(_) => "optional",
            Values::Repeated(_) => "repeated",
            Values::Map(_) => "map",
        },
    };
    format_ident!("{module}", span = at)
}
