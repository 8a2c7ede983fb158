//! `#[grpc::main]`.

mod options;

use proc_macro2::{Delimiter, Group, TokenStream};
use quote::{quote, quote_spanned};
use syn::{
    Attribute, Error, Signature, Token, Visibility,
    parse::{Parse, ParseStream},
};

use self::options::Options;
use crate::diagnostics::{Errors, generated_at};

/// `fn main() -> ExitCode`, which runs the user's fn: an item inside it, token for token, so that rustc's errors
/// are exactly what they are without the attribute.
pub(crate) fn main(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let mut options = Options::parse(options, &mut errors);
    let item = options.facade.take_from(item, &mut errors);
    let mut user = match syn::parse2::<MainFn>(item.clone()) {
        Ok(user) => user,
        Err(error) => {
            errors.push(error);
            return quote!(#item #errors);
        }
    };
    user.check(&mut errors);

    let MainFn {
        attributes,
        visibility,
        signature,
        body,
    } = user;
    let name = &signature.ident;
    let at = generated_at(name.span());
    let private = options.facade.private(name.span());
    let builders = options.builders(at);
    let run = quote_spanned!(at=> #private::Main::new() #builders .run(#name()));
    let exit_code = quote_spanned!(at=> ::std::process::ExitCode);
    quote! {
        #errors
        #(#attributes)*
        #visibility fn #name() -> #exit_code {
            #signature #body
            #run
        }
    }
}

/// The body stays what it is: half-typed code expands too.
struct MainFn {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    signature: Signature,
    body: Group,
}

impl MainFn {
    /// Afterwards the signature is one that can be run, whatever it was.
    fn check(&mut self, errors: &mut Errors) {
        let signature = &mut self.signature;
        if signature.asyncness.is_none() {
            errors.at(signature.fn_token.span, "`#[grpc::main]` goes on an `async fn`");
            signature.asyncness = Some(Token![async](signature.fn_token.span));
        }
        if !signature.inputs.is_empty() {
            errors.on(
                &signature.inputs,
                "`main` takes no arguments; `std::env::args()` has the program's",
            );
            signature.inputs.clear();
        }
        if !signature.generics.params.is_empty() {
            errors.on(&signature.generics, "`main` has no generic parameters");
        }
    }
}

impl Parse for MainFn {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let signature = input
            .parse()
            .map_err(|error: Error| Error::new(error.span(), "`#[grpc::main]` goes on an `async fn`"))?;
        let body: Group = input.parse()?;
        if body.delimiter() != Delimiter::Brace {
            return Err(Error::new(body.span(), "expected the body of the fn"));
        }
        Ok(Self {
            attributes,
            visibility,
            signature,
            body,
        })
    }
}

#[cfg(test)]
mod tests;
