//! Without a contract: the service is what the code says.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::{LitStr, Type, Visibility, ext::IdentExt};

use super::{
    cardinality::Words,
    check::is_second,
    describe,
    model::{Kind, Refused, Service, Types},
    options::{Options, RpcOptions, is_proto_name},
    parse::{Handler, Site},
    signature::{Answer, BLOCKING_STREAM, Request, Shape},
};
use crate::diagnostics::Errors;

/// A service that the code declares.
pub(super) struct Declared {
    pub(super) service: Service,
    pub(super) package: String,
    /// Its own, without the package.
    pub(super) name: Ident,
    /// The file's path, if it is not the package's usual one.
    pub(super) file: Option<String>,
    pub(super) docs: String,
    /// It is known by the name of the type that is served.
    pub(super) is_self: bool,
}

/// The service that the fns declare. Its contract is its stub, `<Name>Stub`.
pub(super) fn declare(
    site: &Site,
    options: &Options,
    docs: String,
    handlers: &[Handler],
    errors: &mut Errors,
) -> Declared {
    let name = match options.name.as_ref().map(LitStr::value) {
        Some(name) => Some(name).filter(|name| is_proto_name(name)),
        None => type_name(&site.self_type).or_else(|| {
            errors.on(
                &site.self_type,
                "this type has no name to call the service by: add `name = \"…\"`",
            );
            None
        }),
    };
    let name = name.unwrap_or_else(|| "Service".to_owned());
    let package = options.package.as_ref().map(LitStr::value).unwrap_or_default();
    let is_self = type_name(&site.self_type).is_some_and(|type_name| type_name == name);
    let ident = proto_ident(&name, site.attribute);
    let stub = format_ident!("{name}Stub", span = site.attribute);
    let mut service = Service {
        contract: quote!(#stub),
        name: if package.is_empty() {
            name.clone()
        } else {
            format!("{package}.{name}")
        },
        descriptor: Some(describe::descriptor(site, &stub)),
        routes: Vec::new(),
        refused: Vec::new(),
    };
    for handler in handlers {
        let rpc = RpcOptions::parse(&handler.attributes, errors);
        if !rpc.skip {
            declare_rpc(&mut service, site, handler, &rpc, errors);
        }
    }
    Declared {
        service,
        package,
        name: ident,
        file: options.file.as_ref().map(LitStr::value),
        docs,
        is_self,
    }
}

/// A service may be called as a keyword is.
fn proto_ident(name: &str, at: Span) -> Ident {
    let mut ident = syn::parse_str(name).unwrap_or_else(|_| format_ident!("{name}_"));
    ident.set_span(at);
    ident
}

fn declare_rpc(
    service: &mut Service,
    site: &Site,
    handler: &Handler,
    options: &RpcOptions,
    errors: &mut Errors,
) {
    let ident = &handler.signature.ident;
    if !options.present && !matches!(handler.visibility, Visibility::Public(_)) {
        errors.at(
            ident.span(),
            format!(
                "`{ident}` is not published as an rpc: make it `pub`, mark it `#[rpc]`, or keep it out with `#[rpc(skip)]` \
                 or in another `impl` block"
            ),
        );
        service.refused.push(Refused::new(handler));
        return;
    }
    let rpc = options
        .name
        .as_ref()
        .map_or_else(|| camel_case(&ident.unraw().to_string()), LitStr::value);
    if is_second(&service.routes, handler, &rpc, errors) {
        return;
    }
    let index = service.routes.len();
    let mut kind = Kind::Unary;
    let shape = Shape::read(&handler.signature, options.blocking, errors).filter(|shape| {
        kind = options.kind.unwrap_or_else(|| kind_of(shape));
        Words {
            rpc: &rpc,
            contract: None,
        }
        .agree(shape, kind, handler, errors)
            && check_types(shape, kind, site, errors)
    });
    let types = Types::Code {
        index,
        codec: options.codec.clone(),
    };
    service.add(handler, options, shape, rpc, kind, types);
}

fn kind_of(shape: &Shape) -> Kind {
    if matches!(shape.request, Request::ServerCall { .. }) {
        return Kind::BidiStreaming;
    }
    let many_responses = match shape.answer {
        Answer::Stream(_) => true,
        Answer::Once(_) => false,
        Answer::Hidden => !shape.awaited && !shape.blocking,
    };
    Kind::new(matches!(shape.request, Request::Streaming { .. }), many_responses)
}

/// The stub names the messages too, outside of the impl block, and cannot look through everything.
fn check_types(shape: &Shape, kind: Kind, site: &Site, errors: &mut Errors) -> bool {
    let unseen = match (&shape.request, &shape.answer) {
        (
            Request::ServerCall {
                argument,
                response: None,
                ..
            },
            _,
        ) => Some((argument, "ServerCall<Req, Resp>")),
        (Request::ServerCall { .. }, _) => None,
        (_, Answer::Stream(Some(_))) => None,
        _ if shape.blocking && kind.many_responses() => Some((&shape.output, BLOCKING_STREAM)),
        (_, Answer::Stream(None) | Answer::Once(Type::ImplTrait(_))) => {
            Some((&shape.output, "impl ResponseStream<M>"))
        }
        _ => None,
    };
    if let Some((at, spelling)) = unseen {
        errors.on(
            at,
            format!("without a contract the message type has to be seen here: `{spelling}`"),
        );
        return false;
    }
    let local = |name: &Ident| {
        name == "Self"
            || site
                .generics
                .type_params()
                .any(|parameter| parameter.ident == *name)
    };
    let messages = shape
        .request
        .argument()
        .into_iter()
        .chain([shape.answer.message().unwrap_or(&shape.output)]);
    for message in messages {
        if let Some(name) = find_ident(message.to_token_stream(), &local) {
            errors.at(
                name.span(),
                format!(
                    "an rpc's messages cannot depend on `{name}`: its callers would not know which type it is"
                ),
            );
            return false;
        }
    }
    true
}

fn find_ident(tokens: TokenStream, wanted: &impl Fn(&Ident) -> bool) -> Option<Ident> {
    tokens.into_iter().find_map(|tree| match tree {
        TokenTree::Ident(ident) => Some(ident).filter(wanted),
        TokenTree::Group(group) => find_ident(group.stream(), wanted),
        _ => None,
    })
}

fn type_name(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .map(|segment| segment.ident.unraw().to_string()),
        Type::Group(group) => type_name(&group.elem),
        _ => None,
    }
}

/// `get_feature` → `GetFeature`
fn camel_case(snake_case: &str) -> String {
    let mut camel_case = String::new();
    for word in snake_case.split('_') {
        let mut chars = word.chars();
        camel_case.extend(chars.next().map(|first| first.to_ascii_uppercase()));
        camel_case.push_str(chars.as_str());
    }
    camel_case
}

#[cfg(test)]
mod tests {
    use super::camel_case;

    #[test]
    fn a_fn_is_named_as_protobuf_names_its_rpc() {
        for (name, rpc) in [
            ("add", "Add"),
            ("get_feature", "GetFeature"),
            ("type", "Type"),
            ("v2_list", "V2List"),
        ] {
            assert_eq!(camel_case(name), rpc);
        }
    }
}
