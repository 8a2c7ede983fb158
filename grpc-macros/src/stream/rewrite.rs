use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::{
    Error, Expr, Lifetime, Pat, Token,
    parse::{ParseStream, Parser, discouraged::Speculative},
    token::Brace,
};

use crate::{diagnostics::generated_at, facade::Facade};

/// Goes through a body token by token and changes only `yield` and `for await`, so that everything else keeps its span
/// and half-typed code still expands.
#[derive(Clone, Copy)]
pub(super) struct Rewriter<'a> {
    pub(super) facade: &'a Facade,
}

/// Whose `yield`s these are.
#[derive(Clone, Copy)]
enum Owner {
    Stream,
    /// What stands inside the stream, but is run by someone else.
    Inner(&'static str),
    /// There is no stream.
    Nobody,
}

impl Rewriter<'_> {
    /// The body of a stream.
    pub(super) fn stream(self, body: TokenStream) -> TokenStream {
        self.all(body, Owner::Stream)
    }

    /// Any other body: of `yield e`, only `e` is left.
    pub(super) fn other(self, body: TokenStream) -> TokenStream {
        self.all(body, Owner::Nobody)
    }

    fn all(self, tokens: TokenStream, owner: Owner) -> TokenStream {
        let rewrite = |input: ParseStream| {
            let mut output = TokenStream::new();
            while !input.is_empty() {
                self.next(input, owner, &mut output)?;
            }
            Ok(output)
        };
        rewrite
            .parse2(tokens)
            .unwrap_or_else(|error| error.to_compile_error())
    }

    fn next(self, input: ParseStream, owner: Owner, output: &mut TokenStream) -> syn::Result<()> {
        if input.peek(Token![yield]) {
            self.yield_(input, owner, output)
        } else if input.peek(Token![for]) && input.peek2(Token![await]) {
            self.for_await(None, input, owner, output)
        } else if input.peek(Lifetime) && input.peek2(Token![:]) && input.peek3(Token![for]) {
            let label = Label {
                name: input.parse()?,
                colon: input.parse()?,
            };
            if input.peek2(Token![await]) {
                return self.for_await(Some(label), input, owner, output);
            }
            label.to_tokens(output);
            Ok(())
        } else if input.peek(Token![async]) {
            self.async_(input, output)
        } else if input.peek(Token![fn]) && input.peek2(syn::Ident) {
            self.item_fn(input, output)
        } else if input.peek(syn::Ident) && input.peek2(Token![!]) && !input.peek2(Token![!=]) {
            macro_call(input, output)
        } else {
            let tree = match input.parse()? {
                TokenTree::Group(group) => self.group(&group, owner).into(),
                tree => tree,
            };
            output.extend([tree]);
            Ok(())
        }
    }

    fn group(self, group: &Group, owner: Owner) -> Group {
        let mut rewritten = Group::new(group.delimiter(), self.all(group.stream(), owner));
        rewritten.set_span(group.span());
        rewritten
    }

    /// `yield e` → `__yielder.send(e).await`
    fn yield_(self, input: ParseStream, owner: Owner, output: &mut TokenStream) -> syn::Result<()> {
        let span = input.parse::<Token![yield]>()?.span;
        let message = self.all(expression(input, Eager::Brace)?, owner);
        let message = if message.is_empty() {
            quote_spanned!(span=> ())
        } else {
            message
        };
        let at = generated_at(span);
        output.extend(match owner {
            Owner::Stream => {
                let yielder = yielder(span);
                quote_spanned!(at=> #yielder.send(#message).await)
            }
            Owner::Inner(place) => {
                let error = Error::new(
                    span,
                    format!("`yield` belongs to the stream, not to {place} inside it"),
                );
                let error = error.to_compile_error();
                quote_spanned!(at=> { let _ = #message; #error })
            }
            Owner::Nobody => message,
        });
        Ok(())
    }

    /// `for await pattern in stream { … }`. The pattern is matched by a `let` of its own: one that does not always match is
    /// an error then, not the end of the loop.
    fn for_await(
        self,
        label: Option<Label>,
        input: ParseStream,
        owner: Owner,
        output: &mut TokenStream,
    ) -> syn::Result<()> {
        let span = input.parse::<Token![for]>()?.span;
        input.parse::<Token![await]>()?;
        let pattern = pattern(input)?;
        if input.parse::<Token![in]>().is_err() {
            output
                .extend(Error::new(span, "expected `for await pattern in stream { … }`").to_compile_error());
            return Ok(());
        }
        let stream = self.all(expression(input, Eager::NoBrace)?, owner);
        let body = if input.peek(Brace) {
            self.group(&input.parse()?, owner)
        } else {
            output.extend(Error::new(span, "expected `{ … }` after the stream").to_compile_error());
            return Ok(());
        };

        let stream_span = stream
            .clone()
            .into_iter()
            .next()
            .map_or(span, |first| first.span());
        let at_stream = self.facade.origin(stream_span);
        let next = self.facade.path(stream_span, &["__private", "next"]);
        let pinned = Ident::new("__stream", at_stream);
        let item = Ident::new("__item", Span::mixed_site());
        let pin = quote_spanned!(at_stream=> ::core::pin::pin!(#stream));
        let next = quote_spanned!(at_stream=> #next(#pinned.as_mut()).await);
        let pattern_span = pattern
            .clone()
            .into_iter()
            .last()
            .map_or(span, |last| last.span());
        let bind = quote_spanned!(generated_at(pattern_span)=> let #pattern = #item;);
        output.extend(quote_spanned! {generated_at(span)=> {
            let mut #pinned = #pin;
            #label while let ::core::option::Option::Some(#item) = #next {
                #bind
                #body
            }
        }});
        Ok(())
    }

    /// An inner async block or closure: some other task may run it, so its `yield`s cannot be the stream's.
    fn async_(self, input: ParseStream, output: &mut TokenStream) -> syn::Result<()> {
        output.extend([input.parse::<TokenTree>()?]);
        if input.peek(Token![move]) {
            output.extend([input.parse::<TokenTree>()?]);
        }
        if input.peek(Brace) {
            output.extend([TokenTree::Group(
                self.group(&input.parse()?, Owner::Inner("an `async` block")),
            )]);
        } else if input.peek(Token![|]) {
            output.extend([input.parse::<TokenTree>()?]);
            while !input.is_empty() && !input.peek(Token![|]) {
                output.extend([input.parse::<TokenTree>()?]);
            }
            if !input.is_empty() {
                output.extend([input.parse::<TokenTree>()?]);
            }
            let owner = Owner::Inner("an `async` closure");
            output.extend(self.all(expression(input, Eager::Brace)?, owner));
        }
        Ok(())
    }

    fn item_fn(self, input: ParseStream, output: &mut TokenStream) -> syn::Result<()> {
        while !input.is_empty() && !input.peek(Brace) {
            output.extend([input.parse::<TokenTree>()?]);
        }
        if input.peek(Brace) {
            output.extend([TokenTree::Group(
                self.group(&input.parse()?, Owner::Inner("a `fn`")),
            )]);
        }
        Ok(())
    }
}

/// The name of the body's end of the slot, shown where the user says `yield`.
pub(super) fn yielder(span: Span) -> Ident {
    Ident::new("__yielder", generated_at(span))
}

/// `name!`; a stream inside the stream has `yield`s of its own.
fn macro_call(input: ParseStream, output: &mut TokenStream) -> syn::Result<()> {
    let name: Ident = input.parse()?;
    let is_stream = name == "stream" || name == "try_stream";
    output.extend([TokenTree::Ident(name), input.parse()?]);
    if is_stream && !input.is_empty() {
        output.extend([input.parse::<TokenTree>()?]);
    }
    Ok(())
}

/// `'label:`
struct Label {
    name: Lifetime,
    colon: Token![:],
}

impl ToTokens for Label {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.name.to_tokens(tokens);
        self.colon.to_tokens(tokens);
    }
}

fn pattern(input: ParseStream) -> syn::Result<TokenStream> {
    let ahead = input.fork();
    if let Ok(pattern) = ahead.call(Pat::parse_multi_with_leading_vert) {
        input.advance_to(&ahead);
        return Ok(pattern.into_token_stream());
    }
    // Half typed: rustc's own error is the best one.
    until(input, |input| input.peek(Token![in]))
}

/// Whether `{` may belong to the expression, as in `Feature { … }`.
#[derive(Clone, Copy, PartialEq)]
enum Eager {
    Brace,
    NoBrace,
}

/// The tokens of exactly one expression, as they were written; of half-typed code, what stands before the next `;`.
fn expression(input: ParseStream, eager: Eager) -> syn::Result<TokenStream> {
    if input.is_empty() || input.peek(Token![;]) || input.peek(Token![,]) {
        return Ok(TokenStream::new());
    }
    let ahead = input.fork();
    let parsed = match eager {
        Eager::Brace => ahead.parse::<Expr>(),
        Eager::NoBrace => ahead.call(Expr::parse_without_eager_brace),
    };
    match parsed {
        Ok(_) => until(input, |input| input.cursor() == ahead.cursor()),
        Err(_) => until(input, |input| {
            input.peek(Token![;]) || (eager == Eager::NoBrace && input.peek(Brace))
        }),
    }
}

fn until(input: ParseStream, end: impl Fn(ParseStream) -> bool) -> syn::Result<TokenStream> {
    let mut tokens = TokenStream::new();
    while !input.is_empty() && !end(input) {
        tokens.extend([input.parse::<TokenTree>()?]);
    }
    Ok(tokens)
}
