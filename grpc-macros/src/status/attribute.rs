use proc_macro2::{Ident, TokenTree};
use syn::{
    Attribute, Error, Meta, Token,
    ext::IdentExt,
    parse::{ParseStream, Parser},
};

use crate::diagnostics::{Errors, did_you_mean, list};

/// Calls `parse` at each option of the `#[grpc(…)]`s. A mistake in one leaves the others.
pub(super) fn each(
    attributes: &[Attribute],
    names: &[&str],
    errors: &mut Errors,
    mut parse: impl FnMut(&Ident, ParseStream) -> syn::Result<()>,
) {
    for attribute in attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("grpc"))
    {
        let Meta::List(options) = &attribute.meta else {
            errors.on(attribute, "expected `#[grpc(…)]`");
            continue;
        };
        let parser = |input: ParseStream| {
            while !input.is_empty() {
                let option = one(input, names, &mut parse).and_then(|()| end_of_option(input));
                if errors.ok(option).is_none() {
                    skip_option(input)?;
                }
                input.parse::<Option<Token![,]>>()?;
            }
            Ok(())
        };
        let read = parser.parse2(options.tokens.clone());
        errors.ok(read);
    }
}

fn one(
    input: ParseStream,
    names: &[&str],
    parse: &mut impl FnMut(&Ident, ParseStream) -> syn::Result<()>,
) -> syn::Result<()> {
    let key = input.call(Ident::parse_any)?;
    if names.iter().any(|name| key == name) {
        return parse(&key, input);
    }
    let message = match did_you_mean(&key.to_string(), names, |name| (*name).to_owned()) {
        Some(name) => format!("unknown option `{key}`; did you mean `{name}`?"),
        None => format!("unknown option `{key}`; the options here are {}", list(names)),
    };
    Err(Error::new(key.span(), message))
}

fn end_of_option(input: ParseStream) -> syn::Result<()> {
    if input.is_empty() || input.peek(Token![,]) {
        return Ok(());
    }
    Err(input.error("expected `,`"))
}

fn skip_option(input: ParseStream) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}
