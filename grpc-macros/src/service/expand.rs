use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Type, spanned::Spanned};

use super::{
    contract::Rpc,
    model::{Route, Service, Types},
    parse::Site,
    signature::{Answer, Request},
    stub,
};
use crate::diagnostics::generated_at;

/// `impl Service<Contract> for T`.
pub(super) fn expand(site: &Site, service: &Service) -> TokenStream {
    let here = generated_at(site.attribute);
    let private = site.facade.private(site.attribute);
    let routes = service
        .routes
        .iter()
        .map(|route| Expansion { site, service, route }.route());
    let refused = service
        .refused
        .iter()
        .filter(|refused| !refused.generic)
        .map(|refused| {
            let (handler, cfgs) = (&refused.handler, &refused.cfgs);
            quote_spanned!(here=> #(#cfgs)* let _ = Self::#handler;)
        });
    let (name, contract) = (&service.name, &service.contract);
    let descriptor = service.descriptor.as_ref().map(|descriptor| {
        quote_spanned! {here=>
            #private::code_first::__described! {
                fn descriptor() -> &'static [u8] { #descriptor }
            }
        }
    });
    let (routes_type, arc) = (
        quote_spanned!(here=> #private::Routes),
        quote_spanned!(here=> #private::Arc),
    );
    let head = impl_head(site, contract);
    quote_spanned! {here=>
        #head {
            const NAME: &'static str = #name;
            #descriptor
            fn register(self: #arc<Self>, routes: &mut #routes_type) {
                #(#routes)*
                #(#refused)*
                let _ = (self, routes);
            }
        }
    }
}

/// What stands for the service if nothing is known of it.
pub(super) fn stand_in(site: &Site) -> TokenStream {
    let here = generated_at(site.attribute);
    let private = site.facade.private(site.attribute);
    let head = impl_head(site, &quote!(()));
    quote_spanned! {here=>
        const _: () = {
            #head {
                const NAME: &'static str = "";
                fn register(self: #private::Arc<Self>, _: &mut #private::Routes) {}
            }
        };
    }
}

/// Up to the brace.
fn impl_head(site: &Site, contract: &TokenStream) -> TokenStream {
    let here = generated_at(site.attribute);
    let private = site.facade.private(site.attribute);
    let self_type = &site.self_type;
    let (parameters, _, clause) = site.generics.split_for_impl();
    let predicates = clause.into_iter().flat_map(|clause| &clause.predicates);
    // That a service cannot be shared between threads is said at its type.
    let shared = quote_spanned! {generated_at(self_type.span())=>
        Self: ::core::marker::Send + ::core::marker::Sync + 'static,
    };
    quote_spanned! {here=>
        impl #parameters #private::Service<#contract> for #self_type
        where
            #(#predicates,)*
            #shared
    }
}

/// One route, in the making.
struct Expansion<'a> {
    site: &'a Site,
    service: &'a Service,
    route: &'a Route,
}

/// What a call's message is converted to or from, and the trait that does it. The trait is per rpc, so that its message
/// can speak of the rpc.
#[derive(Default)]
struct Conversion {
    declaration: TokenStream,
    expression: TokenStream,
}

impl Expansion<'_> {
    fn route(&self) -> TokenStream {
        let route = self.route;
        let (cfgs, handler) = (&route.cfgs, &route.handler);
        let name = generated_at(handler.span());
        let private = self.private(name);
        let (form, wanted) = self.request_type();
        let takes = self.takes();
        let answers = self.answers();
        let (takes_declaration, request) = (&takes.declaration, &takes.expression);
        let (answers_declaration, reply) = (&answers.declaration, &answers.expression);

        let context = route
            .shape
            .context
            .then(|| quote_spanned!(name=> let context = call.context();));
        let pass_context = route.shape.context.then(|| quote_spanned!(name=> context,));
        let pass_request = route
            .shape
            .request
            .argument()
            .map(|_| quote_spanned!(name=> request,));
        let awaited = route.shape.awaited.then(|| quote_spanned!(name=> .await));
        let finish = self.finish();
        let blocking = route.shape.blocking;
        let (method, codec, options) = (self.method(), self.codec(), self.options());
        let at_request = generated_at(route.shape.request.argument().map_or(name, Spanned::span));
        let receive = quote_spanned!(at_request=> call.request::<#wanted, #private::#form, _>(codec).await?);
        // With the span of the handler's name: that is where "not `Send`" is said.
        let mut answer = quote_spanned! {name=>
            #request
            let reply = Self::#handler(&service, #pass_request #pass_context) #awaited;
            #reply
            #finish
        };
        if blocking {
            answer = quote_spanned!(name=> call.blocking(move |call: #private::Answer| { #answer }).await);
        }
        let body = quote_spanned! {name=> async move {
            let codec = #codec;
            #context
            let request = #receive;
            #answer
        }};
        quote_spanned! {name=>
            #(#cfgs)*
            {
                #takes_declaration
                #answers_declaration
                let service = #private::Arc::clone(&self);
                routes.add(#method, #options, move |mut call: #private::Incoming| {
                    let service = #private::Arc::clone(&service);
                    #private::dispatch(#body)
                });
            }
        }
    }

    fn private(&self, span: Span) -> TokenStream {
        self.site.facade.private(span)
    }

    fn here(&self) -> Span {
        generated_at(self.site.attribute)
    }

    /// `<Contract as Rpc<N>>::item`
    fn of_rpc(&self, index: usize, item: &str) -> TokenStream {
        let here = self.here();
        let (private, contract) = (self.private(here), &self.service.contract);
        let (index, item) = (
            Literal::usize_unsuffixed(index),
            format_ident!("{item}", span = here),
        );
        quote_spanned!(here=> <#contract as #private::Rpc<#index>>::#item)
    }

    fn method(&self) -> TokenStream {
        match &self.route.types {
            Types::Contract { index, .. } => self.of_rpc(*index, "METHOD"),
            Types::Code { index, .. } => {
                let method = stub::method(*index);
                quote!(&#method)
            }
        }
    }

    fn codec(&self) -> TokenStream {
        let span = generated_at(self.route.handler.span());
        match &self.route.types {
            Types::Contract { index, .. } => {
                let codec = self.of_rpc(*index, "Codec");
                quote_spanned!(span=> <#codec as ::core::default::Default>::default())
            }
            Types::Code { index, .. } => {
                let codec = stub::codec(*index);
                quote_spanned!(span=> #codec())
            }
        }
    }

    fn options(&self) -> TokenStream {
        let here = self.here();
        let private = self.private(here);
        let spawn = self.route.spawn.then(|| quote_spanned!(here=> .spawn()));
        let detached = self.route.detached.then(|| quote_spanned!(here=> .detached()));
        let compression = self.route.compression.as_ref().map(|compression| {
            let name = &compression.0;
            let facade = self.site.facade.at(here);
            // With the user's span: that is where a variant is missing whose feature is off.
            quote_spanned!(here=> .compression(#facade::Compression::#name))
        });
        quote_spanned!(here=> #private::RouteOptions::new() #spawn #detached #compression)
    }

    /// The form of the request, and the type to decode.
    fn request_type(&self) -> (Ident, TokenStream) {
        let here = self.here();
        let blocking = self.route.shape.blocking;
        let facade = if blocking {
            self.site.facade.path(here, &["blocking"])
        } else {
            self.site.facade.at(here)
        };
        let form = match self.route.shape.request {
            Request::ServerCall { .. } => "Explicit",
            _ if self.route.kind.many_requests() => "Many",
            _ => "One",
        };
        let wanted = match &self.route.types {
            Types::Contract { index, .. } => {
                let (request, response) = (self.of_rpc(*index, "Request"), self.of_rpc(*index, "Response"));
                match form {
                    "Explicit" => quote_spanned!(here=> #facade::ServerCall<#request, #response>),
                    "Many" => quote_spanned!(here=> #facade::Streaming<#request>),
                    _ => request,
                }
            }
            Types::Code { .. } => self.blocking_requests().unwrap_or_else(|| self.argument()),
        };
        let prefix = if blocking && form != "One" { "Blocking" } else { "" };
        (format_ident!("{prefix}{form}", span = here), wanted)
    }

    /// What a blocking handler without a contract is to take: that of `grpc::blocking`, and not what is called the same.
    fn blocking_requests(&self) -> Option<TokenStream> {
        if !self.route.shape.blocking {
            return None;
        }
        let here = self.here();
        let facade = self.site.facade.path(here, &["blocking"]);
        match &self.route.shape.request {
            Request::Streaming {
                message: Some(message),
                ..
            } => Some(quote_spanned!(here=> #facade::Streaming<#message>)),
            Request::ServerCall {
                request: Some(request),
                response: Some(response),
                ..
            } => Some(quote_spanned!(here=> #facade::ServerCall<#request, #response>)),
            _ => None,
        }
    }

    /// The type of the handler's argument.
    fn argument(&self) -> TokenStream {
        self.route
            .shape
            .request
            .argument()
            .map_or_else(|| quote!(()), ToTokens::to_token_stream)
    }

    /// From what the contract decodes to what the handler takes: the same type, or one error, at the argument.
    fn takes(&self) -> Conversion {
        let argument = self.argument();
        let at = self
            .route
            .shape
            .request
            .argument()
            .map_or_else(|| self.route.handler.span(), Spanned::span);
        let at = generated_at(at);
        let Types::Contract { rpc, .. } = &self.route.types else {
            let private = self.private(at);
            let expression = self.blocking_requests().map(|wanted| {
                quote_spanned!(at=> let request = <#argument as #private::Takes<#wanted>>::take(request);)
            });
            return Conversion {
                declaration: quote!(),
                expression: expression.unwrap_or_default(),
            };
        };
        let here = self.here();
        let (_, wanted) = self.request_type();
        let Rpc {
            name,
            request,
            response,
            ..
        } = rpc;
        let module = if self.route.shape.blocking {
            "blocking::"
        } else {
            ""
        };
        let (what, label) = match &self.route.shape.request {
            Request::ServerCall { .. } => {
                let call = format!("{module}ServerCall<{}, {}>", request.rust, response.rust);
                (format!("`{call}`"), call)
            }
            _ if rpc.kind.many_requests() => (
                format!("a stream of `{}`", request.proto),
                format!("{module}Streaming<{}>", request.rust),
            ),
            _ => (format!("`{}`", request.proto), request.rust.clone()),
        };
        let message = format!("rpc `{name}` takes {what}, not `{{Self}}`");
        let label = format!("expected `{label}`");
        let takes = format_ident!("__{name}Takes", span = here);
        let declaration = quote_spanned! {here=>
            #[diagnostic::on_unimplemented(message = #message, label = #label)]
            trait #takes: Sized {
                fn take(request: #wanted) -> Self;
            }
            #[diagnostic::do_not_recommend]
            impl #takes for #wanted {
                fn take(request: #wanted) -> Self {
                    request
                }
            }
        };
        let expression = quote_spanned!(at=> let request = <#argument as #takes>::take(request););
        Conversion {
            declaration,
            expression,
        }
    }

    /// From what the handler answers to what the contract encodes.
    fn answers(&self) -> Conversion {
        let explicit = matches!(self.route.shape.request, Request::ServerCall { .. });
        match &self.route.types {
            Types::Contract { index, rpc } if !explicit => {
                match (&self.route.shape.answer, rpc.kind.many_responses()) {
                    (Answer::Once(message), false) => self.seen_answer(*index, rpc, message),
                    (Answer::Stream(Some(message)), true) => self.seen_answer(*index, rpc, message),
                    _ => self.hidden_answer(*index),
                }
            }
            _ => Conversion::default(),
        }
    }

    fn seen_answer(&self, index: usize, rpc: &Rpc, message: &Type) -> Conversion {
        let here = self.here();
        let many = rpc.kind.many_responses();
        let of = if many { ("a stream of ", "of ") } else { ("", "") };
        let text = format!(
            "rpc `{}` answers with {}`{}`, not {}`{{Self}}`",
            rpc.name, of.0, rpc.response.proto, of.1
        );
        let label = format!("expected `{}`", rpc.response.rust);
        let answers = format_ident!("__{}Answers", rpc.name, span = here);
        let (response, codec) = (self.of_rpc(index, "Response"), self.of_rpc(index, "Codec"));
        let at = generated_at(message.span());
        // The codec comes from the trait: for a wrong type it is unknown, and nothing is said of that type's encoding.
        let (item, definition, expression) = if many {
            (
                quote_spanned!(here=> type Codec: ::core::default::Default;),
                quote_spanned!(here=> type Codec = #codec;),
                quote_spanned!(at=> let codec = <<#message as #answers>::Codec as ::core::default::Default>::default();),
            )
        } else {
            (
                quote_spanned!(here=> fn answer(self) -> #response;),
                quote_spanned!(here=> fn answer(self) -> #response { self }),
                quote_spanned! {at=>
                    let reply = match reply {
                        ::core::result::Result::Ok(reply) => {
                            ::core::result::Result::Ok(<#message as #answers>::answer(reply))
                        }
                        ::core::result::Result::Err(error) => ::core::result::Result::Err(error),
                    };
                },
            )
        };
        let declaration = quote_spanned! {here=>
            #[diagnostic::on_unimplemented(message = #text, label = #label)]
            trait #answers: Sized {
                #item
            }
            #[diagnostic::do_not_recommend]
            impl #answers for #response {
                #definition
            }
        };
        Conversion {
            declaration,
            expression,
        }
    }

    /// An alias: the compiler looks through it.
    fn hidden_answer(&self, index: usize) -> Conversion {
        let here = self.here();
        let (response, codec) = (self.of_rpc(index, "Response"), self.of_rpc(index, "Codec"));
        let at = generated_at(self.route.shape.output.span());
        if !self.route.kind.many_responses() {
            let expression = quote_spanned!(at=> let reply: ::core::result::Result<#response, _> = reply;);
            return Conversion {
                declaration: quote!(),
                expression,
            };
        }
        if self.route.shape.blocking {
            // Its reply is asked for messages of that type anyway.
            return Conversion::default();
        }
        let private = self.private(here);
        let declaration = quote_spanned! {here=>
            fn answers<R, F>(reply: R) -> R
            where
                R: #private::Responses<F, #codec, M = #response>,
            {
                reply
            }
        };
        Conversion {
            declaration,
            expression: quote_spanned!(at=> let reply = answers(reply);),
        }
    }

    fn finish(&self) -> TokenStream {
        let at = generated_at(self.route.shape.output.span());
        let awaited = (!self.route.shape.blocking).then(|| quote_spanned!(at=> .await));
        match &self.route.shape.request {
            Request::ServerCall { .. } => quote_spanned!(at=> call.done(reply) #awaited),
            _ if self.route.kind.many_responses() && self.route.shape.blocking => {
                let message = self.message();
                quote_spanned!(at=> call.many::<#message, _, _, _>(reply, codec))
            }
            _ if self.route.kind.many_responses() => quote_spanned!(at=> call.many(reply, codec).await),
            _ => quote_spanned!(at=> call.once(reply, codec) #awaited),
        }
    }

    /// What each of many replies is to be. As written if that can be seen: a wrong one is one error, elsewhere.
    fn message(&self) -> TokenStream {
        match (&self.route.shape.answer, &self.route.types) {
            (Answer::Stream(Some(message)), _) => message.to_token_stream(),
            (_, Types::Contract { index, .. }) => self.of_rpc(*index, "Response"),
            _ => quote!(_),
        }
    }
}
