use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::DeriveInput;

use super::model::{Enumeration, Value};
use crate::{
    declaration::{Place, comment},
    diagnostics::{allow_deprecated, generated_at},
};

/// The impls of an enum that is as it should be.
pub(super) fn expand(enumeration: &Enumeration) -> TokenStream {
    let ident = &enumeration.ident;
    let at = generated_at(ident.span());
    let Some(zero) = enumeration.values.first() else {
        return TokenStream::new();
    };
    let zero = &zero.ident;
    let (type_, value, numbers) = (described(enumeration), value(enumeration), numbers(enumeration));
    let allow = allow_deprecated();
    quote_spanned! {at=>
        #allow
        const _: () = {
            #type_
            #value
            #numbers
            impl ::core::default::Default for #ident {
                fn default() -> Self { Self::#zero }
            }
        };
    }
}

/// What an enum with mistakes gets, so that its uses are not mistakes as well.
pub(super) fn stand_in(input: &DeriveInput, enumeration: &Enumeration) -> TokenStream {
    if !input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let ident = &enumeration.ident;
    let at = generated_at(ident.span());
    let private = enumeration.options.facade.private(ident.span());
    let place = Place::Package {
        package: String::new(),
        file: None,
    };
    let place = place.expand("", &enumeration.options.facade, ident.span());
    let value = value(enumeration);
    quote_spanned! {at=>
        const _: () = {
            impl #private::code_first::EnumType for #ident {
                #private::code_first::__described! {
                    fn place() -> #private::code_first::Place { #place }
                    fn describe(_: &mut #private::code_first::EnumBuilder) {}
                }
                fn number(&self) -> i32 { 0 }
                fn from_number(_: i32) -> Self { ::core::unreachable!() }
            }
            #value
            impl ::core::default::Default for #ident {
                fn default() -> Self { ::core::unreachable!() }
            }
        };
    }
}

fn described(enumeration: &Enumeration) -> TokenStream {
    let Enumeration {
        ident,
        options,
        docs,
        deprecated,
        reserved,
        values,
        unknown,
    } = enumeration;
    let at = generated_at(ident.span());
    let private = options.facade.private(ident.span());
    let place = options.place.expand(&options.name, &options.facade, ident.span());
    let deprecated = deprecated.then(|| quote_spanned!(at=> builder.deprecated();));
    let has_aliases = values.iter().any(|value| !value.aliases.is_empty());
    let alias = has_aliases.then(|| quote_spanned!(at=> builder.allow_alias();));
    let declarations = values.iter().map(|value| declaration(enumeration, value));
    let ranges = reserved.numbers.iter().map(|(first, last)| {
        let (first, last) = (*first as i32, *last as i32);
        quote_spanned!(at=> builder.reserve(#first, #last);)
    });
    let names = &reserved.names;
    let (variants, numbers): (Vec<_>, Vec<_>) =
        values.iter().map(|value| (&value.ident, value.number)).unzip();
    let (to_number, from_number) = match (unknown, values.first()) {
        (Some(unknown), _) => (
            quote_spanned!(at=> Self::#unknown(number) => *number,),
            quote_spanned!(at=> Self::#unknown(number)),
        ),
        (None, zero) => {
            let zero = zero.map(|zero| &zero.ident);
            (quote!(), quote_spanned!(at=> Self::#zero))
        }
    };
    quote_spanned! {at=>
        impl #private::code_first::EnumType for #ident {
            #private::code_first::__described! {
                fn place() -> #private::code_first::Place { #place }
                fn describe(builder: &mut #private::code_first::EnumBuilder) {
                    builder.docs(#docs);
                    #deprecated
                    #alias
                    #(#declarations)*
                    #(#ranges)*
                    #(builder.reserve_name(#names);)*
                }
            }
            fn number(&self) -> i32 {
                match self {
                    #(Self::#variants => #numbers,)*
                    #to_number
                }
            }
            fn from_number(number: i32) -> Self {
                match number {
                    #(#numbers => Self::#variants,)*
                    _ => #from_number,
                }
            }
        }
    }
}

/// A value, and its other names.
fn declaration(enumeration: &Enumeration, value: &Value) -> TokenStream {
    let facade = &enumeration.options.facade;
    let span = value.ident.span();
    let at = generated_at(span);
    let number = value.number;
    let aliases = value.aliases.iter().map(|(name, _)| (name, String::new()));
    let names = [(&value.name, value.docs.clone())].into_iter().chain(aliases);
    let calls = names.map(|(name, docs)| {
        let comment = comment(facade, &docs, value.deprecated, span);
        quote_spanned!(at=> builder.value(#name, #number, #comment);)
    });
    quote!(#(#calls)*)
}

/// What makes it the value of a field, and describes it by itself.
fn value(enumeration: &Enumeration) -> TokenStream {
    let ident = &enumeration.ident;
    let at = generated_at(ident.span());
    let private = enumeration.options.facade.private(ident.span());
    quote_spanned! {at=>
        #private::code_first::__enum_value!(#ident, #private::code_first, #private::prost);
    }
}

/// Conversions from and to numbers.
fn numbers(enumeration: &Enumeration) -> TokenStream {
    let Enumeration {
        ident,
        options,
        values,
        unknown,
        ..
    } = enumeration;
    let at = generated_at(ident.span());
    let private = options.facade.private(ident.span());
    let type_ = quote_spanned!(at=> <#ident as #private::code_first::EnumType>);
    let from = if unknown.is_some() {
        quote_spanned! {at=>
            impl ::core::convert::From<i32> for #ident {
                fn from(number: i32) -> Self { #type_::from_number(number) }
            }
        }
    } else {
        let numbers = values.iter().map(|value| value.number);
        quote_spanned! {at=>
            impl ::core::convert::TryFrom<i32> for #ident {
                type Error = #private::code_first::UnknownNumber;
                fn try_from(number: i32) -> ::core::result::Result<Self, Self::Error> {
                    match number {
                        #(#numbers)|* => ::core::result::Result::Ok(#type_::from_number(number)),
                        _ => ::core::result::Result::Err(#private::code_first::UnknownNumber(number)),
                    }
                }
            }
        }
    };
    quote_spanned! {at=>
        #from
        impl ::core::convert::From<#ident> for i32 {
            fn from(value: #ident) -> Self { #type_::number(&value) }
        }
    }
}
