use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::{
    Error, Path, Token,
    ext::IdentExt,
    parse::{ParseStream, Parser},
    token,
};

use crate::diagnostics::{Errors, generated_at};

/// The path of the library that users depend on: `::grpc`, or what `crate = path` says.
#[derive(Clone, Default)]
pub(crate) struct Facade(Option<Path>);

impl Facade {
    pub(crate) fn parse(input: ParseStream) -> syn::Result<Self> {
        if input.is_empty() {
            return Ok(Self::default());
        }
        parse_path(input).map(|path| Self(Some(path)))
    }

    /// Takes `#[grpc(crate = path)]`, which says the same as the option, out of an item's attributes.
    pub(crate) fn take_from(&mut self, item: TokenStream, errors: &mut Errors) -> TokenStream {
        let mut kept = TokenStream::new();
        let mut trees = item.into_iter().peekable();
        while let Some(tree) = trees.next() {
            let starts = matches!(&tree, TokenTree::Punct(punct) if punct.as_char() == '#');
            match trees.peek().and_then(options_of_grpc) {
                Some(options) if starts => {
                    trees.next();
                    if let Some(facade) = errors.ok(parse_attribute.parse2(options)) {
                        *self = facade;
                    }
                }
                _ => kept.extend([tree]),
            }
        }
        kept
    }

    /// The facade itself; an error of resolving it shows at `span`.
    pub(crate) fn at(&self, span: Span) -> TokenStream {
        match &self.0 {
            Some(path) => located_at(path.to_token_stream(), span),
            None => quote_spanned!(generated_at(span)=> ::grpc),
        }
    }

    /// Its module for the code that macros generate.
    pub(crate) fn private(&self, span: Span) -> TokenStream {
        self.path(span, &["__private"])
    }

    /// The span that its path has at `span`. rustc shows the whole macro call for an expression of several origins.
    pub(crate) fn origin(&self, span: Span) -> Span {
        self.at(span)
            .into_iter()
            .next()
            .map_or(span, |first| first.span())
    }

    /// What is in it.
    pub(crate) fn path(&self, span: Span, names: &[&str]) -> TokenStream {
        let (mut path, origin) = (self.at(span), self.origin(span));
        for name in names {
            let name = Ident::new(name, origin);
            path.extend(quote_spanned!(origin=> ::#name));
        }
        path
    }
}

/// As it was written, for a second stage to parse; nothing for the usual path.
impl ToTokens for Facade {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}

/// A path, also as a `macro_rules!` passes it on: in an invisible group.
pub(crate) fn parse_path(input: ParseStream) -> syn::Result<Path> {
    if input.peek(token::Group)
        && let TokenTree::Group(group) = input.parse()?
    {
        return Path::parse_mod_style.parse2(group.stream());
    }
    input.call(Path::parse_mod_style)
}

/// What stands in the parentheses of `[grpc(…)]`.
fn options_of_grpc(tree: &TokenTree) -> Option<TokenStream> {
    let TokenTree::Group(attribute) = tree else {
        return None;
    };
    let mut inside = attribute.stream().into_iter();
    match (attribute.delimiter(), inside.next(), inside.next(), inside.next()) {
        (Delimiter::Bracket, Some(TokenTree::Ident(name)), Some(TokenTree::Group(options)), None)
            if name == "grpc" && options.delimiter() == Delimiter::Parenthesis =>
        {
            Some(options.stream())
        }
        _ => None,
    }
}

fn parse_attribute(input: ParseStream) -> syn::Result<Facade> {
    let key = input.call(Ident::parse_any)?;
    if key != "crate" {
        return Err(Error::new(
            key.span(),
            format!("unknown option `{key}`; the option is `crate`"),
        ));
    }
    input.parse::<Token![=]>()?;
    Ok(Facade(Some(parse_path(input)?)))
}

/// The same names, shown elsewhere.
fn located_at(path: TokenStream, span: Span) -> TokenStream {
    let relocated = path.into_iter().map(|mut tree| {
        tree.set_span(tree.span().located_at(span));
        tree
    });
    relocated.collect()
}
