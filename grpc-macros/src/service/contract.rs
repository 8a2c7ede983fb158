use proc_macro2::{Ident, TokenStream};
use syn::{
    LitStr, Token,
    ext::IdentExt,
    parenthesized,
    parse::{Parse, ParseStream},
};

use super::model::Kind;

/// A service as its `.proto` declares it, as the contract's macro passes it on:
///
/// ```text
/// service "routeguide.RouteGuide";
/// descriptor ();
/// rpc get_feature "GetFeature" unary ("routeguide.Point", "Point") ("routeguide.Feature", "Feature") "async fn …";
/// ```
pub(super) struct Contract {
    pub(super) service: String,
    /// Where the descriptor is; empty for the contract's `DESCRIPTOR`.
    pub(super) descriptor: TokenStream,
    pub(super) rpcs: Vec<Rpc>,
}

/// One of its rpcs. Its place in the list is the `N` of its `Rpc<N>`.
#[derive(Clone)]
pub(super) struct Rpc {
    pub(super) ident: Ident,
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) request: Message,
    pub(super) response: Message,
    /// Ready to paste.
    pub(super) signature: String,
}

#[derive(Clone)]
pub(super) struct Message {
    /// `routeguide.Point`
    pub(super) proto: String,
    /// As a user writes it: `Point`, `()`, `common::Thing`.
    pub(super) rust: String,
}

impl Parse for Contract {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        keyword(input, "service")?;
        let service = string(input)?;
        input.parse::<Token![;]>()?;
        keyword(input, "descriptor")?;
        let content;
        parenthesized!(content in input);
        let descriptor = content.parse()?;
        input.parse::<Token![;]>()?;
        let mut rpcs = Vec::new();
        while !input.is_empty() {
            rpcs.push(input.parse()?);
        }
        Ok(Self {
            service,
            descriptor,
            rpcs,
        })
    }
}

impl Parse for Rpc {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        keyword(input, "rpc")?;
        let rpc = Self {
            ident: input.call(Ident::parse_any)?,
            name: string(input)?,
            kind: input.parse()?,
            request: input.parse()?,
            response: input.parse()?,
            signature: string(input)?,
        };
        input.parse::<Token![;]>()?;
        Ok(rpc)
    }
}

impl Parse for Message {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let content;
        parenthesized!(content in input);
        let proto = string(&content)?;
        content.parse::<Token![,]>()?;
        Ok(Self {
            proto,
            rust: string(&content)?,
        })
    }
}

fn keyword(input: ParseStream, expected: &str) -> syn::Result<()> {
    let found = input.call(Ident::parse_any)?;
    if found == expected {
        return Ok(());
    }
    Err(syn::Error::new(
        found.span(),
        format!("expected `{expected}`: is this contract of another version?"),
    ))
}

fn string(input: ParseStream) -> syn::Result<String> {
    input.parse::<LitStr>().map(|literal| literal.value())
}
