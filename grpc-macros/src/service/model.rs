use proc_macro2::{Ident, TokenStream};
use quote::format_ident;
use syn::{
    Attribute, Error, Path, Visibility,
    ext::IdentExt,
    parse::{Parse, ParseStream},
};

use super::{contract::Rpc, signature::Shape};

/// A service that is ready to be expanded: what was wrong with it is left out.
pub(super) struct Service {
    /// The type that the contract is known by: the one of the `.proto`, or the stub.
    pub(super) contract: TokenStream,
    /// `routeguide.RouteGuide`
    pub(super) name: String,
    /// An expression.
    pub(super) descriptor: Option<TokenStream>,
    pub(super) routes: Vec<Route>,
    /// Fns with errors. They count as used, so that nothing more is said about them.
    pub(super) refused: Vec<Refused>,
}

pub(super) struct Refused {
    pub(super) handler: Ident,
    /// Then it cannot be named without saying for which types.
    pub(super) generic: bool,
    pub(super) cfgs: Vec<Attribute>,
}

/// One rpc and the fn that handles it.
pub(super) struct Route {
    pub(super) handler: Ident,
    pub(super) cfgs: Vec<Attribute>,
    pub(super) docs: Vec<Attribute>,
    /// The fn has `#[deprecated]`.
    pub(super) deprecated: bool,
    pub(super) visibility: Visibility,
    /// `GetFeature`
    pub(super) rpc: String,
    pub(super) kind: Kind,
    pub(super) shape: Shape,
    pub(super) types: Types,
    pub(super) spawn: bool,
    pub(super) detached: bool,
    pub(super) compression: Option<Compression>,
}

/// Who says which messages an rpc takes and answers.
pub(super) enum Types {
    /// The contract's `Rpc<index>`.
    Contract { index: usize, rpc: Rpc },
    /// The handler itself. The index is its own among the service's routes.
    Code { index: usize, codec: Option<Path> },
}

/// What a method takes and answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Unary,
    ServerStreaming,
    ClientStreaming,
    BidiStreaming,
}

impl Kind {
    pub(super) fn new(many_requests: bool, many_responses: bool) -> Self {
        match (many_requests, many_responses) {
            (false, false) => Self::Unary,
            (false, true) => Self::ServerStreaming,
            (true, false) => Self::ClientStreaming,
            (true, true) => Self::BidiStreaming,
        }
    }

    pub(super) fn many_requests(self) -> bool {
        matches!(self, Self::ClientStreaming | Self::BidiStreaming)
    }

    pub(super) fn many_responses(self) -> bool {
        matches!(self, Self::ServerStreaming | Self::BidiStreaming)
    }

    /// The variant of `MethodKind`, which is spelled the same.
    pub(super) fn variant(self) -> Ident {
        format_ident!("{self:?}")
    }
}

impl Parse for Kind {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let name = input.call(Ident::parse_any)?;
        match name.to_string().as_str() {
            "unary" => Ok(Self::Unary),
            "server_streaming" => Ok(Self::ServerStreaming),
            "client_streaming" => Ok(Self::ClientStreaming),
            "bidi_streaming" => Ok(Self::BidiStreaming),
            _ => Err(Error::new(
                name.span(),
                "the kinds are `unary`, `server_streaming`, `client_streaming` and `bidi_streaming`",
            )),
        }
    }
}

/// What an rpc's responses are compressed as: a variant of the runtime's `Compression`, which has it or not.
#[derive(Clone)]
pub(super) struct Compression(pub(super) Ident);

impl Parse for Compression {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        const KNOWN: [&str; 4] = ["Identity", "Gzip", "Deflate", "Zstd"];
        let at = input.span();
        let name = input.call(Ident::parse_any).ok();
        let name = name.filter(|name| KNOWN.iter().any(|known| name == known));
        name.map(Self).ok_or_else(|| {
            let message =
                "responses are compressed as `Gzip`, `Deflate`, `Zstd`, or, as `Identity`, not at all";
            Error::new(at, message)
        })
    }
}
