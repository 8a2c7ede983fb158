//! `stream!`: the body of an async generator, as a stream.

mod rewrite;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::quote_spanned;
use syn::{
    Token,
    parse::{ParseStream, Parser},
};

use self::rewrite::Rewriter;
use crate::{diagnostics::generated_at, facade::Facade};

/// An async block that hands every yielded message to a slot, from which the stream takes it.
pub(crate) fn stream(input: TokenStream) -> TokenStream {
    let (facade, body) = match split_facade.parse2(input) {
        Ok(split) => split,
        Err(error) => return error.to_compile_error(),
    };
    let (body, span) = inside_braces(body);

    let here = generated_at(span);
    let (private, status) = (facade.private(here), facade.at(here));
    let status = quote_spanned!(here=> #status::Status);
    let slot = Ident::new("__slot", here);
    let yielder = rewrite::yielder(span);

    // With the user's span, rustc would lint the braces as the user's.
    let mut block = Group::new(Delimiter::Brace, Rewriter { facade: &facade }.stream(body));
    block.set_span(here);

    // The `return` that never runs comes first: it is what fixes the block's error type for every `?` after it.
    quote_spanned! {here=> {
        let (mut #yielder, #slot) = #private::pair();
        #private::generator(#slot, async move {
            if false {
                return ::core::result::Result::<(), #status>::Ok(());
            }
            #block
            #[allow(unreachable_code, reason = "a body may end in an endless loop")]
            ::core::result::Result::<(), #status>::Ok(())
        })
    }}
}

/// `crate = path;` in front is where the facade is.
fn split_facade(input: ParseStream) -> syn::Result<(Facade, TokenStream)> {
    let facade = if input.peek(Token![crate]) && input.peek2(Token![=]) {
        input.parse::<Token![crate]>()?;
        input.parse::<Token![=]>()?;
        let facade = Facade::parse(input)?;
        input.parse::<Token![;]>()?;
        facade
    } else {
        Facade::default()
    };
    Ok((facade, input.parse()?))
}

/// `stream!({ … })` holds one group of braces; in `stream! { … }` they are gone already.
fn inside_braces(body: TokenStream) -> (TokenStream, Span) {
    let mut tokens = body.clone().into_iter();
    match (tokens.next(), tokens.next()) {
        (Some(TokenTree::Group(group)), None) if group.delimiter() == Delimiter::Brace => {
            (group.stream(), group.span())
        }
        _ => (body, Span::call_site()),
    }
}

/// A body that should have been in a `stream!`, and is not: in one, to see what else is wrong with it.
pub(crate) fn wrap(facade: &Facade, body: &Group) -> TokenStream {
    let facade = facade.at(body.span());
    quote_spanned!(generated_at(body.span())=> #facade::stream!(#body))
}

/// A body that should not `yield`, and does: without that.
pub(crate) fn unwrap(facade: &Facade, body: &Group) -> TokenStream {
    Rewriter { facade }.other(body.stream())
}

#[cfg(test)]
mod tests;
