//! `#[derive(grpc::Status)]`: parse → model → check → expand.
//!
//! The enum becomes a status by a code per variant; its text is the message, and its fields are what they say. With
//! a domain the variants have reasons, by which a client finds the variant again.

mod attribute;
mod check;
mod code;
mod expand;
mod kinds;
mod model;
mod names;
mod options;
mod parse;

use proc_macro2::TokenStream;

use self::parse::Declared;
use crate::diagnostics::Errors;

pub(crate) fn status(item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let declared = match Declared::parse(item, &mut errors) {
        Ok(declared) => declared,
        Err(error) => return error.to_compile_error(),
    };
    let fault = check::check(declared, &mut errors);
    if errors.is_empty() {
        expand::expand(&fault)
    } else {
        // The impls are there all the same, so that nothing is said about what uses them.
        let stand_in = expand::stand_in(&fault);
        quote::quote!(#errors #stand_in)
    }
}

#[cfg(test)]
mod tests;
