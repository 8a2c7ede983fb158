//! `#[derive(grpc::Message)]`: parse → model → check → expand.
//!
//! What is wrong is reported all at once, at the field. The struct then still gets its impls, though empty ones: what uses the
//! message should not fail as well.

mod check;
mod expand;
mod model;
mod parse;

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::diagnostics::Errors;

/// The derive.
pub(crate) fn message(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut errors = Errors::default();
    let message = parse::parse(&input, &mut errors);
    check::check(&message, &mut errors);
    if errors.is_empty() {
        expand::expand(&message)
    } else {
        let stand_in = expand::stand_in(&input, &message);
        quote!(#errors #stand_in)
    }
}

#[cfg(test)]
mod tests;
