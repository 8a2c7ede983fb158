//! `#[derive(grpc::Enum)]`: parse → model → check → expand.

mod check;
mod expand;
mod model;
mod parse;

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::diagnostics::Errors;

/// The derive.
pub(crate) fn enumeration(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut errors = Errors::default();
    let enumeration = parse::parse(&input, &mut errors);
    check::check(&enumeration, &mut errors);
    if errors.is_empty() {
        expand::expand(&enumeration)
    } else {
        let stand_in = expand::stand_in(&input, &enumeration);
        quote!(#errors #stand_in)
    }
}

#[cfg(test)]
mod tests;
