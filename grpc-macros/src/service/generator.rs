//! A `yield` that stands in a handler by itself. Rust refuses it before any macro sees it, with a message about unstable
//! features; this adds the one that helps, and keeps more from following.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use syn::{ReturnType, Signature};

use super::signature::is_stream;
use crate::{diagnostics::Errors, facade::Facade, stream};

/// `Some` body to go on with, if there was such an error.
pub(super) fn check(
    body: &Group,
    signature: &Signature,
    facade: &Facade,
    errors: &mut Errors,
) -> Option<Group> {
    let (span, what) = find(body.stream())?;
    errors.at(
        span,
        format!("{what} belongs inside `stream!`: make the handler's body `stream!({{ … }})`, and its type `impl ResponseStream<_>`"),
    );
    let streams = match &signature.output {
        ReturnType::Type(_, output) => signature.asyncness.is_none() && is_stream(output),
        ReturnType::Default => false,
    };
    let inner = if streams {
        stream::wrap(facade, body)
    } else {
        stream::unwrap(facade, body)
    };
    let mut fixed = Group::new(body.delimiter(), inner);
    fixed.set_span(body.span());
    Some(fixed)
}

/// The first one that no macro call is around.
fn find(tokens: TokenStream) -> Option<(Span, &'static str)> {
    let mut trees = tokens.into_iter().peekable();
    let mut before = [None, None];
    while let Some(tree) = trees.next() {
        match &tree {
            TokenTree::Ident(name) if name == "yield" => return Some((name.span(), "`yield`")),
            TokenTree::Ident(name) if name == "for" && trees.peek().is_some_and(is_await) => {
                return Some((name.span(), "`for await`"));
            }
            TokenTree::Group(group) if before != [Some(Before::Name), Some(Before::Bang)] => {
                if let Some(found) = find(group.stream()) {
                    return Some(found);
                }
            }
            _ => {}
        }
        before = [before[1], Before::of(&tree)];
    }
    None
}

/// What a macro call begins with.
#[derive(Clone, Copy, PartialEq)]
enum Before {
    Name,
    Bang,
}

impl Before {
    fn of(tree: &TokenTree) -> Option<Self> {
        match tree {
            TokenTree::Ident(_) => Some(Self::Name),
            TokenTree::Punct(punct) if punct.as_char() == '!' => Some(Self::Bang),
            _ => None,
        }
    }
}

fn is_await(tree: &TokenTree) -> bool {
    matches!(tree, TokenTree::Ident(name) if name == "await")
}
