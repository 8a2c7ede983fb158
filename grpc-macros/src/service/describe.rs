//! Without a contract: the service's descriptor, and the type that it is asked of.

use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned;

use super::{
    declare::Declared,
    model::{Route, Types},
    parse::Site,
    stub::{self, Messages},
};
use crate::{
    declaration::{comment, docs, optional},
    diagnostics::generated_at,
};

/// `pub enum Tally {}`, unless the type that is served has the service's name.
pub(super) fn contract(site: &Site, declared: &Declared) -> Option<TokenStream> {
    if declared.is_self {
        return None;
    }
    let at = generated_at(site.attribute);
    let (name, visibility) = (&declared.name, stub::visibility_of(&declared.service));
    let docs = format!(
        " The contract of `{}`, which `grpc::proto_of` writes out.",
        declared.service.name
    );
    Some(quote_spanned! {at=>
        #[doc = #docs]
        #[allow(dead_code, reason = "a program may serve without writing its contract out")]
        #[derive(::core::fmt::Debug)]
        #visibility enum #name {}
    })
}

/// What the server tells of the service: an expression.
pub(super) fn descriptor(site: &Site, stub: &Ident) -> TokenStream {
    let at = generated_at(site.attribute);
    let private = site.facade.private(site.attribute);
    quote_spanned! {at=>
        {
            static DESCRIPTOR: #private::code_first::Encoded = #private::code_first::Encoded::new();
            DESCRIPTOR.of::<#stub>()
        }
    }
}

/// The impls of `Described`.
pub(super) fn describe(site: &Site, declared: &Declared) -> TokenStream {
    let at = generated_at(site.attribute);
    let private = site.facade.private(site.attribute);
    let Declared {
        service,
        package,
        name,
        file,
        docs,
        is_self,
    } = declared;
    let stub = &service.contract;
    let file = optional(file.as_deref(), at);
    let rpcs = service.routes.iter().map(|route| rpc(site, route));
    let same = if *is_self {
        let self_type = &site.self_type;
        let (parameters, _, clause) = site.generics.split_for_impl();
        let predicates = clause.into_iter().flat_map(|clause| &clause.predicates);
        quote_spanned! {at=>
            impl #parameters #private::code_first::Described for #self_type
            where
                #(#predicates,)*
                Self: 'static,
            {
                fn describe(files: &mut #private::code_first::Files) {
                    <#stub as #private::code_first::Described>::describe(files);
                }
            }
        }
    } else {
        quote_spanned! {at=>
            impl #private::code_first::Described for #name {
                fn describe(files: &mut #private::code_first::Files) {
                    <#stub as #private::code_first::Described>::describe(files);
                }
            }
        }
    };
    let proto_name = service.name.rsplit('.').next().unwrap_or_default();
    quote_spanned! {at=>
        #private::code_first::__described! {
            impl #private::code_first::Described for #stub {
                #[allow(unused_imports, reason = "all messages may have a descriptor")]
                fn describe(files: &mut #private::code_first::Files) {
                    use #private::code_first::Undescribed as _;
                    let service = #private::code_first::ServiceBuilder::new::<Self>(
                        files, #package, #file, #proto_name, #docs,
                    );
                    if let ::core::option::Option::Some(mut service) = service {
                        #(#rpcs)*
                        service.finish();
                    }
                }
            }
            #same
        }
    }
}

fn rpc(site: &Site, route: &Route) -> TokenStream {
    let span = route.handler.span();
    let at = generated_at(span);
    let private = site.facade.private(span);
    let (cfgs, rpc) = (&route.cfgs, &route.rpc);
    if let Types::Code { codec: Some(_), .. } = &route.types {
        return quote_spanned!(at=> #(#cfgs)* service.other_codec(#rpc););
    }
    let Messages { request, response } = Messages::of(site, route);
    let message = |ty: TokenStream| {
        let at = generated_at(ty.span());
        quote_spanned!(at=> #private::code_first::Probe::<#ty>::new().register(service.files()))
    };
    let (request, response) = (message(request), message(response));
    let comment = comment(&site.facade, &docs(&route.docs), route.deprecated, span);
    let (many_requests, many_responses) = (route.kind.many_requests(), route.kind.many_responses());
    quote_spanned! {at=>
        #(#cfgs)*
        {
            let request = #request;
            let response = #response;
            service.rpc(#rpc, #comment, (#many_requests, #many_responses), request, response);
        }
    }
}
