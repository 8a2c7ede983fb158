use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Attribute, Error, GenericParam, Generics, ImplItem, Path, Signature, Token, Type, Visibility,
    WhereClause, braced,
    parse::{ParseStream, Parser, discouraged::Speculative},
    punctuated::Punctuated,
};

use super::{Contract, generator, options::is_rpc};
use crate::{declaration::docs, diagnostics::Errors, facade::Facade};

/// The attributed impl block.
pub(super) struct ImplBlock {
    /// What is emitted for it: the block as it was written, but for `#[rpc]`.
    pub(super) item: TokenStream,
    pub(super) cfgs: Vec<Attribute>,
    /// Its doc comment, as a descriptor has it.
    pub(super) docs: String,
    pub(super) generics: Generics,
    pub(super) self_type: Type,
    pub(super) handlers: Vec<Handler>,
}

/// A fn of the block, without its body: that stays in the item, and is never parsed.
pub(super) struct Handler {
    pub(super) attributes: Vec<Attribute>,
    pub(super) visibility: Visibility,
    pub(super) signature: Signature,
}

/// What every part of an expansion needs to know of its surroundings.
pub(super) struct Site {
    pub(super) facade: Facade,
    /// The span of the attribute.
    pub(super) attribute: Span,
    pub(super) self_type: Type,
    pub(super) generics: Generics,
}

impl ImplBlock {
    pub(super) fn parse(item: TokenStream, facade: &Facade, errors: &mut Errors) -> syn::Result<Self> {
        let mut trees: Vec<TokenTree> = ungroup(item).into_iter().collect();
        let body = match trees.pop() {
            Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace => body,
            last => return Err(Error::new_spanned(last, NOT_AN_IMPL)),
        };
        let header: TokenStream = trees.into_iter().collect();
        let (attributes, generics, self_type) =
            (|input: ParseStream| parse_header(input, errors)).parse2(header.clone())?;

        let mut handlers = Vec::new();
        let members = |input: ParseStream| {
            let mut members = TokenStream::new();
            while !input.is_empty() {
                parse_member(input, facade, &mut handlers, &mut members, errors)?;
            }
            Ok(members)
        };
        let mut braces = Group::new(Delimiter::Brace, members.parse2(body.stream())?);
        braces.set_span(body.span());
        let item = quote!(#header #braces);
        let docs = docs(&attributes);
        let cfgs = attributes
            .into_iter()
            .filter(|attribute| attribute.path().is_ident("cfg"))
            .collect();
        Ok(Self {
            item,
            cfgs,
            docs,
            generics,
            self_type,
            handlers,
        })
    }
}

const NOT_AN_IMPL: &str = "`#[grpc::service]` goes on an `impl` block of the service's type";

fn parse_header(input: ParseStream, errors: &mut Errors) -> syn::Result<(Vec<Attribute>, Generics, Type)> {
    let attributes = input.call(Attribute::parse_outer)?;
    input
        .parse::<Token![impl]>()
        .map_err(|error| Error::new(error.span(), NOT_AN_IMPL))?;
    let mut generics: Generics = if input.peek(Token![<]) {
        input.parse()?
    } else {
        Generics::default()
    };
    let mut self_type: Type = input.parse()?;
    if input.peek(Token![for]) {
        errors.on(
            &self_type,
            "`#[grpc::service]` goes on an inherent `impl` block, not on that of a trait",
        );
        input.parse::<Token![for]>()?;
        self_type = input.parse()?;
    }
    generics.where_clause = input.parse()?;
    Ok((attributes, generics, self_type))
}

fn parse_member(
    input: ParseStream,
    facade: &Facade,
    handlers: &mut Vec<Handler>,
    members: &mut TokenStream,
    errors: &mut Errors,
) -> syn::Result<()> {
    let ahead = input.fork();
    let attributes = ahead.call(Attribute::parse_outer)?;
    let visibility = ahead.parse()?;
    if !is_fn(&ahead) {
        for attribute in attributes.iter().filter(|attribute| is_rpc(attribute)) {
            errors.on(attribute, "`#[rpc]` goes on a fn");
        }
        let item: ImplItem = input.parse()?;
        members.extend(
            without_rpc_attributes(quote!({ #item }))
                .into_iter()
                .flat_map(inside),
        );
        return Ok(());
    }
    let signature: Signature = ahead.parse()?;
    input.advance_to(&ahead);

    let kept = attributes.iter().filter(|attribute| !is_rpc(attribute));
    members.extend(quote!(#(#kept)* #visibility #signature));
    match input.parse()? {
        TokenTree::Group(body) => {
            generator::check(&body, &signature, facade, errors)
                .unwrap_or(body)
                .to_tokens(members);
        }
        // `;`: rustc says what is missing.
        semicolon => semicolon.to_tokens(members),
    }
    handlers.push(Handler {
        attributes,
        visibility,
        signature,
    });
    Ok(())
}

fn is_fn(input: ParseStream) -> bool {
    let ahead = input.fork();
    let qualifier = |ahead: ParseStream| {
        ahead.peek(Token![const])
            || ahead.peek(Token![async])
            || ahead.peek(Token![unsafe])
            || ahead.peek(Token![extern])
    };
    while qualifier(&ahead) || ahead.peek(syn::LitStr) {
        if ahead.parse::<TokenTree>().is_err() {
            return false;
        }
    }
    ahead.peek(Token![fn])
}

impl Handler {
    /// For the second stage: without its body, and with the attributes that matter there.
    pub(super) fn to_tokens(&self) -> TokenStream {
        let signature = &self.signature;
        let attributes = self
            .attributes
            .iter()
            .filter(|attribute| is_rpc(attribute) || attribute.path().is_ident("cfg"));
        quote!(#(#attributes)* #signature;)
    }

    fn parse(input: ParseStream) -> syn::Result<Self> {
        let handler = Self {
            attributes: input.call(Attribute::parse_outer)?,
            visibility: Visibility::Inherited,
            signature: input.parse()?,
        };
        input.parse::<Token![;]>()?;
        Ok(handler)
    }

    pub(super) fn attributes(&self, name: &str) -> Vec<Attribute> {
        self.attributes
            .iter()
            .filter(|attribute| attribute.path().is_ident(name))
            .cloned()
            .collect()
    }
}

impl Site {
    /// For the second stage.
    pub(super) fn to_header(&self) -> TokenStream {
        let facade = &self.facade;
        let attribute = Ident::new("attribute", self.attribute);
        let (self_type, parameters, clause) = (
            &self.self_type,
            &self.generics.params,
            &self.generics.where_clause,
        );
        quote!({ #facade } { #attribute } { #self_type } { #parameters } { #clause })
    }

    fn parse(input: ParseStream) -> syn::Result<Self> {
        let facade = in_braces(input, Facade::parse)?;
        let attribute = in_braces(input, |input| input.parse::<Ident>())?.span();
        let self_type = in_braces(input, |input| input.parse())?;
        let params: Punctuated<GenericParam, _> = in_braces(input, Punctuated::parse_terminated)?;
        let where_clause: Option<WhereClause> = in_braces(input, |input| input.parse())?;
        let brackets = !params.is_empty();
        let generics = Generics {
            lt_token: brackets.then(<Token![<]>::default),
            params,
            gt_token: brackets.then(<Token![>]>::default),
            where_clause,
        };
        Ok(Self {
            facade,
            attribute,
            self_type,
            generics,
        })
    }
}

/// What the contract calls back with: itself, and then what the first stage gave it. One whose `.proto` could not be
/// read is empty.
pub(super) fn contract_call(input: TokenStream) -> syn::Result<(Option<Contract>, Path, Site, Vec<Handler>)> {
    let parser = |input: ParseStream| {
        let contract = in_braces(input, |input| {
            if input.is_empty() {
                Ok(None)
            } else {
                input.parse().map(Some)
            }
        })?;
        let path = in_braces(input, Path::parse_mod_style)?;
        let site = Site::parse(input)?;
        let handlers = in_braces(input, |input| {
            let mut handlers = Vec::new();
            while !input.is_empty() {
                handlers.push(Handler::parse(input)?);
            }
            Ok(handlers)
        })?;
        Ok((contract, path, site, handlers))
    };
    parser.parse2(input)
}

fn in_braces<T>(input: ParseStream, parse: impl FnOnce(ParseStream) -> syn::Result<T>) -> syn::Result<T> {
    let content;
    braced!(content in input);
    parse(&content)
}

/// The item without the attributes that only this macro knows, however broken it is.
pub(super) fn without_rpc_attributes(item: TokenStream) -> TokenStream {
    ungroup(item)
        .into_iter()
        .map(|tree| match tree {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                let mut kept = TokenStream::new();
                let mut trees = group.stream().into_iter().peekable();
                while let Some(tree) = trees.next() {
                    if is_punct(&tree, '#') && trees.peek().is_some_and(is_rpc_group) {
                        trees.next();
                    } else {
                        kept.extend([tree]);
                    }
                }
                let mut kept = Group::new(Delimiter::Brace, kept);
                kept.set_span(group.span());
                TokenTree::Group(kept)
            }
            tree => tree,
        })
        .collect()
}

fn is_punct(tree: &TokenTree, char: char) -> bool {
    matches!(tree, TokenTree::Punct(punct) if punct.as_char() == char)
}

fn is_rpc_group(tree: &TokenTree) -> bool {
    matches!(tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket
        && matches!(group.stream().into_iter().next(), Some(TokenTree::Ident(name)) if name == "rpc"))
}

fn inside(tree: TokenTree) -> TokenStream {
    match tree {
        TokenTree::Group(group) => group.stream(),
        tree => tree.into(),
    }
}

/// An item that a `macro_rules!` passes on as `$item` comes in an invisible group.
fn ungroup(item: TokenStream) -> TokenStream {
    let mut trees = item.clone().into_iter();
    match (trees.next(), trees.next()) {
        (Some(TokenTree::Group(group)), None) if group.delimiter() == Delimiter::None => group.stream(),
        _ => item,
    }
}
