use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::spanned::Spanned;

use super::Expansion;
use crate::{
    diagnostics::generated_at,
    status::model::{Outcome, Part, Variant},
};

impl Expansion<'_> {
    /// `impl FromStatus for …`: by the reason first, then by what transparent variants hold.
    pub(super) fn error_of_status(&self) -> TokenStream {
        let (at, private) = (self.at, &self.private);
        let restored = self.fault.domain.as_ref().map(|domain| {
            let arms = self
                .fault
                .variants
                .iter()
                .filter_map(|variant| self.restoring_arm(variant));
            quote_spanned! {at=>
                let restore = || -> ::core::option::Option<Self> {
                    let info = #private::info(&status, #domain)?;
                    match &*info.reason {
                        #(#arms)*
                        _ => ::core::option::Option::None,
                    }
                };
                if let ::core::option::Option::Some(error) = restore() {
                    return ::core::result::Result::Ok(error);
                }
            }
        });
        let inner = self.transparent().map(|(name, member, ty)| {
            let at = generated_at(ty.span());
            quote_spanned! {at=>
                let status = match #private::WayBack::<#ty>::NEW.take(status) {
                    ::core::result::Result::Ok(inner) => {
                        return ::core::result::Result::Ok(Self::#name { #member: inner });
                    }
                    ::core::result::Result::Err(status) => status,
                };
            }
        });
        let import = self
            .transparent()
            .next()
            .map(|_| quote_spanned!(at=> use #private::NoWayBack as _;));
        self.impl_from_status(&quote_spanned! {at=>
            #import
            #restored
            #(#inner)*
            ::core::result::Result::Err(status)
        })
    }

    /// `"REASON" => Some(Self::Variant { … })`
    fn restoring_arm(&self, variant: &Variant) -> Option<TokenStream> {
        let Outcome::Own(own) = &variant.outcome else {
            return None;
        };
        let (reason, name) = (own.reason.as_ref()?, &variant.name);
        let at = generated_at(name.span());
        let fields = own.fields.iter().map(|field| {
            let (member, form) = (&field.member, self.form(field));
            let value = match &field.part {
                Part::Carried(key) if field.optional => {
                    return quote_spanned!(at=> #member: #form.read_optional(&info, #key)?,);
                }
                Part::Carried(key) => quote_spanned!(at=> #form.read(&info, #key)),
                Part::Detail | Part::RetryAfter => quote_spanned!(at=> #form.unpack(&status)),
                Part::Kept if field.optional => {
                    return quote_spanned!(at=> #member: ::core::option::Option::None,);
                }
                Part::Kept => return quote_spanned!(at=> #member: #form,),
            };
            let missing = (!field.optional).then(|| quote_spanned!(at=> ?));
            quote_spanned!(at=> #member: #value #missing,)
        });
        Some(quote_spanned!(at=> #reason => ::core::option::Option::Some(Self::#name { #(#fields)* }),))
    }
}
