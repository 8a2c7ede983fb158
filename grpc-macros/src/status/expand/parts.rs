use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::{Member, spanned::Spanned};

use super::Expansion;
use crate::{
    diagnostics::generated_at,
    status::model::{Field, Outcome, Own, Part, Variant},
};

impl Expansion<'_> {
    /// `impl Fault for …`: what the status of a variant is made of.
    pub(super) fn parts(&self) -> TokenStream {
        let (at, private) = (self.at, &self.private);
        let name = &self.fault.name;
        let (generics, arguments, bounds) = self.fault.generics.split_for_impl();
        let arms = self.fault.variants.iter().map(|variant| self.parts_arm(variant));
        // `self` is that of the user's expressions.
        let this = Ident::new("self", Span::call_site());
        quote_spanned! {at=>
            impl #generics #private::Fault for #name #arguments #bounds {
                fn parts(&#this) -> ::core::option::Option<#private::Parts> {
                    match #this { #(#arms)* }
                }
            }
        }
    }

    fn parts_arm(&self, variant: &Variant) -> TokenStream {
        let at = generated_at(variant.name.span());
        let name = &variant.name;
        let own = match &variant.outcome {
            Outcome::Transparent { .. } => {
                return quote_spanned!(at=> Self::#name { .. } => ::core::option::Option::None,);
            }
            Outcome::Own(own) => own,
        };
        let used = own.fields.iter().enumerate().filter(|(_, field)| own.uses(field));
        let patterns = used.clone().map(|(i, field)| {
            let (member, binding) = (&field.member, binding(i));
            quote_spanned!(at=> #member: #binding,)
        });
        let named = used.filter_map(|(i, field)| {
            let Member::Named(name) = &field.member else {
                return None;
            };
            let binding = binding(i);
            own.mentions(name)
                .then(|| quote_spanned!(at=> let #name = #binding;))
        });
        let parts = self.parts_of(own, at);
        quote_spanned! {at=>
            Self::#name { #(#patterns)* .. } => {
                #(#named)*
                #parts
            }
        }
    }

    /// `Parts::new(…).reason(…).carry(…)`
    fn parts_of(&self, own: &Own, at: Span) -> TokenStream {
        let (private, grpc, code) = (&self.private, &self.grpc, &own.code);
        let message = own
            .message
            .iter()
            .map(|message| quote_spanned!(at=> .message(#message)));
        let reason = own.reason.iter().map(|reason| {
            let domain = &self.fault.domain;
            quote_spanned!(at=> .reason(#reason, #domain))
        });
        let fields = own.fields.iter().enumerate().map(|(i, field)| {
            let form = self.form(field);
            let value = match (field.optional, binding(i)) {
                (true, binding) => quote_spanned!(at=> ::core::option::Option::as_ref(#binding)),
                (false, binding) => quote_spanned!(at=> ::core::option::Option::Some(#binding)),
            };
            match &field.part {
                Part::Carried(key) => quote_spanned!(at=> .carry(#key, #form, #value)),
                Part::Detail | Part::RetryAfter => quote_spanned!(at=> .pack(#form, #value)),
                Part::Kept => TokenStream::new(),
            }
        });
        let details = own.details.iter().map(|detail| {
            let at = generated_at(detail.span());
            quote_spanned!(at=> .detail(#detail))
        });
        quote_spanned! {at=>
            ::core::option::Option::Some(
                #private::Parts::new(#grpc::Code::#code) #(#message)* #(#reason)* #(#fields)* #(#details)*
            )
        }
    }
}

impl Own {
    fn uses(&self, field: &Field) -> bool {
        let mentioned = matches!(&field.member, Member::Named(name) if self.mentions(name));
        field.part != Part::Kept || mentioned
    }

    /// One of the expressions names the field, or may do so in a text to format.
    fn mentions(&self, field: &Ident) -> bool {
        let name = field.to_string();
        self.details
            .iter()
            .any(|detail| names(detail.to_token_stream(), &name))
    }
}

fn names(tokens: TokenStream, name: &str) -> bool {
    tokens.into_iter().any(|tree| match tree {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Literal(literal) => literal.to_string().contains(&format!("{{{name}")),
        TokenTree::Group(group) => names(group.stream(), name),
        TokenTree::Punct(_) => false,
    })
}

/// What a field is bound to: a name of the macro's own.
fn binding(index: usize) -> Ident {
    format_ident!("field_{index}", span = Span::mixed_site())
}
