//! Without a contract: the typed clients, and what it shares with the service.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Type, Visibility, ext::IdentExt};

use super::{
    model::{Route, Service, Types},
    parse::Site,
    signature::{Answer, Request, Shape},
};
use crate::{diagnostics::generated_at, facade::Facade};

/// The types of the two stubs. The first's is the contract's too, so with a contract there are none.
pub(super) fn expand(site: &Site, service: &Service) -> TokenStream {
    let visibility = visibility_of(service);
    let at = generated_at(site.attribute);
    let stubs = Waiting::BOTH.map(|waiting| {
        let (stub, module) = (
            waiting.stub(site, service),
            waiting.module(&site.facade, site.attribute),
        );
        let docs = match waiting {
            Waiting::Async => format!(" A client of `{}`. It is cheap to clone.", service.name),
            Waiting::Blocking => {
                format!(
                    " A client of `{}` for threads that block. It is cheap to clone.",
                    service.name
                )
            }
        };
        quote_spanned! {at=>
            #[doc = #docs]
            #[allow(dead_code, reason = "a program may serve without calling itself")]
            #[derive(::core::clone::Clone)]
            #visibility struct #stub {
                channel: #module::Channel,
            }
        }
    });
    quote!(#(#stubs)*)
}

/// As public as the most public rpc.
pub(super) fn visibility_of(service: &Service) -> TokenStream {
    let is_public = |route: &Route| matches!(route.visibility, Visibility::Public(_));
    if service.routes.iter().any(is_public) {
        quote!(pub)
    } else {
        quote!(pub(crate))
    }
}

/// The methods' descriptions and the bodies of the stubs, to stand beside the impl of `Service`.
pub(super) fn body(site: &Site, service: &Service) -> TokenStream {
    let methods = service
        .routes
        .iter()
        .map(|route| description(site, service, route));
    let stubs = Waiting::BOTH.map(|waiting| stub(site, service, waiting));
    quote!(#(#methods)* #(#stubs)*)
}

fn stub(site: &Site, service: &Service, waiting: Waiting) -> TokenStream {
    let at = generated_at(site.attribute);
    let module = waiting.module(&site.facade, site.attribute);
    let stub = waiting.stub(site, service);
    let name = stub.to_string();
    let calls = service.routes.iter().map(|route| calls(site, route, waiting));
    quote_spanned! {at=>
        #[allow(dead_code, reason = "a program may serve without calling itself")]
        impl #stub {
            /// A client on this channel.
            #[must_use]
            pub fn new(channel: &#module::Channel) -> Self {
                Self { channel: ::core::clone::Clone::clone(channel) }
            }
            #(#calls)*
        }
        impl ::core::fmt::Debug for #stub {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct(#name).finish_non_exhaustive()
            }
        }
    }
}

/// How a stub's calls are waited for: there is a stub for each.
#[derive(Clone, Copy)]
enum Waiting {
    Async,
    Blocking,
}

impl Waiting {
    const BOTH: [Self; 2] = [Self::Async, Self::Blocking];

    fn stub(self, site: &Site, service: &Service) -> TokenStream {
        match self {
            Self::Async => service.contract.clone(),
            Self::Blocking => {
                let stub = service.contract.to_string();
                let name = stub.strip_suffix("Stub").unwrap_or(&stub);
                format_ident!("{name}BlockingStub", span = site.attribute).into_token_stream()
            }
        }
    }

    /// Where its channel and its calls are.
    fn module(self, facade: &Facade, span: Span) -> TokenStream {
        match self {
            Self::Async => facade.at(span),
            Self::Blocking => facade.path(span, &["blocking"]),
        }
    }
}

/// The static that describes the method at `index`.
pub(super) fn method(index: usize) -> Ident {
    format_ident!("METHOD_{index}", span = generated_at(Span::call_site()))
}

/// The fn that makes the codec of the method at `index`.
pub(super) fn codec(index: usize) -> Ident {
    format_ident!("codec_{index}", span = generated_at(Span::call_site()))
}

/// The method, and its codec. That is opaque: a type that it does not encode is one error here, and no error at each use.
fn description(site: &Site, service: &Service, route: &Route) -> TokenStream {
    let Types::Code { index, codec: path } = &route.types else {
        return TokenStream::new();
    };
    let at = generated_at(site.attribute);
    let private = site.facade.private(site.attribute);
    let (method, kind, cfgs) = (method(*index), route.kind.variant(), &route.cfgs);
    let http_path = format!("/{}/{}", service.name, route.rpc);
    let codec = codec(*index);
    let Messages { request, response } = Messages::of(site, route);
    let path = path
        .as_ref()
        .map_or_else(|| quote_spanned!(at=> #private::Prost), ToTokens::to_token_stream);

    let at_name = generated_at(route.handler.span());
    let trait_ = site.facade.path(route.handler.span(), &["__private", "Codec"]);
    let encodes =
        quote_spanned!(at_name=> impl #trait_<#request> + #trait_<#response> + ::core::marker::Copy);
    quote_spanned! {at=>
        #(#cfgs)*
        static #method: #private::Method = #private::Method::new(#http_path, #private::MethodKind::#kind);
        #(#cfgs)*
        fn #codec() -> #encodes {
            <#path as ::core::default::Default>::default()
        }
    }
}

fn calls(site: &Site, route: &Route, waiting: Waiting) -> TokenStream {
    let Types::Code { index, .. } = &route.types else {
        return TokenStream::new();
    };
    let at = generated_at(route.handler.span());
    let module = waiting.module(&site.facade, route.handler.span());
    let method = method(*index);
    let codec = codec(*index);
    let Messages { request, response } = Messages::of(site, route);
    let (cfgs, docs) = (&route.cfgs, docs(route));
    let name = name(&route.handler);
    let visibility = visibility(&route.visibility);

    let (type_, constructor) = match (route.kind.many_requests(), route.kind.many_responses()) {
        (false, false) => ("Call", "unary"),
        (true, false) => ("Call", "client_streaming"),
        (false, true) => ("StreamingCall", "server_streaming"),
        (true, true) => ("StreamingCall", "bidi_streaming"),
    };
    let (type_, constructor) = (
        format_ident!("{type_}", span = at),
        format_ident!("{constructor}", span = at),
    );
    let (generics, argument, value) = if route.kind.many_requests() {
        let requests = quote_spanned!(at=> requests: impl #module::IntoRequests<#request, K>);
        (quote_spanned!(at=> <K>), requests, quote_spanned!(at=> requests))
    } else if matches!(route.shape.request, Request::Empty) {
        (quote!(), quote!(), quote_spanned!(at=> ()))
    } else {
        (
            quote!(),
            quote_spanned!(at=> request: #request),
            quote_spanned!(at=> request),
        )
    };
    let call = quote_spanned! {at=>
        #(#cfgs)*
        #docs
        #visibility fn #name #generics(&self, #argument) -> #module::#type_<#response> {
            #module::#type_::#constructor(&self.channel, &#method, #value, #codec())
        }
    };
    if !route.kind.many_requests() && !route.kind.many_responses() {
        return call;
    }
    let open_name = format_ident!("{}_call", route.handler.unraw(), span = route.handler.span());
    quote_spanned! {at=>
        #call
        #(#cfgs)*
        #docs
        ///
        /// Messages are sent and received by hand.
        #visibility fn #open_name(&self) -> #module::OpenCall<#request, #response> {
            #module::OpenCall::open(&self.channel, &#method, #codec())
        }
    }
}

/// As public as the handler, but a stub is of no use to its own module alone.
fn visibility(handler: &Visibility) -> TokenStream {
    match handler {
        Visibility::Inherited => quote!(pub(crate)),
        visibility => quote!(#visibility),
    }
}

/// The stub's own `new` keeps its name.
fn name(handler: &Ident) -> Ident {
    if handler == "new" {
        format_ident!("new_", span = handler.span())
    } else {
        handler.clone()
    }
}

fn docs(route: &Route) -> TokenStream {
    if route.docs.is_empty() {
        let docs = format!(" Calls `{}`.", route.rpc);
        return quote!(#[doc = #docs]);
    }
    let docs = &route.docs;
    quote!(#(#docs)*)
}

/// The types of an rpc's messages.
pub(super) struct Messages {
    pub(super) request: TokenStream,
    pub(super) response: TokenStream,
}

impl Messages {
    pub(super) fn of(site: &Site, route: &Route) -> Self {
        let private = site.facade.private(route.handler.span());
        let streamed = |ty: &Type| quote!(<#ty as #private::Streamed>::Message);
        let Shape {
            request,
            answer,
            output,
            ..
        } = &route.shape;
        let request_type = match request {
            Request::Empty => quote!(()),
            Request::One(alias) if route.kind.many_requests() => streamed(alias),
            Request::One(message) => quote!(#message),
            Request::Streaming {
                message: Some(message),
                ..
            } => quote!(#message),
            Request::Streaming { argument, .. } => streamed(argument),
            Request::ServerCall { request, .. } => quote!(#request),
        };
        let response_type = match answer {
            Answer::Once(alias) if route.kind.many_responses() => streamed(alias),
            Answer::Hidden if route.kind.many_responses() => streamed(output),
            Answer::Hidden => quote!(<#output as #private::Answered>::Message),
            answer => answer.message().to_token_stream(),
        };
        let response = match request {
            Request::ServerCall { response, .. } => quote!(#response),
            _ => response_type,
        };
        Self {
            request: request_type,
            response,
        }
    }
}
