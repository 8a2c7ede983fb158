//! `#[grpc::main]` and `#[grpc::test]`.

mod options;
mod user_fn;

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::parse::{ParseStream, Parser};

use self::{options::Options, user_fn::UserFn};
use crate::diagnostics::{Errors, generated_at};

/// What the attribute makes of an `async fn`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    Main,
    Test,
}

impl Entry {
    fn attribute(self) -> &'static str {
        match self {
            Self::Main => "#[grpc::main]",
            Self::Test => "#[grpc::test]",
        }
    }
}

/// A plain fn, which runs the user's fn: an item inside it, token for token, so that rustc's errors are exactly what
/// they are without the attribute.
pub(crate) fn expand(entry: Entry, options: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let mut options = Options::parse(entry, options, &mut errors);
    let item = options.facade.take_from(item, &mut errors);
    let parsed = (|input: ParseStream| UserFn::parse(entry, input)).parse2(item.clone());
    let mut user = match parsed {
        Ok(user) => user,
        Err(error) => {
            errors.push(error);
            return quote!(#item #errors);
        }
    };
    user.check(entry, &mut errors);

    let UserFn {
        attributes,
        visibility,
        signature,
        body,
    } = user;
    let name = &signature.ident;
    let at = generated_at(name.span());
    let private = options.facade.private(name.span());
    let builders = options.builders(at);
    let (test, exit_code, runner) = match entry {
        Entry::Main => (
            None,
            Some(quote_spanned!(at=> -> ::std::process::ExitCode)),
            quote_spanned!(at=> Main),
        ),
        Entry::Test => (
            Some(quote_spanned!(at=> #[::core::prelude::v1::test])),
            None,
            quote_spanned!(at=> Test),
        ),
    };
    let run = quote_spanned!(at=> #private::#runner::new() #builders .run(#name()));
    quote! {
        #errors
        #(#attributes)*
        #test
        #visibility fn #name() #exit_code {
            #signature #body
            #run
        }
    }
}

#[cfg(test)]
mod tests;
