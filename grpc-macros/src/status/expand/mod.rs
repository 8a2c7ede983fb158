mod parts;
mod restore;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Member, Type, spanned::Spanned};

use super::model::{Fault, Field, Outcome, Part};
use crate::diagnostics::{allow_deprecated, generated_at};

/// The conversions, both ways.
pub(super) fn expand(fault: &Fault) -> TokenStream {
    let expansion = Expansion::new(fault);
    let parts = fault.has_own().then(|| expansion.parts());
    let into_status = expansion.status_of_error();
    let from_status = fault.comes_back().then(|| expansion.error_of_status());
    let allow = allow_deprecated();
    quote!(#allow const _: () = { #parts #into_status #from_status };)
}

/// Conversions that are never run.
pub(super) fn stand_in(fault: &Fault) -> TokenStream {
    let expansion = Expansion::new(fault);
    let at = expansion.at;
    let never = quote_spanned!(at=> ::core::unreachable!());
    let into_status = expansion.impl_into_status(&never);
    let from_status = fault.comes_back().then(|| expansion.impl_from_status(&never));
    quote!(const _: () = { #into_status #from_status };)
}

struct Expansion<'a> {
    fault: &'a Fault,
    at: Span,
    /// The library.
    grpc: TokenStream,
    /// The part of it for this macro.
    private: TokenStream,
}

impl<'a> Expansion<'a> {
    fn new(fault: &'a Fault) -> Self {
        let span = fault.name.span();
        Self {
            fault,
            at: generated_at(span),
            grpc: fault.facade.at(span),
            private: fault.facade.path(span, &["__private", "fault"]),
        }
    }

    /// How a field becomes part of a status; asks of the type what that takes.
    fn form(&self, field: &Field) -> TokenStream {
        let (private, ty) = (self.private_at(&field.ty), &field.ty);
        let at = generated_at(field.ty.span());
        match field.part {
            Part::Carried(_) => quote_spanned!(at=> #private::carried::<#ty>()),
            Part::Detail => quote_spanned!(at=> #private::packed::<#ty>()),
            Part::RetryAfter => quote_spanned!(at=> #private::delay::<#ty>()),
            Part::Kept => quote_spanned!(at=> #private::skipped::<#ty>()),
        }
    }

    fn status_of_error(&self) -> TokenStream {
        let (at, private) = (self.at, &self.private);
        let name = &self.fault.name;
        let transparent = self.transparent().map(|(variant, member, ty)| {
            let at = generated_at(ty.span());
            quote_spanned!(at=> #name::#variant { #member: inner } => <#ty as ::core::convert::Into<Self>>::into(inner),)
        });
        let finish = quote_spanned!(at=> #private::finish(#private::Fault::parts(&error), error));
        let body = match (self.fault.has_own(), self.transparent().next()) {
            (true, None) => finish,
            (false, _) => quote_spanned!(at=> match error { #(#transparent)* }),
            (true, Some(_)) => quote_spanned!(at=> match error { #(#transparent)* error => #finish, }),
        };
        self.impl_into_status(&body)
    }

    fn impl_into_status(&self, body: &TokenStream) -> TokenStream {
        let (at, grpc, name) = (self.at, &self.grpc, &self.fault.name);
        let (generics, arguments, bounds) = self.fault.generics.split_for_impl();
        quote_spanned! {at=>
            impl #generics ::core::convert::From<#name #arguments> for #grpc::Status #bounds {
                fn from(error: #name #arguments) -> Self { #body }
            }
        }
    }

    fn impl_from_status(&self, body: &TokenStream) -> TokenStream {
        let (at, grpc, name) = (self.at, &self.grpc, &self.fault.name);
        let (generics, arguments, bounds) = self.fault.generics.split_for_impl();
        quote_spanned! {at=>
            impl #generics #grpc::FromStatus for #name #arguments #bounds {
                fn from_status(status: #grpc::Status) -> ::core::result::Result<Self, #grpc::Status> { #body }
            }
        }
    }

    fn transparent(&self) -> impl Iterator<Item = (&'a Ident, &'a Member, &'a Type)> {
        self.fault
            .variants
            .iter()
            .filter_map(|variant| match &variant.outcome {
                Outcome::Transparent { member, ty } => Some((&variant.name, member, ty)),
                Outcome::Own(_) => None,
            })
    }

    fn private_at(&self, ty: &Type) -> TokenStream {
        self.fault.facade.path(ty.span(), &["__private", "fault"])
    }
}
